"""A message as it is kept: all of its properties as a form, and the content that other protocols see."""

from __future__ import annotations

import asyncio

from posthouse.database import Transaction
from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.mime.header_change import with_fields
from posthouse.protocols.mapi.mime.header_out import Writing
from posthouse.protocols.mapi.mime.to_mime import to_mime
from posthouse.protocols.mapi.moments import EPOCH, UNITS
from posthouse.protocols.mapi.objects import Message, value_of
from posthouse.protocols.mapi.stored_form import format_stored
from posthouse.servers.mapi.errors import ErrorCode, RopError
from posthouse.servers.mapi.memory import weight_of_message
from posthouse.servers.mapi.people import People
from posthouse.store import Store
from posthouse.store.content import NewContent
from posthouse.store.intake import INLINE, content_of
from posthouse.store.objects import Form, Keys

from .message import OpenMessage
from .reading import LARGE

MAX_OBJECT = 64 * 1024 * 1024
"""Bytes of a message with all its attachments."""


async def whole_form(store: Store, tree: Message, keys: Keys) -> Form:
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


async def content_with_fields(message: OpenMessage, people: People) -> NewContent | None:
    """As it is but for fields of its header; None: there is none that can be changed so."""
    store, row = message.logon.store, message.row
    assert row is not None
    data = bytes((await store.open_content(row.content))[:])
    domain = message.logon.mailbox.address.rpartition("@")[2]

    def write(tx: Transaction) -> bytes | None:
        return with_fields(data, message.tree, message.changed, Writing(b"", domain, book=people.at(tx)))

    changed = await store.read(write)
    return None if changed is None else await asyncio.to_thread(content_of, store.blobs, changed)


async def content_for(message: OpenMessage, people: People) -> NewContent:
    """As other protocols see it: the owner's own copy, with everybody whom it was for; of the same message always the
    same bytes."""
    store, tree, domain = message.logon.store, message.tree, message.logon.mailbox.address.rpartition("@")[2]
    seed = value_of(tree.properties, tags.PidTagSearchKey, b"")
    begun = value_of(tree.properties, tags.PidTagCreationTime)
    moment = store.clock() if begun is None else begun / UNITS - EPOCH

    def write(tx: Transaction) -> bytes:
        return to_mime(tree, Writing(seed, domain, moment, with_bcc=True, book=people.at(tx)))

    door = store.scan if weight_of_message(tree) > LARGE else store.read
    data = await door(write)
    if len(data) <= INLINE:
        return content_of(store.blobs, data)
    return await asyncio.to_thread(content_of, store.blobs, data)
