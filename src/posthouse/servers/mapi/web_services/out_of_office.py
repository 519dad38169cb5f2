"""GetUserOofSettings, SetUserOofSettings – [MS-OXWOOF] 3.1.4: the absence that MAPI sets, too, and deliveries go by."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from posthouse.database import Transaction
from posthouse.directory import Login, Memberships, open_organisation, principal_by_id
from posthouse.model.ids import AccountId
from posthouse.protocols.ews import out_of_office as wire
from posthouse.protocols.ews.out_of_office import OofSettings, OofState
from posthouse.protocols.ews.soap import Call, Problem, format_message, format_response
from posthouse.servers.access import Access
from posthouse.servers.mapi.special_folders import wanted_folders
from posthouse.store import Store
from posthouse.store.accounts import lock_account
from posthouse.store.away import Absence, read_absence, set_absence
from posthouse.store.folder_objects import open_mailbox

from .mailboxes import NOT_FOUND, find_mailboxes
from .oof_rules import Replies, read_replies, write_replies

USUAL = timedelta(days=1)
"""What is told of how long, where nothing was said."""
NOT_YOURS = Problem("ErrorAccessDenied", "This mailbox is somebody else's.")


@dataclass
class OutOfOffice:
    store: Store
    memberships: Memberships
    hostname: str

    async def get_user_oof_settings(self, login: Login, call: Call) -> bytes:
        """Fault."""
        found = await self.store.scan(self._get, login, wire.parse_mailbox(call))
        return format_response(wire.GET_RESPONSE, wire.format_settings(found))

    async def set_user_oof_settings(self, login: Login, call: Call) -> bytes:
        """Fault."""
        await open_organisation(self.store.database)  # deliveries that go by rules need it
        settings = wire.parse_settings(call, _moment(self.store.now()))
        problem = await self.store.write(self._set, login, wire.parse_mailbox(call), settings)
        return format_response(wire.SET_RESPONSE, format_message(problem))

    def _get(self, tx: Transaction, login: Login, address: str) -> OofSettings | Problem:
        account = self._find(tx, login, address)
        if isinstance(account, Problem):
            return account
        absence, replies = read_absence(tx, account), read_replies(tx, self.store.blobs, account)
        now = self.store.now()
        state = OofState.ENABLED if absence.is_away(now) else OofState.DISABLED
        begin, end = _moment(now), _moment(now) + USUAL
        if absence.is_set and absence.begin is not None and absence.end is not None:
            begin, end = _moment(absence.begin), _moment(absence.end)
            state = OofState.SCHEDULED if now < absence.end else OofState.DISABLED
        return OofSettings(state, replies.audience, begin, end, replies.internal, replies.external)

    def _set(self, tx: Transaction, login: Login, address: str, settings: OofSettings) -> Problem | None:
        account = self._find(tx, login, address)
        if isinstance(account, Problem):
            return account
        lock_account(tx, account)
        open_mailbox(tx, account, wanted_folders())
        person = principal_by_id(tx, account)
        domain = "" if person is None else person.address.rpartition("@")[2]
        replies = Replies(settings.internal, settings.external, settings.audience)
        write_replies(tx, account, replies, domain, self.store.now())
        set_absence(tx, account, _absence(settings))
        return None

    def _find(self, tx: Transaction, login: Login, address: str) -> AccountId | Problem:
        """Whoever may open the mailbox as if it were theirs may do this, too."""
        found = find_mailboxes(tx, address, self.hostname)
        if isinstance(found, Problem):
            return found
        if found.is_group:
            return NOT_FOUND
        [account] = found.accounts
        if account != login.account and not Access(login, self.memberships).is_steward(tx, account):
            return NOT_YOURS
        return account


def _absence(settings: OofSettings) -> Absence:
    if settings.state is not OofState.SCHEDULED:
        return Absence(settings.state is OofState.ENABLED)
    return Absence(True, int(settings.begin.timestamp()), int(settings.end.timestamp()))


def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
