"""Accounts that live on another host – RFC 2193, RFC 2221: the attribute `imap-home` of an account says so.

A referral must not lead back. So who is at home elsewhere may log in here as long as an account that is at home here
shares something with them; of their own mailboxes they are then told where those are.
"""

from __future__ import annotations

import re

from posthouse.database import Transaction
from posthouse.directory import principal_by_id
from posthouse.model.ids import AccountId
from posthouse.model.refusals import Refusal

_HOST = re.compile(r"[A-Za-z0-9.-]{1,253}(?::[0-9]{1,5})?")


class Elsewhere(Refusal):
    """A mailbox is on another host; of RENAME, where both are that it names."""

    default = "That mailbox is on another host"

    def __init__(self, *urls: str) -> None:
        super().__init__()
        self.urls = urls


def home_of(tx: Transaction, account: AccountId) -> str:
    """Host and port; empty: nothing is said of it, so every host will do."""
    principal = principal_by_id(tx, account)
    home = principal.attributes.get("imap-home", "") if principal is not None else ""
    return home if _HOST.fullmatch(home) else ""
