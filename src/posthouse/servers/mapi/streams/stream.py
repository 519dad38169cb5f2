"""An open stream – [MS-OXCPRPT] 3.2.5.11. The server keeps where it is to be read or written next, the seek pointer."""

from __future__ import annotations

from posthouse.protocols.mapi.objects import Key, Properties
from posthouse.protocols.mapi.property_values import PropertyTag
from posthouse.protocols.mapi.rops.stream import SeekOrigin
from posthouse.servers.mapi.errors import ErrorCode, RopError
from posthouse.servers.mapi.holders import PropertyHolder
from posthouse.servers.mapi.session import ServerObject

from .buffer import Buffer
from .values import as_property

MOST = 1 << 31
"""Bytes of the largest stream that there can be."""


class Value:
    """What a stream and its clones are of."""

    def __init__(self, holder: PropertyHolder, tag: PropertyTag, key: Key, codec: str, buffer: Buffer) -> None:
        """`codec`: of a text of 8 bits."""
        self.holder, self.tag, self.key, self.codec, self.buffer = holder, tag, key, codec, buffer

    def properties(self) -> Properties:
        return as_property(self.tag, self.key, self.buffer.all(), self.codec)

    def changed(self) -> None:
        self.holder.written[self.key] = self


class OpenStream(ServerObject):
    def __init__(self, value: Value, *, writable: bool, position: int = 0) -> None:
        super().__init__(value.holder.logon_id)
        self.value, self._writable, self.position = value, writable, position

    @property
    def _buffer(self) -> Buffer:
        return self.value.buffer

    @property
    def size(self) -> int:
        return len(self._buffer)

    def require_writable(self) -> None:
        """Also of what it is a part of, which may have been saved since and is not to be changed any more."""
        if not self._writable or not self.value.holder.is_writable:
            raise RopError(ErrorCode.ecStreamAccessDenied)

    def read(self, size: int) -> bytes:
        data = self._buffer.read(self.position, size)
        self.position += len(data)
        return data

    def write(self, data: bytes) -> None:
        """All of it, or ecTooBig."""
        self.require_writable()
        self._buffer.write(self.position, data)
        self.position += len(data)
        self.value.changed()

    def resize(self, size: int) -> None:
        self.require_writable()
        self._buffer.resize(size)
        self.value.changed()

    def seek(self, origin: SeekOrigin, offset: int) -> int:
        """The new position; beyond the end, the stream grows up to there."""
        begins = {SeekOrigin.BEGINNING: 0, SeekOrigin.CURRENT: self.position, SeekOrigin.END: self.size}
        if origin not in begins:
            raise RopError(ErrorCode.ecStreamInvalidParam)
        wanted = begins[origin] + offset
        if not 0 <= wanted <= MOST:
            raise RopError(ErrorCode.ecStreamSeekError)
        if wanted > self.size:
            self.resize(wanted)
        self.position = wanted
        return wanted

    async def commit(self) -> None:
        """What was written becomes the property's value."""
        holder, key = self.value.holder, self.value.key
        if holder.written.get(key) is self.value:
            problems = await holder.settle()
            if key in problems:
                raise RopError(problems[key])

    def clone(self) -> OpenStream:
        """Of the same bytes, with a seek pointer of its own."""
        self._buffer.share()
        return OpenStream(self.value, writable=self._writable, position=self.position)

    async def finish(self) -> None:
        await self.commit()

    def close(self) -> None:
        self._buffer.leave()
