"""What the tests of the message room share: a strict reader of IMAP lists."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

Node = str | int | None | list["Node"]

_TOKEN = re.compile(rb'"((?:[^"\\\r\n\x00\x80-\xff]|\\["\\])*)"|\{(\d+)\}\r\n|(NIL)(?![A-Z])|(\d+)|([() ])')


def read_list(data: bytes) -> Node:
    """One IMAP value → nested Python lists; fails on anything that RFC 9051 §9 does not allow: 8-bit bytes, two spaces,
    a bare word, a parenthesis too many."""
    value, end = _read(data, 0)
    assert end == len(data), data[end:]
    return value


def _read(data: bytes, at: int) -> tuple[Node, int]:
    if data[at : at + 1] == b"(":
        items: list[Node] = []
        at += 1
        while data[at : at + 1] != b")":
            if items and not (data[at : at + 1] == b"(" and isinstance(items[-1], list)):
                assert data[at : at + 1] == b" ", data[at : at + 20]
                at += 1
            item, at = _read(data, at)
            items.append(item)
        return items, at + 1
    found = _TOKEN.match(data, at)
    assert found is not None, data[at : at + 40]
    if found[1] is not None:
        return re.sub(rb"\\(.)", rb"\1", found[1]).decode("ascii"), found.end()
    if found[2] is not None:
        end = found.end() + int(found[2])
        literal = data[found.end() : end]
        assert len(literal) == int(found[2])
        assert b"\0" not in literal
        return literal.decode("ascii"), end
    if found[3] is not None:
        return None, found.end()
    assert found[4] is not None, data[at : at + 40]
    return int(found[4]), found.end()


@pytest.fixture(scope="session")
def read_imap() -> Callable[[bytes], Node]:
    return read_list
