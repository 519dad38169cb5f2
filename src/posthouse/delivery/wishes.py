"""What recipients want done with their mail: the one place in which it is done, in the transaction of the delivery.

Their rules say what is to become of a message (`rules.py`). What goes on to others is in the queue when this returns
(`forwards.py`).
"""

from __future__ import annotations

from posthouse.database import Transaction
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
from posthouse.store.blobs import Blobs
from posthouse.store.folders import INBOX
from posthouse.store.messages import append
from posthouse.store.object_changes import create_message
from posthouse.store.objects import Form
from posthouse.store.property_ids import property_ids
from posthouse.store.rules import StoredRule, rules_of

from .arrival import Arrival, bytes_of
from .forwards import Forwarder
from .people import Book
from .rules import Filing, Judge


class Wishes:
    """One for a worker."""

    def __init__(self, blobs: Blobs) -> None:
        self._blobs, self._forwarder = blobs, Forwarder(blobs)

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
            self._forwarder.forward(tx, arrival, filing.forwards.values())
        return True

    def _judged(self, tx: Transaction, arrival: Arrival, folder: FolderId, rules: list[StoredRule]) -> Filing:
        local = arrival.local
        names = {number: name for name, number in property_ids(tx, local.account).items()}
        book = Book(tx)
        message = from_mime(bytes_of(self._blobs, arrival.new), book, arrival.now)
        entry = book.by_address(local.address)
        tell_owner(message, Person(entry.name if entry else local.address, local.address, entry))
        judge = Judge(tx, local, ObjectRow(message.properties, names, message), names)
        judge.run(folder, rules)
        return judge.filing


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
