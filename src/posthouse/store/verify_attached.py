"""What belongs to folders, messages and accounts, checked for `verify`: whether it is about something, and its sums."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from posthouse.database import Queries, Transaction
from posthouse.model.ids import AccountId
from posthouse.store.problems import LOST, Check, Problem, place_of_folder, place_of_message, statement

ACCOUNTS = Queries(__package__, "accounts.sql")
METADATA = Queries(__package__, "metadata.sql")
ANNOTATIONS = Queries(__package__, "annotations.sql")
QUOTA = Queries(__package__, "quota.sql")
URL_KEYS = Queries(__package__, "url_keys.sql")
OBJECTS = Queries(__package__, "objects.sql")
SEARCH_FOLDERS = Queries(__package__, "search_folders.sql")
RULES = Queries(__package__, "rules.sql")
MARKS = Queries(__package__, "read_marks.sql")


def _check_metadata(tx: Transaction) -> Iterator[Problem]:
    for row in tx.all(METADATA.nowhere):
        what = f"{row[2]} annotations of a folder that does not exist"
        yield Problem(what, place_of_folder(row), "forget them", statement(METADATA.forget_folder, *row[:2]))
    for *key, size, true in tx.all(METADATA.wrong_size):
        what = f"the annotation {key[3]} has the size {size} instead of {true}"
        yield Problem(what, f"account {key[0]}, folder {key[1]}", "set it", statement(METADATA.set_size, *key))


def _check_annotations(tx: Transaction) -> Iterator[Problem]:
    for *key, count in tx.all(ANNOTATIONS.nowhere):
        what, forget = f"{count} annotations of a message that does not exist", ANNOTATIONS.forget_message
        yield Problem(what, place_of_message(tuple(key)), "forget them, then check again", statement(forget, *key))
    for *key, size, true in tx.all(ANNOTATIONS.wrong_size):
        what = f"the annotation {key[4]} has the size {size} instead of {true}"
        repair = statement(ANNOTATIONS.set_size, *key)
        yield Problem(what, place_of_message(tuple(key)), "set it, then check again", repair)
    for account, said, true in tx.all(ANNOTATIONS.wrong_usage):
        what = f"annotations take {true} bytes instead of {said}"
        yield Problem(what, f"account {account}", "count again", partial(_count_annotations, account=account))


def _count_annotations(tx: Transaction, account: AccountId) -> None:
    tx.one(ACCOUNTS.lock, (account,))
    tx.run(ANNOTATIONS.forget_usage, (account,))
    tx.run(ANNOTATIONS.count_usage, (account, account))


def _check_objects(tx: Transaction) -> Iterator[Problem]:
    for account, message in tx.all(OBJECTS.objects_nowhere):
        forget = statement(OBJECTS.delete_object, account, message)
        what = f"properties of message {message}, which is not there"
        yield Problem(what, f"account {account}", "forget them", forget)
    for row in tx.all(OBJECTS.asides_nowhere):
        what = f"{row[2]} messages beside the contents of a folder that does not exist"
        yield Problem(what, place_of_folder(row), LOST)
    for row in tx.all(SEARCH_FOLDERS.nowhere):
        forget = statement(SEARCH_FOLDERS.forget, *row)
        yield Problem("what a folder looks for that does not exist", place_of_folder(row), "forget it", forget)
    for row in tx.all(RULES.nowhere):
        forget = statement(RULES.forget_folder, *row)
        yield Problem("rules of a folder that does not exist", place_of_folder(row), "forget them", forget)


def _check_marks(tx: Transaction) -> Iterator[Problem]:
    for row in tx.all(MARKS.nowhere):
        forget = statement(MARKS.forget_folder, *row[:2])
        yield Problem("what was read in a folder that does not exist", place_of_folder(row), "forget it", forget)
    for account, reader, folder, said, true in tx.all(MARKS.wrong_counts):
        what = f"account {reader} has read {true} messages instead of {said}"
        repair = statement(MARKS.add_to_count, true - said, account, reader, folder)
        yield Problem(what, place_of_folder((account, folder)), "count again", repair)


def _check_attached(tx: Transaction) -> Iterator[Problem]:
    """What belongs to a folder or an account and has outlived it."""
    for row in tx.all(URL_KEYS.nowhere):
        forget = statement(URL_KEYS.forget, *row)
        yield Problem("a key for URLs of a folder that does not exist", place_of_folder(row), "forget it", forget)
    for (account,) in tx.all(QUOTA.of_nobody):
        forget = statement(QUOTA.forget_limits, account)
        yield Problem("limits of an account that does not exist", f"account {account}", "forget them", forget)


ATTACHED: tuple[Check, ...] = (
    ("annotations of folders", _check_metadata),
    ("annotations of messages", _check_annotations),
    ("objects", _check_objects),
    ("keys and limits", _check_attached),
    ("what was read", _check_marks),
)
"""Names of stages, and what is checked in each."""
