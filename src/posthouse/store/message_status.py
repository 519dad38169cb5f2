"""Marks of messages that are no change of them: their status, and which receipts they wait for – [MS-OXCMSG] 2.2.1.8.

The modseq moves, so that whoever shows the message looks again; the change number stays.
"""

from __future__ import annotations

from posthouse.database import Queries, Transaction
from posthouse.message.fields import has_field
from posthouse.model.flags import Flag
from posthouse.model.ids import AccountId, FolderId, MessageId
from posthouse.model.ranges import Ranges
from posthouse.store.flags import note_change
from posthouse.store.object_changes import take_change, touch_folder
from posthouse.store.objects import StoredMessage
from posthouse.store.spans import over, spans

SQL = Queries(__package__, "message_status.sql")

NO_RECEIPT, NO_NON_RECEIPT = 0x1, 0x2
"""In a status: nobody wants to hear any more that the message was read, or was deleted unread."""
SUBMITTED = 0x4
"""In a status: it waits to be sent (`submissions`)."""
TOLD = 0x3800
"""In a status: what clients see and set, PidTagMessageStatus."""
IN_CONFLICT = 0x800
"""In a status: versions of it are attached that nobody has chosen from, unless a client says so until it saves it."""
_ASKS = b"disposition-notification-to"


def load_status(tx: Transaction, account: AccountId, message: MessageId) -> int:
    row = tx.one(SQL.status, (account, message))
    return 0 if row is None else int(row[0])


def set_status(tx: Transaction, account: AccountId, row: StoredMessage, status: int) -> None:
    tx.run(SQL.put_status, (account, row.id, b"", row.change_number, status))
    modseq = take_change(tx, account)
    if row.uid is not None:
        tx.run(SQL.stir, (modseq, account, row.folder, row.uid))
        note_change(tx, account, row.folder, modseq, ((row.uid, row.uid),))
    touch_folder(tx, account, row.folder, modseq)


def mark_conflict(tx: Transaction, account: AccountId, row: StoredMessage, *, in_conflict: bool) -> None:
    """In the same change as the message itself."""
    before = load_status(tx, account, row.id)
    after = before | IN_CONFLICT if in_conflict else before & ~IN_CONFLICT
    tx.run(SQL.put_status, (account, row.id, b"", row.change_number, after))


def perhaps_awaited(tx: Transaction, account: AccountId, folder: FolderId, messages: Ranges) -> list[MessageId]:
    """Those of a folder's contents whose senders may be waiting for a receipt: their content or their object tells."""
    found: list[MessageId] = []
    for span in spans(messages):
        rows = tx.iterate(over(SQL.unreceipted, span), (account, folder, *span, int(Flag.MDN_SENT)))
        found += [message for message, fields, kept in rows if kept is not None or _may_ask(bytes(fields))]
    return found


def _may_ask(fields: bytes) -> bool:
    """`Derived.fields` is empty where a header is too large for it."""
    return not fields or has_field(fields, _ASKS)
