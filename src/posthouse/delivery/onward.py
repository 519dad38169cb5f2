"""What goes on to others because somebody's rules say so: messages that are forwarded, and answers."""

from __future__ import annotations

from posthouse.database import Transaction
from posthouse.model.ids import FolderId
from posthouse.store.blobs import Blobs

from .answers import Answering
from .arrival import Arrival, Reading
from .forwards import Forwarder
from .verdict import Filing


class Onward:
    """One for a worker."""

    def __init__(self, blobs: Blobs, separator: str) -> None:
        """`separator`: of an address and its detail."""
        self._forwarder, self._answering = Forwarder(blobs), Answering(blobs, separator)

    def keep(self, arrival: Arrival, filing: Filing, folder: FolderId) -> None:
        """Where it has come to: what was to go on and be deleted, and does not go on for certain, would be nowhere."""
        wanted = filing.forwards.values()
        if wanted and not filing.folders and not self._forwarder.is_heard_of(arrival, wanted):
            filing.folders[folder] = None

    def write(self, tx: Transaction, arrival: Arrival, reading: Reading, filing: Filing) -> None:
        """Ahead of the transaction: what takes long."""
        self._forwarder.write(arrival, reading, filing.forwards.values())
        self._answering.write(tx, arrival, reading, filing.answers)

    def send(self, tx: Transaction, arrival: Arrival, reading: Reading, filing: Filing) -> None:
        """It is in the queue when this returns."""
        if filing.forwards:
            self._forwarder.forward(tx, arrival, reading, filing.forwards.values())
        if filing.answers:
            self._answering.answer(tx, arrival, reading, filing.answers)
