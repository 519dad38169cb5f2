"""An account in the store: its change counter, its quota and usage, and the folders it starts with."""

from __future__ import annotations

from typing import NamedTuple

from posthouse.database import Queries, Transaction
from posthouse.model.hints import Hint
from posthouse.model.ids import AccountId, ModSeq
from posthouse.model.refusals import InUse, OverQuota, UnknownRecipient
from posthouse.model.roles import DEFAULT_FOLDERS
from posthouse.store.annotations import forget_annotator
from posthouse.store.folders import PUBLIC, ROOT, add_subscription, create_folder
from posthouse.store.metadata import forget_reader
from posthouse.store.read_marks import forget_marks_of

SQL = Queries(__package__, "accounts.sql")
RIGHTS = Queries(__package__, "rights.sql")

TABLES = (
    "submission",
    "message_object",
    "aside_message",
    "folder_object",
    "property_id",
    "deleted_folder",
    "replica",
    "never_here",
    "search_folder",
    "folder_rule",
    "rule_answer",
    "receive_folder",
    "read_set",
    "read_mark",
    "read_folder",
    "message",
    "tombstone",
    "folder_change",
    "folder_keyword",
    "folder_right",
    "subscription",
    "folder",
    "maildrop_lock",
    "metadata",
    "annotation",
    "annotation_usage",
    "quota_limit",
    "url_key",
    "account",
)
"""Whatever carries an account_id, the account's own row last."""


class Usage(NamedTuple):
    """What an account has and may have. A quota of 0 is none."""

    used_bytes: int
    used_messages: int
    quota_bytes: int
    quota_messages: int

    def require(self, *, size: int = 0, messages: int = 0, grace: int = 0) -> None:
        """Raise `OverQuota` unless `size` more bytes and `messages` more messages fit; `grace` bytes are forgiven."""
        if self.quota_bytes and self.used_bytes + size > self.quota_bytes + grace:
            raise OverQuota
        if self.quota_messages and self.used_messages + messages > self.quota_messages:
            raise OverQuota


def create_account(
    tx: Transaction, account: AccountId, now: int, *, quota_bytes: int = 0, quota_messages: int = 0
) -> None:
    """The account's row and its default folders, INBOX as number one. `now` in seconds seeds UIDVALIDITY, so that an
    account made again never repeats one (RFC 9051 §2.3.1.1)."""
    tx.run(SQL.create_account, (account, now & 0x7FFFFFFF, quota_bytes, quota_messages))
    for name, role in DEFAULT_FOLDERS:
        create_folder(tx, account, name, role=role)
        add_subscription(tx, account, name)


def create_public(tx: Transaction, now: int) -> None:
    """The owner of the public folders, unless it is there. It has no INBOX."""
    tx.run(SQL.create_public, (PUBLIC, now & 0x7FFFFFFF))


def remove_account(tx: Transaction, account: AccountId) -> None:
    """All of it, and its rights on others' folders. Contents that nobody else has are swept later."""
    tx.one(SQL.lock, (account,))
    tx.run(SQL.release_all, (account, account))
    tx.run(RIGHTS.forget_principal, (0, account))
    forget_annotator(tx, account)
    for table in TABLES:
        tx.run(f"DELETE FROM {table} WHERE account_id = ?", (account,))
    forget_reader(tx, account)
    forget_marks_of(tx, PUBLIC, account)
    tx.notify(Hint(account, ROOT, ModSeq(0)))


def has_account(tx: Transaction, account: AccountId) -> bool:
    """Whether the store has folders of that one."""
    return tx.one(SQL.modseq, (account,)) is not None


def usage(tx: Transaction, account: AccountId) -> Usage:
    row = tx.one(SQL.usage, (account,))
    if row is None:
        raise UnknownRecipient
    return Usage(*row)


def set_quota(tx: Transaction, account: AccountId, quota_bytes: int, quota_messages: int) -> None:
    if not tx.run(SQL.set_quota, (quota_bytes, quota_messages, account)):
        raise UnknownRecipient


def recalculate_usage(tx: Transaction, account: AccountId) -> Usage:
    """Count again what the account has, from its messages alone."""
    tx.one(SQL.change, (account,))
    row = tx.one(SQL.true_usage, (account,))
    tx.run(SQL.set_usage, (*(row or (0, 0)), account))
    return usage(tx, account)


def highest_modseq(tx: Transaction, account: AccountId) -> ModSeq:
    row = tx.one(SQL.modseq, (account,))
    return ModSeq(row[0] if row else 0)


def lock_account(tx: Transaction, account: AccountId) -> ModSeq:
    """Until the transaction ends nobody else changes it: what is read now stays so. Where its counter stands."""
    row = tx.one(SQL.lock, (account,))
    return ModSeq(row[0] if row else 0)


def lock_maildrop(tx: Transaction, account: AccountId, holder: str, now: int, seconds: int) -> None:
    """Hold the maildrop for `seconds` from `now`, or hold it longer. `InUse` while another holder's time runs."""
    if not tx.run(SQL.lock_maildrop, (account, holder, now + seconds, now)):
        raise InUse


def unlock_maildrop(tx: Transaction, account: AccountId, holder: str) -> None:
    tx.run(SQL.unlock_maildrop, (account, holder))
