"""Bytes and the structure that they are."""

from __future__ import annotations

from collections.abc import Sequence

from posthouse.protocols.mapi.property_rows import RowReader
from posthouse.protocols.mapi.property_values import PropertyTag
from posthouse.protocols.mapi.structures import Structure


def check(value: Structure, encoded: str, columns: Sequence[PropertyTag] = ()) -> None:
    """Both ways."""
    raw = bytes.fromhex(encoded)
    assert value.format().hex(" ") == raw.hex(" ")
    reader = RowReader(raw, columns)
    assert type(value).read(reader) == value
    reader.done()
