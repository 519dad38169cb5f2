"""Autodiscover V2: where Autodiscover is, as JSON and without a login.

GET /autodiscover/autodiscover.json/v1.0/alice@example.org?Protocol=AutodiscoverV1
{"Protocol": "AutodiscoverV1", "Url": "https://mail.example.org/autodiscover/autodiscover.xml"}
"""

from __future__ import annotations

import json

CONTENT_TYPE = "application/json; charset=utf-8"
PROTOCOL = "AutodiscoverV1"
"""MAPI has no entry of its own here; clients go on with V1."""


def answer(address: str, protocol: str, url: str) -> tuple[int, bytes]:
    """HTTP's status and the document."""
    local, at, domain = address.rpartition("@")
    if not (local and at and domain):
        return _error("MandatoryParameterMissing", "A valid smtp address must be provided")
    if not protocol:
        return _error(
            "MissingProtocol",
            f"A valid value must be provided for the query parameter 'Protocol', for example: {PROTOCOL}",
        )
    if protocol.lower() != PROTOCOL.lower():
        return _error(
            "ProtocolNotSupported",
            f"The given protocol value '{protocol[:80]}' is invalid. Supported values are '{PROTOCOL}'",
        )
    return 200, _document({"Protocol": PROTOCOL, "Url": f"{url}/autodiscover/autodiscover.xml"})


def _error(code: str, message: str) -> tuple[int, bytes]:
    return 400, _document({"ErrorCode": code, "ErrorMessage": message})


def _document(table: dict[str, str]) -> bytes:
    return json.dumps(table).encode()
