"""PLAIN, LOGIN and EXTERNAL – RFC 4616, draft-murchison-sasl-login, RFC 4422 appendix A."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posthouse.model.refusals import BadSyntax
from posthouse.protocols.sasl import (
    CertificateClaim,
    Challenge,
    Claim,
    Credentials,
    Exchange,
    PasswordClaim,
    begin,
)
from posthouse.protocols.sasl.client import ExternalClient, LoginClient, PlainClient

Converse = Callable[..., Claim]

PLAIN = [
    (b"\0tim\0tanstaaftanstaaf", PasswordClaim("tim", "", b"tanstaaftanstaaf")),  # RFC 4616 §4
    (b"Ursel\0Kurt\0xipj3plmq", PasswordClaim("Kurt", "Ursel", b"xipj3plmq")),  # RFC 4616 §4
    ("\0jürgen\0ß".encode(), PasswordClaim("jürgen", "", "ß".encode())),
    (b"\0j\xfcrgen\0\xdf", PasswordClaim("jürgen", "", b"\xdf")),  # a client that knows Latin-1 alone
]

BAD_PLAIN = [
    b"",
    b"tim",
    b"\0tim",
    b"\0tim\0",
    b"\0\0secret",
    b"\0tim\0secret\0",
    b"\0" + b"t" * 1021 + b"\0secret",
    b"\0tim\0" + b"s" * 4097,
    b"\0" * 6000,
]


def start(mechanism: str) -> Exchange:
    return begin(mechanism, b"", {})


@pytest.mark.parametrize(("message", "claim"), PLAIN)
def test_plain(message: bytes, claim: PasswordClaim) -> None:
    """PLAIN with its initial response, and the same after an empty challenge."""
    assert start("PLAIN").start(message) == claim
    exchange = start("PLAIN")
    assert exchange.start(None) == Challenge(b"")
    assert exchange.respond(message) == claim


@pytest.mark.parametrize("message", BAD_PLAIN)
def test_bad_plain(message: bytes) -> None:
    """Three parts, a name and a password that are there and of a bounded size."""
    with pytest.raises(BadSyntax):
        start("PLAIN").start(message)


def test_login() -> None:
    """Two questions; the name may come as an initial response."""
    exchange = start("LOGIN")
    assert exchange.start(None) == Challenge(b"Username:")
    assert exchange.respond(b"tim") == Challenge(b"Password:")
    assert exchange.respond(b"secret") == PasswordClaim("tim", "", b"secret")
    exchange = start("LOGIN")
    assert exchange.start(b"tim") == Challenge(b"Password:")


@pytest.mark.parametrize(
    "answers", [[b"", b"x"], [b"tim", b""], [b"tim", b"x\0y"], [b"t" * 1021], [b"tim", b"x" * 4097]]
)
def test_bad_login(answers: list[bytes]) -> None:
    """An empty or endless answer is no answer."""
    exchange = start("LOGIN")
    exchange.start(None)
    for answer in answers[:-1]:
        exchange.respond(answer)
    with pytest.raises(BadSyntax):
        exchange.respond(answers[-1])


@pytest.mark.parametrize(("message", "authzid"), [(b"", ""), (b"fred@example.org", "fred@example.org")])
def test_external(message: bytes, authzid: str) -> None:
    """RFC 4422 §A.3: an empty response is the certificate's own identity."""
    assert start("EXTERNAL").start(message) == CertificateClaim(authzid)


@pytest.mark.parametrize("message", [b"\xff", b"a\0", b"a" * 1021])
def test_bad_external(message: bytes) -> None:
    """The authorization identity is UTF-8 without NUL."""
    with pytest.raises(BadSyntax):
        start("EXTERNAL").start(message)


@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN"])
def test_no_password_is_shown(mechanism: str) -> None:
    """Secrets never come into a log: no `repr` has them."""
    assert "secret" not in repr(PasswordClaim("tim", "", b"secret"))
    assert "secret" not in repr(Credentials("tim", "secret"))


text = st.text(st.characters(exclude_characters="\0", codec="utf-8"), min_size=1, max_size=200)


@given(user=text, password=text, authzid=st.just("") | text)
def test_clients_are_understood(user: str, password: str, authzid: str) -> None:
    """What our clients say is what our server hears."""
    credentials = Credentials(user, password, authzid)
    assert start("PLAIN").start(PlainClient(credentials).initial()) == PasswordClaim(user, authzid, password.encode())
    assert start("EXTERNAL").start(ExternalClient(credentials).initial()) == CertificateClaim(authzid)
    client, server = LoginClient(credentials), start("LOGIN")
    server.start(None)
    server.respond(client.respond(b"Username:"))
    assert server.respond(client.respond(b"Password:")) == PasswordClaim(user, "", password.encode())
    client.finish()


@given(st.sampled_from(["PLAIN", "LOGIN", "EXTERNAL"]), st.lists(st.binary(max_size=40), max_size=4))
def test_fuzz(mechanism: str, answers: list[bytes]) -> None:
    """Any bytes end in a claim, another challenge or BadSyntax."""
    exchange = start(mechanism)
    step = exchange.start(None)
    for answer in answers:
        if not isinstance(step, Challenge):
            break
        try:
            step = exchange.respond(answer)
        except BadSyntax:
            break
