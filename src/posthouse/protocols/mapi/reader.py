"""Bytes from the left to the right: little-endian, bounded, and BadSyntax where they end too soon."""

from __future__ import annotations

from struct import Struct
from uuid import UUID

from posthouse.model.refusals import BadSyntax

_U16, _U32, _U64, _I32 = Struct("<H"), Struct("<I"), Struct("<Q"), Struct("<i")


class Reader:
    __slots__ = ("at", "data", "end")

    def __init__(self, data: bytes, at: int = 0) -> None:
        self.data, self.at, self.end = data, at, len(data)

    @property
    def left(self) -> int:
        return self.end - self.at

    def take(self, count: int) -> bytes:
        at = self.at
        self.at = at + count
        if self.at > self.end:
            raise BadSyntax(f"{count} bytes", at)
        return self.data[at : self.at]

    def skip(self, count: int) -> int:
        """Pass over so many bytes; where they begin."""
        at = self.at
        self.at = at + count
        if self.at > self.end:
            raise BadSyntax(f"{count} bytes", at)
        return at

    def rest(self) -> bytes:
        return self.take(self.left)

    def padded(self) -> bytes:
        """As many bytes as are announced (DWORD), and what fills them up to four; the last may have none."""
        data = self.take(self.u32())
        self.take(min(-len(data) % 4, self.left))
        return data

    def u8(self) -> int:
        return self.take(1)[0]

    def u16(self) -> int:
        at = self.at
        self.at = end = at + 2
        if end > self.end:
            raise BadSyntax("2 bytes", at)
        number: int = _U16.unpack_from(self.data, at)[0]
        return number

    def u32(self) -> int:
        at = self.at
        self.at = end = at + 4
        if end > self.end:
            raise BadSyntax("4 bytes", at)
        number: int = _U32.unpack_from(self.data, at)[0]
        return number

    def u64(self) -> int:
        return int(_U64.unpack(self.take(8))[0])

    def i32(self) -> int:
        return int(_I32.unpack(self.take(4))[0])

    def guid(self) -> UUID:
        return UUID(bytes_le=self.take(16))

    def ansi(self) -> bytes:
        """Up to a NUL, which is not part of it."""
        end = self.data.find(b"\0", self.at, self.end)
        if end < 0:
            raise BadSyntax("a terminated string", self.at)
        text = self.data[self.at : end]
        self.at = end + 1
        return text

    def unicode(self) -> str:
        """UTF-16 up to its NUL; half surrogates become U+FFFD."""
        end = self.data.find(b"\0\0", self.at, self.end)
        while end >= 0 and (end - self.at) % 2:
            end = self.data.find(b"\0\0", end + 1, self.end)
        if end < 0:
            raise BadSyntax("a terminated string", self.at)
        text = self.data[self.at : end].decode("utf-16-le", "replace")
        self.at = end + 2
        return text

    def done(self) -> None:
        """Nothing may be left."""
        if self.at != self.end:
            raise BadSyntax("the end", self.at)


def format_unicode(text: str) -> bytes:
    """UTF-16 with its NUL; half surrogates, which nobody could read, become U+FFFD."""
    try:
        return text.encode("utf-16-le") + b"\0\0"
    except UnicodeEncodeError:
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
        return text.encode("utf-16-le") + b"\0\0"
