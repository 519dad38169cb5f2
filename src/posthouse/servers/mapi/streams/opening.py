"""Opening a stream: of which properties, by whom, and how – [MS-OXCPRPT] 2.2.14, 3.2.5.11."""

from __future__ import annotations

from posthouse.model.rights import Right
from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.property_values import PropertyTag, PropertyType
from posthouse.protocols.mapi.rops.stream import StreamOpenMode
from posthouse.servers.mapi.errors import ErrorCode, RopError
from posthouse.servers.mapi.folders.folder import OpenFolder
from posthouse.servers.mapi.holders import PropertyHolder
from posthouse.servers.mapi.messages.attachment import OpenAttachment

from .buffer import Buffer
from .stream import OpenStream, Value
from .values import STREAMED, as_bytes, as_property

MAX_SIZE = 64 * 1024 * 1024
"""Bytes, as of a whole message."""
MAX_IN_FOLDER = 1024 * 1024
"""Bytes of a folder's property, which everybody reads who looks at the folder."""


async def open_stream(holder: PropertyHolder, tag: PropertyTag, mode: StreamOpenMode, codec: str) -> OpenStream:
    """`codec`: of the client's strings of 8 bits."""
    if isinstance(holder, OpenFolder) and tag.id == tags.PidTagSecurityDescriptorAsXml.id:
        raise RopError(ErrorCode.ecNotSupported)  # [MS-OXCPERM] 3.2.5.3, 4.1, by another of its names
    if isinstance(holder, OpenFolder) and holder.logon.mailbox.is_public and mode is not StreamOpenMode.READ_ONLY:
        raise RopError(ErrorCode.ecNotSupported)  # R88501
    if not _can_be_opened(holder, tag):
        raise RopError(ErrorCode.ecNotSupported)
    [key] = await holder.logon.names.keys_of([tag.id])
    if key is None:
        raise RopError(ErrorCode.ecNotFound)
    writable = await _writable(holder, mode)
    codec = holder.codec or codec
    data: bytes | None = b""
    if mode is not StreamOpenMode.CREATE:
        data = as_bytes(tag, key, await holder.current({key}), codec)
        if data is None:
            raise RopError(ErrorCode.ecNotFound)
    elif not writable:
        raise RopError(ErrorCode.ecAccessDenied)
    if writable:
        as_property(tag, key, b"", codec)  # or it would turn out when the client has sent all
    most = MAX_IN_FOLDER if isinstance(holder, OpenFolder) else MAX_SIZE
    buffer = Buffer(data or b"", most, holder.logon.memory.another())
    stream = OpenStream(Value(holder, tag, key, codec, buffer), writable=writable)
    if mode is StreamOpenMode.CREATE:
        stream.value.changed()
    return stream


def _can_be_opened(holder: PropertyHolder, tag: PropertyTag) -> bool:
    if tag.type == PropertyType.OBJECT:
        is_object = tag.id == tags.PidTagAttachDataObject.id
        return isinstance(holder, OpenAttachment) and is_object and holder.attachment.embedded is None
    return tag.type in STREAMED


async def _writable(holder: PropertyHolder, mode: StreamOpenMode) -> bool:
    """ecAccessDenied when it is to be and cannot be; ecInvalidParameter for a mode that there is not."""
    if mode is StreamOpenMode.READ_ONLY:
        return False
    if mode not in tuple(StreamOpenMode):
        raise RopError(ErrorCode.ecInvalidParameter)
    may = holder.is_writable and (not isinstance(holder, OpenFolder) or await _may_change(holder))
    if not may and mode is not StreamOpenMode.BEST_ACCESS:
        raise RopError(ErrorCode.ecAccessDenied)
    return may


async def _may_change(folder: OpenFolder) -> bool:
    facts = await folder.logon.store.read(folder.facts)
    return bool(facts.rights & Right.ADMINISTER) and not folder.deleted
