"""Messages as MAPI has them: what is known of them beside their content, and those that no other protocol sees.

A message that came as mail has its properties from its content. What a MAPI client adds is an *object* beside it: what
differs from the content, or, of a message that a client has made or written anew, all there is; then the content is
made from it. Contents do not change: a message with a new one has a new UID, and keeps its id.

Associated messages, and those that were deleted and can still be recovered, stand *aside*: in no counter, without UID.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from posthouse.database import Queries, Transaction
from posthouse.model.flags import Flag
from posthouse.model.ids import AccountId, ContentId, FolderId, MessageId, ModSeq, Uid
from posthouse.model.refusals import MessageNotFound
from posthouse.store.group_changes import GroupChanges, parse_group_changes

SQL = Queries(__package__, "objects.sql")

NORMAL, ASSOCIATED, DELETED, DELETED_ASSOCIATED = range(4)
"""States: of a message in the folder's contents, and of those aside."""
RULE_CLASS = b"IPM.ExtendedRule.Message"
"""In the form of an associated message: it may be a rule of its folder ([MS-OXORULE] 2.2.4)."""


class Keys(NamedTuple):
    """Names that a client has given: to the object, and to its last change ([MS-OXCFXICS] 2.2.1.2)."""

    source_key: bytes | None = None
    """Also of later versions."""
    change_key: bytes | None = None
    predecessors: bytes | None = None


NO_KEYS = Keys()


class Form(NamedTuple):
    """An object as `stored_form` writes it: in a blob where it is large."""

    whole: bool
    data: bytes
    blob: str | None = None
    keys: Keys = NO_KEYS
    status: int = 0
    """Marks that are no change of the message (`message_status`), which stay when it is saved."""
    creator: AccountId = AccountId(0)
    """Who has made it in a folder of somebody else; 0: its owner has, or it came as mail. This stays as well."""
    groups: GroupChanges | None = None
    """Of what its changes were, as far as that is known."""

    @property
    def says_nothing(self) -> bool:
        """But marks: all that the message has is in its content, and no version of a client is in it."""
        return not (self.whole or self.data or self.blob or self.keys.predecessors)


class StoredMessage(NamedTuple):
    """A row, of the folder's contents or aside."""

    folder: FolderId
    uid: Uid | None
    id: MessageId
    modseq: ModSeq
    change_number: ModSeq
    """Of the last change but those of the read state."""
    flags: Flag
    keywords: str | None
    internal_date: int
    saved: int
    size: int
    content: ContentId
    """0: there is none."""
    changed_at: int | None = None
    """When its flags or keywords changed since it was saved; milliseconds since 1970."""
    marked_at: int | None = None
    """When its read state or status did, which is no change of it."""
    state: int = NORMAL
    deleted: int = 0
    """When; seconds since 1970."""

    @property
    def is_associated(self) -> bool:
        return self.state in (ASSOCIATED, DELETED_ASSOCIATED)

    @property
    def is_deleted(self) -> bool:
        return self.state >= DELETED


NO_MESSAGE = StoredMessage(FolderId(0), None, MessageId(0), ModSeq(0), ModSeq(0), Flag(0), None, 0, 0, 0, ContentId(0))
"""Of which nothing is known."""


def find_message(tx: Transaction, account: AccountId, message: MessageId) -> StoredMessage:
    """Wherever it is; `MessageNotFound`."""
    row = tx.one(SQL.message, (account, message))
    if row is not None:
        return contents_row(row)
    row = tx.one(SQL.aside, (account, message))
    if row is None:
        raise MessageNotFound
    return aside_row(row)


def find_by_source_key(tx: Transaction, account: AccountId, key: bytes) -> StoredMessage:
    """By the name that a client has given it; `MessageNotFound`."""
    row = tx.one(SQL.by_source_key, (account, key))
    if row is None:
        raise MessageNotFound
    return find_message(tx, account, row[0])


def list_aside(tx: Transaction, account: AccountId, folder: FolderId, state: int) -> list[StoredMessage]:
    """By rising id."""
    return [aside_row(row) for row in tx.all(SQL.asides, (account, folder, state))]


def count_aside(tx: Transaction, account: AccountId, folder: FolderId) -> dict[int, tuple[int, int]]:
    """Of each state that there is: how many, and their octets."""
    return {state: (count, int(size)) for state, count, size in tx.all(SQL.count_asides, (account, folder))}


def count_all_asides(tx: Transaction, account: AccountId) -> dict[FolderId, dict[int, tuple[int, int]]]:
    """The same of every folder that has any."""
    found: dict[FolderId, dict[int, tuple[int, int]]] = {}
    for folder, state, count, size in tx.all(SQL.count_all_asides, (account,)):
        found.setdefault(folder, {})[state] = (count, int(size))
    return found


def contents_row(row: tuple[Any, ...]) -> StoredMessage:
    """Of what stands in a folder's contents: columns as in the query `message`."""
    folder, uid, message, modseq, change, flags, *rest = row
    return StoredMessage(folder, uid, message, modseq, change, Flag(flags), *rest)


def aside_row(row: tuple[Any, ...]) -> StoredMessage:
    """As in the query `aside`."""
    folder, message, modseq, change, flags, *rest = row
    return StoredMessage(folder, None, message, modseq, change, Flag(flags), *rest)


def load_form(tx: Transaction, account: AccountId, row: StoredMessage) -> Form | None:
    """None: all is in the content. Keys of a change that is not the last are left out."""
    found = tx.one(SQL.object, (account, row.id))
    if found is None:
        return None
    whole, data, blob, source, change, predecessors, keyed_at, status, creator, groups = found
    current = keyed_at == row.change_number
    keys = Keys(_bytes(source), _bytes(change) if current else None, _bytes(predecessors))
    noted = None if groups is None else parse_group_changes(bytes(groups))
    return Form(bool(whole), bytes(data), blob, keys, status, creator, noted)


def put_form(tx: Transaction, account: AccountId, message: MessageId, form: Form, modseq: ModSeq) -> None:
    """`modseq`: of the message's last change, whose keys these are."""
    said = int(form.whole), b"" if form.blob else form.data, form.blob
    groups = form.groups.format() if form.groups else None
    beside = form.status, form.creator, groups, int(RULE_CLASS in form.data)
    tx.run(SQL.put_object, (account, message, *said, *form.keys, modseq, *beside))


def _bytes(value: Any) -> bytes | None:
    return None if value is None else bytes(value)
