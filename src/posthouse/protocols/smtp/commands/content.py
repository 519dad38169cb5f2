"""DATA – RFC 5321 §4.1.1.4; BDAT – RFC 3030 §2.

    data     = "DATA" CRLF
    bdat-cmd = "BDAT" SP chunk-size [ SP end-marker ] CRLF
    chunk-size = 1*DIGIT
    end-marker = "LAST"

The octets of a chunk follow BDAT whatever we answer to it. A refused BDAT that could be parsed must therefore still be
counted off; after one that could not, nobody knows where the next command begins and the connection must end.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import ClassVar

from ..replies import NO_ARGUMENTS, SYNTAX_ERROR, BadCommand

_BDAT = re.compile(rb"([0-9]{1,20})(?: +(LAST))?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Data:
    word: ClassVar[str] = "DATA"


@dataclass(frozen=True, slots=True)
class Bdat:
    word: ClassVar[str] = "BDAT"
    size: int
    last: bool = False


def parse_data(args: bytes) -> Data:
    if args:
        raise BadCommand(NO_ARGUMENTS)
    return Data()


def parse_bdat(args: bytes) -> Bdat:
    match = _BDAT.fullmatch(args)
    if match is None:
        raise BadCommand(SYNTAX_ERROR.with_text("BDAT size [LAST] expected"))
    return Bdat(int(match[1]), match[2] is not None)
