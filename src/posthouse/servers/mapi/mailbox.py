"""The mailbox endpoint: Connect, Execute, Disconnect, NotificationWait – [MS-OXCMAPIHTTP] 2.2.4, [MS-OXCRPC] 3.1.4."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from posthouse.database import Database, Transaction
from posthouse.directory import Kind as PrincipalKind
from posthouse.directory import Login, Memberships, Organisation, Principal, open_organisation, principal_by_id
from posthouse.model.ids import AccountId
from posthouse.model.refusals import BadSyntax
from posthouse.protocols.mapi.auxiliary import connect_blocks
from posthouse.protocols.mapi.extended_buffer import (
    HEADER,
    MAX_BUFFERS,
    MAX_PAYLOAD,
    MAX_REQUEST,
    format_extended,
    parse_extended,
)
from posthouse.protocols.mapi.mailbox import (
    AUXILIARY_MAX,
    ConnectRequest,
    ConnectResponse,
    ExecuteFlags,
    ExecuteRequest,
    ExecuteResponse,
    format_disconnect_response,
    format_notification_wait_response,
    parse_connect,
    parse_disconnect,
    parse_execute,
    parse_notification_wait,
)
from posthouse.protocols.mapi.mailbox_responses import (
    parse_connect_response,
    parse_disconnect_response,
    parse_notification_wait_response,
)
from posthouse.protocols.mapi.rop_buffer import RopBuffer, parse_rop_buffer
from posthouse.protocols.mapi.rops.transport import RopBackoff
from posthouse.servers.access import Access
from posthouse.store.accounts import has_account
from posthouse.store.folders import PUBLIC

from .errors import RPC_S_SERVER_TOO_BUSY, RPC_X_BAD_STUB_DATA, ErrorCode
from .requests import Call, Kind, Opened, RequestType, RpcFailure, no_body, ping, table
from .rops.processor import ExecuteFailed, Processor
from .session import Language, MailboxSession
from .settings import MapiSettings
from .tracing import Tracing

BUFFER_MAX = 0x40000
ADMINISTRATOR = 0x00000001
NEEDS_NO_PUBLIC_FOLDERS = 0x00008000
"""What older clients say who get along without; those from 12.0 on always do ([MS-OXCRPC] R1560 to R1562)."""
LEARNT_TO_DO_WITHOUT = (12, 0, 0, 0)
KNOWS_BACKOFF = (12, 0, 4228, 0)
"""Clients newer than this one ([MS-OXCROPS] R4542)."""
BACKOFF = 1000
"""Milliseconds."""


@dataclass
class Mailbox:
    """What the requests share."""

    database: Database
    memberships: Memberships
    processor: Processor
    settings: MapiSettings
    tracing: Tracing
    _organisation: Organisation | None = None
    _running: Counter[AccountId] = field(default_factory=Counter)
    """How many Executes of each account are at work."""

    def table(self) -> dict[str, RequestType[MailboxSession]]:
        return table(
            RequestType("Connect", Kind.OPENS, parse_connect, self.connect, parse_connect_response),
            RequestType("Execute", Kind.WORKS, parse_execute, self.execute),
            RequestType("Disconnect", Kind.CLOSES, parse_disconnect, self.disconnect, parse_disconnect_response),
            RequestType(
                "NotificationWait",
                Kind.WAITS,
                parse_notification_wait,
                self.notification_wait,
                parse_notification_wait_response,
            ),
            RequestType("PING", Kind.PINGS, no_body, ping),
        )

    async def connect(self, call: Call[MailboxSession]) -> bytes | Opened[MailboxSession]:
        """[MS-OXCRPC] 3.1.4.1. The name is that of whoever is logged in, or of a mailbox that is as good as theirs;
        which one is opened is said later."""
        request: ConnectRequest = call.request
        check_auxiliary(request.auxiliary_buffer)
        if self._organisation is None:
            self._organisation = await open_organisation(self.database)
        access = Access(call.login, self.memberships)
        error, person = await self.database.read(_connects, self._organisation, access, request)
        if person is None:
            return ConnectResponse(error).format()
        public_folders = await self.database.read(has_account, PUBLIC)
        is_old = call.client is not None and call.client < LEARNT_TO_DO_WITHOUT
        if is_old and not public_folders and not request.flags & NEEDS_NO_PUBLIC_FOLDERS:
            return ConnectResponse(ErrorCode.ecClientVerDisallowed).format()
        blocks = connect_blocks(public_folders=public_folders)
        language = Language(request.default_code_page, request.lcid_string, request.lcid_sort)
        return Opened(
            MailboxSession(call.login, language),
            ConnectResponse(display_name=person.name, auxiliary_buffer=blocks).format(),
        )

    async def execute(self, call: Call[MailboxSession]) -> bytes:
        """[MS-OXCRPC] 3.1.4.2."""
        assert call.session is not None
        request: ExecuteRequest = call.request
        check_auxiliary(request.auxiliary_buffer)
        if len(request.rop_buffer) > BUFFER_MAX or request.max_rop_out > BUFFER_MAX:
            raise RpcFailure(RPC_X_BAD_STUB_DATA)  # R1373, R666
        account, running = call.login.account, self._running
        busy = running[account] >= self.settings.executes_per_account
        if busy and (call.client or (0, 0, 0, 0)) <= KNOWS_BACKOFF:
            raise RpcFailure(RPC_S_SERVER_TOO_BUSY)  # [MS-OXCROPS] R4543
        running[account] += 1
        try:
            return ExecuteResponse(0, await self._rops(call.session, call.login, request, busy=busy)).format()
        except ExecuteFailed as failed:
            return ExecuteResponse(failed.code).format()
        finally:
            running[account] -= 1
            if not running[account]:
                del running[account]

    async def _rops(self, session: MailboxSession, login: Login, request: ExecuteRequest, *, busy: bool) -> bytes:
        if len(request.rop_buffer) < HEADER.size:
            raise ExecuteFailed(ErrorCode.ecRpcFailed)  # R1379
        if request.max_rop_out < HEADER.size:
            return b""  # R2002: as since Exchange 2013, nothing is done, and that is no failure
        is_large = len(request.rop_buffer) > MAX_REQUEST
        try:
            buffer, *following = map(parse_rop_buffer, parse_extended(request.rop_buffer))
        except BadSyntax:
            raise ExecuteFailed(ErrorCode.ecRpcFailed if is_large else ErrorCode.ecRpcFormat) from None  # R2001
        if is_large and not following:
            raise ExecuteFailed(ErrorCode.ecRpcFailed)
        trace = self.tracing.operations(session, login, buffer, following)
        compressed = self.settings.compression and ExecuteFlags.NO_COMPRESSION not in request.flags
        # never XOR: TLS hides it better
        try:
            payloads = [_back_off(buffer)] if busy else await self._execute(session, buffer, following, request)
        except ExecuteFailed as failed:
            if trace is not None:
                trace.failed(failed.code)
            raise
        if trace is not None:
            trace.answered(payloads)
        return b"".join(
            format_extended(payload, last=number == len(payloads), compressed=compressed)
            for number, payload in enumerate(payloads, 1)
        )

    async def _execute(
        self, session: MailboxSession, buffer: RopBuffer, following: Sequence[RopBuffer], request: ExecuteRequest
    ) -> list[bytes]:
        async with session.news.executing():
            return await self._payloads(session, buffer, following, request)

    async def _payloads(
        self, session: MailboxSession, buffer: RopBuffer, following: Sequence[RopBuffer], request: ExecuteRequest
    ) -> list[bytes]:
        """[MS-OXCRPC] 3.1.4.2.1.2: one, or as many as the client takes."""
        room = request.max_rop_out - HEADER.size
        chains = ExecuteFlags.CHAIN in request.flags
        size, ahead = _sizes(room, chains)
        done = await self.processor.execute(session, buffer, size, following, ahead)
        payloads = [done.buffer.format()]
        while chains and done.more is not None and len(payloads) < MAX_BUFFERS:
            room -= len(payloads[-1]) + HEADER.size
            if room < done.more.least:
                break
            another = await self.processor.go_on(session, done, *_sizes(room, chains))
            if another is None:
                break
            done = another
            payloads.append(done.buffer.format())
        return payloads

    async def disconnect(self, call: Call[MailboxSession]) -> bytes:
        check_auxiliary(call.request.auxiliary_buffer)
        return format_disconnect_response()

    async def notification_wait(self, call: Call[MailboxSession]) -> bytes:
        """[MS-OXCMAPIHTTP] 3.2.5.5."""
        assert call.session is not None
        check_auxiliary(call.request.auxiliary_buffer)
        pending = await call.session.news.wait(self.settings.notification_timeout)
        return format_notification_wait_response(pending)


def _sizes(room: int, chains: bool) -> tuple[int, int]:
    """Of the next payload, and of those behind it."""
    size = min(MAX_PAYLOAD, room)
    return size, room - size if chains else 0


def _back_off(buffer: RopBuffer) -> bytes:
    """[MS-OXCROPS] 3.2.4.2: in place of the first response, and so of all."""
    logon_id = buffer.rops[1] if len(buffer.rops) > 1 else 0
    return RopBuffer(RopBackoff(logon_id, BACKOFF).format(), buffer.handles).format()


def check_auxiliary(data: bytes) -> None:
    """R571, R678: too much of it is no call at all; what is in it is statistics."""
    if len(data) > AUXILIARY_MAX:
        raise RpcFailure(RPC_X_BAD_STUB_DATA)


def _connects(
    tx: Transaction, organisation: Organisation, access: Access, request: ConnectRequest
) -> tuple[ErrorCode, Principal | None]:
    """Why not, or who it is."""
    if not request.user_dn:
        return ErrorCode.ecAccessDenied, None  # R1369
    if 0 < len(request.auxiliary_buffer) < HEADER.size:
        return ErrorCode.ecRpcFailed, None  # R1367
    number = organisation.principal_of(request.user_dn)
    person = principal_by_id(tx, number) if number is not None else None
    if person is None or person.kind is not PrincipalKind.ACCOUNT or person.disabled:
        return ErrorCode.ecUnknownUser, None  # R600
    if person.id != access.account and not access.is_steward(tx, person.id):
        return ErrorCode.ecAccessDenied, None  # R4888
    if request.flags & ADMINISTRATOR and not access.admin:
        return ErrorCode.ecLoginPerm, None  # R603
    return ErrorCode.ecSuccess, person
