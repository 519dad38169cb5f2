"""A message goes on to others, because its recipient's rules say so – [MS-OXORULE] 2.2.5.1.1, 3.2.5.1.

It is in the queue when the delivery's transaction ends, and takes from there the way of one that has just arrived:
nothing is forwarded that was not delivered, and nothing twice.

A message that comes back to whoever has forwarded it is not forwarded again: each of them is in a Delivered-To field.
"""

from __future__ import annotations

from collections.abc import Iterable

from posthouse.database import Transaction
from posthouse.directory import parse_address
from posthouse.message.headers import get_all, header_end
from posthouse.model.address import Address, Envelope, Recipient
from posthouse.queue import submit
from posthouse.store.blobs import Blobs, Buffer
from posthouse.store.content import NewContent, add_content
from posthouse.store.intake import Intake

from .arrival import Arrival, bytes_of

STEP = 1 << 20
HEADER = 256 * 1024
"""Bytes in which Delivered-To fields are looked for."""


class Forwarder:
    """One for a worker."""

    def __init__(self, blobs: Blobs) -> None:
        self._blobs = blobs

    def forward(self, tx: Transaction, arrival: Arrival, wanted: Iterable[Address]) -> None:
        """As it is, in the name of whoever forwards it; what must not be answered stays so. Nobody gets it who has sent
        it (R537), nor whoever forwards it."""
        me = arrival.local.address.lower()
        data = bytes_of(self._blobs, arrival.new)
        if me in _passed(bytes(data[:HEADER])):
            return
        sender = None if arrival.envelope.sender is None else parse_address(arrival.local.address)
        left_out = {me, str(arrival.envelope.sender).lower()}
        never = frozenset({"NEVER"}) if sender is None else frozenset[str]()
        recipients = [Recipient(address, never) for address in wanted if str(address).lower() not in left_out]
        if not recipients:
            return
        new = self._with_trace(data, me)
        old = arrival.envelope
        utf8 = old.smtputf8 or not me.isascii()
        envelope = Envelope(sender, body=old.body, smtputf8=utf8, require_tls=old.require_tls, release=arrival.now)
        submit(tx, envelope, recipients, add_content(tx, new), new.size, arrival.now)

    def _with_trace(self, data: bytes | Buffer, me: str) -> NewContent:
        intake = Intake(self._blobs)
        intake.write(f"Delivered-To: {me}\r\n".encode())
        start = _behind_return_path(bytes(data[:STEP]))
        for at in range(start, len(data), STEP):
            intake.write(bytes(data[at : at + STEP]))
        return intake.finish()


def _passed(head: bytes) -> set[str]:
    """Who has forwarded it already."""
    end = header_end(head, 0, len(head))
    fields = get_all(head if end < 0 else head[:end], b"delivered-to")
    return {field.decode("utf-8", "replace").strip().lower() for field in fields}


def _behind_return_path(head: bytes) -> int:
    """Where it stands in front, as in mailboxes (RFC 5321 §4.4)."""
    return head.find(b"\n") + 1 if head[:12].lower() == b"return-path:" else 0
