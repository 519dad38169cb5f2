"""Responses off the wire, as a client reads them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posthouse.model.refusals import BadSyntax
from posthouse.protocols.imap.client import Continuation, Data, Response, ResponseReader, StatusResponse, parse_response
from posthouse.protocols.imap.strings import literal8, string

CASES: list[tuple[bytes, Response]] = [
    (b"+ idling\r\n", Continuation(b"idling")),
    (b"+\r\n", Continuation(b"")),
    (b"a1 OK\r\n", StatusResponse(b"a1", "OK", "")),
    (b"* OK hello {5}\r\n", StatusResponse(b"*", "OK", "hello {5}")),
    (b"a NO [TRYCREATE] no\r\n", StatusResponse(b"a", "NO", "no", "TRYCREATE")),
    (b"* ok [uidnext 4392] x\r\n", StatusResponse(b"*", "OK", "x", "UIDNEXT", [4392])),
    (
        b"* OK [PERMANENTFLAGS (\\Deleted \\*)] Limited\r\n",
        StatusResponse(b"*", "OK", "Limited", "PERMANENTFLAGS", [["\\Deleted", "\\*"]]),
    ),
    (
        b"a OK [COPYUID 38505 304,319:320 3956:3958] Done\r\n",
        StatusResponse(b"a", "OK", "Done", "COPYUID", [38505, "304,319:320", "3956:3958"]),
    ),
    (b"* OK [in the brackets, (not a code] x\r\n", StatusResponse(b"*", "OK", "[in the brackets, (not a code] x")),
    (b"* 23 EXISTS\r\n", Data("EXISTS", 23, [])),
    (b"* SEARCH 2 3\r\n", Data("SEARCH", None, [2, 3])),
    (b"* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n", Data("CAPABILITY", None, ["IMAP4rev1", "AUTH=PLAIN"])),
    (
        b'* LIST (\\Noselect) "/" "a \\"b\\"" ("CHILDINFO" ("SUBSCRIBED"))\r\n',
        Data("LIST", None, [["\\Noselect"], b"/", b'a "b"', [b"CHILDINFO", [b"SUBSCRIBED"]]]),
    ),
    (b"* LIST () NIL {6}\r\na]\r\n{}\r\n", Data("LIST", None, [[], None, b"a]\r\n{}"])),
    (b"* LIST () NIL a]\r\n", Data("LIST", None, [[], None, "a]"])),
    (
        b'* 1 FETCH (BODY[HEADER.FIELDS (DATE "X]")]<0> {3}\r\n{5} UID 7 FLAGS ())\r\n',
        Data("FETCH", 1, [['BODY[HEADER.FIELDS (DATE "X]")]<0>', b"{5}", "UID", 7, "FLAGS", []]]),
    ),
    (b"* 1 FETCH (X {5}\r\n a{5} Y ~{2}\r\n\0\0)\r\n", Data("FETCH", 1, [["X", b" a{5}", "Y", b"\0\0"]])),
    (
        b'* 1 FETCH (BODY ((NIL 1)("a" 2) "mixed"))\r\n',
        Data("FETCH", 1, [["BODY", [[None, 1], [b"a", 2], b"mixed"]]]),
    ),
    (b'* ESEARCH (TAG "a") UID ALL 1:3\r\n', Data("ESEARCH", None, [["TAG", b"a"], "UID", "ALL", "1:3"])),
]


@pytest.mark.parametrize(("wire", "response"), CASES)
@pytest.mark.parametrize("step", [1, 7, 1000])
def test_response(wire: bytes, response: Response, step: int) -> None:
    """A response is this value, however it came in packets."""
    reader = ResponseReader()
    found = []
    for at in range(0, len(wire), step):
        reader.feed(wire[at : at + step])
        while (each := reader.next_response()) is not None:
            found.append(each)
    assert found == [response]


def test_all_at_once() -> None:
    """Several responses in one packet."""
    reader = ResponseReader()
    reader.feed(b"".join(wire for wire, _ in CASES))
    assert [reader.next_response() for _ in CASES] == [response for _, response in CASES]
    assert reader.next_response() is None


@pytest.mark.parametrize(
    "wire",
    [
        b"\r\n",
        b"* \r\n",
        b"garbage\r\n",
        b"* LIST (\r\n",
        b"* LIST )\r\n",
        b'* LIST "\r\n',
        b"* X " + b"(" * 300 + b"\r\n",
    ],
)
def test_what_is_no_response(wire: bytes) -> None:
    """It is BadSyntax."""
    with pytest.raises(BadSyntax):
        parse_response(wire)


@pytest.mark.parametrize("wire", [b"* 1 FETCH (X {2000}\r\n", b"* OK " + b"x" * 2000])
def test_a_response_is_bounded(wire: bytes) -> None:
    """Also one which only announces its size."""
    reader = ResponseReader(limit=1000)
    reader.feed(wire)
    with pytest.raises(BadSyntax):
        reader.next_response()


VALUES = st.recursive(
    st.none() | st.integers(0, 2**63 - 1) | st.binary(max_size=30),
    lambda inner: st.lists(inner, max_size=4),
    max_leaves=20,
)


def wire(value: object) -> bytes:
    if isinstance(value, list):
        return b"(%b)" % b" ".join(map(wire, value))
    if isinstance(value, bytes):
        return literal8(value) if b"\0" in value else string(value)
    return b"NIL" if value is None else b"%d" % value


@given(st.lists(VALUES, max_size=5))
def test_values_are_read_back(values: list[object]) -> None:
    """What we write, a client reads."""
    reader = ResponseReader()
    reader.feed(b"* X " + b" ".join(map(wire, values)) + b"\r\n")
    assert reader.next_response() == Data("X", None, values)


@given(st.lists(st.binary(max_size=40) | st.sampled_from([b"* ", b"{3}\r\n", b"\r\n", b"a OK [", b"* 1 FETCH ("])))
def test_any_bytes(pieces: list[bytes]) -> None:
    """Whatever a server sends, there is a response or BadSyntax."""
    reader = ResponseReader(limit=10_000)
    try:
        for piece in pieces:
            reader.feed(piece)
            while reader.next_response() is not None:
                pass
    except BadSyntax:
        pass
