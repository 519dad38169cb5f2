"""BURL – RFC 4468 §3: content by reference, in place of a BDAT.

burl-cmd        = "BURL" SP absolute-URI [SP end-marker] CRLF
end-marker      = "LAST"
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ..replies import SYNTAX_ERROR, BadCommand


@dataclass(frozen=True, slots=True)
class Burl:
    word: ClassVar[str] = "BURL"
    url: str
    last: bool = False


def parse_burl(args: bytes) -> Burl:
    words = args.split()
    if not 1 <= len(words) <= 2 or not args.isascii() or (len(words) == 2 and words[1].upper() != b"LAST"):
        raise BadCommand(SYNTAX_ERROR.with_text("BURL url [LAST] expected"))
    return Burl(words[0].decode("ascii"), len(words) == 2)
