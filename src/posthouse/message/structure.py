"""IMAP BODYSTRUCTURE and BODY – RFC 9051 §7.5.2 and §9; what Dovecot answers where a message is not what it should be.

body-type-1part = (media-basic SP body-fields / media-message SP body-fields SP envelope SP body SP lines /
                   media-text SP body-fields SP lines) [SP body-ext-1part]
body-type-mpart = 1*body SP media-subtype [SP body-ext-mpart]
body-fields     = param SP id SP description SP encoding SP octets
body-ext-1part  = md5 SP disposition SP language SP location        ; multiparts have their parameters for md5
"""

from __future__ import annotations

import re
from collections.abc import Callable

from posthouse.message.content import format_params
from posthouse.message.entity import Entity
from posthouse.message.envelope import format_envelope
from posthouse.message.params import parse_disposition, parse_languages
from posthouse.message.wire import NIL, header_string, string

NO_PARTS = b'("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 0 0 NIL NIL NIL NIL)'
"""A multipart without any part has an empty one, for the grammar has no other way to say it."""


def format_structure(entity: Entity) -> bytes:
    """The extensible form; `body_from_structure` makes the other one of it."""
    if entity.multipart:
        return _format_multipart(entity)
    get = entity.fields.get
    content = entity.content
    middle = b""
    if content.is_text:
        middle = b" %d" % entity.lines
    elif entity.nested is not None:
        nested = entity.nested
        middle = b" %b %b %d" % (format_envelope(nested.fields), format_structure(nested), entity.lines)
    return b"(%b %b %b %b %b %d%b %b %b)" % (
        content.wire_media,
        content.wire_params,
        header_string(get(b"content-id")),
        header_string(get(b"content-description")),
        entity.encoding.wire,
        entity.end - entity.body_start,
        middle,
        header_string(get(b"content-md5")),
        _format_extension(get),
    )


def _format_multipart(entity: Entity) -> bytes:
    return b"(%b %b %b %b)" % (
        b"".join([format_structure(child) for child in entity.children]) or NO_PARTS,
        string(entity.content.media.subtype),
        entity.content.wire_params,
        _format_extension(entity.fields.get),
    )


def _format_extension(get: Callable[[bytes], bytes | None]) -> bytes:
    disposition = get(b"content-disposition")
    language = get(b"content-language")
    location = get(b"content-location")
    if disposition is None and language is None and location is None:
        return b"NIL NIL NIL"
    return b"%b %b %b" % (
        NIL if disposition is None else _format_disposition(disposition),
        NIL if language is None else _format_languages(language),
        header_string(location),
    )


def _format_disposition(value: bytes) -> bytes:
    parsed = parse_disposition(value)
    return NIL if parsed is None else b"(%b %b)" % (string(parsed[0]), format_params(parsed[1], False))


def _format_languages(value: bytes) -> bytes:
    tags = parse_languages(value)
    return b"(" + b" ".join(map(string, tags)) + b")" if tags else NIL


# BODYSTRUCTURE → BODY: the elements of a list are counted, those of the extension are left out.
_ELEMENT = re.compile(rb'"(?:[^"\\]|\\.)*+"|\{(\d+)\}\r\n|[^ ()"{]++|[() ]', re.S)


def part_of_structure(structure: bytes, path: tuple[int, ...]) -> bytes | None:
    """The structure of one part, out of what `format_structure` made of its message."""
    at = 0
    for depth, number in enumerate(path):
        if depth and not structure.startswith(b"((", at):
            at = _nested_body(structure, at)
        if structure.startswith(b"((", at):
            at = _child(structure, at + 1, number)
        elif number != 1:
            at = len(structure)
        if at >= len(structure):
            return None
    return structure[at : _element_end(structure, at)]


def _child(structure: bytes, at: int, number: int) -> int:
    """Where the n-th of a multipart's parts begins, the first of which is at `at`; the end if there are not so many."""
    for _ in range(number - 1):
        at = _element_end(structure, at)
        if not structure.startswith(b"(", at):
            return len(structure)
    return at


def _nested_body(structure: bytes, at: int) -> int:
    """Where the body in a message/rfc822 begins, behind its envelope; the end for any other part, which has none."""
    if not structure[at : at + 20].lower().startswith(b'("message" "rfc822"'):
        return len(structure)
    at += 1
    for _ in range(8):
        at = _element_end(structure, at) + 1
    return at


def body_from_structure(structure: bytes) -> bytes:
    """What `format_structure` made, without extension data."""
    out: list[bytes] = []
    _copy_body(structure, 1, out)
    return b"".join(out)


def _copy_body(data: bytes, at: int, out: list[bytes]) -> int:
    """Copies the list that opens just before `at`; returns the offset behind it."""
    out.append(b"(")
    if data[at : at + 1] == b"(":
        while data[at : at + 1] == b"(":
            at = _copy_body(data, at + 1, out)
        subtype_end = _element_end(data, at + 1)
        out.append(data[at:subtype_end])
    else:
        subtype_end = _copy_single(data, at, out)
    out.append(b")")
    return _list_end(data, subtype_end)


def _copy_single(data: bytes, at: int, out: list[bytes]) -> int:
    start = at
    type_end = _element_end(data, at)
    subtype_end = _element_end(data, type_end + 1)
    at = subtype_end
    for _ in range(5):
        at = _element_end(data, at + 1)
    media = data[start:type_end].lower()
    if media == b'"text"':
        at = _element_end(data, at + 1)
    elif media == b'"message"' and data[type_end + 1 : subtype_end].lower() in (b'"rfc822"', b'"global"'):
        at = _element_end(data, at + 1)
        out.append(data[start : at + 1])
        start = at = _copy_body(data, at + 2, out)
        at = _element_end(data, at + 1)
    out.append(data[start:at])
    return at


def _element_end(data: bytes, at: int) -> int:
    """Behind the string, atom or list that begins at `at`."""
    if data[at : at + 1] == b"(":
        return _list_end(data, at + 1)
    found = _ELEMENT.match(data, at)
    if found is None:
        return len(data)
    return found.end() + int(found[1] or 0)


def _list_end(data: bytes, at: int) -> int:
    """Behind the parenthesis that closes the list of which `at` is inside."""
    depth = 1
    while depth:
        found = _ELEMENT.match(data, at)
        if found is None:
            return len(data)
        at = found.end() + int(found[1] or 0)
        token = found[0]
        depth += (token == b"(") - (token == b")")
    return at
