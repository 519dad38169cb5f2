"""Values in rows are cut to 510 bytes – [MS-OXCTABL] R121, R122. Whoever wants more opens the object."""

from __future__ import annotations

from posthouse.protocols.mapi.property_values import Value

WIDEST = 510
"""Bytes of a value."""
LETTERS = WIDEST // 2 - 1
"""Of a text, before its NUL."""


def cut_text(value: str) -> str:
    """So that it takes no more than `WIDEST` bytes; a letter that takes two units is not cut in two."""
    return value[:LETTERS].encode("utf-16-le", "replace")[: WIDEST - 2].decode("utf-16-le", "ignore")


def cut(value: Value) -> Value:
    if isinstance(value, str):
        return value if len(value) * 4 < WIDEST else cut_text(value)
    if isinstance(value, bytes):
        return value[:WIDEST]
    if isinstance(value, tuple):
        return _cut_all(value)
    return value


def _cut_all(values: tuple[Value, ...]) -> tuple[Value, ...]:
    """The first, as many as there is room for."""
    room, found = WIDEST - 4, []
    for value in map(cut, values):
        room -= 2 * len(value) + 2 if isinstance(value, str) else len(value) + 2 if isinstance(value, bytes) else 16
        if room < 0:
            break
        found.append(value)
    return tuple(found)
