"""EXTERNAL – RFC 4422 appendix A: TLS has said already who the client is; at most it says whom it acts for.

external-initial-response = authz-id-string      ; may be empty: act as oneself
"""

from __future__ import annotations

from posthouse.model.refusals import BadSyntax
from posthouse.protocols.sasl.exchange import CertificateClaim, Dialogue, ask
from posthouse.protocols.sasl.plain import MAX_NAME


def external() -> Dialogue:
    authzid = yield from ask(b"", MAX_NAME)
    try:
        name = authzid.decode()
    except UnicodeDecodeError as wrong:
        raise BadSyntax("UTF-8") from wrong
    if "\0" in name:
        raise BadSyntax("no NUL")
    return CertificateClaim(name)
