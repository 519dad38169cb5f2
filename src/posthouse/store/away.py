"""Whether somebody is out of office – PidTagOutOfOfficeState of the mailbox."""

from __future__ import annotations

from posthouse.database import Transaction
from posthouse.model.ids import AccountId
from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.objects import Properties, value_of
from posthouse.store.mailbox_properties import mailbox_properties
from posthouse.store.rule_answers import forget_answers


def is_away(tx: Transaction, account: AccountId) -> bool:
    return bool(value_of(mailbox_properties(tx, account), tags.PidTagOutOfOfficeState, False))


def note_absence(tx: Transaction, account: AccountId, new: Properties) -> None:
    """These properties of the mailbox are set. Whoever leaves, comes back, or says once more where they are, has
    answered nobody ([MS-OXORULE] R585, [MS-OXCSTOR] R663)."""
    if tags.PidTagOutOfOfficeState.id in new:
        forget_answers(tx, account)
