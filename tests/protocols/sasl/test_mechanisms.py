"""Which mechanism where."""

import pytest

from posthouse.protocols.sasl import MECHANISMS, Credentials, choose, offered

BINDINGS = {"tls-server-end-point": b"\x01" * 32}
SCRAM = ("SCRAM-SHA-256", "SCRAM-SHA-1")
PLUS = ("SCRAM-SHA-256-PLUS", "SCRAM-SHA-1-PLUS")

OFFERED = [
    (False, {}, False, SCRAM),  # without TLS
    (True, {}, False, (*SCRAM, "PLAIN", "LOGIN")),
    (True, BINDINGS, False, (*PLUS, *SCRAM, "PLAIN", "LOGIN")),
    (True, BINDINGS, True, (*PLUS, *SCRAM, "EXTERNAL", "PLAIN", "LOGIN")),
]


@pytest.mark.parametrize(("plaintext", "bindings", "certified", "names"), OFFERED)
def test_offered(plaintext: bool, bindings: dict[str, bytes], certified: bool, names: tuple[str, ...]) -> None:
    """A connection is offered what can succeed and be safe on it, the strongest first."""
    assert offered(plaintext=plaintext, bindings=bindings, certified=certified) == names


CHOSEN = [
    (["PLAIN", "LOGIN", "SCRAM-SHA-1"], {}, True, "SCRAM-SHA-1"),
    (["plain", "scram-sha-256"], {}, True, "SCRAM-SHA-256"),
    (list(MECHANISMS), BINDINGS, True, "SCRAM-SHA-256-PLUS"),
    (list(MECHANISMS), {}, True, "SCRAM-SHA-256"),
    (["LOGIN", "PLAIN"], {}, True, "PLAIN"),
    (["LOGIN"], {}, True, "LOGIN"),
    (["LOGIN", "PLAIN"], {}, False, None),  # never a password where somebody may listen
    (["GSSAPI", "EXTERNAL"], {}, True, None),
]


@pytest.mark.parametrize(("advertised", "bindings", "plaintext", "name"), CHOSEN)
def test_choose(advertised: list[str], bindings: dict[str, bytes], plaintext: bool, name: str | None) -> None:
    """Our client takes the strongest that the server offers."""
    chosen = choose(advertised, Credentials("user", "pencil"), b"abc", bindings, plaintext=plaintext)
    assert (chosen.name if chosen else None) == name


def test_client_says_that_it_could_bind() -> None:
    """RFC 5802 §6: `y` where we could have bound and saw no -PLUS, so that a server that offered it hears of it."""
    chosen = choose(["SCRAM-SHA-256"], Credentials("user", "pencil"), b"abc", BINDINGS, plaintext=True)
    assert chosen is not None
    assert chosen.initial() == b"y,,n=user,r=abc"
