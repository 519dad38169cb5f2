"""Messages that wait to be sent – [MS-OXOMSG] 3.3.5.1: submitted for a later time, they stay in their folder, with a
mark, while a copy for the way waits in the queue. When that is released, they go where what was sent is kept. Who has
deleted such a message does not want it to be sent any more.
"""

from __future__ import annotations

from posthouse.database import Queries, Transaction
from posthouse.model.flags import Flag, FlagChange, Flags, How
from posthouse.model.ids import AccountId, FolderId, MessageId
from posthouse.model.ranges import Ranges
from posthouse.model.refusals import FolderNotFound, MessageNotFound
from posthouse.store.deletion import choose_one, delete_for_good
from posthouse.store.flags import change_flags
from posthouse.store.folders import load_folder
from posthouse.store.message_status import SUBMITTED, load_status, set_status
from posthouse.store.messages import move
from posthouse.store.objects import Form, StoredMessage, find_message
from posthouse.store.reading import rows

SQL = Queries(__package__, "submissions.sql")


def note_submission(
    tx: Transaction,
    account: AccountId,
    row: StoredMessage,
    queue_id: int,
    target: FolderId | None,
    form: Form | None = None,
) -> None:
    """`target`: where it goes when it is sent; None: away. `form`: what mailboxes of the hub keep beside it then."""
    tx.run(SQL.insert, (account, row.id, queue_id, target, None if form is None else form.data))
    set_status(tx, account, row, load_status(tx, account, row.id) | SUBMITTED)


def queued_as(tx: Transaction, account: AccountId, message: MessageId) -> int | None:
    """Its id in the queue."""
    row = tx.one(SQL.of_message, (account, message))
    return None if row is None else int(row[0])


def form_beside(tx: Transaction, queue_id: int) -> Form | None:
    """What mailboxes keep beside the message that waits there."""
    row = tx.one(SQL.form, (queue_id,))
    return None if row is None or row[0] is None else Form(False, bytes(row[0]))


def withdraw(tx: Transaction, account: AccountId, row: StoredMessage) -> None:
    """It is a draft again."""
    tx.run(SQL.delete, (account, row.id))
    set_status(tx, account, row, load_status(tx, account, row.id) & ~SUBMITTED)


def release_submission(tx: Transaction, queue_id: int, now: int) -> bool:
    """What waits there goes out. False: its message was deleted meanwhile, and it must not."""
    found = tx.one(SQL.of_queue, (queue_id,))
    if found is None:
        return True
    account, message, target = found
    tx.run(SQL.delete, (account, message))
    try:
        row = find_message(tx, account, message)
    except MessageNotFound:
        return False
    if row.uid is None:
        return False
    if target is None:
        delete_for_good(tx, account, row.folder, choose_one(row))
    else:
        file_submitted(tx, account, row, target, now)
    return True


def file_submitted(tx: Transaction, account: AccountId, row: StoredMessage, target: FolderId | None, now: int) -> None:
    """It has gone out: it is no draft any more, read, and in `target`, if that is there; otherwise where it was."""
    assert row.uid is not None
    folder = row.folder
    uids: Ranges = ((row.uid, row.uid),)
    wanted = folder if target is None else _known(tx, account, target, folder)
    if wanted != folder:
        folder, uids = wanted, move(tx, account, folder, uids, wanted, now).target
    change_flags(tx, account, folder, uids, FlagChange(How.REMOVE, Flags(Flag.DRAFT)))
    change_flags(tx, account, folder, uids, FlagChange(How.ADD, Flags(Flag.SEEN)))
    for (message,) in rows(tx, account, folder, uids[0][0], uids[0][1], ("message_id",)):
        moved = find_message(tx, account, message)
        set_status(tx, account, moved, load_status(tx, account, moved.id) & ~SUBMITTED)


def _known(tx: Transaction, account: AccountId, target: FolderId, otherwise: FolderId) -> FolderId:
    try:
        return load_folder(tx, account, target).id
    except FolderNotFound:
        return otherwise
