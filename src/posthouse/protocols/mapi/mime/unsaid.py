"""What of a message its MIME form does not tell: for a mailbox that keeps it beside the content – [MS-OXCMAIL] 2.1.3.

It is what TNEF would tell a receiver who has read the MIME form: whoever is in the same hub needs no TNEF for it.
"""

from __future__ import annotations

from .. import tags
from ..objects import Attachment, Message, Properties, value_of
from .attachments import EMBEDDED_MESSAGE
from .bodies import RTF, native_body
from .from_mime import from_mime
from .header_out import Writing
from .tnef_in import BODIES, merge_tnef
from .tnef_out import tnef_of

OBJECT = 6
"""PidTagAttachMethod: of a program."""
_BY_MAIL = b"Received: by this hub\r\n"
"""A form without it is not mail, but an item that somebody has put into a folder."""
_MAIL = ("ipm.note", "ipm.post", "report.")
_TOO_MUCH = frozenset((*(tag.id for tag in BODIES), tags.PidTagProviderSubmitTime.id))


def unsaid(message: Message, data: bytes, writing: Writing) -> Message | None:
    """`data`: its MIME form, as it is sent. Properties, and attachments where they are more than files; None: it tells
    everything that a receiver may know."""
    told = from_mime(_BY_MAIL + data, writing.book)
    before, files = dict(told.properties), len(told.attachments)
    merge_tnef(tnef_of(message, writing), told)
    is_rich = native_body(message.properties) == RTF
    properties = _new(before, told.properties, with_body=is_rich)
    attachments = told.attachments[files:] if is_rich or any(map(_is_more, message.attachments)) else []
    if not properties and not attachments:
        return None
    numbered = [Attachment(number, one.properties, one.embedded) for number, one in enumerate(attachments)]
    return Message(properties, [], numbered)


def _new(before: Properties, after: Properties, *, with_body: bool) -> Properties:
    """A body is in the content, but for RTF, which is not the same there."""
    changed = {key: typed for key, typed in after.items() if before.get(key) != typed}
    return changed if with_body else {key: typed for key, typed in changed.items() if key not in _TOO_MUCH}


def _is_more(attachment: Attachment) -> bool:
    """Than MIME can tell: an object of a program, or a message that is no mail."""
    method = value_of(attachment.properties, tags.PidTagAttachMethod)
    if method != EMBEDDED_MESSAGE or attachment.embedded is None:
        return bool(method == OBJECT)
    inner = str(value_of(attachment.embedded.properties, tags.PidTagMessageClass, "")).lower()
    return not inner.startswith(_MAIL) or any(map(_is_more, attachment.embedded.attachments))
