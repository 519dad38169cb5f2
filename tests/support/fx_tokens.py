"""The lexical structure of FastTransfer streams, as strictly as [MS-OXCFXICS] 2.2.4.1 can be read: of `fx_checker`.

It is written from the document and shares nothing with what it checks.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from struct import unpack_from
from typing import Any
from uuid import UUID

MARKERS = {
    0x40090003: "StartTopFld",
    0x400B0003: "EndFolder",
    0x400A0003: "StartSubFld",
    0x400C0003: "StartMessage",
    0x400D0003: "EndMessage",
    0x40100003: "StartFAIMsg",
    0x40010003: "StartEmbed",
    0x40020003: "EndEmbed",
    0x40030003: "StartRecip",
    0x40040003: "EndToRecip",
    0x40000003: "NewAttach",
    0x400E0003: "EndAttach",
    0x40120003: "IncrSyncChg",
    0x407D0003: "IncrSyncChgPartial",
    0x40130003: "IncrSyncDel",
    0x40140003: "IncrSyncEnd",
    0x402F0003: "IncrSyncRead",
    0x403A0003: "IncrSyncStateBegin",
    0x403B0003: "IncrSyncStateEnd",
    0x4074000B: "IncrSyncProgressMode",
    0x4075000B: "IncrSyncProgressPerMsg",
    0x40150003: "IncrSyncMessage",
    0x407B0102: "IncrSyncGroupInfo",
    0x40180003: "FXErrorInfo",
}
META = {
    0x40160003: "MetaTagFXDelProp",
    0x400F0003: "MetaTagEcWarning",
    0x40110102: "MetaTagNewFXFolder",
    0x407C0003: "MetaTagIncrSyncGroupId",
    0x407A0003: "MetaTagIncrementalSyncMessagePartial",
    0x4008001E: "MetaTagDnPrefix",
}
IDSET_GIVEN = 0x40170003
_FIXED = {2: "<h", 3: "<I", 4: "<f", 5: "<d", 6: "<q", 7: "<d", 0x14: "<Q", 0x40: "<Q"}
_SIZES = {2: 2, 3: 4, 4: 4, 5: 8, 6: 8, 7: 8, 0x0B: 2, 0x14: 8, 0x40: 8, 0x48: 16}
_STRING8, _STRING, _BINARY, _OBJECT = 0x1E, 0x1F, 0x102, 0x0D


class Deviation(AssertionError):
    """The stream is not as the document says. The text has the offset."""


@dataclass(frozen=True)
class Token:
    at: int
    end: int
    tag: int
    """Of a marker, a property or a meta-property."""
    name: tuple[UUID, int | str] | None = None
    value: Any = None
    cuts: tuple[range, ...] = ()
    """Offsets within values of variable size: there, and between atoms, buffers may end (R981)."""
    atoms: tuple[int, ...] = ()
    """Offsets at which an atom ends."""

    @property
    def marker(self) -> str | None:
        return MARKERS.get(self.tag)

    @property
    def meta(self) -> str | None:
        return META.get(self.tag)

    @property
    def id(self) -> int:
        return self.tag >> 16

    @property
    def type(self) -> int:
        return self.tag & 0xFFFF

    @property
    def key(self) -> Any:
        return self.name or self.id


class _Bytes:
    def __init__(self, data: bytes, code_page: str) -> None:
        self.data, self.at, self.code_page = data, 0, code_page
        self.atoms: list[int] = []
        self.cuts: list[range] = []

    def take(self, size: int) -> bytes:
        if self.at + size > len(self.data):
            raise Deviation(f"{self.at}: {size} bytes are not there")
        self.at += size
        return self.data[self.at - size : self.at]

    def atom(self, form: str, size: int) -> Any:
        value = unpack_from(form, self.take(size))[0]
        self.atoms.append(self.at)
        return value


def tokens(data: bytes, code_page: str = "cp1252") -> Iterator[Token]:
    """`code_page`: of PtypString8."""
    source = _Bytes(data, code_page)
    while source.at < len(data):
        source.atoms, source.cuts = [], []
        at, tag = source.at, unpack_from("<I", source.take(4))[0]
        if tag in MARKERS:
            yield Token(at, source.at, tag, atoms=(source.at,))
            continue
        name = _name(source) if tag >> 16 >= 0x8000 else None
        source.atoms.append(source.at)
        value = _value(source, _BINARY if tag == IDSET_GIVEN else tag & 0xFFFF, at)
        yield Token(at, source.at, tag, name, value, tuple(source.cuts), tuple(source.atoms))


def _name(source: _Bytes) -> tuple[UUID, int | str]:
    at, guid, kind = source.at, UUID(bytes_le=source.take(16)), source.take(1)[0]
    if kind == 0:
        return guid, int(unpack_from("<I", source.take(4))[0])
    if kind != 1:
        raise Deviation(f"{at}: kind {kind} of a named property")
    text = b""
    while (unit := source.take(2)) != b"\0\0":
        text += unit
    if not text:
        raise Deviation(f"{at}: an empty name")
    return guid, text.decode("utf-16-le")


def _value(source: _Bytes, kind: int, at: int) -> Any:
    if kind in _SIZES:
        return _fixed(source, kind)
    if kind & 0x8000 or kind in (_STRING8, _STRING, _BINARY, _OBJECT):
        return _variable(source, kind)
    base = kind & ~0x1000
    if not kind & 0x1000 or base == 0x0B or base not in {*_SIZES, _STRING8, _STRING, _BINARY}:
        raise Deviation(f"{at}: type {kind:04X} is not for streams")  # also PtypErrorCode, R1185
    count = source.atom("<I", 4)
    return tuple(_fixed(source, base) if base in _SIZES else _variable(source, base) for _ in range(count))


def _fixed(source: _Bytes, kind: int) -> Any:
    if kind == 0x48:
        guid = UUID(bytes_le=source.take(16))
        source.atoms.append(source.at)
        return guid
    if kind == 0x0B:
        value = source.atom("<H", 2)
        if value > 1:
            raise Deviation(f"{source.at - 2}: {value} is no Boolean (R990, R991)")
        return bool(value)
    return source.atom(_FIXED[kind], _SIZES[kind])


def _variable(source: _Bytes, kind: int) -> Any:
    size = source.atom("<I", 4)
    start, value = source.at, source.take(size)
    source.cuts.append(range(start, source.at + 1))
    source.atoms.append(source.at)
    if kind in (_BINARY, _OBJECT):
        return value
    wide = kind == _STRING or kind == 0x8000 | 1200
    nul = b"\0\0" if wide else b"\0"
    if not value.endswith(nul) or (wide and size % 2):
        raise Deviation(f"{start}: a string without its NUL (R3259)")
    encoding = "utf-16-le" if wide else source.code_page if kind == _STRING8 else f"cp{kind & 0x7FFF}"
    text = value[: -len(nul)].decode(encoding)
    if "\0" in text:
        raise Deviation(f"{start}: a NUL within a string")
    return text


def check_cuts(data: bytes, buffers: list[bytes], code_page: str = "cp1252") -> None:
    """R981, R982: buffers make up the stream, and each ends between two atoms or within a value of variable size."""
    if b"".join(buffers) != data:
        raise Deviation("the buffers are not the stream")
    allowed: set[int] = {0}
    ranges: list[range] = []
    for token in tokens(data, code_page):
        allowed.update(token.atoms)
        ranges.extend(token.cuts)
    at = 0
    for buffer in buffers:
        at += len(buffer)
        if at not in allowed and not any(at in cut for cut in ranges):
            raise Deviation(f"{at}: cut within an atom")
