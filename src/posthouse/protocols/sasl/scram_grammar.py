"""The messages of SCRAM – RFC 5802 §7.

    gs2-cbind-flag       = ("p=" cb-name) / "n" / "y"
    gs2-header           = gs2-cbind-flag "," [ "a=" saslname ] ","
    client-first-message = gs2-header [reserved-mext ","] "n=" saslname "," "r=" c-nonce ["," extensions]
    server-first-message = [reserved-mext ","] nonce "," "s=" base64 "," "i=" posit-number ["," extensions]
    client-final-message = "c=" base64 "," nonce ["," extensions] "," "p=" base64
    server-final-message = ("e=" server-error-value / "v=" base64) ["," extensions]

Extensions are ignored, but for `m=`, which says that they must not be.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from posthouse.model.refusals import BadSyntax
from posthouse.protocols.sasl.encoding import decode_base64, encode_base64
from posthouse.protocols.sasl.saslprep import saslprep

_SASLNAME = rb"(?:[^\0=,]|=2C|=3D)+"
_EXTENSIONS = rb"(?:,[A-Za-z]=[^\0,]+)*"
_NONCE = rb"[\x21-\x2b\x2d-\x7e]+"
_BASE64 = rb"[A-Za-z0-9+/]*={0,2}"

_CLIENT_FIRST = re.compile(
    rb"(?P<gs2>(?:n|y|p=(?P<binding>[A-Za-z0-9.-]+)),(?:a=(?P<authzid>" + _SASLNAME + rb"))?,)"
    rb"(?P<bare>n=(?P<user>" + _SASLNAME + rb"),r=(?P<nonce>" + _NONCE + rb")" + _EXTENSIONS + rb")"
)
_SERVER_FIRST = re.compile(
    rb"r=(?P<nonce>" + _NONCE + rb"),s=(?P<salt>" + _BASE64 + rb"),i=(?P<iterations>[1-9][0-9]{0,8})" + _EXTENSIONS
)
_CLIENT_FINAL = re.compile(
    rb"(?P<unproven>c=(?P<binding>" + _BASE64 + rb"),r=(?P<nonce>" + _NONCE + rb")" + _EXTENSIONS + rb")"
    rb",p=(?P<proof>" + _BASE64 + rb")"
)
_SERVER_FINAL = re.compile(rb"(?:v=(?P<verifier>" + _BASE64 + rb")|e=(?P<error>[^\0,]+))" + _EXTENSIONS)


@dataclass(frozen=True, slots=True)
class ClientFirst:
    gs2_header: bytes
    """As it came: it is bound into the final message."""
    binding: str
    """The name of the channel binding in `p=`; empty for `n` and `y`."""
    authzid: str
    user: str
    nonce: bytes
    bare: bytes

    @property
    def flag(self) -> bytes:
        return self.gs2_header[:1]


@dataclass(frozen=True, slots=True)
class ServerFirst:
    nonce: bytes
    salt: bytes
    iterations: int


@dataclass(frozen=True, slots=True)
class ClientFinal:
    unproven: bytes
    """client-final-message-without-proof, as it came."""
    binding: bytes
    nonce: bytes
    proof: bytes = field(repr=False)


def parse_client_first(message: bytes) -> ClientFirst:
    found = _CLIENT_FIRST.fullmatch(message)
    if not found:
        raise BadSyntax("client-first-message of SCRAM")
    binding, authzid = found["binding"] or b"", found["authzid"] or b""
    return ClientFirst(
        found["gs2"],
        binding.decode(),
        parse_saslname(authzid),
        parse_saslname(found["user"]),
        found["nonce"],
        found["bare"],
    )


def parse_server_first(message: bytes) -> ServerFirst:
    found = _SERVER_FIRST.fullmatch(message)
    if not found:
        raise BadSyntax("server-first-message of SCRAM")
    return ServerFirst(found["nonce"], decode_base64(found["salt"]), int(found["iterations"]))


def parse_client_final(message: bytes) -> ClientFinal:
    found = _CLIENT_FINAL.fullmatch(message)
    if not found:
        raise BadSyntax("client-final-message of SCRAM")
    return ClientFinal(
        found["unproven"], decode_base64(found["binding"]), found["nonce"], decode_base64(found["proof"])
    )


def parse_server_final(message: bytes) -> bytes | str:
    """The verifier, or the server's word for what went wrong."""
    found = _SERVER_FINAL.fullmatch(message)
    if not found:
        raise BadSyntax("server-final-message of SCRAM")
    if found["error"] is not None:
        return found["error"].decode("ascii", "replace")
    return decode_base64(found["verifier"])


def format_server_first(first: ServerFirst) -> bytes:
    return b"r=%b,s=%b,i=%d" % (first.nonce, encode_base64(first.salt), first.iterations)


def parse_saslname(name: bytes) -> str:
    try:
        return saslprep(name.replace(b"=2C", b",").replace(b"=3D", b"=").decode())
    except UnicodeDecodeError as wrong:
        raise BadSyntax("UTF-8") from wrong


def format_saslname(name: str) -> bytes:
    return saslprep(name).replace("=", "=3D").replace(",", "=2C").encode()
