"""Addresses and envelopes: who a message is from and for, before and after any protocol."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Address:
    """One mailbox, `local@domain`. The local part is unquoted; the domain is as given (A-label, U-label or
    address literal with its brackets). Grammar is the protocols' business; this is the value."""

    local: str
    domain: str

    def __str__(self) -> str:
        """The form that goes on the wire: the local part quoted where it is no dot-string (RFC 5321 §4.1.2)."""
        local = self.local
        if not local.isalnum() and not _is_dot_string(local):
            local = '"' + local.replace("\\", "\\\\").replace('"', '\\"') + '"'
        return f"{local}@{self.domain}" if self.domain else local

    @property
    def is_ascii(self) -> bool:
        return self.local.isascii() and self.domain.isascii()


_SPECIALS = frozenset('()<>[]:;@\\," \t')


def _is_dot_string(local: str) -> bool:
    return all(atom and not (set(atom) & _SPECIALS) and atom.isprintable() for atom in local.split("."))


@dataclass(frozen=True, slots=True)
class Recipient:
    """One RCPT, with what RFC 3461 adds to it."""

    address: Address
    notify: frozenset[str] = frozenset()
    """`NEVER`, or any of `SUCCESS FAILURE DELAY`; empty when the sender did not say (RFC 3461 §4.1)."""
    orcpt: str = ""
    """`rfc822;user@example.org`, decoded from xtext; empty when not given."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """What surrounds a message on its way (RFC 5321 §2.3.1)."""

    sender: Address | None
    """The reverse-path; None is the null one, `<>`: never answered."""
    recipients: tuple[Recipient, ...] = ()
    ret: str = ""
    """`FULL`, `HDRS` or not said (RFC 3461 §4.3)."""
    envid: str = ""
    body: str = "7BIT"
    """`7BIT`, `8BITMIME` or `BINARYMIME`: what the content needs of the next hop."""
    smtputf8: bool = False
    require_tls: bool = False
    trace: dict[str, str] = field(default_factory=dict, compare=False)
    """For logs alone: session id, peer, login."""
    release: int = 0
    """Held until this moment, in seconds since 1970 (RFC 4865); 0: goes on at once."""
