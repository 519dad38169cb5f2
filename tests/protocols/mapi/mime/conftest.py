"""What the tests of conversions share: an address book of two, and messages of every kind."""

from __future__ import annotations

import pytest
from awkward import made
from corpus import real_messages

from posthouse.protocols.mapi.mime.address_book import Entry, Owner

RECIPIENTS = "/o=Posthouse/ou=Exchange Administrative Group (FYDIBOHF23SPDLT)/cn=Recipients/cn="
ALICE = Entry(f"{RECIPIENTS}00000001", "Alice Ample", "alice@example.org")
STAFF = Entry(f"{RECIPIENTS}00000002", "All Staff", "staff@example.org", is_list=True)


class Book:
    """Alice, and a list of all staff."""

    entries = (ALICE, STAFF)

    def by_address(self, address: str) -> Entry | None:
        return next((entry for entry in self.entries if entry.address == address.lower()), None)

    def by_dn(self, dn: str) -> Entry | None:
        return next((entry for entry in self.entries if entry.dn.lower() == dn.lower()), None)

    def owner_of(self, account: int) -> Owner | None:
        return Owner(ALICE, frozenset((ALICE.address, "al@example.org"))) if account == 1 else None


@pytest.fixture(scope="session")
def book() -> Book:
    return Book()


@pytest.fixture(scope="session")
def messages() -> dict[str, bytes]:
    """Name → bytes of the awkward messages made here, and of real ones where there are some."""
    return made() | real_messages()
