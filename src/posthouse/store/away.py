"""Whether somebody is out of office – PidTagOutOfOfficeState of the mailbox, kept with the properties of its root."""

from __future__ import annotations

from posthouse.database import Transaction
from posthouse.model.ids import AccountId, FolderId
from posthouse.model.refusals import FolderNotFound
from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.objects import Properties, value_of
from posthouse.store.folder_objects import load_folder_object
from posthouse.store.folders import HIDDEN, load_folder
from posthouse.store.rule_answers import forget_answers

MAILBOX_ROOT = FolderId(HIDDEN)
"""With its properties MAPI keeps those of the mailbox."""


def is_away(tx: Transaction, account: AccountId) -> bool:
    try:
        known = load_folder_object(tx, account, load_folder(tx, account, MAILBOX_ROOT)).properties
    except FolderNotFound:
        return False
    return bool(value_of(known, tags.PidTagOutOfOfficeState, False))


def note_absence(tx: Transaction, account: AccountId, new: Properties) -> None:
    """These properties of the mailbox are set. Whoever leaves, comes back, or says once more where they are, has
    answered nobody ([MS-OXORULE] R585, [MS-OXCSTOR] R663)."""
    if tags.PidTagOutOfOfficeState.id in new:
        forget_answers(tx, account)
