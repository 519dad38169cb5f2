"""What a FETCH asks for – RFC 9051 §6.4.5, §9, RFC 3516 §4.2 (BINARY), RFC 3501 §6.4.5 (RFC822…), RFC 8970 (PREVIEW),
RFC 7162 (MODSEQ), RFC 8514 (SAVEDATE), RFC 8474 (EMAILID, THREADID), RFC 5257 (ANNOTATION: see `annotations`).

fetch-att       = "ENVELOPE" / "FLAGS" / "INTERNALDATE" / "RFC822.SIZE" / "BODY" ["STRUCTURE"] / "UID" /
                  "RFC822" [".HEADER" / ".TEXT"] /
                  "BODY" section [partial] / "BODY.PEEK" section [partial] /
                  "BINARY" [".PEEK"] section-binary [partial] / "BINARY.SIZE" section-binary
fetch-att       =/ "PREVIEW" [SP "(" "LAZY" *(SP "LAZY") ")"] / "SAVEDATE" / "EMAILID" / "THREADID"
section         = "[" [section-spec] "]"
section-spec    = section-msgtext / (section-part ["." section-text])
section-part    = nz-number *("." nz-number)
section-msgtext = "HEADER" / "HEADER.FIELDS" [".NOT"] SP header-list / "TEXT"
section-text    = section-msgtext / "MIME"
section-binary  = "[" [section-part] "]"
partial         = "<" number64 "." nz-number64 ">"
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache

from .annotations import EXTENSION as ANNOTATE
from .annotations import AnnotationItem, annotation_item, format_annotation_item
from .grammar import Parser
from .strings import astring


class Attribute(bytes, Enum):
    """Items without a section; the value is the wire spelling."""

    FLAGS = b"FLAGS"
    UID = b"UID"
    INTERNALDATE = b"INTERNALDATE"
    RFC822_SIZE = b"RFC822.SIZE"
    ENVELOPE = b"ENVELOPE"
    BODY = b"BODY"
    BODYSTRUCTURE = b"BODYSTRUCTURE"
    PREVIEW = b"PREVIEW"
    MODSEQ = b"MODSEQ"
    SAVEDATE = b"SAVEDATE"
    EMAILID = b"EMAILID"
    THREADID = b"THREADID"


class PreviewModifier(bytes, Enum):
    LAZY = b"LAZY"


class SectionText(bytes, Enum):
    WHOLE = b""
    HEADER = b"HEADER"
    HEADER_FIELDS = b"HEADER.FIELDS"
    HEADER_FIELDS_NOT = b"HEADER.FIELDS.NOT"
    TEXT = b"TEXT"
    MIME = b"MIME"


@dataclass(frozen=True, slots=True)
class Section:
    """`1.2.HEADER.FIELDS (From To)`; all defaults: the whole message."""

    part: tuple[int, ...] = ()
    text: SectionText = SectionText.WHOLE
    fields: tuple[str, ...] = ()
    """As the client spelt them; they compare without regard to case."""


@dataclass(frozen=True, slots=True)
class Partial:
    offset: int
    count: int


@dataclass(frozen=True, slots=True)
class BodySection:
    section: Section
    partial: Partial | None = None
    peek: bool = False
    """Does not set \\Seen."""
    name: bytes = b""
    """RFC822 or RFC822.TEXT or RFC822.HEADER when it was asked for by that name."""


@dataclass(frozen=True, slots=True)
class Binary:
    """The content with its transfer encoding undone."""

    part: tuple[int, ...] = ()
    partial: Partial | None = None
    peek: bool = False


@dataclass(frozen=True, slots=True)
class BinarySize:
    part: tuple[int, ...] = ()


FetchItem = Attribute | BodySection | Binary | BinarySize | AnnotationItem

_FAST: tuple[FetchItem, ...] = (Attribute.FLAGS, Attribute.INTERNALDATE, Attribute.RFC822_SIZE)
MACROS: dict[bytes, tuple[FetchItem, ...]] = {
    b"FAST": _FAST,
    b"ALL": (*_FAST, Attribute.ENVELOPE),
    b"FULL": (*_FAST, Attribute.ENVELOPE, Attribute.BODY),
}

_WORD = re.compile(rb"[A-Za-z0-9.]++")
_PART = re.compile(rb"[1-9][0-9]{0,9}(?:\.[1-9][0-9]{0,9}){0,99}+")
_TEXT = re.compile(rb"HEADER\.FIELDS\.NOT|HEADER\.FIELDS|HEADER|TEXT|MIME", re.IGNORECASE)
_FIELD_NAME = re.compile(rb"[!-9;-~]+")


def fetch_items(p: Parser) -> tuple[FetchItem, ...]:
    """A macro, an item or a list of items. Clients ask the same few questions again, so short ones are remembered."""
    rest = p.text[p.pos :]
    if len(rest) > 256:
        return _items(p)
    items, length = _remembered(rest, p.off)
    p.pos += length
    return items


@lru_cache(512)
def _remembered(text: bytes, off: frozenset[str]) -> tuple[tuple[FetchItem, ...], int]:
    p = Parser(text, off=off)
    return _items(p), p.pos


def _items(p: Parser) -> tuple[FetchItem, ...]:
    if p.sees(b"("):
        return tuple(dict.fromkeys(p.items(fetch_att)))
    start = p.pos
    macro = MACROS.get(p.match(_WORD, "what to fetch")[0].upper())
    if macro is not None:
        return macro
    p.pos = start
    return (fetch_att(p),)


def fetch_att(p: Parser) -> FetchItem:
    start = p.pos
    word = p.match(_WORD, "what to fetch")[0].upper()
    if p.sees(b"[") and word in SECTIONED:
        return SECTIONED[word](p)
    if word in PLAIN and EXTENSION_OF.get(word, word.decode()) not in p.off:
        item = PLAIN[word]
        if item is Attribute.PREVIEW and p.take(b" ("):  # LAZY asks for nothing else: a preview is always at hand
            p.pos -= 1
            p.items(lambda p: p.choice(PreviewModifier))
        return item
    if word == b"ANNOTATION" and ANNOTATE not in p.off:
        return annotation_item(p)
    p.pos = start
    raise p.fail("what to fetch")


PLAIN: dict[bytes, FetchItem] = {
    **{item.value: item for item in Attribute},
    b"RFC822": BodySection(Section(), name=b"RFC822"),
    b"RFC822.TEXT": BodySection(Section((), SectionText.TEXT), name=b"RFC822.TEXT"),
    b"RFC822.HEADER": BodySection(Section((), SectionText.HEADER), peek=True, name=b"RFC822.HEADER"),
}


EXTENSION_OF = {b"EMAILID": "OBJECTID", b"THREADID": "OBJECTID"}
"""Items that are not named like theirs."""


def _body(p: Parser) -> FetchItem:
    return BodySection(section(p), _partial(p))


def _body_peek(p: Parser) -> FetchItem:
    return BodySection(section(p), _partial(p), peek=True)


def _binary(p: Parser) -> FetchItem:
    return Binary(_section_binary(p), _partial(p))


def _binary_peek(p: Parser) -> FetchItem:
    return Binary(_section_binary(p), _partial(p), peek=True)


def _binary_size(p: Parser) -> FetchItem:
    return BinarySize(_section_binary(p))


SECTIONED: dict[bytes, Callable[[Parser], FetchItem]] = {
    b"BODY": _body,
    b"BODY.PEEK": _body_peek,
    b"BINARY": _binary,
    b"BINARY.PEEK": _binary_peek,
    b"BINARY.SIZE": _binary_size,
}


def section(p: Parser) -> Section:
    p.expect(b"[")
    part = _section_part(p)
    text = SectionText.WHOLE
    fields: tuple[str, ...] = ()
    if not p.sees(b"]"):
        if part:
            p.expect(b".")
        text = SectionText(p.match(_TEXT, "HEADER, HEADER.FIELDS, HEADER.FIELDS.NOT, TEXT or MIME")[0].upper())
        if text is SectionText.MIME and not part:
            raise p.fail("a part number before MIME")
        if text in (SectionText.HEADER_FIELDS, SectionText.HEADER_FIELDS_NOT):
            p.sp()
            fields = p.items(_header_fld_name)
    p.expect(b"]")
    return Section(part, text, fields)


def _section_part(p: Parser) -> tuple[int, ...]:
    if _PART.match(p.text, p.pos) is None:
        return ()
    part = tuple(map(int, p.match(_PART, "a part number")[0].split(b".")))
    if max(part) >> 32:
        raise p.fail("a part number below 4294967296")
    return part


def _section_binary(p: Parser) -> tuple[int, ...]:
    p.expect(b"[")
    part = _section_part(p)
    p.expect(b"]")
    return part


def _header_fld_name(p: Parser) -> str:
    name = p.astring()
    if not _FIELD_NAME.fullmatch(name):
        raise p.fail("the name of a header field")
    return name.decode("ascii")


def _partial(p: Parser) -> Partial | None:
    if not p.take(b"<"):
        return None
    offset = p.number64()
    p.expect(b".")
    count = p.number64(at_least=1)
    p.expect(b">")
    return Partial(offset, count)


# in responses
def response_name(item: FetchItem) -> bytes:
    """How a FETCH response names the item: `BODY[1.TEXT]<0>`, never PEEK, and of a partial the offset only."""
    if isinstance(item, Attribute):
        return item.value
    if isinstance(item, AnnotationItem):
        return b"ANNOTATION"
    if isinstance(item, BinarySize):
        return b"BINARY.SIZE[%b]" % format_part(item.part)
    if isinstance(item, Binary):
        return b"BINARY[%b]%b" % (format_part(item.part), _origin(item.partial))
    return item.name or b"BODY[%b]%b" % (format_section(item.section), _origin(item.partial))


def format_fetch_item(item: FetchItem) -> bytes:
    """What `fetch_att` reads."""
    if isinstance(item, AnnotationItem):
        return format_annotation_item(item)
    if isinstance(item, BodySection) and not item.name:
        name, inner = b"BODY.PEEK" if item.peek else b"BODY", format_section(item.section)
    elif isinstance(item, Binary):
        name, inner = b"BINARY.PEEK" if item.peek else b"BINARY", format_part(item.part)
    else:
        return response_name(item)
    partial = b"<%d.%d>" % (item.partial.offset, item.partial.count) if item.partial else b""
    return b"%b[%b]%b" % (name, inner, partial)


def format_section(section: Section) -> bytes:
    spec = b".".join(filter(None, (format_part(section.part), section.text.value)))
    if section.fields:
        spec += b" (%b)" % b" ".join([astring(field.encode("ascii")) for field in section.fields])
    return spec


def format_part(part: tuple[int, ...]) -> bytes:
    return b".".join([b"%d" % number for number in part])


def _origin(partial: Partial | None) -> bytes:
    return b"<%d>" % partial.offset if partial else b""
