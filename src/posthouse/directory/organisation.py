"""How Exchange's protocols call people and mailboxes here.

A legacy DN is an account's name in address books, messages and profiles of Outlook, for ever: it is made of the
account's number, which is never used again, and of the hub's own mark, so that no other hub's names are taken for ours.
A mailbox has a GUID in URLs and logons. Both follow from the hub's secret, which a backup carries along.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property
from hmac import digest
from uuid import UUID

from posthouse.database import Database, Transaction
from posthouse.directory.state import make_secret, secret
from posthouse.model.ids import AccountId

_MAILBOX = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}@[A-Za-z0-9.-]{1,255}")
GROUP = "ou=Exchange Administrative Group (FYDIBOHF23SPDLT)"
"""What every Exchange since 2007 calls it; clients know it by heart."""


@dataclass(frozen=True)
class Organisation:
    secret: bytes = field(repr=False)

    @cached_property
    def dn(self) -> str:
        """What every name begins with."""
        return f"/o=Posthouse {self._digest('organisation')[:4].hex()}/{GROUP}"

    @property
    def guid(self) -> UUID:
        """Of the hub as a whole."""
        return self._guid("deployment")

    @property
    def address_book_guid(self) -> UUID:
        """Of the address book as a server, for entry ids that last as long as a session ([MS-OXNSPI] R699)."""
        return self._guid("address book")

    def dn_of(self, principal: AccountId) -> str:
        """The legacy DN of an account, group or contact."""
        return f"{self.dn}/cn=Recipients/cn={principal:08x}"

    def principal_of(self, dn: str) -> AccountId | None:
        """Whose DN it is; in DNs case does not matter."""
        begin = f"{self.dn}/cn=Recipients/cn=".lower()
        number = dn.lower().removeprefix(begin)
        if number == dn.lower() or not re.fullmatch(r"[0-9a-f]{8,16}", number):
            return None
        found = AccountId(int(number, 16))
        return found if self.dn_of(found).lower() == dn.lower() else None

    def principal_guid(self, principal: AccountId) -> UUID:
        return self._guid(f"principal {principal}")

    def list_guid(self, name: str) -> UUID:
        """Of a list in the address book."""
        return self._guid(f"address list {name}")

    def mailbox_guid(self, account: AccountId) -> UUID:
        return self._guid(f"mailbox {account}")

    def replica_guid(self, account: AccountId) -> UUID:
        """In whose name the mailbox counts its objects and changes."""
        return self._guid(f"replica {account}")

    def mailbox_name(self, account: AccountId, domain: str) -> str:
        """`GUID@domain`, as URLs have it."""
        return f"{self.mailbox_guid(account)}@{domain}"

    def server_dn(self, account: AccountId, domain: str) -> str:
        """Each mailbox is a server of its own, as since Exchange 2013."""
        return f"{self.dn}/cn=Configuration/cn=Servers/cn={self.mailbox_name(account, domain)}"

    def mailbox_of(self, dn: str) -> str | None:
        """The mailbox's name in a server's DN, also in that of the store within it: `…/cn=Microsoft Private MDB`."""
        begin = f"{self.dn}/cn=Configuration/cn=Servers/cn=".lower()
        if not dn.lower().startswith(begin):
            return None
        name = dn[len(begin) :].partition("/")[0]
        return name if _MAILBOX.fullmatch(name) else None

    def _guid(self, what: str) -> UUID:
        return UUID(bytes=self._digest(what)[:16], version=4)

    def _digest(self, what: str) -> bytes:
        return digest(self.secret, f"organisation: {what}".encode(), "sha256")


def organisation(tx: Transaction) -> Organisation | None:
    """None as long as the hub has no secret."""
    found = secret(tx)
    return Organisation(found) if found else None


async def open_organisation(database: Database) -> Organisation:
    """The secret is made when there is none."""
    return await database.read(organisation) or Organisation(await database.write(make_secret))
