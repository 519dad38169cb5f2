"""Changes to messages as MAPI has them: made, saved, moved beside folders' contents, under names that clients give."""

from __future__ import annotations

from collections.abc import Sequence

from posthouse.database import Queries, Transaction
from posthouse.model.flags import NOTED, Flag, FlagChange, Flags, How
from posthouse.model.hints import Hint
from posthouse.model.ids import AccountId, FolderId, MessageId, ModSeq
from posthouse.model.refusals import Changed, FolderNotFound, MessageNotFound
from posthouse.store.flags import READ_STATE, change_flags, note_change
from posthouse.store.folders import load_folder
from posthouse.store.group_changes import Touched, followed
from posthouse.store.messages import NewMessage, append
from posthouse.store.messages import replace as replace_message
from posthouse.store.never_here import note_keys_never_here, note_never_here
from posthouse.store.objects import (
    ASSOCIATED,
    DELETED,
    DELETED_ASSOCIATED,
    Form,
    Keys,
    StoredMessage,
    find_message,
    load_form,
    put_form,
)

SQL = Queries(__package__, "objects.sql")
ACCOUNTS = Queries(__package__, "accounts.sql")

_KEPT = READ_STATE | NOTED
"""Flags that are no part of what a client saves."""


def create_message(
    tx: Transaction,
    account: AccountId,
    folder: FolderId,
    new: NewMessage,
    form: Form,
    now: int,
    *,
    associated: bool = False,
    message: MessageId | None = None,
    grace: int = 0,
    touched: Touched | None = None,
) -> StoredMessage:
    """A message that a client has made; `new.content` is 0 for an associated one. `message`: its id, from ids that were
    taken before (`take_ids`); `Changed` when another message has it. `grace`: as of `append`; `touched`: so that later
    changes of groups are noted."""
    if message is not None:
        _require_free(tx, account, message)
    if associated:
        return _create_aside(tx, account, folder, new, form, now, message)
    placed = append(tx, account, folder, new, now, grace=grace)
    number = placed.message if message is None else message
    if message is not None:
        tx.run(SQL.renumber, (message, account, folder, placed.uid))
    groups = followed(None, ModSeq(0), touched, placed.modseq)
    put_form(tx, account, number, form._replace(groups=groups), placed.modseq)
    return find_message(tx, account, number)


def _create_aside(
    tx: Transaction,
    account: AccountId,
    folder: FolderId,
    new: NewMessage,
    form: Form,
    now: int,
    message: MessageId | None,
) -> StoredMessage:
    number = take_ids(tx, account, 1) if message is None else message
    load_folder(tx, account, folder)
    modseq = insert_asides(tx, account, folder, [(number, new)], ASSOCIATED, now)
    put_form(tx, account, number, form, modseq)
    return find_message(tx, account, number)


def insert_asides(
    tx: Transaction,
    account: AccountId,
    folder: FolderId,
    new: Sequence[tuple[MessageId, NewMessage]],
    state: int,
    saved: int,
) -> ModSeq:
    """Beside the folder's contents, under ids that were taken before, as one change."""
    modseq = take_change(tx, account)
    rows = []
    for number, one in new:
        values = (int(one.flags.system), _words(one.flags), one.internal_date, saved, one.size, one.content, 0)
        rows.append((account, folder, number, state, modseq, *values))
    tx.many(SQL.insert_aside, rows)
    touch_folder(tx, account, folder, modseq)
    return modseq


def _words(flags: Flags) -> str | None:
    return " ".join(sorted(flags.keywords)) or None


def take_ids(tx: Transaction, account: AccountId, count: int) -> MessageId:
    """The first of so many ids that nobody else will get (RopGetLocalReplicaIds)."""
    row = tx.one(ACCOUNTS.take_ids, (count, account))
    if row is None:
        raise FolderNotFound
    return MessageId(row[1] - count)


def was_given(tx: Transaction, account: AccountId, number: int) -> bool:
    """Whether this id is no longer one of those that new objects will get."""
    return 0 < number <= last_given(tx, account)


def last_given(tx: Transaction, account: AccountId) -> int:
    """Ids up to this one are no longer those that new objects will get."""
    row = tx.one(ACCOUNTS.next_id, (account,))
    return 0 if row is None else int(row[0]) - 1


def _require_free(tx: Transaction, account: AccountId, number: MessageId) -> None:
    taken = tx.one(SQL.message, (account, number)) or tx.one(SQL.aside, (account, number))
    if taken or not was_given(tx, account, number):
        raise Changed


def update_message(
    tx: Transaction,
    account: AccountId,
    before: StoredMessage,
    form: Form,
    now: int,
    *,
    new: NewMessage | None = None,
    flags: Flags | None = None,
    touched: Touched | None = None,
    force: bool = False,
) -> StoredMessage:
    """A client saves a message that was there, as it was `before`. `new`: its new content, with a new UID unless it is
    the one that it has; None: only what the content does not tell has changed. `flags`: what it has from now on, but
    for the read state, which is no part of this; None: those that it had. `touched`: which groups this changes, if that
    is known. `Changed` when somebody else has changed it since, unless `force`; `MessageNotFound` when it has been
    deleted, even if it can be recovered."""
    tx.one(ACCOUNTS.lock, (account,))
    row = find_message(tx, account, before.id)
    if row.is_deleted and not before.is_deleted:
        raise MessageNotFound
    if row.change_number != before.change_number and not force:
        raise Changed
    known = load_form(tx, account, row)
    form = _with_known(known, form)
    kept = Flags(row.flags, frozenset((row.keywords or "").split()))
    flags = kept if flags is None else Flags(row.flags & _KEPT | flags.system & ~READ_STATE, flags.keywords)
    if row.uid is None:
        return _update_aside(tx, account, row, form, now, new, flags)
    if new is None or new.content == row.content:
        if flags != kept:
            change_flags(tx, account, row.folder, ((row.uid, row.uid),), FlagChange(How.SET, flags))
        modseq = take_change(tx, account)
        tx.run(SQL.touch, (modseq, account, row.folder, row.uid))
        note_change(tx, account, row.folder, modseq, ((row.uid, row.uid),))
        touch_folder(tx, account, row.folder, modseq)
    else:
        where = (account, row.folder)
        placed = replace_message(tx, where, row.uid, where, new._replace(flags=flags), now, keep_object=True)
        tx.run(SQL.renumber, (row.id, account, row.folder, placed.uid))
        modseq = placed.modseq
    last = ModSeq(0) if known is None or known.says_nothing else row.change_number
    groups = followed(known.groups if known else None, last, touched, modseq)
    put_form(tx, account, row.id, form._replace(groups=groups), modseq)
    return find_message(tx, account, row.id)


def _with_known(known: Form | None, form: Form) -> Form:
    """The object keeps its marks, who made it, the name that it has unless it gets another, and what it contains of
    other clients' changes."""
    if known is None:
        return form
    source_key = form.keys.source_key or known.keys.source_key
    predecessors = form.keys.predecessors or known.keys.predecessors
    keys = form.keys._replace(source_key=source_key, predecessors=predecessors)
    return form._replace(keys=keys, status=known.status, creator=known.creator)


def _update_aside(
    tx: Transaction,
    account: AccountId,
    row: StoredMessage,
    form: Form,
    now: int,
    new: NewMessage | None,
    flags: Flags,
) -> StoredMessage:
    modseq = take_change(tx, account)
    size = row.size if new is None else new.size
    tx.run(SQL.change_aside, (modseq, int(flags.system), _words(flags), now, size, account, row.id))
    put_form(tx, account, row.id, form, modseq)
    touch_folder(tx, account, row.folder, modseq)
    return find_message(tx, account, row.id)


def renumber_message(
    tx: Transaction, account: AccountId, folder: FolderId, uid: int, number: MessageId | None
) -> StoredMessage:
    """The message with this UID gets an id that a client has chosen, out of those that it was given; None: it keeps its
    own. `Changed` when another one has it."""
    row = tx.one(SQL.at, (account, folder, uid))
    if row is None:
        raise MessageNotFound
    if number is None or number == row[0]:
        return find_message(tx, account, row[0])
    _require_free(tx, account, number)
    tx.run(SQL.renumber, (number, account, folder, uid))
    tx.run(SQL.renumber_object, (number, account, row[0]))
    return find_message(tx, account, number)


def move_aside(
    tx: Transaction, account: AccountId, row: StoredMessage, target: FolderId, number: MessageId | None
) -> StoredMessage:
    """An associated message goes to another folder, where it is another one: with an id that a client has chosen, or a
    new one. `Changed` when another message has it."""
    load_folder(tx, account, target)
    if number is None:
        number = take_ids(tx, account, 1)
    else:
        _require_free(tx, account, number)
    modseq, known = take_change(tx, account), load_form(tx, account, row)
    note_never_here(tx, account, row.folder, ((row.id, row.id),))
    if known is not None and known.keys.source_key:
        note_keys_never_here(tx, account, row.folder, [known.keys.source_key])
    tx.run(SQL.move_aside, (target, number, modseq, account, row.id))
    tx.run(SQL.renumber_object, (number, account, row.id))
    for folder in (row.folder, target):
        touch_folder(tx, account, folder, modseq)
    return find_message(tx, account, number)


def keep_version(tx: Transaction, account: AccountId, row: StoredMessage, now: int) -> None:
    """A copy of a message as it is, which can be recovered when the message has become another."""
    taken = tx.one(ACCOUNTS.take_ids, (1, account))
    if taken is None:
        raise FolderNotFound
    modseq, number = taken[0], taken[1] - 1
    state = DELETED_ASSOCIATED if row.is_associated else DELETED
    values = (int(row.flags), row.keywords, row.internal_date, now, row.size, row.content, now)
    tx.run(SQL.insert_aside, (account, row.folder, number, state, modseq, *values))
    tx.run(SQL.copy_object, (account, number, account, row.id))
    touch_folder(tx, account, row.folder, modseq)


def set_keys(tx: Transaction, account: AccountId, row: StoredMessage, keys: Keys) -> None:
    """Of its last change. A message without an object gets one that says nothing else."""
    form = load_form(tx, account, row) or Form(False, b"", None)
    put_form(tx, account, row.id, form._replace(keys=keys), row.change_number)


def set_aside_flags(tx: Transaction, account: AccountId, row: StoredMessage, flags: Flag) -> None:
    """The read state of a message that stands aside, which is no change of it."""
    tx.run(SQL.set_aside_flags, (int(flags), account, row.id))
    touch_folder(tx, account, row.folder, take_change(tx, account))


def take_change(tx: Transaction, account: AccountId) -> ModSeq:
    """The modseq of one more change."""
    row = tx.one(ACCOUNTS.change, (account,))
    if row is None:
        raise FolderNotFound
    return ModSeq(row[0])


def touch_folder(tx: Transaction, account: AccountId, folder: FolderId, modseq: ModSeq) -> None:
    """Something in it, or beside its contents, has changed."""
    tx.run(SQL.touch_folder, (modseq, account, folder))
    tx.notify(Hint(account, folder, modseq))
