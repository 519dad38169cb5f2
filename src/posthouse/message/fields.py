"""The header fields that clients ask for: kept beside the message, picked by name – RFC 9051 §6.4.5.1.

A pick is one regular expression over the whole block, compiled once per set of names: it runs over the lines of fields
that were not asked for and takes the lines of those that were.
"""

from __future__ import annotations

import re
from functools import lru_cache

from posthouse.message.headers import FIELD

SELECTED_FIELDS: frozenset[bytes] = frozenset(
    b"""from to cc bcc reply-to sender subject date message-id in-reply-to references content-type content-description
    content-transfer-encoding content-disposition content-class mime-version priority x-priority x-msmail-priority
    importance newsgroups lines list-id list-post list-unsubscribe list-unsubscribe-post list-subscribe list-help
    list-archive x-label x-mailer user-agent x-uniform-type-identifier x-universally-unique-identifier
    x-mail-created-date x-draft-info x-spam-flag x-spam-status x-spam-score disposition-notification-to delivered-to
    auto-submitted precedence organization followup-to resent-from resent-to resent-date resent-message-id
    x-forwarded-message-id x-enigmail-draft-status return-receipt-to thread-topic thread-index""".split()
)
"""In lower case."""

_MANY = 60
"""Names in a request beyond which they are looked up one by one."""


def fields_cover(names: frozenset[bytes]) -> bool:
    """Whether `Derived.fields`, when it is not empty, answers a request for these names (in any case)."""
    return _cover(names)


@lru_cache(maxsize=512)
def _cover(names: frozenset[bytes]) -> bool:
    return all(name.lower() in SELECTED_FIELDS for name in names)


def pick_fields(header_or_fields: bytes, names: frozenset[bytes], negate: bool = False) -> bytes:
    """What BODY[HEADER.FIELDS (names)] answers, or with `negate` HEADER.FIELDS.NOT: the fields as they are, in their
    order, then the empty line. Names are in any case."""
    pattern = None if len(names) > _MANY else _picker(names, negate)
    if pattern is None:
        return _pick_many(header_or_fields, names, negate)
    picked = b"".join(pattern.findall(header_or_fields))
    if picked and picked[-1] != 10:
        picked += b"\r\n"
    return picked + b"\r\n"


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
