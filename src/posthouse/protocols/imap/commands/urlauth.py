"""GENURLAUTH, RESETKEY and URLFETCH – RFC 4467 §7, RFC 5524 (extended URLFETCH).

genurlauth      = "GENURLAUTH" 1*(SP url-rump SP mechanism)
resetkey        = "RESETKEY" [SP mailbox *(SP mechanism)]
urlfetch        = "URLFETCH" 1*(SP (url-full / "(" url-full *(SP url-fetch-param) ")"))
url-fetch-param = "BODY" / "BINARY" / "BODYPARTSTRUCTURE"
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from ..grammar import Parser

MAX_URLS = 100
"""In one command."""


class Form(bytes, Enum):
    """How URLFETCH gives what it has found."""

    BODY = b"BODY"
    BINARY = b"BINARY"
    BODYPARTSTRUCTURE = b"BODYPARTSTRUCTURE"


@dataclass(frozen=True, slots=True)
class GenUrlAuth:
    urls: tuple[tuple[str, str], ...]
    """Each with its mechanism, in upper case."""


@dataclass(frozen=True, slots=True)
class ResetKey:
    mailbox: str | None = None
    """None: of all."""
    mechanisms: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class UrlFetch:
    urls: tuple[tuple[str, tuple[Form, ...]], ...]
    """Each with the forms that were asked for; none is the octets alone, as RFC 4467 has it."""


def parse_genurlauth(p: Parser) -> GenUrlAuth:
    urls: list[tuple[str, str]] = []
    while not urls or not p.at_end():
        _room(p, len(urls))
        url = _url(p)
        p.sp()
        urls.append((url, _mechanism(p)))
    p.end()
    return GenUrlAuth(tuple(urls))


def parse_resetkey(p: Parser) -> ResetKey:
    if p.at_end():
        p.end()
        return ResetKey()
    p.sp()
    mailbox = p.mailbox()
    mechanisms: list[str] = []
    while not p.at_end():
        _room(p, len(mechanisms))
        mechanisms.append(_mechanism(p))
    p.end()
    return ResetKey(mailbox, tuple(mechanisms))


def parse_urlfetch(p: Parser) -> UrlFetch:
    urls: list[tuple[str, tuple[Form, ...]]] = []
    while not urls or not p.at_end():
        _room(p, len(urls))
        urls.append(_extended(p) if p.sees(b"(") and "URLAUTH=BINARY" not in p.off else (_url(p), ()))
    p.end()
    return UrlFetch(tuple(urls))


def _extended(p: Parser) -> tuple[str, tuple[Form, ...]]:
    p.expect(b"(")
    url = _url(p)
    forms: dict[Form, None] = {}
    while not p.take(b")"):
        p.sp()
        forms[p.choice(Form)] = None
    return url, tuple(forms) or (Form.BODY,)


def _room(p: Parser, count: int) -> None:
    p.sp()
    if count >= MAX_URLS:
        raise p.fail("fewer of them")


def _url(p: Parser) -> str:
    octets = p.astring()
    if not octets.isascii():
        raise p.fail("a URL")
    return octets.decode("ascii")


def _mechanism(p: Parser) -> str:
    return p.word().decode("ascii")
