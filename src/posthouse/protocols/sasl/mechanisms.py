"""Every mechanism that we speak as a server: which a connection may be offered, and how each one begins."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from posthouse.protocols.sasl.exchange import Dialogue, Exchange
from posthouse.protocols.sasl.external import external
from posthouse.protocols.sasl.login import login
from posthouse.protocols.sasl.plain import plain
from posthouse.protocols.sasl.scram import Bindings, scram


@dataclass(frozen=True, slots=True)
class Mechanism:
    name: str
    begin: Callable[[bytes, Bindings], Dialogue]
    """From our nonce and the connection's channel bindings."""
    plaintext: bool = False
    """The password itself crosses the wire: only where nobody can listen."""
    binds: bool = False
    """Only where there is a channel binding."""
    certified: bool = False
    """Only where TLS has verified a client certificate."""


def _row(name: str, plus: bool) -> Mechanism:
    return Mechanism(name + "-PLUS" * plus, partial(scram, name, plus=plus), binds=plus)


MECHANISMS: dict[str, Mechanism] = {
    mechanism.name: mechanism
    for mechanism in (
        _row("SCRAM-SHA-256", plus=True),
        _row("SCRAM-SHA-1", plus=True),
        _row("SCRAM-SHA-256", plus=False),
        _row("SCRAM-SHA-1", plus=False),
        Mechanism("EXTERNAL", lambda nonce, bindings: external(), certified=True),
        Mechanism("PLAIN", lambda nonce, bindings: plain(), plaintext=True),
        Mechanism("LOGIN", lambda nonce, bindings: login(), plaintext=True),
    )
}
"""In the order in which they are advertised, the strongest first."""


def offered(*, plaintext: bool, bindings: Bindings, certified: bool) -> tuple[str, ...]:
    """The names to advertise on a connection. EXTERNAL only with a certificate, PLAIN and LOGIN only where
    passwords may be said, -PLUS only where there is something to bind to."""
    return tuple(
        name
        for name, mechanism in MECHANISMS.items()
        if (plaintext or not mechanism.plaintext)
        and (bindings or not mechanism.binds)
        and (certified or not mechanism.certified)
    )


def begin(name: str, nonce: bytes, bindings: Bindings) -> Exchange:
    """`name` is one of those `offered`."""
    return Exchange(MECHANISMS[name].begin(nonce, bindings))
