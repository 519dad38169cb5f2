"""GETQUOTA, GETQUOTAROOT and SETQUOTA – RFC 9208.

Each account is one quota root, called by its address, for all of its folders. Storage is told in units of 1024 octets
(§5.1): what is used is rounded up, what is allowed down.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from posthouse.database import Transaction
from posthouse.directory import Kind, find_principal, principal_by_id
from posthouse.directory.errors import BadAddress
from posthouse.model.ids import AccountId
from posthouse.model.refusals import NotPermitted, Refusal
from posthouse.model.rights import Right
from posthouse.protocols.imap.commands.quota import GetQuota, GetQuotaRoot, SetQuota
from posthouse.protocols.imap.responses import format_quota, format_quotaroot
from posthouse.store.quota import Quota, Resource, read_quotas, set_quotas

from ..places import Places
from ..replies import COMPLETED, Done

if TYPE_CHECKING:
    from ..session import Session

UNIT = 1024
IN_UNITS = frozenset({Resource.STORAGE, Resource.ANNOTATION_STORAGE})
MOST = (1 << 63) // UNIT - 1


class NoSuchRoot(Refusal):
    default = "No such quota root"


async def getquota(session: Session, command: GetQuota) -> Done:
    """Of one's own account; an administrator, of any."""
    quotas = await session.store.read(_read, session.places, command.root)
    session.connection.write(_response(command.root, quotas))
    return COMPLETED


async def getquotaroot(session: Session, command: GetQuotaRoot) -> Done:
    root, quotas = await session.store.read(_read_of_folder, session.places, command.mailbox)
    out = format_quotaroot(command.mailbox, [root] if root else [], session.utf8)
    session.connection.write(out + (_response(root, quotas) if root else b""))
    return COMPLETED


async def setquota(session: Session, command: SetQuota) -> Done:
    if not session.is_admin:
        raise NotPermitted("Only an administrator sets quotas")
    limits = {_resource(name): limit for name, limit in command.limits}
    if any(not 0 < limit <= MOST for limit in limits.values()):
        raise NotPermitted("Not a possible limit; leave a resource out to have it without one")
    octets = {resource: limit * UNIT if resource in IN_UNITS else limit for resource, limit in limits.items()}
    quotas = await session.store.write(_set, session.places, command.root, octets)
    session.connection.write(_response(command.root, quotas))
    return COMPLETED


def _resource(name: str) -> Resource:
    try:
        return Resource(name)
    except ValueError:
        raise NotPermitted(f"{name} cannot be limited") from None


def _read(tx: Transaction, places: Places, root: str) -> dict[Resource, Quota]:
    return read_quotas(tx, _account(tx, places, root))


def _set(tx: Transaction, places: Places, root: str, limits: dict[Resource, int]) -> dict[Resource, Quota]:
    account = _account(tx, places, root, any_account=True)
    set_quotas(tx, account, limits)
    return read_quotas(tx, account)


def _account(tx: Transaction, places: Places, root: str, any_account: bool = False) -> AccountId:
    try:
        found = find_principal(tx, root)
    except BadAddress:
        raise NoSuchRoot from None
    if found is None or found.kind is not Kind.ACCOUNT:
        raise NoSuchRoot
    if found.id != places.account and not (places.admin or any_account):
        raise NotPermitted
    return found.id


def _read_of_folder(tx: Transaction, places: Places, name: str) -> tuple[str, dict[Resource, Quota]]:
    """Public folders have no root, for they have no limits."""
    place = places.find(tx, name).require(Right.READ)
    owner = principal_by_id(tx, place.account)
    return (owner.address, read_quotas(tx, owner.id)) if owner is not None else ("", {})


def _response(root: str, quotas: dict[Resource, Quota]) -> bytes:
    return format_quota(root, [(resource.value, *_units(resource, quota)) for resource, quota in quotas.items()])


def _units(resource: Resource, quota: Quota) -> tuple[int, int]:
    if resource not in IN_UNITS:
        return quota.used, quota.limit
    return -(-quota.used // UNIT), quota.limit // UNIT
