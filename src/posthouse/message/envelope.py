"""IMAP ENVELOPE – RFC 9051 §7.5.2 and §9.

    envelope = "(" env-date SP env-subject SP env-from SP env-sender SP env-reply-to SP env-to SP env-cc SP env-bcc SP
               env-in-reply-to SP env-message-id ")"
    address  = "(" addr-name SP addr-adl SP addr-mailbox SP addr-host ")"

NIL as a host means a group, so an address without domain or mailbox gets a name for it, the one that Dovecot gives.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from posthouse.message.address_lists import SIMPLE, Raw, parse_raw
from posthouse.message.headers import unfold
from posthouse.message.limits import MAX_ADDRESSES
from posthouse.message.wire import NIL, header_string, string
from posthouse.message.words import encode_unknown, encode_word

ADDRESS_FIELDS = frozenset((b"from", b"sender", b"reply-to", b"to", b"cc", b"bcc"))
"""When one of these is repeated, its values are taken together; of other fields the first counts."""

_SHORT = 100
MISSING_MAILBOX = b"MISSING_MAILBOX"
MISSING_DOMAIN = b"MISSING_DOMAIN"


def format_envelope(fields: Mapping[bytes, bytes]) -> bytes:
    """`fields`: lower-case name → value as it is in the header."""
    get = fields.get
    from_ = format_list(get(b"from"))
    sender = format_list(get(b"sender"))
    reply_to = format_list(get(b"reply-to"))
    return b"(%b %b %b %b %b %b %b %b %b %b)" % (
        header_string(get(b"date")),
        header_string(get(b"subject")),
        from_,
        from_ if sender is NIL else sender,
        from_ if reply_to is NIL else reply_to,
        format_list(get(b"to")),
        format_list(get(b"cc")),
        format_list(get(b"bcc")),
        header_string(get(b"in-reply-to")),
        header_string(get(b"message-id")),
    )


def format_list(value: bytes | None) -> bytes:
    """The value of an address field → its parenthesised list, or NIL when there is nobody in it."""
    if value is None:
        return NIL
    return _remembered(value) if len(value) <= _SHORT else _format_list(value)


def _format_list(value: bytes) -> bytes:
    value = unfold(value)
    formatted: list[bytes] = []
    at, end = 0, len(value)
    while at < end:
        found = SIMPLE.match(value, at)
        if found is None or len(formatted) >= MAX_ADDRESSES:
            return _format_entries(parse_raw(value))
        quoted, atoms, local, domain, bare, bare_domain = found.groups()
        if local is None:
            formatted.append(b'(NIL NIL "' + bare + b'" "' + bare_domain + b'")')
        elif name := quoted or atoms:
            formatted.append(b'("' + name + b'" NIL "' + local + b'" "' + domain + b'")')
        else:
            formatted.append(b'(NIL NIL "' + local + b'" "' + domain + b'")')
        at = found.end()
    return b"(" + b"".join(formatted) + b")" if formatted else NIL


_remembered = lru_cache(maxsize=2048)(_format_list)
"""People write and are written to again and again."""


def _format_entries(entries: list[Raw]) -> bytes:
    return b"(" + b"".join(map(_format_entry, entries)) + b")" if entries else NIL


def _format_entry(entry: Raw) -> bytes:
    if entry.domain is None:
        return b"(NIL NIL " + (NIL if entry.local is None else string(entry.local)) + b" NIL)"
    return b"(%b %b %b %b)" % (
        NIL if entry.name is None else string(entry.name),
        NIL if entry.route is None else string(entry.route),
        string(_ascii_local(entry.local) or MISSING_MAILBOX),
        string(_ascii_domain(entry.domain) or MISSING_DOMAIN),
    )


def _ascii_local(local: bytes | None) -> bytes:
    """An internationalised local part has no ASCII form: as encoded words it can be read, and be answered by nobody."""
    local = local or b""
    return local if local.isascii() else _encoded(local)


def _ascii_domain(domain: bytes) -> bytes:
    if domain.isascii():
        return domain
    if len(domain) > 255:
        return _encoded(domain)
    try:
        return domain.decode("utf-8").encode("idna")
    except UnicodeError:
        return _encoded(domain)


def _encoded(value: bytes) -> bytes:
    try:
        return encode_word(value.decode("utf-8"))
    except UnicodeDecodeError:
        return encode_unknown(value)
