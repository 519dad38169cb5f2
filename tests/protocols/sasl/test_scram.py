"""SCRAM – RFC 5802, RFC 7677."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posthouse.model.refusals import BadCredentials, BadSyntax
from posthouse.protocols.sasl import (
    Challenge,
    Claim,
    Credentials,
    FindKeys,
    ProvenClaim,
    ScramClient,
    ScramKeys,
    begin,
    derive_keys,
    format_keys,
    parse_keys,
    prepare_password,
)
from posthouse.protocols.sasl.encoding import decode_base64

Converse = Callable[..., Claim]

EXAMPLES = [
    (  # RFC 5802 §5
        "SCRAM-SHA-1",
        b"fyko+d2lbbFgONRv9qkxdawL",
        b"3rfcNHYJY1ZVvWVs7j",
        b"QSXCR+Q6sek8bf92",
        b"v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=",
        b"rmF9pqV8S7suAoZWja4dJRkFsKQ=",
    ),
    (  # RFC 7677 §3
        "SCRAM-SHA-256",
        b"rOprNGfwEbeRWgbNEkqO",
        b"%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0",
        b"W22ZaJ0SNY7soEsUEjb6gQ==",
        b"dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
        b"6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=",
    ),
]

NONCE = b"3rfcNHYJY1ZVvWVs7j"
KEYS = {name: derive_keys(name, b"pencil", b"salt", 4096) for name in ("SCRAM-SHA-256", "SCRAM-SHA-1")}
END_POINT = {"tls-server-end-point": b"\x01" * 32}
UNIQUE = {"tls-unique": b"\x02" * 12}


@pytest.mark.parametrize(("mechanism", "c_nonce", "s_nonce", "salt", "proof", "verifier"), EXAMPLES)
def test_rfc_examples(
    mechanism: str, c_nonce: bytes, s_nonce: bytes, salt: bytes, proof: bytes, verifier: bytes
) -> None:
    """The exchanges of the RFCs, octet by octet, from both sides."""
    client_first = b"n,,n=user,r=" + c_nonce
    server_first = b"r=%b%b,s=%b,i=4096" % (c_nonce, s_nonce, salt)
    client_final = b"c=biws,r=%b%b,p=%b" % (c_nonce, s_nonce, proof)

    server = begin(mechanism, s_nonce, {})
    assert server.start(client_first) == FindKeys("user", mechanism)
    keys = derive_keys(mechanism, b"pencil", decode_base64(salt), 4096)
    assert server.found(keys) == Challenge(server_first)
    assert server.respond(client_final) == ProvenClaim("user", "", b"v=" + verifier)

    client = ScramClient(mechanism, Credentials("user", "pencil"), c_nonce, {})
    assert client.initial() == client_first
    assert client.respond(server_first) == client_final
    client.finish(b"v=" + verifier)


def test_without_initial_response() -> None:
    """RFC 4422 §5.b.1: without an initial response the server's first challenge is empty."""
    server = begin("SCRAM-SHA-256", NONCE, {})
    assert server.start(None) == Challenge(b"")
    assert isinstance(server.respond(b"n,,n=user,r=abc"), FindKeys)


@pytest.mark.parametrize("bindings", [END_POINT, UNIQUE, {"tls-exporter": b"\x03" * 32}])
@pytest.mark.parametrize("mechanism", list(KEYS))
def test_plus(conversation: Converse, mechanism: str, bindings: dict[str, bytes]) -> None:
    """The -PLUS forms bind the exchange to its TLS connection."""
    client = ScramClient(mechanism, Credentials("user", "pencil", "boss"), b"abc", bindings, plus=True)
    server = begin(mechanism + "-PLUS", NONCE, bindings)
    claim = conversation(client, server, {"user": KEYS[mechanism]})
    assert isinstance(claim, ProvenClaim)
    assert (claim.user, claim.authzid) == ("user", "boss")


def test_somebody_in_between(conversation: Converse) -> None:
    """Two TLS connections with somebody between them have different bindings."""
    client = ScramClient("SCRAM-SHA-256", Credentials("user", "pencil"), b"abc", END_POINT, plus=True)
    server = begin("SCRAM-SHA-256-PLUS", NONCE, {"tls-server-end-point": b"\x09" * 32})
    with pytest.raises(BadCredentials):
        conversation(client, server, {"user": KEYS["SCRAM-SHA-256"]})


FLAGS = [  # RFC 5802 §6
    ("SCRAM-SHA-256", {}, b"n,,", True),
    ("SCRAM-SHA-256", {}, b"y,,", True),  # we offer no -PLUS, and the client saw it so
    ("SCRAM-SHA-256", END_POINT, b"n,,", True),  # a client without channel bindings
    ("SCRAM-SHA-256", END_POINT, b"y,,", False),  # our list has been cut down on its way
    ("SCRAM-SHA-256", END_POINT, b"p=tls-server-end-point,,", False),  # only with -PLUS
    ("SCRAM-SHA-256-PLUS", END_POINT, b"p=tls-server-end-point,,", True),
    ("SCRAM-SHA-256-PLUS", END_POINT, b"p=tls-unique,,", False),  # a binding that we do not have
    ("SCRAM-SHA-256-PLUS", END_POINT, b"n,,", False),
    ("SCRAM-SHA-256-PLUS", END_POINT, b"y,,", False),
]


@pytest.mark.parametrize(("mechanism", "bindings", "header", "goes_on"), FLAGS)
def test_binding_flag(mechanism: str, bindings: dict[str, bytes], header: bytes, goes_on: bool) -> None:
    """Downgrade protection: the flag must agree with the mechanism and with what we offered."""
    server = begin(mechanism, NONCE, bindings)
    if goes_on:
        assert isinstance(server.start(header + b"n=user,r=abc"), FindKeys)
    else:
        with pytest.raises(BadCredentials):
            server.start(header + b"n=user,r=abc")


@pytest.mark.parametrize("password", ["Pencil", "pencil ", "x"])
def test_wrong_password(conversation: Converse, password: str) -> None:
    """A proof made of another password proves nothing."""
    client = ScramClient("SCRAM-SHA-1", Credentials("user", password), b"abc", {})
    with pytest.raises(BadCredentials):
        conversation(client, begin("SCRAM-SHA-1", NONCE, {}), {"user": KEYS["SCRAM-SHA-1"]})


@pytest.mark.parametrize(
    "final",
    [
        b"c=biws,r=abcOTHER,p=AAAA",  # not our nonce
        b"c=eSws,r=abc3rfcNHYJY1ZVvWVs7j,p=AAAA",  # another GS2 header than before
        b"c=biws,r=abc3rfcNHYJY1ZVvWVs7j,p=",
        b"c=biws,r=abc3rfcNHYJY1ZVvWVs7j,p=" + b"A" * 400,
    ],
)
def test_wrong_final(final: bytes) -> None:
    """Nonce, header and proof are all checked."""
    server = begin("SCRAM-SHA-256", NONCE, {})
    server.start(b"n,,n=user,r=abc")
    server.found(KEYS["SCRAM-SHA-256"])
    with pytest.raises(BadCredentials):
        server.respond(final)


BAD_FIRST = [
    b"",
    b"n,,",
    b"n,,r=abc",
    b"n,,n=,r=abc",
    b"n,,n=user,r=",
    b"n,,n=us,er,r=abc",
    b"n,,n=us=er,r=abc",  # `=` only as =2C and =3D
    b"n,,n=user,r=a b",
    b"x,,n=user,r=abc",
    b"p=,,n=user,r=abc",
    b"n,b=x,n=user,r=abc",
    b"n,a=,n=user,r=abc",
    b"n,,m=ext,n=user,r=abc",  # a mandatory extension that we do not know
    b"n,,n=\xff,r=abc",
    b"n,,n=\x07,r=abc",  # SASLprep
    b"n,,n=user,r=abc,",
    b"n,,n=user,r=abc,1=x",
    b"n,,n=user,r=" + b"a" * 4096,
]


@pytest.mark.parametrize("message", BAD_FIRST)
def test_bad_client_first(message: bytes) -> None:
    """client-first-message is in the grammar or it is refused."""
    with pytest.raises(BadSyntax):
        begin("SCRAM-SHA-256", NONCE, {}).start(message)


GOOD_FIRST = [
    (b"n,,n=us=2Cer=3D,r=abc", "us,er="),
    (b"n,,n==3D2C,r=abc", "=2C"),
    (b"n,,n=user,r=abc,x=1,y=a=b", "user"),  # extensions are ignored
    ("n,,n=ju\u0308rgen,r=abc".encode(), "jürgen"),
]


@pytest.mark.parametrize(("message", "user"), GOOD_FIRST)
def test_user_name(message: bytes, user: str) -> None:
    """The name is unescaped and prepared."""
    assert begin("SCRAM-SHA-256", NONCE, {}).start(message) == FindKeys(user, "SCRAM-SHA-256")


BAD_SERVER_FIRST = [
    b"",
    b"r=abc,s=AAAA,i=4096",  # nothing of the server's in the nonce
    b"r=other,s=AAAA,i=4096",
    b"r=abcd,s=AAAA,i=1",  # too few iterations: the password could be guessed from the proof
    b"r=abcd,s=AAAA,i=999999999",  # so many that we would never end
    b"r=abcd,s=AAAA,i=4096x",
    b"m=x,r=abcd,s=AAAA,i=4096",
    b"r=abcd,s=A,i=4096",
]


@pytest.mark.parametrize("challenge", BAD_SERVER_FIRST)
def test_bad_server_first(challenge: bytes) -> None:
    """Our client does not prove anything to a server that does not keep to the protocol."""
    client = ScramClient("SCRAM-SHA-256", Credentials("user", "pencil"), b"abc", {})
    with pytest.raises(BadSyntax):
        client.respond(challenge)


@pytest.mark.parametrize("final", [b"", b"v=AAAA", b"e=other-error"])
def test_server_must_prove_itself(final: bytes) -> None:
    """A server that says yes without having proven that it knows the password is not our server."""
    client = ScramClient("SCRAM-SHA-256", Credentials("user", "pencil"), b"abc", {})
    client.respond(b"r=abcd,s=AAAA,i=4096")
    with pytest.raises(BadCredentials):
        client.finish(final)


name = st.text(st.characters(codec="utf-8"), min_size=1, max_size=30)


@given(password=st.text(st.characters(codec="utf-8"), min_size=1), salt=st.binary(min_size=1, max_size=30))
def test_any_password(conversation: Converse, password: str, salt: bytes) -> None:
    """Client and server agree on every password, prepared or not."""
    keys = derive_keys("SCRAM-SHA-256", prepare_password(password), salt, 4096)
    client = ScramClient("SCRAM-SHA-256", Credentials("a,b=c", password), b"abc", {})
    claim = conversation(client, begin("SCRAM-SHA-256", NONCE, {}), {"a,b=c": keys})
    assert isinstance(claim, ProvenClaim)


@given(st.sampled_from(["SCRAM-SHA-256", "SCRAM-SHA-1"]), st.binary(min_size=1), st.integers(1, 999_999_999))
def test_keys_as_text(mechanism: str, data: bytes, iterations: int) -> None:
    """RFC 5803: what is written is read."""
    keys = ScramKeys(mechanism, data, iterations, data + b"1", data + b"2")
    assert parse_keys(format_keys(keys)) == keys
    assert repr(data + b"1") not in repr(keys)


@pytest.mark.parametrize("written", ["", "SCRAM-SHA-256$4096:AAAA$AAAA", "SCRAM-MD5$1:AAAA$AAAA:AAAA", "x" * 10_000])
def test_bad_keys(written: str) -> None:
    """Anything else is refused."""
    with pytest.raises(BadSyntax):
        parse_keys(written)


pieces = st.lists(
    st.sampled_from([b"n,", b"y,", b"p=x", b",", b"a=b", b"n=user", b"r=abc", b"c=biws", b"p=AAAA", b"m=1"])
    | st.binary(max_size=8)
)


@given(pieces, pieces)
def test_fuzz(first: list[bytes], final: list[bytes]) -> None:
    """Any bytes are refused or lead on; nobody gets in."""
    server = begin("SCRAM-SHA-1", NONCE, {})
    try:
        server.start(b"".join(first))
        server.found(KEYS["SCRAM-SHA-1"])
        server.respond(b"".join(final))
    except (BadSyntax, BadCredentials):
        return
    except TypeError:
        pytest.fail("a step was out of order")
    pytest.fail("somebody got in")
