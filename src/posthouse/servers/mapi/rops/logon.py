"""RopLogon, and what is asked of a logon – [MS-OXCSTOR] 3.2.5."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from posthouse.database import Transaction
from posthouse.directory import (
    Kind,
    Login,
    Memberships,
    Organisation,
    Principal,
    open_organisation,
    principal_by_id,
)
from posthouse.model.ids import AccountId, FolderId
from posthouse.model.roles import Role
from posthouse.protocols.mapi.identifiers import OWN_REPLICA, LongTermId, ObjectId
from posthouse.protocols.mapi.rops import RopRequest
from posthouse.protocols.mapi.rops.logon import (
    LogonFlags,
    LogonTime,
    OpenFlags,
    ResponseFlags,
    RopLogonRequest,
    RopLogonResponse,
)
from posthouse.protocols.mapi.rops.store import (
    RopGetOwningServersRequest,
    RopGetStoreStateRequest,
    RopIdFromLongTermIdRequest,
    RopIdFromLongTermIdResponse,
    RopLongTermIdFromIdRequest,
    RopLongTermIdFromIdResponse,
    RopPublicFolderIsGhostedRequest,
    RopPublicFolderIsGhostedResponse,
)
from posthouse.servers.access import Access
from posthouse.servers.mapi.errors import ErrorCode, RopError
from posthouse.servers.mapi.folders.searching import Searches
from posthouse.servers.mapi.logon import Logon, Mailbox
from posthouse.servers.mapi.memory import Memory
from posthouse.servers.mapi.special_folders import folder_ids, wanted_folders
from posthouse.store import Store
from posthouse.store.folder_objects import has_folder, open_mailbox
from posthouse.store.folders import INBOX, all_folders, load_folder
from posthouse.store.rights import holding_groups, sharers

from .processor import Call, Handler

RESPONSE = 166
"""Bytes of a response to a logon of a private mailbox."""
ECHOED = LogonFlags.PRIVATE | LogonFlags.UNDERCOVER | LogonFlags.GHOSTED


@dataclass
class LogonRops:
    """One for a worker."""

    store: Store
    memberships: Memberships
    searches: Searches
    message_size: int
    """Octets of a message that may be sent; 0: any."""
    memory: Memory
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    _organisation: Organisation | None = None

    def handlers(self) -> dict[type[RopRequest], Handler]:
        return {
            RopLogonRequest: self.logon,
            RopGetStoreStateRequest: get_store_state,
            RopGetOwningServersRequest: get_owning_servers,
            RopPublicFolderIsGhostedRequest: public_folder_is_ghosted,
            RopLongTermIdFromIdRequest: long_term_id_from_id,
            RopIdFromLongTermIdRequest: id_from_long_term_id,
        }

    async def logon(self, call: Call, rop: RopLogonRequest) -> bytes:
        """3.2.5.1. A logon that had this LogonId goes away, with all that was opened through it."""
        call.require(RESPONSE)
        if LogonFlags.PRIVATE not in rop.logon_flags or OpenFlags.PUBLIC in rop.open_flags:
            raise RopError(ErrorCode.ecLoginFailure)  # R59753: there are no public folders here
        if OpenFlags.USE_PER_MDB_REPLID_MAPPING not in rop.open_flags:
            raise RopError(ErrorCode.ecInvalidParameter)  # R803
        if self._organisation is None:
            self._organisation = await open_organisation(self.store.database)
        mailbox = await self.store.read(self._find, self._organisation, call.session.login, rop)
        mailbox = await self._opened(mailbox)
        call.session.release_logon(rop.logon_id)
        access = Access(call.session.login, self.memberships)
        memory = self.memory.of(call.session.login.account)
        shared = self.store, access, self.searches, self.message_size, memory
        call.put(rop.handle_index, Logon(rop.logon_id, mailbox, *shared))
        flags = ResponseFlags.RESERVED
        if mailbox.owner:
            flags |= ResponseFlags.OWNER_RIGHT | ResponseFlags.SEND_AS_RIGHT
        return RopLogonResponse(
            rop.handle_index,
            rop.logon_flags & ECHOED,
            tuple(ObjectId(OWN_REPLICA, number) for number in mailbox.folders),
            flags,
            mailbox.guid,
            OWN_REPLICA,
            mailbox.replica_guid,
            LogonTime.of(self.now()),
        ).format()

    async def _opened(self, mailbox: Mailbox) -> Mailbox:
        """With all folders that a mailbox has for MAPI, made when it is first logged on to."""
        if await self.store.read(_is_complete, mailbox):
            return mailbox
        roles = await self.store.write(_complete, mailbox.account)
        return replace(mailbox, folders=folder_ids(roles))

    def _find(self, tx: Transaction, organisation: Organisation, login: Login, rop: RopLogonRequest) -> Mailbox:
        number = organisation.principal_of(rop.essdn)
        person = principal_by_id(tx, number) if number is not None else None
        if person is None or person.kind is not Kind.ACCOUNT or person.disabled:
            raise RopError(ErrorCode.ecUnknownUser)  # R788, R794
        owner = self._is_owner(login, rop.open_flags, person)
        if not owner and not self._is_guest(tx, login, person):
            raise RopError(ErrorCode.ecLoginFailure)  # R3905001
        created = load_folder(tx, person.id, INBOX).uid_validity  # made from the moment
        user = person if person.id == login.account else principal_by_id(tx, login.account)
        if user is None:
            raise RopError(ErrorCode.ecLoginFailure)
        return Mailbox(
            person.id,
            organisation.mailbox_guid(person.id),
            organisation.replica_guid(person.id),
            owner,
            folder_ids(_roles(tx, person.id)),
            created,
            person.name,
            person.address,
            organisation.dn_of(person.id),
            user.name,
            organisation.dn_of(user.id),
        )

    @staticmethod
    def _is_owner(login: Login, flags: OpenFlags, person: Principal) -> bool:
        """Also an administrator who asks for it (R72)."""
        if OpenFlags.USE_ADMIN_PRIVILEGE in flags and not login.admin:
            raise RopError(ErrorCode.ecLoginPerm)
        return person.id == login.account or OpenFlags.USE_ADMIN_PRIVILEGE in flags

    def _is_guest(self, tx: Transaction, login: Login, person: Principal) -> bool:
        """Somebody with rights on one of the folders."""
        groups = self.memberships.groups_of(tx, login.account, holding_groups(tx))
        return person.id in sharers(tx, login.account, groups)


def _roles(tx: Transaction, account: AccountId) -> dict[Role, FolderId]:
    return {folder.role: folder.id for folder in all_folders(tx, account, hidden=False) if folder.role}


def _is_complete(tx: Transaction, mailbox: Mailbox) -> bool:
    wanted = [*mailbox.folders, *(one.number for one in wanted_folders())]
    return all(has_folder(tx, mailbox.account, number) for number in wanted)


def _complete(tx: Transaction, account: AccountId) -> dict[Role, FolderId]:
    open_mailbox(tx, account, wanted_folders())
    return _roles(tx, account)


def logon_of(call: Call, rop: RopRequest) -> Logon:
    found = call.object(rop)
    if not isinstance(found, Logon):
        raise RopError(ErrorCode.ecNotSupported)
    return found


async def get_store_state(call: Call, rop: RopGetStoreStateRequest) -> bytes:
    """3.2.5.5: servers should not do this (R881, R882)."""
    logon_of(call, rop)
    raise RopError(ErrorCode.ecNotImplemented)


async def get_owning_servers(call: Call, rop: RopGetOwningServersRequest) -> bytes:
    """3.2.5.6: of public folders alone (R892)."""
    logon_of(call, rop)
    raise RopError(ErrorCode.ecNotSupported)


async def public_folder_is_ghosted(call: Call, rop: RopPublicFolderIsGhostedRequest) -> bytes:
    """3.2.5.7: what is here is never elsewhere."""
    logon_of(call, rop)
    return RopPublicFolderIsGhostedResponse(rop.handle_index).format()


async def long_term_id_from_id(call: Call, rop: RopLongTermIdFromIdRequest) -> bytes:
    """3.2.5.8: whether such an object exists is not looked at (R945)."""
    guid = logon_of(call, rop).replicas.guid_of(rop.object_id.replica)
    return RopLongTermIdFromIdResponse(rop.handle_index, LongTermId(guid, rop.object_id.counter)).format()


async def id_from_long_term_id(call: Call, rop: RopIdFromLongTermIdRequest) -> bytes:
    """3.2.5.9."""
    number = logon_of(call, rop).replicas.number_of(rop.long_term_id.replica)
    return RopIdFromLongTermIdResponse(rop.handle_index, ObjectId(number, rop.long_term_id.counter)).format()
