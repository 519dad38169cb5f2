"""SEARCH, also by UID – RFC 9051 §6.4.4, RFC 4731 (ESEARCH), RFC 5182 (SEARCHRES), RFC 6203 (RELEVANCY).

search             = "SEARCH" [search-return-opts] SP search-program
search-program     = ["CHARSET" SP charset SP] search-key *(SP search-key)
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from ..charsets import charset_codec
from ..grammar import Parser
from ..returns import Returns, SearchReturn, return_options
from ..search import Key, is_fuzzy
from ..search_keys import search_program


@dataclass(frozen=True, slots=True)
class Search:
    key: Key
    returns: Returns | None = None
    """None: without RETURN. IMAP4rev1 has a SEARCH response then."""
    charset: str = ""
    """As named by the client, in upper case; the key is decoded. After UTF8=ACCEPT it is a BAD (RFC 6855 §3)."""


_CHARSET = re.compile(rb"CHARSET ", re.IGNORECASE)
_CHARSET_NAME = re.compile(rb"[A-Za-z0-9_.:+-]{1,64}")


def parse_search(p: Parser) -> Search:
    """Raises `BadCharset` for a charset that we don't know."""
    returns = return_options(p, "CONTEXT=SEARCH")
    p.sp()
    charset, key = search_program_with_charset(p)
    p.end()
    if returns is not None and SearchReturn.RELEVANCY in returns.options and not is_fuzzy(key):
        raise p.fail("FUZZY, which RELEVANCY is about")
    return Search(key, returns, charset)


def search_program_with_charset(p: Parser) -> tuple[str, Key]:
    """search-program"""
    charset = ""
    if _CHARSET.match(p.text, p.pos):
        p.match(_CHARSET, "CHARSET")
        charset = charset_name(p)
        p.sp()
    return charset, search_program(p, charset_codec(charset))


def charset_name(p: Parser) -> str:
    name = p.quoted() if p.sees(b'"') else p.match(_CHARSET_NAME, "a charset")[0]
    return name.decode("ascii", "replace").upper()
