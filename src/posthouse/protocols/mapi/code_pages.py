"""Windows' numbers of character sets, as Python's codecs."""

from __future__ import annotations

import codecs
from functools import lru_cache

from . import teletex

CP_WINUNICODE = 1200
"""UTF-16: of strings that are told to be Unicode, and so never of 8-bit strings."""
CP_TELETEX = 20261
codecs.register(teletex.find)
_NAMES = {CP_TELETEX: teletex.NAME}
_NAMES |= {20127: "ascii", 20866: "koi8-r", 21866: "koi8-u", 51932: "euc-jp", 51949: "euc-kr", 54936: "gb18030"}
_NAMES |= {50220: "iso2022-jp", 50225: "iso2022-kr", 65000: "utf-7", 65001: "utf-8", 936: "gbk", 10000: "mac-roman"}
_NAMES |= {28590 + part: f"iso8859-{part}" for part in range(1, 17) if part != 12}


@lru_cache(256)
def codec_of(code_page: int) -> str | None:
    """None: a number that nobody knows."""
    try:
        return codecs.lookup(_NAMES.get(code_page, f"cp{code_page}")).name
    except LookupError:
        return None
