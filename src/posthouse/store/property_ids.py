"""Which ids a mailbox has given to names of properties – [MS-OXCPRPT] 2.2.12, 2.2.13.

An id is given once and for ever; the names of other mailboxes are no concern of this one's.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from posthouse.database import Queries, Transaction
from posthouse.model.ids import AccountId
from posthouse.model.refusals import LimitReached
from posthouse.protocols.mapi.property_names import PropertyName

SQL = Queries(__package__, "property_ids.sql")
ACCOUNTS = Queries(__package__, "accounts.sql")

NAMED = 0x8000
"""Ids from here on are those of names."""
FIRST, LAST = 0x8001, 0xFFFE
"""Greater than 0x8000 ([MS-OXCPRPT] 3.2.5.10), and what follows is no id of a name."""
LAST_OF_GUESTS = 0xBFFF
"""Who does not own a mailbox uses up no more of its ids."""


def property_ids(tx: Transaction, account: AccountId) -> dict[PropertyName, int]:
    """All names that have an id."""
    return {_name(guid, name): number for number, guid, name in tx.all(SQL.all, (account,))}


def give_property_ids(
    tx: Transaction, account: AccountId, names: Sequence[PropertyName], end: int = LAST
) -> dict[PropertyName, int]:
    """The ids of all of these, new ones for names that are new; `LimitReached` when there are no more up to `end`."""
    tx.one(ACCOUNTS.lock, (account,))
    ((last,),) = tx.all(SQL.last, (account,))
    found: dict[PropertyName, int] = {}
    for name in names:
        key = (account, name.guid.bytes, _text(name))
        row = tx.one(SQL.find, key)
        if row is None:
            last = max(last + 1, FIRST)
            if last > end:
                raise LimitReached("The mailbox has no more ids for names of properties")
            tx.run(SQL.insert, (account, last, *key[1:]))
            row = (last,)
        found[name] = int(row[0])
    return found


def _text(name: PropertyName) -> str:
    """As a key: a text is what it is, letter by letter."""
    return str(name.name) if isinstance(name.name, int) else f"'{name.name}"


def _name(guid: bytes, text: str) -> PropertyName:
    return PropertyName(UUID(bytes=bytes(guid)), text[1:] if text.startswith("'") else int(text))
