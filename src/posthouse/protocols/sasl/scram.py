"""SCRAM-SHA-256, SCRAM-SHA-1 and their -PLUS forms, the server's side – RFC 5802 §3 and §5, RFC 7677.

    AuthMessage     := client-first-message-bare + "," + server-first-message + "," + client-final-message-without-proof
    ClientSignature := HMAC(StoredKey, AuthMessage)
    ClientKey       := ClientProof XOR ClientSignature, and H(ClientKey) must be StoredKey
    ServerSignature := HMAC(ServerKey, AuthMessage)

We never send `e=`: a failure is the protocol's own (RFC 5802 §5.1: "the entire server-final-message is OPTIONAL").
"""

from __future__ import annotations

from collections.abc import Mapping
from hmac import compare_digest

from posthouse.model.refusals import BadCredentials
from posthouse.protocols.sasl.encoding import encode_base64
from posthouse.protocols.sasl.exchange import Dialogue, FindKeys, ProvenClaim, ask
from posthouse.protocols.sasl.keys import ScramKeys, digest, sign
from posthouse.protocols.sasl.scram_grammar import (
    ClientFinal,
    ClientFirst,
    ServerFirst,
    format_server_first,
    parse_client_final,
    parse_client_first,
)

MAX_MESSAGE = 4096

Bindings = Mapping[str, bytes]
"""Name of a channel binding (`tls-server-end-point`, `tls-unique`, `tls-exporter`) → its data for this connection."""


def scram(mechanism: str, nonce: bytes, bindings: Bindings, *, plus: bool) -> Dialogue:
    """`mechanism` without -PLUS. `nonce` is ours: at least 18 random octets, printable and without a comma. With
    `bindings` the -PLUS form has been offered, whichever form the client chose."""
    first = parse_client_first((yield from ask(b"", MAX_MESSAGE)))
    binding = _binding_data(first, bindings, plus)
    keys = yield FindKeys(first.user, mechanism)
    if not isinstance(keys, ScramKeys):
        raise TypeError("FindKeys is answered with ScramKeys")
    server_first = format_server_first(ServerFirst(first.nonce + nonce, keys.salt, keys.iterations))
    final = parse_client_final((yield from ask(server_first, MAX_MESSAGE)))
    message = b"%b,%b,%b" % (first.bare, server_first, final.unproven)
    _check(final, first.nonce + nonce, first.gs2_header + binding, keys, message)
    signature = sign(mechanism, keys.server_key, message)
    return ProvenClaim(first.user, first.authzid, b"v=" + encode_base64(signature))


def _binding_data(first: ClientFirst, bindings: Bindings, plus: bool) -> bytes:
    """RFC 5802 §6. `y` says "I could bind, but you did not offer it": when we did, somebody between us has struck the
    -PLUS forms from our list."""
    if plus != (first.flag == b"p"):
        raise BadCredentials
    if first.flag == b"y" and bindings:
        raise BadCredentials
    if first.flag != b"p":
        return b""
    data = bindings.get(first.binding)
    if not data:
        raise BadCredentials
    return data


def _check(final: ClientFinal, nonce: bytes, binding: bytes, keys: ScramKeys, message: bytes) -> None:
    signature = sign(keys.mechanism, keys.stored_key, message)
    client_key = bytes(a ^ b for a, b in zip(final.proof, signature, strict=False))
    proven = compare_digest(digest(keys.mechanism, client_key), keys.stored_key)
    proven &= len(final.proof) == len(signature)
    bound = compare_digest(final.binding, binding) and compare_digest(final.nonce, nonce)
    if not (proven and bound):
        raise BadCredentials
