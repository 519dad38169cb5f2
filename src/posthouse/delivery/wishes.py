"""What recipients want done with their mail: the one place in which it is done, in the transaction of the delivery.

Their rules say what is to become of a message (`rules.py`). What goes on to others is in the queue when this returns,
and takes from there the way of any message: nothing is forwarded that was not delivered, and nothing twice.

A message that comes back to whoever has forwarded it is not forwarded again: each of them is in a Delivered-To field.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from posthouse.database import Transaction
from posthouse.directory import LocalRecipient, parse_address
from posthouse.message.headers import get_all, header_end
from posthouse.model.address import Address, Envelope, Recipient
from posthouse.model.flags import Flag, Flags
from posthouse.model.ids import AccountId, FolderId
from posthouse.model.refusals import FolderNotFound, OverQuota
from posthouse.protocols.mapi.mime.flags import flags_of
from posthouse.protocols.mapi.mime.from_mime import from_mime
from posthouse.protocols.mapi.mime.people import Person
from posthouse.protocols.mapi.mime.received import tell_owner
from posthouse.protocols.mapi.object_row import ObjectRow
from posthouse.protocols.mapi.objects import Message
from posthouse.protocols.mapi.stored_form import format_stored
from posthouse.queue import submit
from posthouse.store.blobs import Blobs, Buffer
from posthouse.store.content import NewContent, add_content
from posthouse.store.folders import INBOX
from posthouse.store.intake import Intake
from posthouse.store.messages import NewMessage, append
from posthouse.store.object_changes import create_message
from posthouse.store.objects import Form
from posthouse.store.property_ids import property_ids
from posthouse.store.rules import StoredRule, rules_of

from .people import Book
from .rules import Filing, Judge

STEP = 1 << 20
HEADER = 256 * 1024
"""Bytes in which Delivered-To fields are looked for."""


class Arrival(NamedTuple):
    """One message on its way into one mailbox."""

    local: LocalRecipient
    envelope: Envelope
    new: NewContent
    """As mailboxes get it."""
    message: NewMessage
    now: int


class Wishes:
    """One for a worker."""

    def __init__(self, blobs: Blobs) -> None:
        self._blobs = blobs

    def carry_out(self, tx: Transaction, arrival: Arrival, folder: FolderId) -> bool:
        """Of a message that arrives in this folder. False: its owner wants nothing, and nothing was done. `OverQuota`
        when it lies nowhere for want of room; `NotWanted` and `MessageTooLarge` when its owner sends it back."""
        rules = rules_of(tx, arrival.local.account, folder)
        if not rules:
            return False
        filing = self._judged(tx, arrival, folder, rules)
        if filing.refusal is not None:
            raise filing.refusal
        _put(tx, arrival, filing)
        if filing.forwards:
            self._forward(tx, arrival, filing.forwards.values())
        return True

    def _judged(self, tx: Transaction, arrival: Arrival, folder: FolderId, rules: list[StoredRule]) -> Filing:
        local = arrival.local
        names = {number: name for name, number in property_ids(tx, local.account).items()}
        book = Book(tx)
        message = from_mime(self._data(arrival.new), book, arrival.now)
        entry = book.by_address(local.address)
        tell_owner(message, Person(entry.name if entry else local.address, local.address, entry))
        judge = Judge(tx, local, ObjectRow(message.properties, names, message), names)
        judge.run(folder, rules)
        return judge.filing

    def _data(self, new: NewContent) -> bytes | Buffer:
        return new.body if new.body is not None else self._blobs.open(new.blob or "")

    def _forward(self, tx: Transaction, arrival: Arrival, wanted: Iterable[Address]) -> None:
        """As it is, in the name of whoever forwards it; what must not be answered stays so. Nobody gets it who has sent
        it (R537), nor whoever forwards it."""
        me = arrival.local.address.lower()
        data = self._data(arrival.new)
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


def _put(tx: Transaction, arrival: Arrival, filing: Filing) -> None:
    """Into each folder; when there is no room for a further one, it is left out."""
    placed = False
    for folder in filing.folders:
        try:
            _append(tx, arrival, folder, filing)
            placed = True
        except OverQuota:
            if not placed:
                raise
        except FolderNotFound:  # removed at this moment
            _append(tx, arrival, INBOX, filing)
            placed = True


def _append(tx: Transaction, arrival: Arrival, folder: FolderId, filing: Filing) -> None:
    account: AccountId = arrival.local.account
    told = flags_of(filing.tagged)
    seen = Flag.SEEN if filing.read else Flag(0)
    message = arrival.message._replace(flags=Flags(told.system | seen, told.keywords))
    if filing.tagged:
        form = Form(False, format_stored(Message(filing.tagged)))
        create_message(tx, account, folder, message, form, arrival.now)
    else:
        append(tx, account, folder, message, arrival.now)
