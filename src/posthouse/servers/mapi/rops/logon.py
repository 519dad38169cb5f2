"""RopLogon, and what is asked of a logon – [MS-OXCSTOR] 3.2.5."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from time import monotonic
from uuid import UUID

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
from posthouse.model.refusals import Refusal
from posthouse.model.roles import Role
from posthouse.observe.logs import Logger
from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.identifiers import OWN_REPLICA, ObjectId
from posthouse.protocols.mapi.objects import Properties
from posthouse.protocols.mapi.rops import RopRequest
from posthouse.protocols.mapi.rops.logon import (
    LogonFlags,
    LogonTime,
    OpenFlags,
    ResponseFlags,
    RopLogonPublicResponse,
    RopLogonRequest,
    RopLogonResponse,
)
from posthouse.protocols.mapi.rops.store import RopGetStoreStateRequest
from posthouse.servers.access import Access
from posthouse.servers.mapi.errors import ErrorCode, RopError
from posthouse.servers.mapi.folders.searching import Searches
from posthouse.servers.mapi.languages import note_language, sort_locale
from posthouse.servers.mapi.logon import Logon, Mailbox
from posthouse.servers.mapi.memory import Memory
from posthouse.servers.mapi.public_folders import wanted_frame
from posthouse.servers.mapi.public_store import public_store
from posthouse.servers.mapi.special_folders import folder_ids, wanted_folders
from posthouse.servers.mapi.wrong_server import WrongServer, require_here
from posthouse.store import Store
from posthouse.store.away import absence_of
from posthouse.store.folder_objects import Wanted, has_folder, open_mailbox
from posthouse.store.folders import INBOX, all_folders, load_folder
from posthouse.store.mailbox_properties import locale_of, mailbox_properties
from posthouse.store.rights import holding_groups, sharers

from .processor import Call, Handler

RESPONSE = 166
"""Bytes of a response to a logon of a private mailbox."""
UNDEFINED_LOGON, UNDEFINED_OPEN = 0xF0, 0xDEC0_0000
"""Bits of LogonFlags and OpenFlags that mean nothing to anybody. Others that the documents do not name have been sent
by clients of old, and change nothing."""
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
    objects: Memory
    """What is open counts there, whatever is in it."""
    hostname: str
    log: Logger
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    _organisation: Organisation | None = None

    def handlers(self) -> dict[type[RopRequest], Handler]:
        return {
            RopLogonRequest: self.logon,
            RopGetStoreStateRequest: get_store_state,
        }

    async def logon(self, call: Call, rop: RopLogonRequest) -> bytes:
        """3.2.5.1. A logon that had this LogonId goes away, with all that was opened through it."""
        call.require(RESPONSE)
        if not call.session.knows_code_page:
            raise RopError(ErrorCode.ecUnknownCodePage)  # R3102
        if rop.logon_flags & UNDEFINED_LOGON or rop.open_flags & UNDEFINED_OPEN:
            raise RopError(ErrorCode.ecError)  # R1202, R3109
        if (LogonFlags.PRIVATE in rop.logon_flags) is (OpenFlags.PUBLIC in rop.open_flags):
            raise RopError(ErrorCode.ecLoginFailure)  # R3110001
        try:
            mailbox, known = await self._mailbox(call.session.login, rop)
        except WrongServer as wrong:
            call.session.misdirect(monotonic())
            return wrong.answer(rop, rop.logon_flags & ECHOED)
        except Refusal as refusal:  # R3100, R3108
            self.log.error("failed", refusal, type="RopLogon", account=call.session.login.address)
            raise RopError(ErrorCode.ecLoginFailure) from None
        call.session.release_logon(rop.logon_id)
        call.session.public = frozenset(rop.public_after(call.session.public))
        access = Access(call.session.login, self.memberships)
        memory = self.memory.of(call.session.login.account)
        call.session.memory = call.session.memory or self.objects.of(call.session.login.account)
        shared = self.store.as_seen_by(access.account), access, self.searches, self.message_size, memory
        progress = OpenFlags.SUPPORT_PROGRESS in rop.open_flags
        if access.account == mailbox.account and locale_of(known, tags.PidTagLocaleId) is None:
            await note_language(self.store, mailbox, call.session.language.locale)
        sorting = sort_locale(known if mailbox.owner else {}, call.session.language)
        logon = Logon(rop.logon_id, mailbox, *shared, sort_locale=sorting, supports_progress=progress)
        call.put(rop.handle_index, logon)
        if mailbox.is_public:
            return _public_response(rop, mailbox)
        return self._private_response(rop, mailbox, away=absence_of(known).is_away(self.store.now()))

    async def _mailbox(self, login: Login, rop: RopLogonRequest) -> tuple[Mailbox, Properties]:
        """Whose it is, opened, and what is known of it."""
        if self._organisation is None:
            self._organisation = await open_organisation(self.store.database)
        find = self._find if LogonFlags.PRIVATE in rop.logon_flags else _find_public
        mailbox = await self._opened(await self.store.read(find, self._organisation, login, rop))
        return mailbox, await self.store.read(mailbox_properties, mailbox.account)

    def _private_response(self, rop: RopLogonRequest, mailbox: Mailbox, *, away: bool) -> bytes:
        flags = ResponseFlags.RESERVED
        if mailbox.owner:
            flags |= ResponseFlags.OWNER_RIGHT | ResponseFlags.SEND_AS_RIGHT
        if away:
            flags |= ResponseFlags.OOF
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
        """With all folders that a mailbox has for MAPI, made when it is first logged on to, by whoever is no stranger
        (R816, R818)."""
        if mailbox.stranger or await self.store.read(_is_complete, mailbox):
            return mailbox
        roles = await self.store.write(_complete, mailbox)
        if mailbox.is_public:
            return mailbox
        return replace(mailbox, folders=folder_ids(roles))

    def _find(self, tx: Transaction, organisation: Organisation, login: Login, rop: RopLogonRequest) -> Mailbox:
        if OpenFlags.USE_PER_MDB_REPLID_MAPPING not in rop.open_flags:
            raise RopError(ErrorCode.ecInvalidParameter)  # R803
        number = organisation.principal_of(rop.essdn)
        person = principal_by_id(tx, number) if number is not None else None
        if person is None or person.kind is not Kind.ACCOUNT or person.disabled:
            raise RopError(ErrorCode.ecUnknownUser)  # R788, R794
        owner = person.id == login.account or _is_admin(login, rop.open_flags)
        if OpenFlags.USE_ADMIN_PRIVILEGE not in rop.open_flags:
            require_here(organisation, person, self.hostname)
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
            stranger=not owner and not self._is_guest(tx, login, person),
        )

    def _is_guest(self, tx: Transaction, login: Login, person: Principal) -> bool:
        """Somebody with rights on one of the folders."""
        groups = self.memberships.groups_of(tx, login.account, holding_groups(tx))
        return person.id in sharers(tx, login.account, groups)


def _is_admin(login: Login, flags: OpenFlags) -> bool:
    """An administrator who asks for it is as good as the owner (R72)."""
    if OpenFlags.USE_ADMIN_PRIVILEGE in flags and not login.admin:
        raise RopError(ErrorCode.ecLoginPerm)
    return OpenFlags.USE_ADMIN_PRIVILEGE in flags


def _find_public(tx: Transaction, organisation: Organisation, login: Login, rop: RopLogonRequest) -> Mailbox:
    """There is one public message store, and here it is: whom the client names does not matter (R354, R1218)."""
    if OpenFlags.ALTERNATE_SERVER in rop.open_flags:
        raise RopError(ErrorCode.ecLoginFailure)  # R835
    return public_store(tx, organisation, login, as_admin=_is_admin(login, rop.open_flags))


def _public_response(rop: RopLogonRequest, mailbox: Mailbox) -> bytes:
    return RopLogonPublicResponse(
        rop.handle_index,
        rop.logon_flags & ECHOED,
        tuple(ObjectId(OWN_REPLICA if number else 0, number) for number in mailbox.folders),
        OWN_REPLICA,
        mailbox.replica_guid,
        UUID(int=0),
    ).format()


def _roles(tx: Transaction, account: AccountId) -> dict[Role, FolderId]:
    return {folder.role: folder.id for folder in all_folders(tx, account, hidden=False) if folder.role}


def _is_complete(tx: Transaction, mailbox: Mailbox) -> bool:
    wanted = [*filter(None, mailbox.folders), *(one.number for one in _wanted(mailbox))]
    return all(has_folder(tx, mailbox.account, number) for number in wanted)


def _complete(tx: Transaction, mailbox: Mailbox) -> dict[Role, FolderId]:
    open_mailbox(tx, mailbox.account, _wanted(mailbox))
    return _roles(tx, mailbox.account)


def _wanted(mailbox: Mailbox) -> list[Wanted]:
    return wanted_frame() if mailbox.is_public else wanted_folders()


def logon_of(call: Call, rop: RopRequest) -> Logon:
    found = call.object(rop)
    if not isinstance(found, Logon):
        raise RopError(ErrorCode.ecNotSupported)
    return found


def private_logon_of(call: Call, rop: RopRequest) -> Logon:
    """Of what public folders have not."""
    logon = logon_of(call, rop)
    if logon.mailbox.is_public:
        raise RopError(ErrorCode.ecNotSupported)
    return logon


async def get_store_state(call: Call, rop: RopGetStoreStateRequest) -> bytes:
    """3.2.5.5: servers should not do this (R881, R882)."""
    private_logon_of(call, rop)
    raise RopError(ErrorCode.ecNotImplemented)
