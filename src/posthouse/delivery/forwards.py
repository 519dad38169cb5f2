"""A message goes on to others, because its recipient's rules say so – [MS-OXORULE] 2.2.5.1.1, 3.2.5.1.

It is in the queue when the delivery's transaction ends, and takes from there the way of one that has just arrived:
nothing is forwarded that was not delivered, and nothing twice.

A message that comes back to whoever has forwarded it is not forwarded again: each of them is in a Delivered-To field,
also where it goes on as another message.
"""

from __future__ import annotations

import secrets
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial

from posthouse.database import Transaction
from posthouse.directory import parse_address
from posthouse.message.charsets import guess_text
from posthouse.message.compose import make_header
from posthouse.message.headers import get_all, header_end, return_path_end
from posthouse.model.address import Address, Envelope
from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.mime.automatic import Addressee, cover_of, forward_of, text_of
from posthouse.protocols.mapi.mime.content_classes import NOTE
from posthouse.protocols.mapi.mime.header_in import DELEGATED_BY
from posthouse.protocols.mapi.mime.header_out import Writing, header_of
from posthouse.protocols.mapi.mime.people import person_by_address
from posthouse.protocols.mapi.mime.to_mime import to_mime
from posthouse.protocols.mapi.objects import Message, value_of
from posthouse.store.blobs import Blobs, Buffer
from posthouse.store.content import NewContent
from posthouse.store.intake import Intake, content_of

from .arrival import Arrival, Letter, Reading, bytes_of
from .posting import post
from .verdict import Manner

STEP = 1 << 20
HEADER = 256 * 1024
"""Bytes in which Delivered-To fields are looked for."""
MAX_PASSED = 20
"""Forwarders in a row."""
MAX_BELOW = 2 * 1024 * 1024
"""Bytes of a message that is written anew; a larger one is attached."""
AUTO_GENERATED = b"Auto-Submitted: auto-generated\r\n"
"""No person has written what it becomes (RFC 3834 §5)."""
AUTO_FORWARDED = "X-MS-Exchange-Organization-AutoForwarded: true\r\n"
"""PidTagAutoForwarded ([MS-OXCMAIL] 2.1.3.2.21)."""


class Forwarder:
    """One for a worker."""

    def __init__(self, blobs: Blobs) -> None:
        self._blobs = blobs

    def forward(
        self, tx: Transaction, arrival: Arrival, reading: Reading, wanted: Iterable[tuple[Address, Manner]]
    ) -> None:
        """In the name of whoever forwards it; what must not be answered stays so."""
        old = arrival.envelope
        sender = None if old.sender is None else parse_address(arrival.local.address)
        for to, letter in self.write(arrival, reading, wanted):
            new, body, utf8 = letter
            post(tx, new, sender, to, arrival.now, body=body, utf8=utf8, require_tls=old.require_tls)

    def write(
        self, arrival: Arrival, reading: Reading, wanted: Iterable[tuple[Address, Manner]]
    ) -> list[tuple[Sequence[Address], Letter]]:
        """To whom it goes, and as what: as it was written ahead, if it was."""
        me, data = arrival.local.address.lower(), bytes_of(self._blobs, arrival.new)
        passed, by_manner = self._addressed(arrival, wanted)
        found: list[tuple[Sequence[Address], Letter]] = []
        for manner, to in by_manner.items():
            write = partial(self._written, data, arrival, reading, manner, to, (me, *passed))
            found.append((to, arrival.letter((manner, tuple(to)), write)))
        return found

    def is_heard_of(self, arrival: Arrival, wanted: Iterable[tuple[Address, Manner]]) -> bool:
        """It goes on to somebody, and whoever forwards it hears of it when it does not arrive there."""
        return arrival.envelope.sender is not None and bool(self._addressed(arrival, wanted)[1])

    def _addressed(
        self, arrival: Arrival, wanted: Iterable[tuple[Address, Manner]]
    ) -> tuple[Sequence[str], Mapping[Manner, Sequence[Address]]]:
        """Who has forwarded it already, and to whom it goes. Nobody gets it who has sent it (R537), nor whoever
        forwards it."""
        me = arrival.local.address.lower()
        passed = tuple(_passed(bytes(bytes_of(self._blobs, arrival.new)[:HEADER])))
        by_manner: dict[Manner, list[Address]] = defaultdict(list)
        if me not in passed and len(passed) < MAX_PASSED:
            for address, manner in wanted:
                if str(address).lower() not in (me, arrival.known_sender):
                    by_manner[manner].append(address)
        return passed, by_manner

    def _written(
        self,
        data: bytes | Buffer,
        arrival: Arrival,
        reading: Reading,
        manner: Manner,
        to: Iterable[Address],
        passed: Sequence[str],
    ) -> Letter:
        """`passed`: the last one first."""
        old, me = arrival.envelope, passed[0]
        if manner in _AS_IT_IS:
            head = _traces([me]) + _AS_IT_IS[manner].format(me=me).encode()
            return Letter(self._as_it_is(head, data), old.body, old.smtputf8)
        addressees = [Addressee(person_by_address(str(address), reading.book)) for address in to]
        what = reading.message, reading.me, addressees, arrival.now
        writing = Writing(secrets.token_bytes(16), reading.domain, arrival.now, book=reading.book)
        trace = _traces(passed) + AUTO_GENERATED
        below = manner is Manner.FORWARDED and len(data) <= MAX_BELOW and _is_mail(reading.message)
        if below or manner is Manner.TEXT:
            made = forward_of(*what) if below else text_of(*what)
            return Letter(content_of(self._blobs, trace + to_mime(made, writing)), "", not trace.isascii())
        head = trace + make_header(header_of(cover_of(*what), writing))
        return Letter(self._attached(head, data, old), old.body, old.smtputf8)

    def _as_it_is(self, head: bytes, data: bytes | Buffer) -> NewContent:
        intake = Intake(self._blobs)
        intake.write(head)
        for piece in _pieces(data):
            intake.write(piece)
        return intake.finish()

    def _attached(self, head: bytes, data: bytes | Buffer, old: Envelope) -> NewContent:
        """Without looking through it for the boundary, which nobody could foresee."""
        boundary = f"=_{secrets.token_hex(12)}"
        encoding = {"7BIT": "7bit", "BINARYMIME": "binary"}.get(old.body, "8bit")
        kind = "message/global" if old.smtputf8 else "message/rfc822"
        lines = (
            f'Content-Type: multipart/mixed; boundary="{boundary}"',
            f"Content-Transfer-Encoding: {encoding}",
            "",
            f"--{boundary}",
            f"Content-Type: {kind}",
            f"Content-Transfer-Encoding: {encoding}",
            "Content-Disposition: attachment",
            "\r\n",
        )
        intake = Intake(self._blobs)
        intake.write(head + "\r\n".join(lines).encode())
        for piece in _pieces(data):
            intake.write(piece)
        intake.write(f"\r\n--{boundary}--\r\n".encode())
        return intake.finish()


_AS_IT_IS = {
    Manner.REDIRECTED: AUTO_FORWARDED,
    Manner.UNCHANGED: "",
    Manner.DELEGATED: f"{DELEGATED_BY}: <{{me}}>\r\n",
}
"""What is put in front, besides the trace."""


def _is_mail(message: Message) -> bool:
    """Whose text tells all that it is: no signature, no report, no meeting."""
    return bool(value_of(message.properties, tags.PidTagMessageClass) == NOTE)


def _traces(passed: Iterable[str]) -> bytes:
    return "".join(f"Delivered-To: {address}\r\n" for address in passed).encode()


def _passed(head: bytes) -> dict[str, None]:
    """Who has forwarded it already, the last one first."""
    end = header_end(head, 0, len(head))
    fields = get_all(head if end < 0 else head[:end], b"delivered-to")
    return dict.fromkeys(text for field in fields if (text := guess_text(field).strip().lower()).isprintable())


def _pieces(data: bytes | Buffer) -> Iterator[bytes]:
    """Without the Return-Path that mailboxes have in front (RFC 5321 §4.4)."""
    begin = bytes(data[:STEP])
    return (bytes(data[at : at + STEP]) for at in range(return_path_end(begin), len(data), STEP))
