"""Rows of mail that nobody has changed: from the columns of the store to the wire, without properties in between.

Tables are read through by the hundred thousand, and nearly all of it is such mail. `MailRows` tells the same as
`MessageRows`, a test holds the two together: what it has no cell for it leaves to that one, a column or a whole row.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache, partial
from typing import Any, NamedTuple

from posthouse.message.fields import KeptValues
from posthouse.model.flags import NOTED, Flag
from posthouse.model.rights import Right
from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.mime.content_classes import NOTE
from posthouse.protocols.mapi.mime.essentials import importance, moment, represented_name, sender_name, sensitivity
from posthouse.protocols.mapi.mime.people import read_names
from posthouse.protocols.mapi.mime.subjects import split_subject
from posthouse.protocols.mapi.mime.summary import Columns, attachments_of_note, is_special
from posthouse.protocols.mapi.objects import Key, Properties
from posthouse.protocols.mapi.property_rows import Typed
from posthouse.protocols.mapi.property_values import PropertyTag
from posthouse.servers.mapi.logon import Mailbox
from posthouse.servers.mapi.messages.properties import PLACED, STORE, Compute, Context, access, message_flags
from posthouse.servers.mapi.messages.reading import UNMODIFIED
from posthouse.store.listing import Listed
from posthouse.store.objects import NO_KEYS, NO_MESSAGE

from .columns import QUICK, row_of
from .message_rows import ASKS, DELEGATED, LEAF, SHOWN_FLAGS, is_told


class Mail(NamedTuple):
    context: Context
    content: Columns
    fields: KeptValues
    has_attachments: bool


Tell = Callable[[Mail], Any]
"""The value of a column; None: there is none."""
Cell = Callable[[Mail], bytes | None]


def _displayed(name: bytes) -> Tell:
    def tell(mail: Mail) -> str:
        value = mail.fields.get(name)
        return "" if value is None else read_names(value)

    return tell


def _placed(of: Compute) -> Tell:
    return lambda mail: of(mail.context)


_OF_FLAGS = int(Flag.SEEN | Flag.DRAFT | NOTED)
_UNMODIFIED: Properties = {tags.PidTagMessageFlags.id: Typed(tags.PidTagMessageFlags.type, UNMODIFIED)}


def _flags(mail: Mail) -> int:
    row = mail.context.row
    return _message_flags(int(row.flags) & _OF_FLAGS, row.state, mail.has_attachments)


@lru_cache(64)
def _message_flags(bits: int, state: int, has: bool) -> int:
    return message_flags(_UNMODIFIED, NO_MESSAGE._replace(flags=Flag(bits), state=state), has=has)


_TOLD: Mapping[PropertyTag, Tell] = {
    tags.PidTagSubject: lambda mail: "".join(split_subject(mail.content.subject)),
    tags.PidTagSubjectPrefix: lambda mail: split_subject(mail.content.subject)[0],
    tags.PidTagNormalizedSubject: lambda mail: split_subject(mail.content.subject)[1],
    tags.PidTagSentRepresentingName: lambda mail: represented_name(mail.fields) or None,
    tags.PidTagSenderName: lambda mail: sender_name(mail.fields) or None,
    tags.PidTagDisplayTo: _displayed(b"to"),
    tags.PidTagDisplayCc: _displayed(b"cc"),
    tags.PidTagDisplayBcc: _displayed(b"bcc"),
    tags.PidTagImportance: lambda mail: importance(mail.fields),
    tags.PidTagPriority: lambda mail: importance(mail.fields) - 1,
    tags.PidTagSensitivity: lambda mail: sensitivity(mail.fields),
    tags.PidTagClientSubmitTime: lambda mail: None if mail.content.sent is None else moment(mail.content.sent),
    tags.PidTagMessageDeliveryTime: lambda mail: moment(mail.context.row.internal_date),
    tags.PidTagHasAttachments: lambda mail: mail.has_attachments,
    tags.PidTagInternetMessageId: lambda mail: mail.content.message_id or None,
    tags.PidTagMessageFlags: _flags,
    tags.PidTagAccess: lambda mail: access(mail.context.rights),
    tags.PidTagAccessLevel: lambda mail: int(bool(mail.context.rights & Right.WRITE)),
    **{tag: _placed(of) for tag, of in PLACED.items()},
}
_FIXED: Mapping[PropertyTag, Any] = {
    tags.PidTagMessageClass: NOTE,
    tags.PidTagInstanceNum: 0,
    tags.PidTagRowType: LEAF,
    tags.PidTagDepth: 0,
}


class MailRows:
    """For one set of columns."""

    def __init__(self, mailbox: Mailbox, cells: Sequence[Cell]) -> None:
        self._mailbox, self._identity, self._cells = mailbox, mailbox.identity, cells

    @classmethod
    def of(cls, mailbox: Mailbox, columns: Sequence[PropertyTag], keys: Sequence[Key | None]) -> MailRows | None:
        """None: there is a column that mail has, and no cell for it."""
        cells = [_cell(mailbox, *pair) for pair in zip(columns, keys, strict=True)]
        whole = [cell for cell in cells if cell is not None]
        return cls(mailbox, whole) if len(whole) == len(cells) else None

    def row(self, one: Listed, rights: Right) -> bytes | None:
        """As it is on the wire. None: it is no such mail."""
        row, content, form = one
        if content is None or form is not None or row.keywords or int(row.flags) & SHOWN_FLAGS:
            return None
        if not content.fields or is_special(content.parts):
            return None
        fields = KeptValues(content.fields)
        has = attachments_of_note(fields, content.parts)
        if has is None or fields.get(ASKS) is not None or fields.get(DELEGATED) is not None:
            return None
        mail = Mail(Context(self._mailbox, self._identity, row, NO_KEYS, rights), content, fields, has)
        return row_of([cell(mail) for cell in self._cells])


def _cell(mailbox: Mailbox, tag: PropertyTag, key: Key | None) -> Cell | None:
    if key is None or not is_told(key):
        return _nothing
    quick = QUICK.get(tag.type)
    if quick is None:
        return None
    if tag in _FIXED or tag in STORE:
        return partial(_always, quick(_FIXED[tag] if tag in _FIXED else STORE[tag](mailbox)))
    tell = _TOLD.get(tag)
    return None if tell is None else _telling(tell, quick)


def _nothing(_: Mail) -> None:
    return None


def _always(value: bytes, _: Mail) -> bytes:
    return value


def _telling(tell: Tell, quick: Callable[[Any], bytes]) -> Cell:
    def cell(mail: Mail) -> bytes | None:
        value = tell(mail)
        return None if value is None else quick(value)

    return cell
