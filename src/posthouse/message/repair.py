"""What a submission server may mend – RFC 6409 §8 – and what it must look at: exact surgery on the header block.

Bytes that are not mended stay as they are; the functions take a header block or a whole message that begins with one.
"""

from __future__ import annotations

from dataclasses import dataclass

from posthouse.message.addresses import Mailbox, mailboxes
from posthouse.message.compose import LIMIT, fold_field
from posthouse.message.headers import FIELD, header_end, header_of, unfold


@dataclass(frozen=True, slots=True)
class Inventory:
    """What a header block has, as far as accepting it depends on that."""

    has_date: bool
    has_message_id: bool
    from_count: int
    """Number of From fields; RFC 5322 §3.6 wants one."""
    sender_count: int
    authors: tuple[Mailbox, ...]
    """The mailboxes of the From field, when there is just one field."""
    received: int
    """Number of Received fields: RFC 5321 §6.3, loops."""
    delivered_to: tuple[bytes, ...]
    """The values of Delivered-To, another guard against loops."""
    has_bcc: bool
    longest_line: int
    """In octets, without its line end."""

    @property
    def from_is_valid(self) -> bool:
        """One From field with at least one full address in it."""
        return self.from_count == 1 and any(m.address.local and m.address.domain for m in self.authors)


def take_inventory(data: bytes) -> Inventory:
    header = header_of(data)
    values: dict[bytes, list[bytes]] = {}
    for _, name, value in FIELD.findall(header):
        values.setdefault(name.lower(), []).append(value)
    senders = values.get(b"from", [])
    return Inventory(
        has_date=b"date" in values,
        has_message_id=b"message-id" in values,
        from_count=len(senders),
        sender_count=len(values.get(b"sender", [])),
        authors=tuple(mailboxes(senders[0])) if len(senders) == 1 else (),
        received=len(values.get(b"received", [])),
        delivered_to=tuple(unfold(value) for value in values.get(b"delivered-to", [])),
        has_bcc=b"bcc" in values or b"resent-bcc" in values,
        longest_line=max(map(len, header.replace(b"\r\n", b"\n").split(b"\n"))),
    )


def count_received(data: bytes) -> int:
    return sum(1 for _, name, _ in FIELD.findall(header_of(data)) if name.lower() == b"received")


def missing_fields(inventory: Inventory, *, date: str, message_id: str, sender: str = "") -> bytes:
    """The lines to prepend (RFC 6409 §8.2, §8.3): Date and Message-ID; From as well when `sender` is given."""
    lines = b""
    if not inventory.has_date:
        lines += fold_field(b"Date: " + date.encode("ascii"))
    if not inventory.has_message_id:
        lines += fold_field(b"Message-ID: " + message_id.encode("ascii"))
    if not inventory.from_count and sender:
        lines += fold_field(b"From: " + sender.encode("utf-8"))
    return lines


def remove_fields(data: bytes, names: frozenset[bytes] = frozenset((b"bcc", b"resent-bcc"))) -> bytes:
    """The message without the fields of these names (in lower case); every other byte as it was."""
    end = header_end(data, 0, len(data))
    end = len(data) if end < 0 else end
    kept: list[bytes] = []
    at = 0
    for found in FIELD.finditer(data, 0, end):
        if found[2].lower() in names:
            kept.append(data[at : found.start()])
            at = found.end()
    return b"".join((*kept, data[at:])) if kept else data


def refold(data: bytes) -> bytes:
    """The message with header lines of more than 998 octets folded at white space; every other byte as it was. To be
    done before a signature is made, never after."""
    end = header_end(data, 0, len(data))
    end = len(data) if end < 0 else end
    out: list[bytes] = []
    at = 0
    for found in FIELD.finditer(data, 0, end):
        raw = found[0]
        if len(raw) > LIMIT and any(len(line) > LIMIT for line in raw.replace(b"\r\n", b"\n").split(b"\n")):
            lines = raw.removesuffix(b"\n").split(b"\n")
            out += [data[at : found.start()], *(_refold_line(line.removesuffix(b"\r")) for line in lines)]
            at = found.end()
    return b"".join((*out, data[at:])) if out else data


def _refold_line(line: bytes) -> bytes:
    return line + b"\r\n" if len(line) <= LIMIT else fold_field(line)
