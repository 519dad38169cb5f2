"""Saving a message – [MS-OXCMSG] 3.2.5.3.

What the content does not tell is kept beside it; when what it tells has changed, the content is made anew, from all
there is. A message of signed or encrypted bytes keeps them: they are its attachment.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from posthouse.database import Transaction
from posthouse.model.flags import Flag, Flags
from posthouse.model.ids import ContentId, MessageId
from posthouse.model.refusals import Changed, FolderNotFound, MessageNotFound, OverQuota
from posthouse.model.rights import Right
from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.entry_ids import AddressBookEntryId
from posthouse.protocols.mapi.mime.flags import flags_of
from posthouse.protocols.mapi.mime.header_out import Writing
from posthouse.protocols.mapi.mime.to_mime import to_mime
from posthouse.protocols.mapi.moments import EPOCH, UNITS, file_time
from posthouse.protocols.mapi.objects import Message, Properties, set_value, value_of
from posthouse.protocols.mapi.stored_form import format_stored
from posthouse.servers.mapi.errors import ErrorCode, RopError
from posthouse.servers.mapi.memory import weight_of_message
from posthouse.servers.mapi.people import People
from posthouse.store import Store
from posthouse.store.content import NewContent, add_content
from posthouse.store.intake import INLINE, content_of
from posthouse.store.messages import NewMessage
from posthouse.store.objects import NO_KEYS, Form, Keys, StoredMessage, create_message, update_message

from .message import OpenMessage
from .parts import is_content
from .reading import LARGE, UNMODIFIED, ReadMessage, format_changes, with_change

_SIGNED = frozenset(
    tag.id
    for tag in (
        *(tags.PidTagLastModificationTime, tags.PidTagLocalCommitTime),
        *(tags.PidTagLastModifierName, tags.PidTagLastModifierEntryId),
    )
)
MAX_OBJECT = 64 * 1024 * 1024
"""Bytes of a message with all its attachments."""


@dataclass(frozen=True, slots=True)
class _Prepared:
    form: Form
    changes: Properties | None
    """What `form` says beside the content; None: it is the whole message."""
    content: NewContent | None
    """None: it stays, or there is none."""
    flags: Flags
    delivered: int
    """Seconds since 1970."""


async def save_message(
    message: OpenMessage,
    people: People,
    *,
    force: bool = False,
    keys: Keys = NO_KEYS,
    number: MessageId | None = None,
    modified: int | None = None,
    own: bool = False,
    first: Callable[[Transaction], None] | None = None,
    then: Callable[[Transaction, StoredMessage], None] | None = None,
) -> StoredMessage:
    """Of a folder; returns when it is on disk. `number`, `keys`, `modified`: what a client has chosen for it. `own`: it
    is saved for the hub, whatever the client may do there. `first`, `then`: what else happens at the same moment.
    ecObjectModified when somebody else has saved it since it was opened, unless `force`."""
    store, tree = message.logon.store, message.tree
    _sign(message, modified)
    prepared = await _prepare(message, people, keys)

    def write(tx: Transaction) -> StoredMessage:
        if first is not None:
            first(tx)
        row = _write(tx, message, prepared, store.now(), force, number, own)
        if then is not None:
            then(tx, row)
        return row

    row = await _written(store, write)
    message.row = row
    message.read_from = ReadMessage(tree, prepared.changes, keys)
    message.changed.clear()
    message.parts_changed = False
    return row


def _sign(message: OpenMessage, modified: int | None) -> None:
    """With when it was changed, and by whom ([MS-OXCPRPT] 2.2.1.5): who brings a version from elsewhere (`modified`)
    says so."""
    properties, mailbox = message.tree.properties, message.logon.mailbox
    now = file_time(message.logon.store.clock()) if modified is None else modified
    set_value(properties, tags.PidTagLastModificationTime, now)
    set_value(properties, tags.PidTagLocalCommitTime, file_time(message.logon.store.clock()))
    if modified is None or tags.PidTagLastModifierName.id not in properties:
        set_value(properties, tags.PidTagLastModifierName, mailbox.user_name)
        set_value(properties, tags.PidTagLastModifierEntryId, AddressBookEntryId(mailbox.user_dn).format())
    told = value_of(properties, tags.PidTagMessageFlags, 0)
    told = told | UNMODIFIED if message.row is None else told & ~UNMODIFIED
    set_value(properties, tags.PidTagMessageFlags, told)


async def _written(store: Store, write: Callable[[Transaction], StoredMessage]) -> StoredMessage:
    try:
        return await store.write(write)
    except Changed:
        raise RopError(ErrorCode.ecObjectModified) from None
    except MessageNotFound:
        raise RopError(ErrorCode.ecObjectDeleted) from None
    except FolderNotFound:
        raise RopError(ErrorCode.ecNotFound) from None
    except OverQuota:
        raise RopError(ErrorCode.ecQuotaExceeded) from None


async def _prepare(message: OpenMessage, people: People, keys: Keys) -> _Prepared:
    """All that needs no transaction."""
    store, tree = message.logon.store, message.tree
    flags, delivered = _flags(message), _delivered(tree.properties, store.now())
    whole = message.read_from.changes is None
    told = any(is_content(key, whole=whole) for key in message.changed)
    anew = message.row is None or message.parts_changed or told
    if not anew and message.read_from.changes is not None:
        changes = _changes(message, message.read_from.changes)
        return _Prepared(Form(False, format_changes(changes), None, keys), changes, None, flags, delivered)
    form = await _whole(store, tree, keys)
    content = await _content(store, await _mime(message, people)) if anew and not message.associated else None
    return _Prepared(form, None, content, flags, delivered)


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


async def _whole(store: Store, tree: Message, keys: Keys) -> Form:
    size = weight_of_message(tree)
    if size > MAX_OBJECT:
        raise RopError(ErrorCode.ecMessageTooBig)
    data = await asyncio.to_thread(format_stored, tree) if size > LARGE else format_stored(tree)
    blob = await asyncio.to_thread(_seal, store, data) if len(data) > INLINE else None
    return Form(True, data, blob, keys)


def _seal(store: Store, data: bytes) -> str:
    writer = store.blobs.create()
    writer.write(data)
    return writer.seal()


async def _mime(message: OpenMessage, people: People) -> bytes:
    """The owner's own copy, with everybody whom it was for; of the same message always the same bytes."""
    store, tree, domain = message.logon.store, message.tree, message.logon.mailbox.address.rpartition("@")[2]
    seed = value_of(tree.properties, tags.PidTagSearchKey, b"")
    begun = value_of(tree.properties, tags.PidTagCreationTime)
    moment = store.clock() if begun is None else begun / UNITS - EPOCH

    def write(tx: Transaction) -> bytes:
        return to_mime(tree, Writing(seed, domain, moment, with_bcc=True, book=people.at(tx)))

    door = store.scan if weight_of_message(tree) > LARGE else store.read
    return await door(write)


async def _content(store: Store, data: bytes) -> NewContent:
    if len(data) <= INLINE:
        return content_of(store.blobs, data)
    return await asyncio.to_thread(content_of, store.blobs, data)


def _delivered(properties: Properties, now: int) -> int:
    told = value_of(properties, tags.PidTagMessageDeliveryTime)
    return min(max(told // UNITS - EPOCH, 0), 0xFFFFFFFF) if told else now


def _require_right(tx: Transaction, message: OpenMessage) -> None:
    """It may have been taken away since the message was opened."""
    needed = Right.INSERT if message.row is None else Right.WRITE
    if message.folder is None or not message.logon.rights_on(tx, message.folder) & needed:
        raise RopError(ErrorCode.ecAccessDenied)


def _write(
    tx: Transaction,
    message: OpenMessage,
    prepared: _Prepared,
    now: int,
    force: bool,
    number: MessageId | None,
    own: bool,
) -> StoredMessage:
    account, form, flags = message.logon.mailbox.account, prepared.form, prepared.flags
    if not own:
        _require_right(tx, message)
    new = _new(tx, prepared) if prepared.content is not None or message.associated else None
    if message.row is not None:
        return update_message(tx, account, message.row, form, now, new=new, flags=flags, force=force)
    assert message.folder is not None
    assert new is not None
    return create_message(*(tx, account, message.folder, new, form, now), associated=message.associated, message=number)


def _new(tx: Transaction, prepared: _Prepared) -> NewMessage:
    if prepared.content is None:
        return NewMessage(ContentId(0), len(prepared.form.data), prepared.delivered, prepared.flags)
    content = add_content(tx, prepared.content)
    return NewMessage(content, prepared.content.size, prepared.delivered, prepared.flags)
