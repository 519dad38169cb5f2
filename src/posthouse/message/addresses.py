"""Addresses as values, and back to header fields – RFC 5322 §3.4. How lists are read: `address_lists`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from posthouse.message.address_lists import Raw, parse_raw
from posthouse.message.charsets import guess_text
from posthouse.message.headers import unfold
from posthouse.message.words import decode_header, encode_word
from posthouse.model.address import Address


@dataclass(frozen=True, slots=True)
class Mailbox:
    name: str
    """Decoded, for people; empty when there is none."""
    address: Address

    def __str__(self) -> str:
        return format_mailbox(self).decode("utf-8", "replace")


@dataclass(frozen=True, slots=True)
class Group:
    name: str
    members: tuple[Mailbox, ...]


def parse_addresses(value: bytes) -> tuple[Mailbox | Group, ...]:
    """The value of an address field → values. Entries without any address are left out."""
    found: list[Mailbox | Group] = []
    group: str | None = None
    members: list[Mailbox] = []
    for raw in parse_raw(unfold(value)):
        if raw.domain is None:
            if group is not None:
                found.append(Group(group, tuple(members)))
            group, members = (None if raw.local is None else decode_header(raw.local)), []
        elif raw.local or raw.domain:
            mailbox = Mailbox(decode_header(raw.name or b""), _address(raw))
            (found if group is None else members).append(mailbox)
    return tuple(found)


def _address(raw: Raw) -> Address:
    return Address(guess_text(raw.local or b""), guess_text(raw.domain or b""))


def mailboxes(value: bytes) -> list[Mailbox]:
    """All mailboxes of a list, those of groups included."""
    flat: list[Mailbox] = []
    for entry in parse_addresses(value):
        flat.extend(entry.members if isinstance(entry, Group) else (entry,))
    return flat


def addr_specs(value: bytes) -> list[Address]:
    """The addresses alone, for rules, routing and DMARC: only those with a local part and a domain."""
    return [_address(raw) for raw in parse_raw(unfold(value)) if raw.local and raw.domain]


_ATOMS = re.compile(r"[-\w!#$%&'*+/=?^`{|}~]+(?: [-\w!#$%&'*+/=?^`{|}~]+)*", re.A)


def format_mailbox(mailbox: Mailbox) -> bytes:
    """Ready for a header field: the name as atoms, a quoted string or encoded words."""
    address = str(mailbox.address).encode("utf-8", "replace")
    return _format_phrase(mailbox.name) + b" <" + address + b">" if mailbox.name else address


def _format_phrase(name: str) -> bytes:
    if not name.isascii() or not name.isprintable() or "=?" in name:
        return encode_word(" ".join(name.replace("\0", " ").split()))
    if _ATOMS.fullmatch(name):
        return name.encode("ascii")
    return b'"' + name.replace("\\", "\\\\").replace('"', '\\"').encode("ascii") + b'"'


def format_addresses(entries: Iterable[Mailbox | Group]) -> bytes:
    """A list for a header field, not yet folded."""
    return b", ".join([_format_group(e) if isinstance(e, Group) else format_mailbox(e) for e in entries])


def _format_group(group: Group) -> bytes:
    return _format_phrase(group.name) + b": " + format_addresses(group.members) + b";"
