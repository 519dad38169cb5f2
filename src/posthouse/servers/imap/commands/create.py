"""CREATE – RFC 9051 §6.3.4, RFC 6154 §3 (CREATE-SPECIAL-USE)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from posthouse.database import Transaction
from posthouse.model.rights import Right
from posthouse.model.roles import Role
from posthouse.protocols.imap import codes
from posthouse.protocols.imap.commands.create import Create
from posthouse.store.accounts import create_public
from posthouse.store.folders import PUBLIC, SEPARATOR, create_folder, role_folder
from posthouse.store.rights import give_to_maker

from ..object_ids import mailbox_id
from ..places import Places
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
    made = await session.write(_create, session.places, path, roles[0] if roles else None, session.store.now())
    if made is None:
        return Done("Another mailbox has that special use", codes.USEATTR, b"NO")
    return Done(code=codes.mailboxid(made)) if session.server.capabilities.is_on("OBJECTID") else COMPLETED


def _create(tx: Transaction, places: Places, name: str, role: Role | None, now: int) -> bytes | None:
    """Its object id. None: the role was not free, and it never is in another's account."""
    site = places.site(tx, name).require(Right.CREATE)
    if role is not None and (site.account != places.account or role_folder(tx, site.account, role) is not None):
        return None
    if site.account == PUBLIC:
        create_public(tx, now)
    made = create_folder(tx, site.account, site.path, role=role).id
    if site.account == PUBLIC:
        give_to_maker(tx, PUBLIC, made, places.account)
    return mailbox_id(site.account, made)
