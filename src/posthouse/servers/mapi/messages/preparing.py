"""What is to be kept of a message that is saved – [MS-OXCMSG] 3.2.5.3.

What the content does not tell is kept beside it; when what it tells has changed, the content is made anew, from all
there is. A message of signed or encrypted bytes keeps them: they are its attachment.
"""

from __future__ import annotations

from dataclasses import dataclass

from posthouse.model.flags import Flag, Flags
from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.conflicts import versions_of
from posthouse.protocols.mapi.mime.flags import flags_of
from posthouse.protocols.mapi.mime.header_change import IN_HEADER
from posthouse.protocols.mapi.moments import EPOCH, UNITS
from posthouse.protocols.mapi.objects import Properties, value_of
from posthouse.protocols.mapi.property_groups import MAPPING, REST, group_of, groups_of
from posthouse.servers.mapi.people import People
from posthouse.store.content import NewContent
from posthouse.store.group_changes import Touched
from posthouse.store.message_status import IN_CONFLICT
from posthouse.store.objects import Form, Keys

from .message import PARTS, OpenMessage
from .parts import is_content
from .reading import with_change
from .writing import content_for, content_with_fields, whole_form

_SIGNED = frozenset(
    tag.id
    for tag in (
        *(tags.PidTagLastModificationTime, tags.PidTagLocalCommitTime),
        *(tags.PidTagLastModifierName, tags.PidTagLastModifierEntryId),
    )
)
"""Say when it was saved, and by whom."""
_AS_IT_CAME = (tags.PidTagSearchKey, tags.PidTagTransportMessageHeaders)
"""What follows from all bytes of mail, and stays when some of them are others."""


@dataclass(frozen=True, slots=True)
class Prepared:
    form: Form
    changes: Properties | None
    """What `form` says beside the content; None: it is the whole message."""
    content: NewContent | None
    """None: it stays, or there is none."""
    flags: Flags
    delivered: int
    """Seconds since 1970."""
    touched: Touched | None


async def prepare(message: OpenMessage, people: People, keys: Keys) -> Prepared:
    """All that needs no transaction."""
    store, tree = message.logon.store, message.tree
    rest = _flags(message), _delivered(tree.properties, store.now()), _touched(message)
    whole = message.read_from.changes is None
    told = any(is_content(key, whole=whole) for key in message.changed)
    anew = message.row is None or told or not PARTS.isdisjoint(message.changed)
    if not anew and message.read_from.changes is not None and not versions_of(tree):
        changes = _changes(message, message.read_from.changes)
        data = message.read_from.changed(changes)
        return Prepared(Form(False, data, None, keys), changes, None, *rest)
    if not PARTS.intersection(message.changed) and _is_in_header(message):
        content = await content_with_fields(message, people)
        came: Properties = {tag.id: tree.properties[tag.id] for tag in _AS_IT_CAME if tag.id in tree.properties}
        changes = came | _changes(message, message.read_from.changes or {})
        if content is not None:
            return Prepared(Form(False, message.read_from.changed(changes), None, keys), changes, content, *rest)
    form = (await whole_form(store, tree, keys))._replace(creator=message.logon.creator)
    content = await content_for(message, people) if anew and not message.associated else None
    return Prepared(form, None, content, *rest)


def _is_in_header(message: OpenMessage) -> bool:
    """Mail, and what its content tells of what has changed stands in fields of their own."""
    if message.row is None or not message.row.content or message.read_from.changes is None:
        return False
    if message.importing is not None or message.in_conflict:  # versions may come with it
        return False
    return all(key in IN_HEADER for key in message.changed if is_content(key, whole=False))


def _touched(message: OpenMessage) -> Touched | None:
    """Which groups of properties are others now. Of what belongs to none, no client can be told that it went."""
    properties, changed = message.tree.properties, message.changed
    if (
        message.in_conflict
        or was_in_conflict(message)
        or any(group_of(key) == REST and key not in properties for key in changed)
    ):
        return None
    return Touched(MAPPING, REST + 1, groups_of(changed) if message.row is not None else ())


def _flags(message: OpenMessage) -> Flags:
    """As the properties tell them. Of a message that was there, what properties know nothing of stays; so does that it
    was answered or forwarded, for they tell one of both."""
    told = flags_of(message.tree.properties)
    if message.row is None:
        return told
    return Flags(message.row.flags & ~(Flag.FLAGGED | Flag.DRAFT) | told.system, told.keywords)


def _changes(message: OpenMessage, before: Properties) -> Properties:
    """What is to be kept beside the content."""
    properties = message.tree.properties
    changed = {*message.changed, *_SIGNED}
    new = {key: properties[key] for key in changed if key in properties}
    return with_change(before, new, [key for key in changed if key not in properties])


def _delivered(properties: Properties, now: int) -> int:
    """What was not delivered has the time of its last change in place of that ([MS-OXCFXICS] R2199)."""
    last_change = value_of(properties, tags.PidTagLastModificationTime)
    told = value_of(properties, tags.PidTagMessageDeliveryTime, last_change)
    return min(max(told // UNITS - EPOCH, 0), 0xFFFFFFFF) if told else now


def was_in_conflict(message: OpenMessage) -> bool:
    return bool(value_of(message.tree.properties, tags.PidTagMessageStatus, 0) & IN_CONFLICT)
