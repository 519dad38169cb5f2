"""The client's side: what a relay says to its smarthost, and our own sessions to other servers.

A mechanism gives its initial response and answers challenges. When the protocol reports success, ask `finish`: SCRAM's
server must have proven that it knows the password too, else whoever answered is not the server.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from hmac import compare_digest
from typing import Protocol

from posthouse.model.refusals import BadCredentials, BadSyntax
from posthouse.protocols.sasl.encoding import encode_base64
from posthouse.protocols.sasl.keys import MAX_ITERATIONS, MIN_ITERATIONS, SCRAM_HASHES, digest, salt_password, sign
from posthouse.protocols.sasl.plain import format_plain
from posthouse.protocols.sasl.saslprep import prepare_password
from posthouse.protocols.sasl.scram import Bindings
from posthouse.protocols.sasl.scram_grammar import ServerFirst, format_saslname, parse_server_final, parse_server_first


@dataclass(frozen=True, slots=True)
class Credentials:
    user: str
    password: str = field(repr=False)
    authzid: str = ""


class ClientMechanism(Protocol):
    name: str

    def initial(self) -> bytes | None:
        """The initial response; None where the server speaks first."""

    def respond(self, challenge: bytes) -> bytes: ...

    def finish(self, data: bytes = b"") -> None:
        """The server says that we are in, perhaps with additional data. Raises BadCredentials if it has not proven
        itself, where the mechanism demands that."""


class PlainClient:
    name = "PLAIN"

    def __init__(self, credentials: Credentials) -> None:
        self._credentials = credentials

    def initial(self) -> bytes:
        c = self._credentials
        return format_plain(c.user, c.password, c.authzid)

    def respond(self, challenge: bytes) -> bytes:
        raise BadSyntax("no challenge in PLAIN")

    def finish(self, data: bytes = b"") -> None:
        """Nothing to check: PLAIN believes its server, which is why it wants TLS."""


class LoginClient:
    name = "LOGIN"

    def __init__(self, credentials: Credentials) -> None:
        self._answers = [credentials.user, credentials.password]

    def initial(self) -> None:
        """The server asks first; its words differ from server to server, their order does not."""
        return None

    def respond(self, challenge: bytes) -> bytes:
        if not self._answers:
            raise BadSyntax("two challenges in LOGIN")
        return self._answers.pop(0).encode()

    def finish(self, data: bytes = b"") -> None:
        if self._answers:
            raise BadSyntax("two challenges in LOGIN")


class ExternalClient:
    name = "EXTERNAL"

    def __init__(self, credentials: Credentials) -> None:
        self._authzid = credentials.authzid

    def initial(self) -> bytes:
        return self._authzid.encode()

    def respond(self, challenge: bytes) -> bytes:
        raise BadSyntax("no challenge in EXTERNAL")

    def finish(self, data: bytes = b"") -> None:
        """TLS has done it all."""


class ScramClient:
    """`nonce` as in `scram`. `supported`: the bindings that this connection has; with `plus` one of them is used, and
    without it the server is told whether we could have (`y`) or not (`n`)."""

    def __init__(
        self, mechanism: str, credentials: Credentials, nonce: bytes, supported: Bindings, *, plus: bool = False
    ) -> None:
        self.name = mechanism + "-PLUS" * plus
        self._mechanism, self._credentials, self._nonce = mechanism, credentials, nonce
        name, self._binding = next(iter(supported.items())) if plus else ("", b"")
        flag = f"p={name}".encode() if plus else b"y" if supported else b"n"
        authzid = b"a=" + format_saslname(credentials.authzid) if credentials.authzid else b""
        self._gs2_header = b"%b,%b," % (flag, authzid)
        self._bare = b"n=%b,r=%b" % (format_saslname(credentials.user), nonce)
        self._expected: bytes | None = None
        self._proven = False

    def initial(self) -> bytes:
        return self._gs2_header + self._bare

    def respond(self, challenge: bytes) -> bytes:
        """Takes as long as the server's iterations do: call it in a thread."""
        if self._expected is None:
            return self._prove(challenge)
        self.finish(challenge)
        return b""

    def finish(self, data: bytes = b"") -> None:
        if data and not self._proven:
            verifier = parse_server_final(data)
            expected = self._expected
            self._proven = isinstance(verifier, bytes) and expected is not None and compare_digest(verifier, expected)
        if not self._proven:
            raise BadCredentials("The server has not proven who it is")

    def _prove(self, challenge: bytes) -> bytes:
        first = parse_server_first(challenge)
        self._check(first)
        password = prepare_password(self._credentials.password)
        salted = salt_password(self._mechanism, password, first.salt, first.iterations)
        binding = encode_base64(self._gs2_header + self._binding)
        unproven = b"c=%b,r=%b" % (binding, first.nonce)
        message = b"%b,%b,%b" % (self._bare, challenge, unproven)
        client_key = sign(self._mechanism, salted, b"Client Key")
        signature = sign(self._mechanism, digest(self._mechanism, client_key), message)
        self._expected = sign(self._mechanism, sign(self._mechanism, salted, b"Server Key"), message)
        proof = bytes(a ^ b for a, b in zip(client_key, signature, strict=True))
        return b"%b,p=%b" % (unproven, encode_base64(proof))

    def _check(self, first: ServerFirst) -> None:
        if not first.nonce.startswith(self._nonce) or len(first.nonce) == len(self._nonce):
            raise BadSyntax("our nonce and more")
        if not MIN_ITERATIONS <= first.iterations <= MAX_ITERATIONS:
            raise BadSyntax(f"{MIN_ITERATIONS} to {MAX_ITERATIONS} iterations")


def choose(
    advertised: Iterable[str], credentials: Credentials, nonce: bytes, bindings: Bindings, *, plaintext: bool
) -> ClientMechanism | None:
    """The best mechanism that the server offers, None if there is none. `plaintext`: the password itself may be sent.
    EXTERNAL is not chosen by itself: it needs a certificate and no password."""
    names = {name.upper() for name in advertised}
    for plus in (True, False) if bindings else (False,):
        for name in SCRAM_HASHES:
            if name + "-PLUS" * plus in names:
                # where no -PLUS form is offered for either hash the flag is `y`, where one is we have taken it
                return ScramClient(name, credentials, nonce, bindings, plus=plus)
    if plaintext and "PLAIN" in names:
        return PlainClient(credentials)
    if plaintext and "LOGIN" in names and not credentials.authzid:
        return LoginClient(credentials)
    return None
