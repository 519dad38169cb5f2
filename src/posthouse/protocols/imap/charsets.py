"""The charsets of SEARCH – RFC 9051 §6.4.4. A list, for some of the codecs that Python knows are no charsets."""

from __future__ import annotations

from posthouse.model.refusals import BadSyntax

CHARSETS: dict[str, str] = {
    "": "utf-8",  # IMAP4rev2's own; ASCII, which is IMAP4rev1's, is part of it
    "US-ASCII": "ascii",
    "ASCII": "ascii",
    "UTF-8": "utf-8",
    "UTF8": "utf-8",
    **{f"ISO-8859-{part}": f"iso8859_{part}" for part in (*range(1, 12), 13, 14, 15, 16)},
    **{f"WINDOWS-{page}": f"cp{page}" for page in range(1250, 1259)},
    "WINDOWS-874": "cp874",
    "TIS-620": "tis_620",
    "KOI8-R": "koi8_r",
    "KOI8-U": "koi8_u",
    "ISO-2022-JP": "iso2022_jp",
    "SHIFT_JIS": "shift_jis",
    "EUC-JP": "euc_jp",
    "EUC-KR": "euc_kr",
    "ISO-2022-KR": "iso2022_kr",
    "GB2312": "gb2312",
    "GBK": "gbk",
    "GB18030": "gb18030",
    "BIG5": "big5",
    "UTF-7": "utf-7",
}
"""IANA name → codec."""

ADVERTISED = ["US-ASCII", "UTF-8"]
"""What a BADCHARSET recommends."""


class BadCharset(BadSyntax):
    """A charset that we don't know: `NO [BADCHARSET (…)]`, not BAD."""

    def __init__(self, charset: str) -> None:
        super().__init__("a charset that is supported")
        self.charset = charset


def charset_codec(name: str) -> str:
    """The name in upper case → Python's name for it."""
    codec = CHARSETS.get(name)
    if codec is None:
        raise BadCharset(name)
    return codec
