"""Scripts: how a client makes an e-mail address of what somebody has typed into a dialog – [MS-OXOABKT] 2.2.2.2.

    u32 count   so many u32: the instructions, each with its operands

A jump tells how many bytes behind the first instruction it goes on. What instructions emit is the address.
"""

from __future__ import annotations

from enum import IntEnum
from struct import pack

from posthouse.protocols.mapi.property_values import PropertyTag

_WORD = 4


class Instruction(IntEnum):
    """Those of the document that are used here."""

    HALT = 0
    ERROR = 1
    EMIT_PROPERTY = 2
    """The property."""
    JUMP_IF_NOT_EXISTS = 4
    """The property, and where to go on if nothing was typed for it."""


def script_of(tag: PropertyTag) -> bytes:
    """The address is what was typed for this property, which must be something."""
    property = tag.id << 16 | tag.type
    emit = (Instruction.EMIT_PROPERTY, property, Instruction.HALT)
    error = _WORD * (3 + len(emit))
    words = (Instruction.JUMP_IF_NOT_EXISTS, property, error, *emit, Instruction.ERROR)
    return pack(f"<{1 + len(words)}I", len(words), *words)
