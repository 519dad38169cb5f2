"""SEARCH, also by UID – RFC 9051 §6.4.4, RFC 4731 (ESEARCH), RFC 5182 (SEARCHRES), RFC 6203 (RELEVANCY).

search             = "SEARCH" [search-return-opts] SP search-program
search-return-opts = SP "RETURN" SP "(" [search-return-opt *(SP search-return-opt)] ")"
search-return-opt  = "MIN" / "MAX" / "ALL" / "COUNT" / "SAVE" / "RELEVANCY"
search-program     = ["CHARSET" SP charset SP] search-key *(SP search-key)
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum

from ..charsets import charset_codec
from ..grammar import Parser
from ..search import Key, is_fuzzy
from ..search_keys import search_program


class SearchReturn(bytes, Enum):
    MIN = b"MIN"
    MAX = b"MAX"
    ALL = b"ALL"
    COUNT = b"COUNT"
    SAVE = b"SAVE"
    RELEVANCY = b"RELEVANCY"


@dataclass(frozen=True, slots=True)
class Search:
    key: Key
    returns: frozenset[SearchReturn] | None = None
    """What RETURN asked for, `ALL` for `RETURN ()`; None without it: then IMAP4rev1 has a SEARCH response."""
    charset: str = ""
    """As named by the client, in upper case; the key is decoded. After UTF8=ACCEPT it is a BAD (RFC 6855 §3)."""


_RETURN = re.compile(rb" RETURN (?=\()", re.IGNORECASE)
_CHARSET = re.compile(rb"CHARSET ", re.IGNORECASE)
_CHARSET_NAME = re.compile(rb"[A-Za-z0-9_.:+-]{1,64}")


def parse_search(p: Parser) -> Search:
    """Raises `BadCharset` for a charset that we don't know."""
    returns = _return_options(p) if _RETURN.match(p.text, p.pos) else None
    p.sp()
    charset = _charset(p) if _CHARSET.match(p.text, p.pos) else ""
    key = search_program(p, charset_codec(charset))
    p.end()
    if returns and SearchReturn.RELEVANCY in returns and not is_fuzzy(key):
        raise p.fail("FUZZY, which RELEVANCY is about")
    return Search(key, returns, charset)


def _return_options(p: Parser) -> frozenset[SearchReturn]:
    p.match(_RETURN, "RETURN")
    options = p.items(lambda p: p.choice(SearchReturn), at_least=0)
    return frozenset(options) or frozenset({SearchReturn.ALL})


def _charset(p: Parser) -> str:
    p.match(_CHARSET, "CHARSET")
    name = p.quoted() if p.sees(b'"') else p.match(_CHARSET_NAME, "a charset")[0]
    p.sp()
    return name.decode("ascii", "replace").upper()
