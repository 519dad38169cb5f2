"""Base64 lines of an exchange – RFC 4954 §4."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posthouse.model.refusals import BadSyntax
from posthouse.protocols.sasl import Cancelled, decode_initial, decode_response, encode_initial
from posthouse.protocols.sasl.encoding import MAX_LINE

BAD = [
    b"A",
    b"AAA",
    b"AA=A",
    b"AAAA=",
    b"A A=",
    b"\xff\xff\xff\xff",
    b"=AAA",
    b"AAAA\r\n",
    b"A" * (MAX_LINE + 4),
    b"**",
]


@pytest.mark.parametrize("token", BAD)
def test_not_base64(token: bytes) -> None:
    """Base64 is strict, and a line is bounded."""
    with pytest.raises(BadSyntax):
        decode_response(token)


def test_empty_initial_response() -> None:
    """`=` is an initial response that is there and empty; elsewhere an empty line is."""
    assert decode_initial(b"=") == b""
    assert encode_initial(b"") == b"="
    assert decode_response(b"") == b""


def test_cancel() -> None:
    """`*` gives up the exchange."""
    with pytest.raises(Cancelled):
        decode_response(b"*")


@given(st.binary(max_size=9000))
def test_round_trip(data: bytes) -> None:
    """What is encoded is decoded."""
    assert decode_initial(encode_initial(data)) == data
