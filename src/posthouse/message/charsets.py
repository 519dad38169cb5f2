"""Charset names as they are found in mail → Python's codecs; bytes → str that never fails – RFC 2045, RFC 2047.

Where a name is commonly used for a superset (gb2312 for GBK, latin-1 for Windows-1252), the superset decodes it, as the
WHATWG encoding standard has it.
"""

from __future__ import annotations

import codecs
from functools import lru_cache

_SUPERSETS = {
    "": "us-ascii",
    "ansi_x3.4-1968": "us-ascii",
    "ascii": "us-ascii",
    "us": "us-ascii",
    "iso-8859-1": "cp1252",
    "iso8859-1": "cp1252",
    "latin1": "cp1252",
    "latin-1": "cp1252",
    "iso-8859-9": "cp1254",
    "iso-8859-11": "cp874",
    "tis-620": "cp874",
    "windows-874": "cp874",
    "iso-8859-8-i": "iso-8859-8",
    "iso-8859-8-e": "iso-8859-8",
    "iso-8859-6-i": "iso-8859-6",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "x-gbk": "gb18030",
    "cp936": "gb18030",
    "ks_c_5601-1987": "cp949",
    "ks_c_5601": "cp949",
    "euc-kr": "cp949",
    "shift_jis": "cp932",
    "shift-jis": "cp932",
    "x-sjis": "cp932",
    "big5": "big5hkscs",
    "unicode-1-1-utf-7": "utf-7",
    "utf8mb4": "utf-8",
    "utf": "utf-8",
    "unicode-1-1-utf-8": "utf-8",
    "macintosh": "mac-roman",
    "x-mac-roman": "mac-roman",
}
_NO_CHARSETS = frozenset(
    ("idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined", "mbcs", "oem", "palmos", "utf-7-imap")
)
"""Codecs of Python's that are no charsets; some are slow beyond measure on hostile input."""


@lru_cache(maxsize=256)
def codec_for(charset: str) -> str | None:
    """The name of the codec that decodes this charset; None when there is none."""
    name = charset.strip().strip("\"'").lower()
    name = _SUPERSETS.get(name, name)
    if len(name) > 40 or not name.isascii() or "\0" in name:
        return None
    try:
        info = codecs.lookup(name)
        b"    ".decode(info.name, "replace")
    except (LookupError, ValueError, UnicodeError):
        return None
    normal = info.name.replace("-", "_")
    return None if normal in _NO_CHARSETS else info.name


def is_known(charset: str) -> bool:
    return codec_for(charset) is not None


def to_text(data: bytes, charset: str = "") -> str:
    """Decode for a reader or a search: what cannot be decoded becomes U+FFFD. 8-bit bytes that are labelled as ASCII,
    or not or wrongly labelled, are UTF-8 when they could be, or else Windows-1252."""
    if data.isascii() and (not charset or charset in ("us-ascii", "utf-8", "iso-8859-1")):
        return data.decode("ascii")
    codec = codec_for(charset)
    if codec is None or codec == "ascii":
        return guess_text(data)
    text = data.decode(codec, "replace")
    if codec == "utf-7":  # alone it lets half a surrogate pair through
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text


def guess_text(data: bytes) -> str:
    """Bytes without a label."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")
