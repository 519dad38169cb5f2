"""The frame around every request and response – [MS-OXCMAPIHTTP] 2.2.2, 2.2.3, 2.2.7.

A response body begins with lines that say how far the server has come, further headers, and an empty line; what the
request type defines is behind it:

    PROCESSING
    PENDING
    DONE
    X-ElapsedTime: 12
    X-StartTime: Wed, 24 Nov 2021 12:34:56 GMT

    …
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from struct import pack

from posthouse.model.refusals import BadSyntax

CONTENT_TYPE = "application/mapi-http"
FAILURE_TYPE = "text/html"

PROCESSING = b"PROCESSING\r\n"
PENDING = b"PENDING\r\n"
DONE = b"DONE\r\n"

MAX_LINES = 10_000
MAX_HEADERS = 100

_VERSION = re.compile(r"[A-Za-z]{1,32}/(\d{1,9})\.(\d{1,9})\.(\d{1,9})(?:\.(\d{1,9}))?$")


class ResponseCode(IntEnum):
    """X-ResponseCode (2.2.3.3.3)."""

    SUCCESS = 0
    UNKNOWN_FAILURE = 1
    INVALID_VERB = 2
    INVALID_PATH = 3
    INVALID_HEADER = 4
    INVALID_REQUEST_TYPE = 5
    INVALID_CONTEXT_COOKIE = 6
    MISSING_HEADER = 7
    ANONYMOUS_NOT_ALLOWED = 8
    TOO_LARGE = 9
    CONTEXT_NOT_FOUND = 10
    NO_PRIVILEGE = 11
    INVALID_REQUEST_BODY = 12
    MISSING_COOKIE = 13
    RESERVED = 14
    INVALID_SEQUENCE = 15
    ENDPOINT_DISABLED = 16
    INVALID_RESPONSE = 17
    ENDPOINT_SHUTTING_DOWN = 18

    @property
    def text(self) -> str:
        return self.name.replace("_", " ").capitalize()


Version = tuple[int, int, int, int]


def parse_application(field: str) -> Version | None:
    """The version in X-ClientApplication or X-ServerApplication: `Outlook/15.0.4815.1002`. None: it tells none."""
    found = _VERSION.match(field.strip())
    if found is None:
        return None
    major, minor, build, revision = (int(number or 0) for number in found.groups())
    return major, minor, build, revision


def format_done(headers: Iterable[tuple[str, str]], body: bytes) -> bytes:
    """The end of a response: DONE, the additional headers, and the body."""
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers)
    return b"%s%s\r\n%s" % (DONE, lines.encode("latin-1"), body)


def format_failure(status: int) -> bytes:
    """The failure body of every request type (2.2.4.1.3): a status that is not zero, and no auxiliary buffer."""
    return pack("<II", status, 0)


@dataclass(frozen=True, slots=True)
class ResponseStream:
    """What a client reads of a response, chunks joined."""

    tags: tuple[str, ...]
    headers: dict[str, str]
    """Of those after DONE, names in lower case."""
    body: bytes


def parse_response_stream(data: bytes) -> ResponseStream:
    """BadSyntax when it is not whole."""
    tags: list[str] = []
    at = 0
    while not tags or tags[-1] != "DONE":
        line, at = _line(data, at)
        if line not in ("PROCESSING", "PENDING", "DONE") or len(tags) >= MAX_LINES:
            raise BadSyntax("PROCESSING, PENDING or DONE", at)
        tags.append(line)
    headers: dict[str, str] = {}
    while True:
        line, at = _line(data, at)
        if not line:
            return ResponseStream(tuple(tags), headers, data[at:])
        name, colon, value = line.partition(":")
        if not colon or len(headers) >= MAX_HEADERS:
            raise BadSyntax("a header", at)
        headers[name.strip().lower()] = value.strip()


def format_response_stream(tags: Sequence[bytes], headers: Iterable[tuple[str, str]], body: bytes) -> bytes:
    """A whole one, with the tags in front of DONE."""
    return b"".join(tags) + format_done(headers, body)


def _line(data: bytes, at: int) -> tuple[str, int]:
    end = data.find(b"\r\n", at, at + 4096)
    if end < 0:
        raise BadSyntax("a line", at)
    return data[at:end].decode("latin-1"), end + 2
