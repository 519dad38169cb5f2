"""Who may do what with a folder, as MAPI lists and changes it – [MS-OXCPERM] 3.2.5.

A *member* is somebody whom the one rights model has entries of; everybody (the default user) and whoever has not logged
in (Anonymous) always are. A client does not know negative entries: it sees what is left, and what it says of a member
takes the place of all.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from posthouse.database import Transaction
from posthouse.directory import Kind, principal_by_id
from posthouse.directory.organisation import organisation
from posthouse.model.ids import AccountId, FolderId
from posthouse.model.refusals import BadSyntax, LimitReached
from posthouse.model.rights import NO_RIGHTS, Right
from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.entry_ids import AddressBookEntryId, parse_entry_id
from posthouse.protocols.mapi.rops.permission import (
    MemberRights,
    ModifyPermissionsFlags,
    PermissionData,
    PermissionDataFlags,
)
from posthouse.servers.mapi.errors import ErrorCode, RopError
from posthouse.store.accounts import lock_account
from posthouse.store.rights import ANONYMOUS, ANYONE, Holder, read_entries, set_rights

from .folder import OpenFolder
from .member_rights import with_member_rights

ANONYMOUS_ID, DEFAULT_ID = -1, 0
"""PidTagMemberId of those who are nobody's principal; that of any other member is the principal's number."""


@dataclass(frozen=True, slots=True)
class Member:
    holder: Holder
    rights: Right


def read_members(tx: Transaction, account: AccountId, folder: FolderId) -> dict[AccountId, Member]:
    """By their principals: everybody first, Anonymous last."""
    holders = {ANYONE: Holder(ANYONE), ANONYMOUS: Holder(ANONYMOUS)}
    granted, taken = {ANYONE: NO_RIGHTS, ANONYMOUS: NO_RIGHTS}, {ANYONE: NO_RIGHTS}
    for entry in read_entries(tx, account, folder):
        holder = entry.holder
        holders[holder.principal] = replace(holder, negative=False)
        (taken if holder.negative else granted)[holder.principal] = entry.rights
    found = {}
    for one, holder in sorted(holders.items()):
        left = granted.get(one, granted[ANYONE]) & ~taken[ANYONE] & ~taken.get(one, NO_RIGHTS)
        found[one] = Member(holder, left)
    return found


def modify_permissions(
    tx: Transaction, folder: OpenFolder, flags: ModifyPermissionsFlags, changes: Iterable[PermissionData]
) -> None:
    """All of the changes, or none and a RopError."""
    lock_account(tx, folder.account)
    folder.require(tx, Right.ADMINISTER)
    before = read_members(tx, folder.account, folder.folder)
    replaces = ModifyPermissionsFlags.REPLACE_ROWS in flags
    after = {ANYONE: before[ANYONE]} if replaces else dict(before)
    for change in changes:
        if replaces and change.permission_data_flags is not PermissionDataFlags.ADD_ROW:
            raise RopError(ErrorCode.ecInvalidParameter)
        member = _named(tx, change, before, folder.account)
        if member is None:
            continue
        if change.permission_data_flags is PermissionDataFlags.REMOVE_ROW:
            after.pop(member.holder.principal, None)
        else:
            free_busy = ModifyPermissionsFlags.INCLUDE_FREE_BUSY in flags
            rights = with_member_rights(member.rights, _told(change), free_busy=free_busy)
            after[member.holder.principal] = Member(member.holder, rights)
    _write(tx, folder, before, after)


def _named(
    tx: Transaction, change: PermissionData, before: Mapping[AccountId, Member], owner: AccountId
) -> Member | None:
    """As they were until now; None: one who is to be changed or to go, and is not in the list."""
    if change.permission_data_flags is PermissionDataFlags.ADD_ROW:
        holder = _holder(tx, _value(change, tags.PidTagEntryId))
        if holder.principal == owner:
            raise RopError(ErrorCode.ecAccessDenied)  # whose rights nobody changes
        return before.get(holder.principal, Member(holder, NO_RIGHTS))
    if change.permission_data_flags not in (PermissionDataFlags.MODIFY_ROW, PermissionDataFlags.REMOVE_ROW):
        raise RopError(ErrorCode.ecInvalidParameter)
    number = _value(change, tags.PidTagMemberId)
    return before.get(ANONYMOUS if number == ANONYMOUS_ID else number)


def _value(change: PermissionData, tag: Any) -> Any:
    found = {one.tag: one.value for one in change.property_values}.get(tag)
    if found is None:
        raise RopError(ErrorCode.ecInvalidParameter)
    return found


def _told(change: PermissionData) -> MemberRights:
    """Bits that mean nothing are passed over."""
    return MemberRights(_value(change, tags.PidTagMemberRights) & sum(MemberRights))


def _holder(tx: Transaction, entry_id: bytes) -> Holder:
    """ecUnknownUser for one who cannot be granted anything."""
    try:
        parsed = parse_entry_id(entry_id)
    except BadSyntax:
        raise RopError(ErrorCode.ecInvalidParameter) from None
    book = organisation(tx)
    number = book.principal_of(parsed.dn) if book is not None and isinstance(parsed, AddressBookEntryId) else None
    person = principal_by_id(tx, number) if number is not None else None
    if person is None or person.kind is Kind.CONTACT:
        raise RopError(ErrorCode.ecUnknownUser)
    return Holder(person.id, is_group=person.kind is Kind.GROUP)


def _write(
    tx: Transaction, folder: OpenFolder, before: Mapping[AccountId, Member], after: Mapping[AccountId, Member]
) -> None:
    """What has become another. Those that go make room for those that come."""
    where = folder.account, folder.folder
    for one in sorted(before.keys() | after.keys(), key=after.__contains__):
        member = after.get(one)
        if member == before.get(one):
            continue
        holder = (member or before[one]).holder
        set_rights(tx, *where, replace(holder, negative=True), NO_RIGHTS)
        rights = NO_RIGHTS if member is None else member.rights
        try:
            set_rights(tx, *where, holder, rights, stays=member is not None and holder.principal != ANYONE)
        except LimitReached:
            raise RopError(ErrorCode.ecQuotaExceeded) from None
