"""What every request works on, and how it fails."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

from posthouse.database import Transaction
from posthouse.directory import (
    Effort,
    Kind,
    Login,
    Organisation,
    Principal,
    Sizes,
    dynamic_groups,
    list_principals,
    meeting,
)
from posthouse.protocols.mapi.address_book.stat import Stat
from posthouse.protocols.mapi.code_pages import CP_WINUNICODE, codec_of
from posthouse.servers.mapi.errors import ErrorCode

MAX_TABLE = 10_000
"""Rows of an Explicit Table that we make."""
MAX_ROWS = 2_000
"""Rows of one response."""
MAX_COLUMNS = 1_000
MAX_LOOKUPS = 200_000
"""Of people one by one, for one request: whom groups name, and who has one word of a name for the others."""


class BookError(Exception):
    """A request fails with this ErrorCode."""

    def __init__(self, code: ErrorCode) -> None:
        super().__init__(code.name)
        self.code = code


@dataclass
class Book:
    """The address book as one account sees it, in one transaction; what is dear to find is found once in it."""

    tx: Transaction
    organisation: Organisation
    login: Login
    sizes: Sizes
    effort: Effort = field(default_factory=lambda: Effort(MAX_LOOKUPS))
    _found: dict[str, list[Principal]] = field(default_factory=dict)

    @cached_property
    def accounts(self) -> list[Principal]:
        return list_principals(self.tx, Kind.ACCOUNT)

    @cached_property
    def dynamic_groups(self) -> list[Principal]:
        return dynamic_groups(self.tx)

    def meeting(self, query: str) -> list[Principal]:
        """The accounts that a group's query finds."""
        if query and query not in self._found:
            self._found[query] = meeting(query, self.accounts)
        return self._found[query] if query else []

    @cached_property
    def reports(self) -> dict[str, list[Principal]]:
        """Accounts by whom they have as their manager, an address in small letters."""
        found = dict[str, list[Principal]]()
        for account in self.accounts:
            if not account.disabled and (manager := account.attributes.get("manager")):
                found.setdefault(manager.casefold(), []).append(account)
        return found


def stat_of(state: Stat | None) -> Stat:
    """A request without one asks nothing."""
    if state is None:
        raise BookError(ErrorCode.ecInvalidParameter)
    return state


def encoding_of(code_page: int) -> str:
    """The codec of its 8-bit strings. Unicode's code page is of no such strings ([MS-OXNSPI] 3.1.4.1.x, constraint
    1)."""
    if code_page == CP_WINUNICODE:
        raise BookError(ErrorCode.ecNotSupported)
    codec = codec_of(code_page)
    if codec is None:
        raise BookError(ErrorCode.ecInvalidCodePage)
    return codec
