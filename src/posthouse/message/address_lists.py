"""Address lists – RFC 5322 §3.4 and §4.4, and what is found instead of them in real mail.

    address      = mailbox / group
    mailbox      = [display-name] "<" [obs-route] addr-spec ">" / addr-spec
    group        = display-name ":" [mailbox-list / CFWS] ";"

A well-formed list is read by one regular expression per address. Anything else – comments, groups, routes, escapes,
broken quoting, names without brackets – goes through a tokenizer that always gives an answer.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

from posthouse.message.limits import MAX_ADDRESSES


class Raw(NamedTuple):
    """One entry of a list, as ENVELOPE has it (RFC 9051 §7.5.2): a group begins with an entry that has only `local`
    and ends with one that has nothing. Quoting is undone; 8-bit and encoded words are as they came."""

    name: bytes | None
    route: bytes | None
    local: bytes | None
    """Empty when the address has none."""
    domain: bytes | None
    """Empty when the address has none; None only in the marks of a group."""


GROUP_END = Raw(None, None, None, None)

_ATEXT = rb"[-A-Za-z0-9_.!#$%&'*+/=?^`{|}~]+"
_DOMAIN = rb"[-A-Za-z0-9_.]+"
SIMPLE = re.compile(
    rb'[ \t]*+(?:(?:"([^"\\\x80-\xff]*)"|((?>%b(?:[ \t]%b)*+))|)[ \t]*+<(%b)@(%b)>|(%b)@(%b))[ \t]*+(?:,|\Z)'
    % (_ATEXT, _ATEXT, _ATEXT, _DOMAIN, _ATEXT, _DOMAIN)
)
"""A mailbox of plain ASCII with the comma after it: (quoted name, atoms, local, domain) or (local, domain)."""


def parse_raw(value: bytes) -> list[Raw]:
    """An unfolded list → its entries, at most MAX_ADDRESSES of them."""
    entries: list[Raw] = []
    at, end = 0, len(value)
    while at < end:
        found = SIMPLE.match(value, at)
        if found is None:
            return parse_tokens(value)
        entries.append(_plain(found))
        at = found.end()
        if len(entries) >= MAX_ADDRESSES:
            break
    return entries


def first_of(value: bytes) -> Raw | None:
    """The first entry that `parse_raw` gives; behind one that is plain nothing is looked at."""
    found = SIMPLE.match(value)
    if found is not None:
        return _plain(found)
    entries = parse_tokens(value)
    return entries[0] if entries else None


def _plain(found: re.Match[bytes]) -> Raw:
    quoted, atoms, local, domain, bare, bare_domain = found.groups()
    return Raw(None, None, bare, bare_domain) if local is None else Raw(quoted or atoms or None, None, local, domain)


# The tokenizer. A backslash takes the next character with it everywhere, so that a quote which does not close is found
# out once: nothing behind it can close either.
_TOKEN = re.compile(
    rb"""(?P<space>[ \t\r\n]+)
      |"(?P<quoted>(?:[^"\\]|\\.)*+)"
      |(?P<literal>\[[^\[\]<>@,;]*\])
      |(?P<word>(?:[^ \t\r\n"()<>@,;:\[\]\\]|\\.)+)
      |(?P<special>.)""",
    re.X | re.S,
)
_COMMENT = re.compile(rb"[^()\\]++|\\.|(\()|(\))", re.S)
_PAIR = re.compile(rb"\\(.)", re.S)


class _Token(NamedTuple):
    kind: str
    """word, quoted, literal, comment, or the special character itself."""
    text: bytes
    spaced: bool
    """White space or a comment comes before it."""


def _tokens(value: bytes) -> Iterator[_Token]:
    at, end, spaced, comments = 0, len(value), False, True
    while at < end:
        if comments and value[at] == 40:
            close = _comment_end(value, at)
            if close > 0:
                yield _Token("comment", _unescape(value[at + 1 : close - 1]), True)
                at, spaced = close, True
                continue
            comments = False  # no parenthesis from here on is balanced: they are noise
        found = _TOKEN.match(value, at)
        if found is None:
            return
        kind = found.lastgroup or "special"
        text: bytes = found[kind]
        at = found.end()
        if kind == "space" or (kind == "special" and text in b'()"\\'):
            spaced = True
            continue
        yield _Token(text.decode("latin-1") if kind == "special" else kind, text, spaced)
        spaced = False


def _comment_end(value: bytes, start: int) -> int:
    depth = 0
    for found in _COMMENT.finditer(value, start):
        if found.lastindex == 1:
            depth += 1
        elif found.lastindex == 2:
            depth -= 1
            if not depth:
                return found.end()
    return -1


def _unescape(text: bytes) -> bytes:
    return _PAIR.sub(rb"\1", text) if b"\\" in text else text


def parse_tokens(value: bytes) -> list[Raw]:
    """`parse_raw` for lists that are not plain."""
    entries: list[Raw] = []
    pending: list[_Token] = []
    in_angle = in_group = False
    for token in _tokens(value):
        kind = token.kind
        if len(entries) >= MAX_ADDRESSES:
            break
        if in_angle and kind != "," and kind != ";":
            in_angle = kind != ">"
            pending.append(token)
        elif kind == "<":
            in_angle = True
            pending.append(token)
        elif kind == "," and in_angle and _is_route(pending):
            pending.append(token)
        elif kind == "," or kind == ";":
            in_angle = False
            _flush(pending, entries)
            if kind == ";" and in_group:
                entries.append(GROUP_END)
                in_group = False
        elif kind == ":" and not in_group and not any(t.kind in "<@" for t in pending[:200]):
            entries.append(Raw(None, None, _phrase(pending) or b"", None))
            in_group = True
            pending.clear()
        else:
            pending.append(token)
    _flush(pending, entries)
    if in_group:
        entries.append(GROUP_END)
    return entries


def _is_route(pending: list[_Token]) -> bool:
    """`<@a,@b:user@example.org>`: the only comma within brackets."""
    return any(a.kind == "<" and b.kind == "@" for a, b in pairwise(pending[:20]))


def _flush(pending: list[_Token], entries: list[Raw]) -> None:
    if pending:
        entry = _mailbox(pending)
        if entry is not None:
            entries.append(entry)
        pending.clear()


def _mailbox(tokens: list[_Token]) -> Raw | None:
    kinds = [token.kind for token in tokens]
    if "<" in kinds:
        open_at = kinds.index("<")
        close_at = kinds.index(">", open_at) if ">" in kinds[open_at:] else len(kinds)
        name = _phrase(tokens[:open_at]) or _phrase(tokens[close_at + 1 :]) or _comment(tokens)
        route, local, domain = _angle(tokens[open_at + 1 : close_at])
        return Raw(name or None, route, local, domain)
    plain = [token for token in tokens if token.kind not in ("comment", ">")]
    if not plain:
        return None
    if "@" not in kinds:
        if len(plain) == 1:
            return Raw(_comment(tokens), None, _unescape(plain[0].text), b"")
        return Raw(_phrase(plain), None, b"", b"")
    return _without_brackets(plain, _comment(tokens))


def _angle(tokens: list[_Token]) -> tuple[bytes | None, bytes, bytes]:
    tokens = [token for token in tokens if token.kind not in ("comment", "<")]
    route = None
    if tokens and tokens[0].kind == "@":
        colon = next((i for i, token in enumerate(tokens) if token.kind == ":"), -1)
        if colon > 0:
            route = b"".join(token.text for token in tokens[:colon])
            tokens = tokens[colon + 1 :]
    return route, *_addr_spec(tokens)


def _addr_spec(tokens: list[_Token]) -> tuple[bytes, bytes]:
    """The last @ parts local and domain: `a@b@example.org` is somebody's idea of a source route."""
    last = next((i for i in range(len(tokens) - 1, -1, -1) if tokens[i].kind == "@"), len(tokens))
    local = b"".join(_unescape(token.text) for token in tokens[:last])
    return local, b"".join(token.text for token in tokens[last + 1 :])


def _without_brackets(tokens: list[_Token], comment: bytes | None) -> Raw:
    """`user@example.org`, perhaps with words before it: `User Name user@example.org`."""
    at = next(i for i, token in enumerate(tokens) if token.kind == "@")
    start = max(at - 1, 0)
    while start > 0 and (
        tokens[start].text[:1] == b"." or tokens[start - 1].text[-1:] == b"." or _glued(tokens, start)
    ):
        start -= 1
    stop = at + 2
    while stop < len(tokens) and (
        tokens[stop].text[:1] == b"." or tokens[stop - 1].text[-1:] == b"." or _glued(tokens, stop)
    ):
        stop += 1
    local, domain = _addr_spec(tokens[start:stop])
    return Raw(_phrase(tokens[:start]) or _phrase(tokens[stop:]) or comment, None, local, domain)


def _glued(tokens: list[_Token], i: int) -> bool:
    return not tokens[i].spaced


def _phrase(tokens: list[_Token]) -> bytes | None:
    """Words with one space between them; what was not parted by white space stays together."""
    pieces: list[bytes] = []
    for token in tokens:
        if token.kind in ("comment", ">", "<"):
            continue
        if pieces and (token.spaced or token.kind == "quoted"):
            pieces.append(b" ")
        pieces.append(_unescape(token.text))
    return b"".join(pieces) or None


def _comment(tokens: list[_Token]) -> bytes | None:
    """`user@example.org (User Name)`, as it was written before RFC 822."""
    return next((token.text.strip() or None for token in reversed(tokens) if token.kind == "comment"), None)
