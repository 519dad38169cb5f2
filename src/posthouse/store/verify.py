"""Is the store what it says? Every counter, number and reference is checked against the rows it was made from; `deep`
reads every body as well and compares its hash.

It reads one snapshot and may run beside a working hub. What can be derived (counters, usage, references to be swept)
`problems.mend` sets right in a transaction of its own; for what cannot, a problem says what to do.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Callable, Iterator
from functools import partial

from posthouse.database import Queries, Row, Transaction
from posthouse.message.derive import derive
from posthouse.model.ids import AccountId, ContentId
from posthouse.store.accounts import recalculate_usage
from posthouse.store.blobs import Blobs
from posthouse.store.comparators import fold
from posthouse.store.content import add_order, locate_content
from posthouse.store.problems import LOST, Check, Problem, place_of_folder, place_of_message, statement
from posthouse.store.verify_attached import ATTACHED

SQL = Queries(__package__, "verify.sql")
ACCOUNTS = Queries(__package__, "accounts.sql")
CONTENT = Queries(__package__, "content.sql")
RIGHTS = Queries(__package__, "rights.sql")

CHUNK = 1 << 20


def verify(
    tx: Transaction, blobs: Blobs, progress: Callable[[str], None] = lambda stage: None, *, deep: bool = False
) -> Iterator[Problem]:
    """Every problem there is, as they are found. `progress` hears the name of each stage as it begins."""
    for stage, check in _STAGES:
        progress(stage)
        yield from check(tx)
    progress("orders")
    yield from _check_orders(tx, blobs)
    progress("blobs")
    yield from _check_blobs(tx, blobs)
    if deep:
        progress("the database file")
        yield from _check_database(tx)
        progress("every body")
        yield from _check_hashes(tx, blobs)


def _differences(pairs: list[tuple[str, int, int]]) -> str:
    return ", ".join(f"{name} is {said} instead of {true}" for name, said, true in pairs if said != true)


def _check_folders(tx: Transaction) -> Iterator[Problem]:
    for row in tx.iterate(SQL.folders):
        account, folder, total, unseen, deleted, size, next_uid, highest, _ = row[:9]
        true_total, true_unseen, true_deleted, true_size, uid, modseq, gone_uid, gone_modseq = map(int, row[9:])
        wrong = _differences(
            [
                ("total", total, true_total),
                ("unseen", unseen, true_unseen),
                ("deleted", deleted, true_deleted),
                ("bytes", size, true_size),
                ("next_uid", next_uid, max(next_uid, uid + 1, gone_uid + 1)),
                ("highest_modseq", highest, max(highest, modseq, gone_modseq)),
            ]
        )
        if wrong:
            yield Problem(wrong, place_of_folder(row), "count again", partial(_recount, account=account, folder=folder))


def _recount(tx: Transaction, account: AccountId, folder: int) -> None:
    tx.one(ACCOUNTS.lock, (account,))
    ((*counters, uid, modseq),) = tx.all(SQL.folder_truth, (account, folder))
    ((gone_uid, gone_modseq),) = tx.all(SQL.tombstone_truth, (account, folder))
    next_uid, highest = max(uid, gone_uid) + 1, max(modseq, gone_modseq)
    tx.run(SQL.set_folder, (*map(int, counters), next_uid, next_uid, highest, highest, account, folder))


def _check_accounts(tx: Transaction) -> Iterator[Problem]:
    for row in tx.iterate(SQL.accounts):
        account, used_bytes, used_messages, modseq, next_id, next_validity = row[:6]
        size, total, message, folder, folder_modseq, highest, validity, gone = map(int, row[6:])
        wrong = _differences(
            [
                ("used_bytes", used_bytes, size),
                ("used_messages", used_messages, total),
                ("modseq", modseq, max(modseq, folder_modseq, highest)),
                ("next_id", next_id, max(next_id, message + 1, folder + 1, gone + 1)),
                ("next_uid_validity", next_validity, max(next_validity, validity)),
            ]
        )
        if wrong:
            yield Problem(wrong, f"account {account}", "count again", partial(_set_account, account=account))


def _set_account(tx: Transaction, account: AccountId) -> None:
    recalculate_usage(tx, account)
    ((message_modseq, folder_modseq, message, gone, folder, validity),) = tx.all(SQL.account_truth, (account,) * 6)
    modseq, next_id = max(message_modseq, folder_modseq), max(message, gone, folder) + 1
    tx.run(SQL.set_account, (modseq, modseq, next_id, next_id, validity, validity, account))


def _check_tree(tx: Transaction) -> Iterator[Problem]:
    for row in tx.all(SQL.messages_nowhere):
        what = f"{row[2]} messages, UIDs {row[3]} to {row[4]}, are in a folder that does not exist"
        yield Problem(what, place_of_folder(row), LOST)
    for row in tx.all(SQL.folders_nowhere):
        yield Problem(f"the folder above '{row[3]}', {row[2]}, does not exist", place_of_folder(row), LOST)
    for row in tx.all(SQL.folders_of_nobody):
        yield Problem(f"the account of '{row[2]}' does not exist", place_of_folder(row), LOST)
    for (account,) in tx.all(SQL.missing_inbox):
        yield Problem("there is no INBOX", f"account {account}", LOST)
    for row in tx.all(SQL.rights_nowhere):
        what = f"{row[2]} rights on a folder that does not exist"
        yield Problem(what, place_of_folder(row), "forget them", statement(RIGHTS.forget_folder, *row[:2]))


def _check_changes(tx: Transaction) -> Iterator[Problem]:
    for row in tx.all(SQL.tombstones_nowhere):
        what = f"{row[2]} tombstones of a folder that does not exist"
        yield Problem(what, place_of_folder(row), "forget them", statement(SQL.forget_tombstones, *row[:2]))
    for row in tx.all(SQL.undead):
        what = "a message that is there is noted as gone"
        yield Problem(what, place_of_message(row), "forget the note", statement(SQL.forget_tombstone, *row))
    for row in tx.all(SQL.unnoted):
        repair = statement(SQL.raise_change_floor, *row[:2])
        yield Problem(f"{row[2]} changes are not noted", place_of_folder(row), "read the whole folder instead", repair)
    for account, message, count in tx.all(SQL.doubles):
        yield Problem(f"message id {message} is there {count} times", f"account {account}", LOST)


def _check_references(tx: Transaction) -> Iterator[Problem]:
    for row in tx.all(SQL.messages_without_content):
        yield Problem(f"its content {row[3]} is lost", place_of_message(row), f"{LOST}, or remove the message")
    for row in tx.all(SQL.messages_of_other_size):
        what = f"its size is {row[3]} instead of {row[4]}"
        repair = statement(SQL.set_size, row[4], *row[:3])
        yield Problem(what, place_of_message(row), "set it, then check again", repair)
    for content, holder in tx.all(SQL.holds_without_content):
        yield Problem(f"{holder} holds it, and it is lost", f"content {content}", LOST)


def _check_contents(tx: Transaction) -> Iterator[Problem]:
    for content, size in tx.all(SQL.contents_without_bytes):
        yield Problem(f"its {size} bytes are lost", f"content {content}", LOST)
    for content, size, found in tx.all(SQL.bodies_of_other_size):
        yield Problem(f"it has {found} bytes instead of {size}", f"content {content}", LOST)
    for (content,) in tx.all(SQL.bodies_of_nothing):
        yield Problem(
            "a body without a content", f"content {content}", "delete it", statement(CONTENT.delete_body, content)
        )
    for content, subject in tx.all(SQL.contents_without_subject):
        repair = statement(CONTENT.insert_subject, content, fold(subject))
        yield Problem("searches do not find its subject", f"content {content}", "note it", repair)
    for (content,) in tx.all(SQL.orders_of_nothing):
        forget = statement(CONTENT.delete_order, content)
        yield Problem("what it is sorted by, without a content", f"content {content}", "delete it", forget)
    for content, size in tx.all(SQL.orphans):
        repair = statement(CONTENT.release, content)
        yield Problem(
            f"nobody has it, {size} bytes are wasted", f"content {content}", "leave it to the sweeper", repair
        )


_STAGES: tuple[Check, ...] = (
    ("folders", _check_folders),
    ("accounts", _check_accounts),
    ("the folder trees", _check_tree),
    ("changes", _check_changes),
    ("messages", _check_references),
    ("contents", _check_contents),
    *ATTACHED,
)


def _pages(tx: Transaction, sql: str) -> Iterator[Row]:
    """Rows by rising content_id, so many at a time as the query gives."""
    last = 0
    while rows := tx.all(sql, (last,)):
        yield from rows
        last = rows[-1][0]


def _check_orders(tx: Transaction, blobs: Blobs) -> Iterator[Problem]:
    for (content,) in _pages(tx, SQL.contents_without_order):
        repair = partial(_order, content=content, blobs=blobs)
        yield Problem("it is sorted as if it had no header", f"content {content}", "read it again", repair)


def _order(tx: Transaction, content: ContentId, blobs: Blobs) -> None:
    """Nothing, where its bytes are lost as well."""
    with contextlib.suppress(LookupError, OSError):
        blob, body = locate_content(tx, content)
        add_order(tx, content, derive(blobs.open(blob) if blob else body))


def _check_blobs(tx: Transaction, blobs: Blobs) -> Iterator[Problem]:
    for content, name, size in _pages(tx, SQL.blobs):
        try:
            found = len(blobs.open(name))
        except (OSError, ValueError):
            yield Problem(f"its blob {name} is lost", f"content {content}", LOST)
            continue
        if found != size:
            yield Problem(f"its blob {name} has {found} bytes instead of {size}", f"content {content}", LOST)


def _check_database(tx: Transaction) -> Iterator[Problem]:
    if tx.engine == "sqlite":
        for (line,) in tx.all("PRAGMA integrity_check(100)"):
            if line != "ok":
                yield Problem(str(line), "the database file", LOST)


def _check_hashes(tx: Transaction, blobs: Blobs) -> Iterator[Problem]:
    for content, expected, blob, body in _pages(tx, SQL.bytes):
        digest = hashlib.sha256()
        try:
            data = blobs.open(blob) if blob else body
        except (OSError, ValueError):
            continue
        for start in range(0, len(data or b""), CHUNK):
            digest.update(data[start : start + CHUNK])
        if data is not None and digest.digest() != expected:
            yield Problem("its bytes have changed", f"content {content}", LOST)
