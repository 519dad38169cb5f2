"""Where principals stand in the address book's lists, and the words they are found by: kept when they change.

Hidden ones (`hidden=true`) and disabled accounts stand in no list.
"""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING

from posthouse.database import Queries, Transaction
from posthouse.directory.sorting import fold, pieces, sort_key, word_key

if TYPE_CHECKING:
    from posthouse.directory.principals import Principal

SQL = Queries(__package__, "indexing.sql")

EXACT = "="
"""Begins the words that are a whole name, alias or address."""
_FOUND_BY = ("display-name", "given-name", "surname", "nickname", "office", "phonetic-display-name")
MAX_WORDS = 100


class AddressList(IntEnum):
    EVERYBODY = 0
    ACCOUNTS = 1
    GROUPS = 2
    CONTACTS = 3
    NOBODY = 4
    """Of what has only lists in it."""


class Order(IntEnum):
    NAME = 0
    PHONETIC = 1


def number_of(which: AddressList, order: Order) -> int:
    return which * len(Order) + order


def relist(tx: Transaction, principal: Principal) -> None:
    """After every change of what it is called."""
    unlist(tx, principal)
    if principal.hidden or principal.disabled:
        return
    keys = {order: key_in(principal, order) for order in Order}
    lists = (AddressList.EVERYBODY, AddressList[f"{principal.kind.name}S"])
    tx.many(SQL.list, [(number_of(one, order), keys[order], principal.id) for one in lists for order in Order])
    tx.many(SQL.add_word, [(word, principal.id) for word in sorted(_words(tx, principal))[:MAX_WORDS]])


def unlist(tx: Transaction, principal: Principal) -> None:
    tx.run(SQL.unlist, (principal.id,))
    tx.run(SQL.remove_words, (principal.id,))


def key_in(principal: Principal, order: Order) -> bytes:
    phonetic = principal.attributes.get("phonetic-display-name") if order is Order.PHONETIC else None
    return sort_key(phonetic or principal.name)


def proxies_of(tx: Transaction, principal: Principal) -> list[str]:
    """Further addresses: aliases that lead to it alone."""
    return [row[0] for row in tx.all(SQL.proxies, (principal.address,))]


def _words(tx: Transaction, principal: Principal) -> set[bytes]:
    addresses = [principal.address, *proxies_of(tx, principal)]
    aliases = [address.rpartition("@")[0] for address in addresses]
    shown = [principal.name, *(principal.attributes.get(key, "") for key in _FOUND_BY)]
    whole = {EXACT + fold(text) for text in (principal.name, *addresses, *aliases)}
    found = {piece for text in (*shown, *aliases) for piece in pieces(text)}
    return {word_key(word) for word in whole | found | {fold(address) for address in addresses}}
