"""Accounts that live on another host: the attribute `imap-home` of an account says so."""

from __future__ import annotations

import re

from posthouse.database import Transaction
from posthouse.directory import Principal, principal_by_id
from posthouse.model.ids import AccountId

_HOST = re.compile(r"[A-Za-z0-9.-]{1,253}(?::[0-9]{1,5})?")


def home_in(person: Principal) -> str:
    """Host and port; empty: nothing is said of it, so every host will do."""
    home = person.attributes.get("imap-home", "")
    return home if _HOST.fullmatch(home) else ""


def home_of(tx: Transaction, account: AccountId) -> str:
    person = principal_by_id(tx, account)
    return "" if person is None else home_in(person)


def elsewhere(person: Principal, here: str) -> str:
    """The host, if it is not this one."""
    home = home_in(person)
    return home if home.lower() != here.lower() else ""
