"""Properties in streams: each type's form, strings as the client wants them.

Statements are those of [MS-OXCFXICS].
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from fx_samples import KEYWORDS, REMINDER_SET, writer
from fx_tokens import Deviation, tokens

from posthouse.protocols.mapi.fast_transfer.writer import SendOptions
from posthouse.protocols.mapi.objects import Key, Properties
from posthouse.protocols.mapi.property_names import PropertyName
from posthouse.protocols.mapi.property_rows import Typed
from posthouse.protocols.mapi.property_values import MULTIPLE, PropertyType


def written(properties: Properties, options: SendOptions = SendOptions.UNICODE, code_page: int = 1252) -> bytes:
    return b"".join(piece.data for piece in writer(options, code_page).properties(properties))


VALUES: list[tuple[Key, int, Any, str]] = [
    (0x0001, PropertyType.INTEGER16, 0x1234, "0200 0100 3412"),
    (0x0E07, PropertyType.INTEGER32, -1, "0300 070E FFFFFFFF"),
    (0x0001, PropertyType.FLOATING32, 1.5, "0400 0100 0000C03F"),
    (0x0001, PropertyType.FLOATING64, 1.5, "0500 0100 000000000000F83F"),
    (0x0001, PropertyType.CURRENCY, 10_000, "0600 0100 1027000000000000"),
    (0x0001, PropertyType.FLOATING_TIME, 0.0, "0700 0100 0000000000000000"),
    (0x0001, PropertyType.BOOLEAN, True, "0B00 0100 0100"),
    (0x0001, PropertyType.BOOLEAN, False, "0B00 0100 0000"),
    (0x0001, PropertyType.INTEGER64, 1, "1400 0100 0100000000000000"),
    (0x0E06, PropertyType.TIME, 0x01D7E13811934000, "4000 060E 0040931138E1D701"),
    (0x0001, PropertyType.GUID, UUID(bytes_le=bytes(range(16))), "4800 0100 000102030405060708090A0B0C0D0E0F"),
    (0x3001, PropertyType.STRING, "Inbox", "1F00 0130 0C000000 49006E0062006F0078000000"),
    (0x3001, PropertyType.STRING, "a\0b", "1F00 0130 06000000 610062000000"),
    (0x0001, PropertyType.BINARY, b"", "0201 0100 00000000"),
    (0x0001, PropertyType.BINARY, b"\1\2\3", "0201 0100 03000000 010203"),
    (0x3701, PropertyType.OBJECT, b"\1\2", "0D00 0137 02000000 0102"),
    (0x0001, MULTIPLE | PropertyType.INTEGER16, (1, 2), "0210 0100 02000000 0100 0200"),
    (0x0001, MULTIPLE | PropertyType.BINARY, (b"", b"x"), "0211 0100 02000000 00000000 01000000 78"),
    (REMINDER_SET, PropertyType.BOOLEAN, True, "0B00 2381 0820060000000000C000000000000046 00 03850000 0100"),
    (
        KEYWORDS,
        MULTIPLE | PropertyType.STRING,
        ("Red", "Blue"),
        "1F10 2481 2903020000000000C000000000000046 01 4B006500790077006F007200640073000000"
        "02000000 08000000 5200650064000000 0A000000 42006C00750065000000",
    ),
]


@pytest.mark.parametrize(("key", "kind", "value", "encoded"), VALUES)
def test_values(key: Key, kind: int, value: Any, encoded: str) -> None:
    """R984 to R986, R987 to R992, R996, R997, R2740, R3259, R325901, R986001: types with their sizes, little-endian, a
    Boolean in two bytes, a string with its NUL, bytes with one count and no more, a named property with its name."""
    assert written({key: Typed(kind, value)}) == bytes.fromhex(encoded)


NONE, UNICODE, CPID, FORCE = SendOptions(0), SendOptions.UNICODE, SendOptions.USE_CPID, SendOptions.FORCE_UNICODE
STRINGS = [
    (NONE, 0x1E, 0x101E, 0x1E),
    (UNICODE, 0x1F, 0x101F, 0x1E),
    (FORCE, 0x1F, 0x101F, 0x1F),
    (UNICODE | FORCE, 0x1F, 0x101F, 0x1F),
    (CPID, 0x84B0, 0x101F, 0x84B0),
    (CPID | UNICODE, 0x84B0, 0x101F, 0x84B0),
    (CPID | FORCE, 0x84B0, 0x101F, 0x84B0),
    (CPID | UNICODE | FORCE, 0x84B0, 0x101F, 0x84B0),
]


@pytest.mark.parametrize(("options", "one", "several", "class_"), STRINGS)
def test_strings(options: SendOptions, one: int, several: int, class_: int) -> None:
    """R3254, R3256 to R3258, R3447 to R3453, R3455 to R3457, R3782, R3459, R3671, R3776, R3795, R411: the flags
    of the client tell in which of three forms strings come."""
    properties: Properties = {
        0x0037: Typed(PropertyType.STRING, "é€"),
        0x3A00: Typed(MULTIPLE | PropertyType.STRING, ("é",)),
        0x001A: Typed(PropertyType.STRING, "IPM.Note"),
    }
    found = list(tokens(written(properties, options)))
    assert [token.type for token in found] == [one, several, class_]
    assert [token.value for token in found] == ["é€", ("é",), "IPM.Note"]


def test_code_page() -> None:
    """R3447: what the connection's code page does not have is sent as a question mark."""
    found = written({0x0037: Typed(PropertyType.STRING, "é→")}, SendOptions(0), 1252)
    assert found == bytes.fromhex("1E00 3700 03000000 E93F00")
    assert written({0x0037: Typed(PropertyType.STRING, "日")}, SendOptions(0), 932)[8:] == b"\x93\xfa\0"
    assert written({0x0037: Typed(PropertyType.STRING, "é")}, SendOptions(0), 64999)[8:] == b"?\0"


LEFT_OUT: list[tuple[Key, int, Any]] = [
    (0x0001, PropertyType.ERROR_CODE, 0x8004010F),
    (0x0001, PropertyType.SERVER_ID, b"\1"),
    (0x0001, PropertyType.NULL, None),
    (0x3701, PropertyType.OBJECT, None),
    (0x0001, PropertyType.RESTRICTION, b""),
    (0x6600, PropertyType.INTEGER32, 1),
    (0x67FF, PropertyType.INTEGER32, 1),
    (0x4009, PropertyType.INTEGER32, 1),
    (0x4016, PropertyType.INTEGER32, 1),
    (0x8123, PropertyType.INTEGER32, 1),
    (0x0000, PropertyType.INTEGER32, 1),
    (PropertyName(UUID(int=1), 1), PropertyType.INTEGER32, 1),
]


@pytest.mark.parametrize(("key", "kind", "value"), LEFT_OUT)
def test_left_out(key: Key, kind: int, value: Any) -> None:
    """R965, R1182, R1185, R2273, R3786, R1030: errors, what never leaves the server, what would be taken for a marker
    or a meta-property, and names that have no id are not in a stream."""
    kept = written({0x0037: Typed(PropertyType.STRING, "a")})
    assert written({key: Typed(kind, value), 0x0037: Typed(PropertyType.STRING, "a")}) == kept


def test_large_value() -> None:
    """R1187: a value has any size; behind its head it is cut anywhere."""
    content = bytes(range(256)) * 4096
    pieces = list(writer().properties({0x3701: Typed(PropertyType.BINARY, content)}))
    (token,) = tokens(b"".join(piece.data for piece in pieces))
    assert token.value == content
    assert max(piece.whole for piece in pieces) == 8


@pytest.mark.parametrize(
    "encoded",
    ["0A00 0100 00000000", "0B00 0100 0200", "1F00 0130 02000000 4900", "1E00 0130 00000000", "0300 2381 00000000"],
)
def test_the_checker_of_tokens(encoded: str) -> None:
    """What checks the streams tells an error code, a bad Boolean, a string without NUL and a name that is not there."""
    with pytest.raises(Deviation):
        list(tokens(bytes.fromhex(encoded)))
