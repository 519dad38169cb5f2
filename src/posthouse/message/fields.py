"""The header fields that clients ask for: kept beside the message, picked by name – RFC 9051 §6.4.5.1.

A FETCH of 100,000 headers is as many picks, so what is kept has an index in front of it, and no Python runs per field:

    kept = %x01 *id %x00 field *(%x00 field)       ; one octet of id per field, fields as they are in the header

From a header block a pick is one regular expression, compiled once per set of names: it runs over the lines of fields
that were not asked for and takes the lines of those that were.
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import compress
from typing import Protocol

from posthouse.message.envelope import ADDRESS_FIELDS
from posthouse.message.headers import FIELD
from posthouse.message.limits import MAX_JOINED

_NAMES: tuple[bytes, ...] = tuple(
    b"""from to cc bcc reply-to sender subject date message-id in-reply-to references content-type content-description
    content-transfer-encoding content-disposition content-class mime-version priority x-priority x-msmail-priority
    importance newsgroups lines list-id list-post list-unsubscribe list-unsubscribe-post list-subscribe list-help
    list-archive x-label x-mailer user-agent x-uniform-type-identifier x-universally-unique-identifier
    x-mail-created-date x-draft-info x-spam-flag x-spam-status x-spam-score disposition-notification-to delivered-to
    auto-submitted precedence organization followup-to resent-from resent-to resent-date resent-message-id
    x-forwarded-message-id x-enigmail-draft-status return-receipt-to thread-topic thread-index sensitivity
    x-posthouse-delegated-by""".split()
)
"""Their places are stored as ids: a change here needs everything derived anew, unless it is one more at the end that no
message has had before."""
SELECTED_FIELDS: frozenset[bytes] = frozenset(_NAMES)
"""In lower case."""

_FIRST_ID = 2
_IDS = {name: bytes((number,)) for number, name in enumerate(_NAMES, _FIRST_ID)}

_MANY = 60
"""Names in a request beyond which they are looked up one by one."""


def keep_fields(fields: list[tuple[bytes, bytes]]) -> bytes:
    """(lower-case name, field as it is) of selected fields → `Derived.fields`. Empty when a field has a NUL in it."""
    raws = b"\0".join([raw for _, raw in fields])
    if not raws or raws.count(0) >= len(fields):
        return b""
    if not raws.endswith(b"\n"):
        raws += b"\r\n"
    return b"\x01" + b"".join([_IDS[name] for name, _ in fields]) + b"\0" + raws


def plain_fields(kept: bytes) -> bytes:
    """`Derived.fields` as a header block, without an empty line."""
    return b"".join(kept.split(b"\0")[1:])


def values_of(kept: bytes) -> dict[bytes, bytes]:
    """`Derived.fields` as `entity.gather` has them: lower-case name → value as it is, address fields taken together."""
    ids, *fields = kept.split(b"\0")
    values: dict[bytes, bytes] = {}
    for number, field in zip(ids[1:], fields, strict=False):
        name = _NAMES[number - _FIRST_ID]
        value = field.partition(b":")[2]
        if name not in values:
            values[name] = value
        elif name in ADDRESS_FIELDS and len(values[name]) < MAX_JOINED:
            values[name] = values[name].rstrip() + b"," + value
    return values


class Values(Protocol):
    """Lower-case name → value as it is in the header; repeated address fields are taken together."""

    def get(self, name: bytes, /) -> bytes | None: ...


class KeptValues:
    """`values_of`, for who looks at few of them."""

    __slots__ = ("_fields", "_ids", "_kept")

    def __init__(self, kept: bytes) -> None:
        self._kept = kept
        self._ids, *self._fields = kept.split(b"\0")

    def get(self, name: bytes, /) -> bytes | None:
        number = _IDS.get(name)
        at = -1 if number is None else self._ids.find(number)
        if number is None or not 0 < at <= len(self._fields):
            return None
        if name in ADDRESS_FIELDS and self._ids.find(number, at + 1) > 0:
            return values_of(self._kept).get(name)
        return self._fields[at - 1].partition(b":")[2]


def has_field(kept: bytes, name: bytes) -> bool:
    """Whether `Derived.fields` has this one, of SELECTED_FIELDS."""
    return _IDS[name] in kept[1 : max(kept.find(0), 1)]


def fields_cover(names: frozenset[bytes]) -> bool:
    """Whether `Derived.fields`, when it is not empty, answers a request for these names (in any case)."""
    return _cover(names)


@lru_cache(maxsize=512)
def _cover(names: frozenset[bytes]) -> bool:
    return all(name.lower() in SELECTED_FIELDS for name in names)


def pick_fields(header_or_fields: bytes, names: frozenset[bytes], negate: bool = False) -> bytes:
    """What BODY[HEADER.FIELDS (names)] answers, or with `negate` HEADER.FIELDS.NOT: the fields as they are, in their
    order, then the empty line. Names are in any case."""
    if header_or_fields[:1] == b"\x01":
        fields = header_or_fields.split(b"\0")
        ids = fields[0]
        if len(ids) == len(fields):
            wanted = ids.translate(_selector(names, negate))
            return b"".join([*compress(fields, wanted), b"\r\n"])
    pattern = None if len(names) > _MANY else _picker(names, negate)
    if pattern is None:
        return _pick_many(header_or_fields, names, negate)
    picked = b"".join(pattern.findall(header_or_fields))
    if picked and picked[-1] != 10:
        picked += b"\r\n"
    return picked + b"\r\n"


@lru_cache(maxsize=512)
def _selector(names: frozenset[bytes], negate: bool) -> bytes:
    """A translation of ids to 1 (wanted) and 0; the octet before the ids is never wanted."""
    wanted = {name.lower() for name in names}
    table = bytearray(256)
    for name, number in _IDS.items():
        table[number[0]] = (name in wanted) is not negate
    return bytes(table)


def _pick_many(header: bytes, names: frozenset[bytes], negate: bool) -> bytes:
    wanted = {name.lower() for name in names}
    picked = b"".join([raw for raw, name, _ in FIELD.findall(header) if (name.lower() in wanted) is not negate])
    return (picked if not picked or picked.endswith(b"\n") else picked + b"\r\n") + b"\r\n"


@lru_cache(maxsize=512)
def _picker(names: frozenset[bytes], negate: bool) -> re.Pattern[bytes] | None:
    """In words: any lines of other fields, then a run of lines of wanted ones (a line that begins with white space
    goes with what is before it)."""
    if negate or not any(names):
        return None
    lowered = sorted({name.lower() for name in names if name})
    wanted = b"(?>" + b"|".join(_any_case(name) for name in lowered) + rb")[ \t]*+:"
    others = b"(?:[^\n" + b"".join(_both(name[0]) for name in lowered) + b"]|(?!" + wanted + b"))"
    run = b"(" + wanted + rb"[^\n]*+\n?(?:(?:[ \t]|" + wanted + rb")[^\n]*+\n?)*+)"
    return re.compile(b"(?>(?:" + others + rb"[^\n]*+\n)*+)(?:" + run + rb"|[^\n]*+\Z)")


def _any_case(name: bytes) -> bytes:
    """`(?i)` is several times slower than a class of both cases."""
    return b"".join(b"[" + _both(char) + b"]" for char in name)


def _both(char: int) -> bytes:
    return b"%c%c" % (char, char - 32) if 97 <= char <= 122 else b"\\x%02x" % char
