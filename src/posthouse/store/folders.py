"""Folders: a tree per account, each with counters that the transaction which changes a message keeps true.

A path is the names from the root joined by `/`. INBOX is always folder number one, whatever a client calls it in
upper or lower case, and stays when it is renamed: its messages move (RFC 9051 §6.3.6).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from posthouse.database import Queries, Transaction
from posthouse.model.hints import Hint
from posthouse.model.ids import AccountId, FolderId, ModSeq, Uid, UidValidity
from posthouse.model.refusals import BadFolderName, FolderExists, FolderInUse, FolderNotFound, LimitReached, OverQuota
from posthouse.model.rights import Right
from posthouse.model.roles import Role
from posthouse.store.annotations import MAX_UID, forget_annotations
from posthouse.store.metadata import forget_metadata
from posthouse.store.never_here import OF_FOLDERS, forget_never_here, note_keys_never_here, note_never_here
from posthouse.store.url_keys import reset_url_keys

SQL = Queries(__package__, "folders.sql")
ACCOUNTS = Queries(__package__, "accounts.sql")
QUOTA = Queries(__package__, "quota.sql")
RIGHTS = Queries(__package__, "rights.sql")
OBJECTS = Queries(__package__, "objects.sql")
DELETION = Queries(__package__, "deletion.sql")
SEARCH = Queries(__package__, "search_folders.sql")
RULES = Queries(__package__, "rules.sql")
ANSWERS = Queries(__package__, "rule_answers.sql")
RECEIVING = Queries(__package__, "receive_folders.sql")
MARKS = Queries(__package__, "read_marks.sql")

INBOX = FolderId(1)
ROOT = FolderId(0)
PUBLIC = AccountId(0)
"""Owns the public folders: an account in the store that is nobody's in the directory, so that nobody logs in to it."""
PUBLIC_RIGHTS = Right.LOOKUP | Right.READ | Right.SEEN | Right.INSERT | Right.POST
"""What everybody may do with a new public folder at the top; those below it inherit."""
SEPARATOR = "/"
RESERVED = frozenset(("Users", "Public"))
"""What other people's and the public folders are shown under: no account has folders of its own there."""
MAX_DEPTH = 20
MAX_NAME = 255
"""Bytes of one name in UTF-8."""
MAX_FOLDERS = 20_000
MAX_KEYWORDS = 500
"""Different keywords in one folder."""
HIDDEN = FolderId(1 << 47)
"""Ids from here on are those of hidden folders that every mailbox has: none of them was taken from its counter."""
SUBTREE = FolderId(HIDDEN + 3)
"""The one in which MAPI shows what is at the top."""


@dataclass(frozen=True, slots=True)
class Folder:
    """A row of the tree, as it was when it was read."""

    id: FolderId
    parent: FolderId
    name: str
    role: Role | None
    uid_validity: UidValidity
    next_uid: Uid
    total: int
    unseen: int
    deleted: int
    bytes: int
    highest_modseq: ModSeq
    """Of its messages and tombstones."""
    modseq: ModSeq
    """Of the folder's own last change: name, place, role."""
    hidden: int = 0
    """1: for MAPI alone."""


def _folder(row: tuple[Any, ...]) -> Folder:
    number, parent, name, role, *rest = row
    return Folder(number, parent, name, Role(role) if role else None, *rest)


def split_path(path: str) -> list[str]:
    """`a/b/c` → its names, checked: no empty ones, no control characters, bounded. `inbox/x` → `INBOX`, `x`."""
    names = path.split(SEPARATOR)
    if names[0].upper() == "INBOX":
        names[0] = "INBOX"
    if len(names) > MAX_DEPTH:
        raise BadFolderName(f"A folder can be at most {MAX_DEPTH} levels deep")
    for name in names:
        if not name or len(name.encode("utf-8", "surrogatepass")) > MAX_NAME:
            raise BadFolderName
        if any(ch < " " or "\x7f" <= ch <= "\x9f" or "\ud800" <= ch <= "\udfff" or ch in "\u2028\u2029" for ch in name):
            raise BadFolderName("A folder's name has no control characters")  # RFC 9051 §5.1, RFC 5198 §2
    return names


def find_folder(tx: Transaction, account: AccountId, path: str) -> Folder:
    """By path; `FolderNotFound` if there is none."""
    if path.upper() == "INBOX":
        return load_folder(tx, account, INBOX)
    try:
        names = split_path(path)
    except BadFolderName:
        raise FolderNotFound from None
    parent = ROOT
    for name in names[:-1]:
        row = tx.one(SQL.shown_child, (account, parent, name))
        if row is None:
            raise FolderNotFound
        parent = row[0]
    row = tx.one(SQL.child_folder, (account, parent, names[-1]))
    if row is None:
        raise FolderNotFound
    return _folder(row)


def load_folder(tx: Transaction, account: AccountId, folder: FolderId) -> Folder:
    row = tx.one(SQL.folder, (account, folder))
    if row is None:
        raise FolderNotFound
    return _folder(row)


def list_folders(tx: Transaction, account: AccountId) -> dict[str, Folder]:
    """The whole tree, path → folder, in the order of paths with INBOX first."""
    return _by_path(all_folders(tx, account, hidden=False))


def list_shared_folders(tx: Transaction, account: AccountId) -> dict[str, Folder]:
    """Of the tree those about which there are entries of rights, and those above them: nobody else sees any other."""
    return _by_path([_folder(row) for row in tx.all(RIGHTS.shared_folders, (account, account, account))])


def _by_path(folders: Sequence[Folder]) -> dict[str, Folder]:
    by_id = {folder.id: folder for folder in folders}
    paths: dict[FolderId, str] = {}

    def path(folder: Folder) -> str:
        known = paths.get(folder.id)
        if known is None:
            above = by_id.get(folder.parent)
            known = paths[folder.id] = folder.name if above is None else path(above) + SEPARATOR + folder.name
        return known

    named = sorted(((path(folder), folder) for folder in folders), key=lambda item: (item[1].id != INBOX, item[0]))
    return dict(named)


def all_folders(tx: Transaction, account: AccountId, *, hidden: bool = True) -> list[Folder]:
    """By their ids; `hidden`: also those that only MAPI shows."""
    return [_folder(row) for row in tx.all(SQL.folders, (account, int(hidden)))]


def changed_folders(tx: Transaction, account: AccountId, since: ModSeq) -> list[Folder]:
    """Those which, or whose messages, have changed after `since`; that one was deleted only their number tells."""
    return [_folder(row) for row in tx.all(SQL.changed_folders, (account, since, since))]


def count_folders(tx: Transaction, account: AccountId) -> int:
    ((count, _),) = tx.all(SQL.count_folders, (account,))
    return int(count)


def role_folders(tx: Transaction, account: AccountId) -> dict[Role, FolderId]:
    """Of those that other protocols show, too."""
    return {Role(role): FolderId(folder) for role, folder in tx.all(SQL.role_folders, (account,))}


def role_folder(tx: Transaction, account: AccountId, role: Role) -> FolderId | None:
    row = tx.one(SQL.role_folder, (account, role.value))
    return None if row is None else FolderId(row[0])


def create_folder(tx: Transaction, account: AccountId, path: str, *, role: Role | None = None) -> Folder:
    """With all that is missing above it. A role moves nothing: it must be free (RFC 6154 §3)."""
    names = split_path(path)
    lock(tx, account)
    if role is not None and role_folder(tx, account, role) is not None:
        raise FolderExists("Another folder has that special use")
    parent, made = ROOT, None
    for depth, name in enumerate(names, 1):
        row = tx.one(SQL.child, (account, parent, name))
        if row is not None:
            parent = row[0]
            continue
        last = depth == len(names)
        parent = made = insert_folder(tx, account, parent, name, role if last else None)
    if made is None:
        raise FolderExists
    return load_folder(tx, account, made)


def lock(tx: Transaction, account: AccountId) -> None:
    """Until the transaction ends nobody else changes the account: what is free stays free."""
    if tx.one(ACCOUNTS.lock, (account,)) is None:
        raise FolderNotFound


def insert_folder(
    tx: Transaction,
    account: AccountId,
    parent: FolderId,
    name: str,
    role: Role | None,
    *,
    hidden: bool = False,
    number: FolderId | None = None,
) -> FolderId:
    """One folder, in an account that the transaction has locked. What is below a hidden one is hidden. `number`: its
    id, otherwise the next one."""
    require_possible(account, parent, name)
    ((count, shown),) = tx.all(SQL.count_folders, (account,))
    if count >= MAX_FOLDERS:
        raise LimitReached("The account has too many folders")
    limit = tx.one(QUOTA.limit, (account, "MAILBOX"))
    if limit is not None and shown >= limit[0] and not hidden:
        raise OverQuota
    row = tx.one(ACCOUNTS.take_uid_validity, (account,))
    if row is None:
        raise FolderNotFound
    modseq, next_id, uid_validity = row
    number = FolderId(next_id - 1) if number is None else number
    above = tx.one(SQL.is_hidden, (account, parent)) if parent != ROOT else None
    hides = int(hidden or (above is not None and above[0] > 0))
    tx.run(
        SQL.insert_folder,
        (account, number, parent, name, role.value if role else None, uid_validity, modseq, modseq, hides),
    )
    branch(tx, account, parent, modseq)
    if parent != ROOT:
        tx.run(RIGHTS.inherit, (number, account, parent))
    elif account == PUBLIC and not hidden:
        tx.run(RIGHTS.grant, (PUBLIC, number, 0, 0, 0, int(PUBLIC_RIGHTS)))
    tx.notify(Hint(account, ROOT, modseq))
    return number


def branch(tx: Transaction, account: AccountId, parent: FolderId, modseq: ModSeq) -> None:
    """A folder has come below that one, or left it."""
    tx.run(SQL.branch, (modseq, account, SUBTREE if parent == ROOT else parent))


def require_possible(account: AccountId, parent: FolderId, name: str) -> None:
    """`BadFolderName` for a name that other folders are shown under."""
    if parent == ROOT and (name == "INBOX" if account == PUBLIC else name in RESERVED):
        raise BadFolderName(f"{name} is a reserved name")


def delete_folder(tx: Transaction, account: AccountId, folder: FolderId, *, keep_objects: bool = False) -> ModSeq:
    """With its messages. `FolderInUse` for INBOX and while there are folders below it. `keep_objects`: what MAPI knows
    of it and what stands aside can be recovered; there are no other messages then."""
    row = tx.one(ACCOUNTS.change, (account,))
    if row is None:
        raise FolderNotFound
    victim = load_folder(tx, account, folder)
    if folder == INBOX:
        raise FolderInUse("INBOX cannot be removed")
    if tx.one(SQL.has_children, (account, folder)):
        raise FolderInUse("The folder has folders below it")
    tx.run(SQL.release_messages, (account, folder))
    if not keep_objects:
        forget_deleted_folder(tx, account, folder)
    tx.run(ANSWERS.forget_folder, (account, account, folder))
    for statement in (
        *(SQL.delete_messages, SQL.delete_tombstones, SQL.delete_changes),
        *(SQL.delete_keywords, RIGHTS.forget_folder, SEARCH.forget, RULES.forget_folder),
        *(RECEIVING.forget_folder, MARKS.forget_folder, MARKS.forget_folder_marks, SQL.delete_folder),
    ):
        tx.run(statement, (account, folder))
    branch(tx, account, victim.parent, row[0])
    forget_metadata(tx, account, folder)
    forget_never_here(tx, account, folder)
    forget_annotations(tx, account, folder, ((1, MAX_UID),))
    reset_url_keys(tx, account, folder)
    tx.run(ACCOUNTS.add_usage, (-victim.bytes, -victim.total, account))
    tx.notify(Hint(account, folder, row[0]))
    tx.notify(Hint(account, ROOT, row[0]))
    return ModSeq(row[0])


def forget_deleted_folder(tx: Transaction, account: AccountId, folder: FolderId) -> None:
    """What MAPI knows of it, what stands aside, and what was deleted below it, can no longer be recovered. No client
    brings these folders back."""
    waiting = [folder]
    while waiting:
        number = waiting.pop()
        note_never_here(tx, account, OF_FOLDERS, ((number, number),))
        keys = tx.all(OBJECTS.folder_source_key, (account, number))
        note_keys_never_here(tx, account, OF_FOLDERS, (bytes(key) for (key,) in keys))
        tx.run(OBJECTS.release_asides, (account, number))
        tx.run(OBJECTS.delete_objects_of_folder, (account, account, number, account, number))
        for statement in (OBJECTS.delete_asides, OBJECTS.delete_folder_object, DELETION.forget_folder):
            tx.run(statement, (account, number))
        waiting += [row[0] for row in tx.all(DELETION.folders_below, (account, number))]


def _modseq(tx: Transaction, account: AccountId) -> int:
    row = tx.one(ACCOUNTS.modseq, (account,))
    return int(row[0]) if row else 0


def set_role(tx: Transaction, account: AccountId, folder: FolderId, role: Role | None) -> None:
    row = tx.one(ACCOUNTS.change, (account,))
    if row is None:
        raise FolderNotFound
    load_folder(tx, account, folder)
    if role is not None and role_folder(tx, account, role) not in (None, folder):
        raise FolderExists("Another folder has that special use")
    tx.run(SQL.set_role, (role.value if role else None, row[0], account, folder))
    tx.notify(Hint(account, ROOT, row[0]))


def subscribe(tx: Transaction, account: AccountId, path: str) -> None:
    """Also to a folder that is not there: a subscription outlives its folder (RFC 9051 §6.3.7)."""
    add_subscription(tx, account, path)
    _tell_subscriptions(tx, account)


def add_subscription(tx: Transaction, account: AccountId, path: str) -> None:
    """Of an account that is being made: there is nobody to tell."""
    tx.run(SQL.subscribe, (account, SEPARATOR.join(split_path(path))))


def unsubscribe(tx: Transaction, account: AccountId, path: str) -> bool:
    """Whether there was such a subscription."""
    gone = tx.run(SQL.unsubscribe, (account, SEPARATOR.join(split_path(path))))
    _tell_subscriptions(tx, account)
    return gone > 0


def _tell_subscriptions(tx: Transaction, account: AccountId) -> None:
    row = tx.one(ACCOUNTS.change, (account,))
    tx.notify(Hint(account, ROOT, ModSeq(row[0] if row else 0)))


def subscriptions(tx: Transaction, account: AccountId) -> list[str]:
    return [row[0] for row in tx.all(SQL.subscriptions, (account,))]


def folder_keywords(tx: Transaction, account: AccountId, folder: FolderId) -> list[str]:
    """Every keyword a message of the folder ever had, in the spelling first seen."""
    return [row[0] for row in tx.all(SQL.keywords, (account, folder))]


def spell_keywords(tx: Transaction, account: AccountId, folder: FolderId, keywords: frozenset[str]) -> frozenset[str]:
    """Keywords in the spelling of the folder, new ones noted there."""
    if not keywords:
        return keywords
    known: dict[str, str] = dict(tx.all(SQL.spelling, (account, folder)))
    for keyword in keywords:
        folded = keyword.lower()
        if folded not in known:
            if len(known) >= MAX_KEYWORDS:
                raise LimitReached("The folder has too many different keywords")
            known[folded] = keyword
            tx.run(SQL.add_keyword, (account, folder, folded, keyword))
    return frozenset(known[keyword.lower()] for keyword in keywords)
