"""Files of the Macintosh: AppleSingle and AppleDouble (RFC 1740 appendix A) ⇄ MacBinary, with both forks.

apple     = magic version filler count *( id offset length ) …         ; big-endian, offsets from the beginning
MacBinary = header data *padding resources *padding                    ; the header of 128 bytes, padded to as many
"""

from __future__ import annotations

from binascii import crc_hqx
from dataclasses import dataclass
from struct import pack, unpack_from

from posthouse.model.refusals import BadSyntax

SINGLE, DOUBLE = 0x00051600, 0x00051607
MAX_ENTRIES = 100

_VERSION = 0x00020000
_DATA, _RESOURCES, _NAME, _DATES, _FINDER = 1, 2, 3, 8, 9
_HEAD, _ENTRY = 26, 12
_FINDER_SIZE, _DATES_SIZE = 32, 16
_CENTURY = 3_029_529_600
"""Seconds from 1904, where MacBinary begins to count, to 2000, where the others do."""
_NEVER = -(1 << 31)

_BLOCK = 128
MAX_NAME = 63
_BINARY_II = 129
"""Written, and needed to read: of both later versions the header is the same as far as we look."""


@dataclass(frozen=True, slots=True)
class MacFile:
    data: bytes = b""
    resources: bytes = b""
    name: bytes = b""
    """Of at most 63 bytes, in Mac Roman."""
    kind: bytes = bytes(4)
    creator: bytes = bytes(4)
    flags: int = 0
    """The Finder's, 16 bits."""
    created: int = 0
    modified: int = 0
    """In seconds since 1904; 0: not known."""


# AppleSingle, AppleDouble
def parse_apple(data: bytes, magic: int) -> MacFile:
    """Raises BadSyntax. Entries of other kinds are passed over."""
    if len(data) < _HEAD or unpack_from(">I", data) != (magic,):
        raise BadSyntax("a file of Apple's", 0)
    count: int = unpack_from(">H", data, _HEAD - 2)[0]
    if count > MAX_ENTRIES or _HEAD + count * _ENTRY > len(data):
        raise BadSyntax("as many entries as announced, and not too many", _HEAD)
    found: dict[int, bytes] = {}
    left = len(data)
    for at in range(_HEAD, _HEAD + count * _ENTRY, _ENTRY):
        number, offset, size = unpack_from(">III", data, at)
        left -= size
        if offset + size > len(data) or left < 0:
            raise BadSyntax("entries within the file, each in a place of its own", at)
        found[number] = data[offset : offset + size]
    finder = found.get(_FINDER, b"")[:10].ljust(10, b"\0")
    created, modified = unpack_from(">ii", found.get(_DATES, b"").ljust(8, b"\0") if _DATES in found else _NO_DATES)
    return MacFile(
        found.get(_DATA, b""),
        found.get(_RESOURCES, b""),
        found.get(_NAME, b"")[:MAX_NAME],
        finder[:4],
        finder[4:8],
        unpack_from(">H", finder, 8)[0],
        _since_1904(created),
        _since_1904(modified),
    )


_NO_DATES = pack(">ii", _NEVER, _NEVER)


def _since_1904(seconds: int) -> int:
    return 0 if seconds == _NEVER else min(max(seconds + _CENTURY, 0), 0xFFFFFFFF)


def _since_2000(seconds: int) -> int:
    return _NEVER if seconds == 0 else min(seconds - _CENTURY, 0x7FFFFFFF)


def format_apple_double(file: MacFile) -> bytes:
    """All but the data."""
    dates = pack(">iiii", _since_2000(file.created), _since_2000(file.modified), _NEVER, _NEVER)
    finder = file.kind + file.creator + pack(">H", file.flags)
    entries = [(_NAME, file.name), (_DATES, dates), (_FINDER, finder.ljust(_FINDER_SIZE, b"\0"))]
    entries += [(_RESOURCES, file.resources)] if file.resources else []
    head, offset = pack(">II16xH", DOUBLE, _VERSION, len(entries)), _HEAD + len(entries) * _ENTRY
    for number, content in entries:
        head += pack(">III", number, offset, len(content))
        offset += len(content)
    return head + b"".join(content for _, content in entries)


# MacBinary
def parse_mac_binary(data: bytes) -> MacFile:
    """Of any version ([MS-OXCMSG] 2.2.2.20). Raises BadSyntax."""
    if len(data) < _BLOCK or data[0] or data[74] or data[82] or not 1 <= data[1] <= MAX_NAME:
        raise BadSyntax("MacBinary", 0)
    size, more, created, modified = unpack_from(">IIII", data, 83)
    begin = _BLOCK + _padded(unpack_from(">H", data, 120)[0] if data[122] >= _BINARY_II else 0)
    resources = begin + _padded(size)
    if begin + size > len(data) or (more and resources + more > len(data)):
        raise BadSyntax("both forks", 83)
    return MacFile(
        data[begin : begin + size],
        data[resources : resources + more],
        data[2 : 2 + data[1]],
        data[65:69],
        data[69:73],
        data[73] << 8 | data[101],
        created,
        modified,
    )


def format_mac_binary(file: MacFile) -> bytes:
    """Version II. A file without a name is given one, for there must be one."""
    name = file.name[:MAX_NAME] or b"file"
    head = pack(">xB63s4s4sBx", len(name), name, file.kind, file.creator, file.flags >> 8)
    head += pack(">6xBxIIII", 0, len(file.data), len(file.resources), file.created, file.modified)
    head += pack(">HB14xIHBB", 0, file.flags & 0xFF, 0, 0, _BINARY_II, _BINARY_II)
    head += pack(">HH", crc_hqx(head, 0), 0)
    return head + _filled(file.data) + _filled(file.resources)


def _padded(size: int) -> int:
    return size + -size % _BLOCK


def _filled(data: bytes) -> bytes:
    return data + bytes(-len(data) % _BLOCK)
