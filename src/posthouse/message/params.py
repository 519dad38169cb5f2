"""Content-Type and the other MIME fields – RFC 2045 §5.1, RFC 2183 §2, RFC 2231, RFC 3282.

    content   = type "/" subtype *(";" parameter)
    parameter = attribute "=" (token / quoted-string)

Continuations are joined (`name*0`, `name*1` → `name`; with a charset → `name*`, percent-encoded as it came), as
RFC 9051 §7.5.2 wishes and Dovecot does. Raw 8-bit values become RFC 2231 values, so that structures are 7 bits.
"""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import unquote_to_bytes

from posthouse.message.charsets import to_text
from posthouse.message.headers import unfold
from posthouse.message.limits import MAX_PARAM_BYTES, MAX_PARAMS
from posthouse.message.words import decode_header

Params = list[tuple[bytes, bytes]]

_TOKEN = rb"[^\x00-\x20()<>@,;:\\\"/\[\]?=\x7f-\xff]+"
_COMMENTS = rb"(?:[ \t]|\([^()]{0,200}\))*"
_TYPE = re.compile(_COMMENTS + rb"(%b)%b(?:/%b(%b))?" % (_TOKEN, _COMMENTS, _COMMENTS, _TOKEN))
_PARAM = re.compile(
    rb"""[;\s]*+([^\x00-\x20()<>@,;:\\"/\[\]?=\x7f-\xff]+)\s*+=\s*+(?:"((?:[^"\\]|\\.)*+)"|"([^;]*)|([^\s;"]*+))""",
    re.S,
)
_USUAL_MULTIPART = re.compile(rb'(multipart)/([a-z]++);[ \t]*+(boundary)="([-A-Za-z0-9_.=+/: ]++)"')
_SKIP = re.compile(rb'(?:[^;"]|"(?:[^"\\]|\\.)*+")*+"?', re.S)
_PAIR = re.compile(rb"\\(.)", re.S)
_SECTION = re.compile(rb"(.+)\*(\d{1,3})(\*?)\Z", re.S)


class MediaType(NamedTuple):
    """Type, subtype and parameters, spelt as they came."""

    type: bytes
    subtype: bytes
    params: Params


def parse_content_type(value: bytes) -> MediaType | None:
    """None when it is none: RFC 2045 §5.2 then has text/plain."""
    value = unfold(value[:MAX_PARAM_BYTES])
    usual = _USUAL_MULTIPART.fullmatch(value)
    if usual is not None:
        return MediaType(usual[1], usual[2], [(usual[3], usual[4])])
    found = _TYPE.match(value)
    if found is None:
        return None
    subtype = found[2] or b""
    if not subtype:
        if found[1].lower() != b"text":
            return None
        subtype = b"plain"  # "Content-Type: text", from before MIME was finished
    return MediaType(found[1], subtype, parse_params(value, found.end()))


def parse_disposition(value: bytes) -> tuple[bytes, Params] | None:
    value = unfold(value[:MAX_PARAM_BYTES])
    found = _TYPE.match(value)
    if found is None:
        return None
    return found[1], parse_params(value, found.end(1))


def parse_encoding(value: bytes) -> bytes:
    """The mechanism of Content-Transfer-Encoding, as it is spelt; 7bit when there is none."""
    found = _TYPE.match(unfold(value[:MAX_PARAM_BYTES]))
    return found[1] if found else b"7bit"


def parse_languages(value: bytes) -> list[bytes]:
    tags = (tag.partition(b"(")[0].strip() for tag in unfold(value[:MAX_PARAM_BYTES]).split(b",")[:MAX_PARAMS])
    return [tag for tag in tags if tag]


def parse_params(value: bytes, at: int = 0) -> Params:
    """The parameters behind `at` in an unfolded value. What is no parameter is passed over up to the next semicolon."""
    params: Params = []
    end = len(value)
    for _ in range(2 * MAX_PARAMS):
        if at >= end or len(params) >= MAX_PARAMS:
            break
        found = _PARAM.match(value, at)
        if found is None:
            skipped = _SKIP.match(value, at)
            at = max(skipped.end() if skipped else at, at) + 1
            continue
        name, quoted, open_quoted, token = found.groups()
        if quoted is not None:
            token = _PAIR.sub(rb"\1", quoted) if 92 in quoted else quoted
        elif token is None:
            token = open_quoted.strip()
        params.append((name, token))
        at = found.end()
    if any(42 in name for name, _ in params):
        params = join_continuations(params)
    return [_seven_bit(param) for param in params] if not value.isascii() else params


def join_continuations(params: Params) -> Params:
    """RFC 2231 §3 and §4.1. Sections that miss one before them stay as they are."""
    sections: dict[bytes, dict[int, tuple[bytes, bool]]] = {}
    for name, value in params:
        found = _SECTION.match(name)
        if found:
            sections.setdefault(found[1].lower(), {}).setdefault(int(found[2]), (value, bool(found[3])))
    joined: Params = []
    done: set[tuple[bytes, int]] = set()
    for name, value in params:
        found = _SECTION.match(name)
        if found is None:
            joined.append((name, value))
            continue
        key, number = found[1].lower(), int(found[2])
        pieces = sections[key]
        if (key, number) in done:
            continue
        if 0 not in pieces:
            joined.append((name, value))
        elif (key, 0) not in done:
            run = list(range(next(i for i in range(len(pieces) + 1) if i not in pieces)))
            done.update((key, i) for i in run)
            joined.append(_join(found[1], [pieces[i] for i in run]))
            if number not in run:
                joined.append((name, value))
        else:
            joined.append((name, value))
    return joined


def _join(name: bytes, pieces: list[tuple[bytes, bool]]) -> tuple[bytes, bytes]:
    if not any(extended for _, extended in pieces):
        return name, b"".join(value for value, _ in pieces)
    charset = b"" if pieces[0][1] else b"''"
    return name + b"*", charset + b"".join(value if extended else _percent(value) for value, extended in pieces)


_SAFE = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!#$&+-.^_`{|}~")


def _percent(value: bytes, keep: frozenset[int] = _SAFE) -> bytes:
    return b"".join([b"%c" % byte if byte in keep else b"%%%02X" % byte for byte in value])


_ASCII = frozenset(range(128))


def _seven_bit(param: tuple[bytes, bytes]) -> tuple[bytes, bytes]:
    name, value = param
    if value.isascii():
        return param
    if name.endswith(b"*"):
        return name, _percent(value, _ASCII)
    try:
        value.decode("utf-8")
        charset = b"utf-8''"
    except UnicodeDecodeError:
        charset = b"unknown-8bit''"
    return name + b"*", charset + _percent(value)


def param(params: Params, name: bytes) -> bytes | None:
    """The value as it came of the first parameter of that name."""
    return next((value for found, value in params if found.lower() == name), None)


def param_text(params: Params, name: bytes) -> str | None:
    """The value for people: RFC 2231 first, then encoded words, which many mailers put there against RFC 2047 §5."""
    extended = param(params, name + b"*")
    if extended is not None and extended.count(b"'") >= 2:
        charset, _, rest = extended.split(b"'", 2)
        return to_text(unquote_to_bytes(rest), charset.decode("ascii", "replace").lower().replace("unknown-8bit", ""))
    if extended is not None:
        return to_text(unquote_to_bytes(extended))
    plain = param(params, name)
    return None if plain is None else decode_header(plain)
