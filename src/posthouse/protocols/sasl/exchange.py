"""An authentication exchange – RFC 4422 – as a machine without sockets, clock or database.

A mechanism is a generator that reads like its RFC: it yields what it wants next and is sent the answer. It ends by
returning a *claim*, which whoever drives it then checks against the directory:

    Challenge(data)  → for the client; answered with the client's response (bytes)
    FindKeys(user)   → for the directory; answered with that user's ScramKeys (there are always some, see `FindKeys`)
    Claim            → the end: a password to verify, an identity already proven, or one that TLS has proven

`BadSyntax` means that the client's bytes are not in the grammar, `BadCredentials` that they prove nothing. The one
driver of the servers is `servers/login.py`.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, field
from typing import TypeAlias

from posthouse.model.refusals import BadSyntax
from posthouse.protocols.sasl.keys import ScramKeys


@dataclass(frozen=True, slots=True)
class Challenge:
    data: bytes


@dataclass(frozen=True, slots=True)
class FindKeys:
    """Find `user`'s keys. For an unknown user the directory makes plausible ones up, always the same for the same
    name, so that neither this message nor its timing tells who exists (RFC 5802 §9)."""

    user: str
    mechanism: str
    """`SCRAM-SHA-256` or `SCRAM-SHA-1`, also for their -PLUS forms: what the keys are kept under."""


@dataclass(frozen=True, slots=True)
class PasswordClaim:
    """PLAIN, LOGIN: the password as the client sent it, in whatever charset."""

    user: str
    authzid: str
    password: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class ProvenClaim:
    """SCRAM: the client has shown that it knows the password."""

    user: str
    authzid: str
    final_data: bytes = field(repr=False)
    """Additional data with success (RFC 4422 §3.6). A protocol whose success carries none sends it as one more
    challenge, to which the client answers with nothing."""


@dataclass(frozen=True, slots=True)
class CertificateClaim:
    """EXTERNAL: whoever the TLS client certificate belongs to."""

    authzid: str


Claim: TypeAlias = PasswordClaim | ProvenClaim | CertificateClaim
Step: TypeAlias = Challenge | FindKeys | Claim
Dialogue: TypeAlias = Generator[Challenge | FindKeys, bytes | ScramKeys, Claim]


class Exchange:
    """One run of a mechanism: `start`, then `respond` to each Challenge and `found` to each FindKeys, up to a Claim."""

    def __init__(self, dialogue: Dialogue) -> None:
        self._dialogue = dialogue
        self._pending = next(dialogue)

    def start(self, initial: bytes | None) -> Step:
        """`initial` is the initial response, None when the client sent none; an empty one is an answer."""
        return self._pending if initial is None else self.respond(initial)

    def respond(self, data: bytes) -> Step:
        if not isinstance(self._pending, Challenge):
            raise TypeError("a response answers a challenge")
        return self._send(data)

    def found(self, keys: ScramKeys) -> Step:
        if not isinstance(self._pending, FindKeys):
            raise TypeError("keys answer FindKeys")
        return self._send(keys)

    def _send(self, answer: bytes | ScramKeys) -> Step:
        try:
            self._pending = self._dialogue.send(answer)
        except StopIteration as end:
            claim: Claim = end.value
            return claim
        return self._pending


def ask(data: bytes, limit: int) -> Generator[Challenge | FindKeys, bytes | ScramKeys, bytes]:
    """One challenge and its response, of at most `limit` octets."""
    response = yield Challenge(data)
    if not isinstance(response, bytes):
        raise TypeError("a challenge is answered with bytes")
    if len(response) > limit:
        raise BadSyntax(f"at most {limit} octets", limit)
    return response


def decode_name(name: bytes) -> str:
    """UTF-8 as the documents demand, Latin-1 as old clients send, which then never is UTF-8 by accident."""
    try:
        return name.decode()
    except UnicodeDecodeError:
        return name.decode("latin-1")
