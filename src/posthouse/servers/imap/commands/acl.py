"""SETACL, DELETEACL, GETACL, LISTRIGHTS and MYRIGHTS – RFC 4314 §3.

The owner of a folder may do everything, always: lists begin with that, and it cannot be changed. No rights are tied
together.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from posthouse.database import Transaction
from posthouse.directory import identifier_of, identify
from posthouse.model.refusals import FolderNotFound, NotPermitted
from posthouse.model.rights import ALL_RIGHTS, LETTERS, NO_RIGHTS, OF_LETTERS, VIRTUAL, Right, format_rights
from posthouse.protocols.imap.commands.acl import DeleteAcl, GetAcl, Identifier, ListRights, MyRights, SetAcl
from posthouse.protocols.imap.responses import format_acl, format_listrights, format_myrights
from posthouse.store.folders import PUBLIC
from posthouse.store.rights import Holder, change_rights, read_entries, set_rights

from ..places import Place, Places
from ..replies import COMPLETED, Done

if TYPE_CHECKING:
    from ..session import Session

NEEDED_FOR_MYRIGHTS = Right.LOOKUP | Right.READ | Right.INSERT | Right.CREATE | Right.DELETE | Right.ADMINISTER
"""Any of these (RFC 4314 §4)."""


async def setacl(session: Session, command: SetAcl) -> Done:
    await session.write(_set, session.places, command, session.server.authenticator.default_domain)
    return COMPLETED


def _set(tx: Transaction, places: Places, command: SetAcl, default_domain: str) -> None:
    place = places.find(tx, command.mailbox).require(Right.ADMINISTER)
    holder = _holder(tx, command.identifier, default_domain)
    if not _is_owner(place, holder):
        change_rights(tx, place.account, place.folder.id, holder, add=command.add, remove=command.remove)
    elif holder.negative or command.add != OF_LETTERS:
        raise NotPermitted("The owner has all rights, always")


async def deleteacl(session: Session, command: DeleteAcl) -> Done:
    await session.write(_delete, session.places, command, session.server.authenticator.default_domain)
    return COMPLETED


def _delete(tx: Transaction, places: Places, command: DeleteAcl, default_domain: str) -> None:
    place = places.find(tx, command.mailbox).require(Right.ADMINISTER)
    holder = _holder(tx, command.identifier, default_domain)
    if _is_owner(place, holder):
        raise NotPermitted("The owner has all rights, always")
    set_rights(tx, place.account, place.folder.id, holder, NO_RIGHTS)


async def getacl(session: Session, command: GetAcl) -> Done:
    entries = await session.store.read(_entries, session.places, command.mailbox)
    session.connection.write(format_acl(command.mailbox, entries, session.utf8))
    return COMPLETED


def _entries(tx: Transaction, places: Places, name: str) -> list[tuple[str, str]]:
    place = places.find(tx, name).require(Right.ADMINISTER)
    owner = None if place.account == PUBLIC else identifier_of(tx, place.account)
    named = [] if owner is None else [(owner, format_rights(ALL_RIGHTS))]
    for entry in read_entries(tx, place.account, place.folder.id):
        identifier = identifier_of(tx, entry.holder.principal)
        if identifier is not None:
            named.append((str(Identifier(identifier, entry.holder.negative)), format_rights(entry.rights)))
    return named


async def listrights(session: Session, command: ListRights) -> Done:
    default_domain = session.server.authenticator.default_domain
    owner = await session.store.read(_names_owner, session.places, command, default_domain)
    required = format_rights(ALL_RIGHTS) if owner else ""
    optional = () if owner else (*LETTERS, *VIRTUAL)
    session.connection.write(
        format_listrights(command.mailbox, str(command.identifier), required, optional, session.utf8)
    )
    return COMPLETED


def _names_owner(tx: Transaction, places: Places, command: ListRights, default_domain: str) -> bool:
    place = places.find(tx, command.mailbox).require(Right.ADMINISTER)
    return _is_owner(place, _holder(tx, command.identifier, default_domain))


async def myrights(session: Session, command: MyRights) -> Done:
    place = await session.place(command.mailbox)
    if not place.rights & NEEDED_FOR_MYRIGHTS:
        raise FolderNotFound
    session.connection.write(format_myrights(command.mailbox, place.rights, session.utf8))
    return COMPLETED


def _holder(tx: Transaction, identifier: Identifier, default_domain: str) -> Holder:
    principal, is_group = identify(tx, identifier.name, default_domain)
    return Holder(principal, identifier.negative, is_group)


def _is_owner(place: Place, holder: Holder) -> bool:
    """The public folders have none, and their account's number is what stands for everybody."""
    return place.account != PUBLIC and holder.principal == place.account
