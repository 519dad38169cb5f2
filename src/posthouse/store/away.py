"""Whether somebody is out of office – PidTagOutOfOfficeState of the mailbox, and the time for which it was said ahead
([MS-OXWOOF] 2.2.5.2)."""

from __future__ import annotations

from typing import NamedTuple
from uuid import UUID

from posthouse.database import Transaction
from posthouse.model.ids import AccountId
from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.named_tags import NamedTag
from posthouse.protocols.mapi.objects import Properties, key_of, set_value, value_of
from posthouse.protocols.mapi.property_names import PropertyName
from posthouse.protocols.mapi.property_values import PropertyType
from posthouse.store.folder_objects import load_folder_object, save_folder_object
from posthouse.store.folders import load_folder
from posthouse.store.mailbox_properties import MAILBOX_ROOT, mailbox_properties
from posthouse.store.rule_answers import forget_answers

_OURS = UUID("6c1f2d0e-8a57-4a53-9d0b-3f6f3a1c5b27")
_BEGIN, _END = (
    NamedTag(PropertyName(_OURS, name), PropertyType.INTEGER64) for name in ("AbsenceBegins", "AbsenceEnds")
)
"""No client sees these: they are the hub's."""


class Absence(NamedTuple):
    is_set: bool
    """Somebody has said that they are away, now or for a time."""
    begin: int | None = None
    """Seconds since 1970; None: it has begun, and ends when they say so."""
    end: int | None = None

    def is_away(self, now: int) -> bool:
        if self.begin is None or self.end is None:
            return self.is_set
        return self.is_set and self.begin <= now < self.end


def read_absence(tx: Transaction, account: AccountId) -> Absence:
    return absence_of(mailbox_properties(tx, account))


def absence_of(known: Properties) -> Absence:
    """`known`: the mailbox's."""
    is_set = bool(value_of(known, tags.PidTagOutOfOfficeState, False))
    return Absence(is_set, value_of(known, _BEGIN), value_of(known, _END))


def is_away(tx: Transaction, account: AccountId, now: int) -> bool:
    """At that moment; seconds since 1970."""
    return read_absence(tx, account).is_away(now)


def set_absence(tx: Transaction, account: AccountId, absence: Absence) -> None:
    """Of a mailbox that has its root (`open_mailbox`). Nobody was answered in it yet."""
    before = load_folder_object(tx, account, load_folder(tx, account, MAILBOX_ROOT))
    new: Properties = {}
    set_value(new, tags.PidTagOutOfOfficeState, absence.is_set)
    after = before.properties | new
    note_absence(tx, account, new, after)
    for tag, moment in ((_BEGIN, absence.begin), (_END, absence.end)):
        if moment is not None:
            set_value(after, tag, moment)
    save_folder_object(tx, account, MAILBOX_ROOT, before._replace(properties=after))


def note_absence(tx: Transaction, account: AccountId, new: Properties, after: Properties) -> None:
    """These properties of the mailbox are set, and it will have those. Whoever leaves, comes back, or says once more
    where they are, has answered nobody ([MS-OXORULE] R585, [MS-OXCSTOR] R663), and what was said ahead counts no
    longer."""
    if tags.PidTagOutOfOfficeState.id in new:
        forget_answers(tx, account)
        for tag in (_BEGIN, _END):
            after.pop(key_of(tag), None)
