"""What the hub answers by HTTP, asked as programs ask that are no clients of MAPI."""

from __future__ import annotations

import http.client
from base64 import b64encode
from dataclasses import dataclass
from xml.etree import ElementTree

from posthouse.testing import MailHub


@dataclass
class Answer:
    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def xml(self) -> ElementTree.Element:
        return ElementTree.fromstring(self.body)


def ask(hub: MailHub, method: str, path: str, body: bytes = b"", *, who: str | bytes = b"", **fields: str) -> Answer:
    """`who`: name and password with a colon. `plain`: without TLS."""
    plain = fields.pop("plain", "")
    headers = {name.replace("_", "-"): value for name, value in fields.items()}
    if who:
        raw = who.encode() if isinstance(who, str) else who
        headers["Authorization"] = "Basic " + b64encode(raw).decode()
    client: http.client.HTTPConnection
    if plain:
        client = http.client.HTTPConnection("127.0.0.1", hub.http.port, source_address=(plain, 0))
    else:
        client = http.client.HTTPSConnection("localhost", hub.https.port, context=hub.client_context())
    try:
        client.request(method, path, body or None, headers)
        answer = client.getresponse()
        return Answer(answer.status, answer.headers, answer.read())
    finally:
        client.close()
