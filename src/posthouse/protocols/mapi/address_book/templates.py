"""Templates: the controls of a dialog that shows an object – [MS-OXOABKT] 2.2.2.1.

    u32 1   u32 count   36 bytes for each control   the texts, each ended by a NUL

A control tells where its text begins. A page's controls stand behind the page.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum, IntFlag
from struct import Struct, pack

from posthouse.model.refusals import BadSyntax
from posthouse.protocols.mapi.property_values import PropertyTag
from posthouse.protocols.mapi.reader import Reader

_TYPE = 1
_CONTROL = Struct("<9I")
_HEAD = 8
NO_PROPERTY = PropertyTag(0, 0)


class ControlType(IntEnum):
    """2.2.2.1.2."""

    LABEL = 0
    EDIT = 1
    LIST_BOX = 2
    CHECK_BOX = 5
    GROUP_BOX = 6
    BUTTON = 7
    PAGE = 8
    MULTIVALUED_LIST_BOX = 0xB
    MULTIVALUED_DROP_DOWN = 0xC


_TYPES = frozenset(ControlType)


class ControlFlags(IntFlag):
    MULTILINE = 1
    EDITABLE = 2
    MANDATORY = 4
    IMMEDIATE = 8
    PASSWORD = 0x10
    DOUBLE_BYTE = 0x20
    INDEX = 0x40


NO_FLAGS = ControlFlags(0)


@dataclass(frozen=True, slots=True)
class Control:
    """TRow (2.2.2.1.2), with its CNTRL (2.2.2.1.3)."""

    type: ControlType
    text: bytes
    """A label, in the client's code page; or which characters may be typed: `*` for any."""
    x: int
    y: int
    width: int
    height: int
    property: PropertyTag = NO_PROPERTY
    """What it shows."""
    size: int = 0
    """Of an edit control: the most characters."""
    flags: ControlFlags = NO_FLAGS


def format_template(controls: Sequence[Control]) -> bytes:
    rows, texts = [pack("<II", _TYPE, len(controls))], list[bytes]()
    at = _HEAD + _CONTROL.size * len(controls)
    for one in controls:
        tag = one.property.id << 16 | one.property.type
        place = one.x, one.width, one.y, one.height
        rows.append(_CONTROL.pack(*place, one.type, one.flags, tag, one.size, at))
        texts.append(one.text.replace(b"\0", b"") + b"\0")
        at += len(texts[-1])
    return b"".join(rows + texts)


def parse_template(data: bytes) -> tuple[Control, ...]:
    reader = Reader(data)
    kind, count = reader.u32(), reader.u32()
    if kind != _TYPE or count > reader.left // _CONTROL.size:
        raise BadSyntax("a template", 0)
    return tuple(_read_control(reader) for _ in range(count))


def _read_control(reader: Reader) -> Control:
    where = reader.at
    x, width, y, height, kind, flags, tag, size, text = _CONTROL.unpack(reader.take(_CONTROL.size))
    if kind not in _TYPES or not _HEAD <= text <= reader.end:
        raise BadSyntax("a control", where)
    shown = PropertyTag(tag >> 16, tag & 0xFFFF)
    label = Reader(reader.data, text).ansi()
    return Control(ControlType(kind), label, x, y, width, height, shown, size, ControlFlags(flags & sum(ControlFlags)))
