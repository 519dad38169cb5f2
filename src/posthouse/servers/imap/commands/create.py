"""CREATE – RFC 9051 §6.3.4, RFC 6154 §3 (CREATE-SPECIAL-USE)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from posthouse.database import Transaction
from posthouse.model.ids import AccountId
from posthouse.model.roles import Role
from posthouse.protocols.imap import codes
from posthouse.protocols.imap.commands.create import Create
from posthouse.store.folders import SEPARATOR, create_folder, role_folder

from ..replies import COMPLETED, Done

if TYPE_CHECKING:
    from ..session import Session

USES = {f"\\{role}".lower(): role for role in (Role.ARCHIVE, Role.DRAFTS, Role.JUNK, Role.SENT, Role.TRASH)}
"""Attributes that a folder can be made with. `\\All`, `\\Flagged` and `\\Important` would be views of other folders."""


async def create(session: Session, command: Create) -> Done:
    path = command.mailbox.removesuffix(SEPARATOR)
    roles = [USES.get(use.lower()) for use in command.special_use]
    if None in roles or len(roles) > 1:
        return Done("A mailbox cannot have that special use", codes.USEATTR, b"NO")
    made = await session.store.write(_create, session.account, path, roles[0] if roles else None)
    return COMPLETED if made else Done("Another mailbox has that special use", codes.USEATTR, b"NO")


def _create(tx: Transaction, account: AccountId, path: str, role: Role | None) -> bool:
    """Whether the role was free."""
    if role is not None and role_folder(tx, account, role) is not None:
        return False
    create_folder(tx, account, path, role=role)
    return True
