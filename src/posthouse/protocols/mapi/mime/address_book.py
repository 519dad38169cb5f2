"""Who is known here: local people have a legacy DN besides their address – [MS-OXOABK] 2.2."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, Protocol


@dataclass(frozen=True, slots=True)
class Entry:
    dn: str
    """The legacy DN."""
    name: str
    address: str
    """By which mail reaches it."""
    is_list: bool = False


class Owner(NamedTuple):
    """Whose mailbox a message is in."""

    entry: Entry
    addresses: frozenset[str]
    """All by which mail reaches them, in small letters."""


class AddressBook(Protocol):
    """Asked for every address of a message: an answer must be quick."""

    def by_address(self, address: str) -> Entry | None: ...

    def by_dn(self, dn: str) -> Entry | None: ...

    def owner_of(self, account: int) -> Owner | None:
        """None: it is nobody's mailbox."""
        ...


class _Empty:
    def by_address(self, address: str) -> Entry | None:
        return None

    def by_dn(self, dn: str) -> Entry | None:
        return None

    def owner_of(self, account: int) -> Owner | None:
        return None


EMPTY: AddressBook = _Empty()
