"""What an account may have, and what it has, of each resource (RFC 9208 §5)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from posthouse.database import Queries, Transaction
from posthouse.model.flags import Flag
from posthouse.model.ids import AccountId, FolderId
from posthouse.store.accounts import set_quota, usage
from posthouse.store.annotations import annotation_bytes

SQL = Queries(__package__, "quota.sql")


class Resource(StrEnum):
    STORAGE = "STORAGE"
    """Of messages, in octets here."""
    MESSAGE = "MESSAGE"
    MAILBOX = "MAILBOX"
    ANNOTATION_STORAGE = "ANNOTATION-STORAGE"
    """Of annotations of messages, in octets here."""


@dataclass(frozen=True, slots=True)
class Quota:
    used: int
    limit: int


def read_quotas(tx: Transaction, account: AccountId) -> dict[Resource, Quota]:
    """Of the resources that have a limit."""
    has = usage(tx, account)
    limits = {Resource(name): limit for name, limit in tx.all(SQL.limits, (account,))}
    limits |= {Resource.STORAGE: has.quota_bytes, Resource.MESSAGE: has.quota_messages}
    used = {Resource.STORAGE: has.used_bytes, Resource.MESSAGE: has.used_messages}
    if limits.get(Resource.MAILBOX):
        used[Resource.MAILBOX] = int(tx.all(SQL.folders, (account,))[0][0])
    if limits.get(Resource.ANNOTATION_STORAGE):
        used[Resource.ANNOTATION_STORAGE] = annotation_bytes(tx, account)
    return {resource: Quota(used[resource], limits[resource]) for resource in Resource if limits.get(resource)}


def set_quotas(tx: Transaction, account: AccountId, limits: Mapping[Resource, int]) -> None:
    """All limits anew: what is not named has none any more (RFC 9208 §4.1.3)."""
    set_quota(tx, account, limits.get(Resource.STORAGE, 0), limits.get(Resource.MESSAGE, 0))
    tx.run(SQL.forget_limits, (account,))
    for resource in (Resource.MAILBOX, Resource.ANNOTATION_STORAGE):
        if resource in limits:
            tx.run(SQL.set_limit, (account, resource.value, limits[resource]))


def deleted_bytes(tx: Transaction, account: AccountId, folder: FolderId) -> int:
    """What the messages marked as deleted take (RFC 9208 §4.1.4)."""
    return int(tx.all(SQL.deleted_bytes, (account, folder, int(Flag.DELETED)))[0][0])
