"""What comes and what goes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import parse_qsl, unquote

QUERY_FIELDS = 100


class Headers:
    """Header fields in the order in which they came; names are compared without case."""

    __slots__ = ("_fields", "_first")

    def __init__(self, fields: Iterable[tuple[bytes, bytes]]) -> None:
        self._fields = [(name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in fields]
        self._first = dict(reversed(self._fields))

    def get(self, name: str) -> str | None:
        """The first of that name."""
        return self._first.get(name.lower())

    def all(self, name: str) -> list[str]:
        wanted = name.lower()
        return [value for field, value in self._fields if field == wanted]

    def __contains__(self, name: str) -> bool:
        return name.lower() in self._first

    def items(self) -> list[tuple[str, str]]:
        """Names in lower case."""
        return list(self._fields)


@dataclass(frozen=True, slots=True)
class Request:
    """Everything but its body."""

    method: str
    target: str
    """As it came."""
    path: str
    """Percent-decoded, without the query."""
    query: str
    headers: Headers

    @classmethod
    def of(cls, method: bytes, target: bytes, fields: Iterable[tuple[bytes, bytes]]) -> Request:
        text = target.decode("latin-1")
        where = text
        if "://" in text.partition("?")[0]:  # RFC 9112 §3.2.2: the absolute form must be understood
            where = "/" + text.partition("://")[2].partition("/")[2]
        path, _, query = where.partition("?")
        return cls(method.decode("ascii"), text, unquote(path), query, Headers(fields))

    def arguments(self) -> dict[str, str]:
        """Of the query, names in lower case; the first of each. What is no query has none."""
        try:
            pairs = parse_qsl(self.query, keep_blank_values=True, max_num_fields=QUERY_FIELDS)
        except ValueError:
            return {}
        found: dict[str, str] = {}
        for name, value in pairs:
            found.setdefault(name.lower(), value)
        return found


@dataclass(frozen=True, slots=True)
class Response:
    """A whole one."""

    status: int
    body: bytes = b""
    content_type: str = "text/plain; charset=utf-8"
    headers: tuple[tuple[str, str], ...] = ()
    is_chunked: bool = False
    """Though it is whole: for clients that are used to answers whose length is not known."""

    @classmethod
    def text(cls, status: int, text: str, *headers: tuple[str, str]) -> Response:
        return cls(status, text.encode(), headers=headers)
