"""A session with the mailbox endpoint: it begins when it is needed, and again when the server has lost it –
[MS-OXCMAPIHTTP] 3.1.5.

Invariants
- One list of operations at a time.
- What a client sends is done at most once. When the session was lost, a list is sent again if it was certainly not done
  or if doing it twice is harmless; otherwise SessionLost says that nobody knows, and the next list works in a new one.
- Objects that are opened by their ids are opened again in a new session by themselves (Ref.opener).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import TypeVar

from posthouse.model.refusals import BadSyntax
from posthouse.protocols.mapi.auxiliary import takes_packed_streams
from posthouse.protocols.mapi.mailbox import ConnectRequest
from posthouse.protocols.mapi.mailbox_responses import (
    RpcStatus,
    format_disconnect,
    format_notification_wait,
    parse_connect_response,
    parse_notification_wait_response,
)
from posthouse.protocols.mapi.rop_buffer import EMPTY
from posthouse.protocols.mapi.rops import RopRequest
from posthouse.protocols.mapi.rops.base import RopResponse, succeeded
from posthouse.protocols.mapi.rops.notification import RopNotify
from posthouse.protocols.mapi.rops.release import RopReleaseRequest

from .channel import Channel, ContextGone
from .errors import BadResponse, CallFailed, MapiError, ObjectLost, RopFailed, SessionLost, Unreachable
from .execute import Executed, execute
from .harmless import HARMLESS
from .refs import Ask, Handles, Ref

ATTEMPTS = 3
UNICODE_CODE_PAGE = 1252
"""Of strings of 8 bits, of which this client neither sends nor wants any."""

R = TypeVar("R", bound=RopResponse)


class Session:
    def __init__(self, channel: Channel, user_dn: str, on_news: Callable[[RopNotify], None]) -> None:
        self._channel, self._user_dn, self._on_news = channel, user_dn, on_news
        self._lock = asyncio.Lock()
        self._released: list[int] = []
        self._sessions = 0
        self.epoch = 0
        """Which of its sessions this is; 0: none at the moment."""
        self.display_name = ""
        """Of the user, as the server tells it."""
        self.takes_packed_streams = False
        """The server takes operations that write more of a stream than a buffer has room for."""

    # operations

    async def get(self, ask: Ask, kind: type[R]) -> R:
        """One operation, and its response. RopFailed when it is another."""
        return (await self.get_all(ask, kind))[0]

    async def get_all(self, ask: Ask, kind: type[R]) -> list[R]:
        """With those of further buffers, which go on with it."""
        [responses] = await self.perform(ask)
        found = [response for response in responses if isinstance(response, kind)]
        if len(found) != len(responses):
            raise BadResponse(f"not a {kind.__name__}")
        return found

    async def perform(self, *asks: Ask) -> list[list[RopResponse]]:
        """A list of operations, done one after another: the responses of each. The first that failed raises RopFailed;
        those before it were done."""
        async with self._lock:
            for attempt in range(ATTEMPTS):
                if not self.epoch or not self._channel.in_step:
                    await self._connect()
                requests: list[RopRequest] = []
                try:
                    return _checked(await self._perform(asks, requests))
                except ContextGone as gone:
                    self.epoch = 0
                    await self._connect()
                    if not gone.certainly and not all(type(request) in HARMLESS for request in requests):
                        raise SessionLost("whether it was done is not known") from gone
                    if attempt + 1 == ATTEMPTS:
                        raise Unreachable("the server loses its sessions") from gone
        raise AssertionError("unreachable")

    async def _perform(self, asks: Sequence[Ask], requests: list[RopRequest], opening: Ref | None = None) -> Executed:
        """`requests`: what is being sent, for whoever has to know when it fails."""
        table, made = self._fill(asks, opening)
        while table.lost:
            await self._reopen(table.lost[0], requests)
            table, made = self._fill(asks, opening)
        handles: list[int] = list(table.handles())
        releases: list[RopRequest] = []
        for handle in self._released:
            releases.append(RopReleaseRequest(0, len(handles)))
            handles.append(handle)
        requests[:] = made
        done = await execute(self._channel, [*releases, *made], handles, table.columns())
        self._released.clear()
        table.take(done.handles)
        for one in done.news:
            self._on_news(one)
        return done

    def _fill(self, asks: Sequence[Ask], opening: Ref | None) -> tuple[Handles, list[RopRequest]]:
        table = Handles(self.epoch, opening)
        return table, [ask(table.place) for ask in asks]

    async def _reopen(self, ref: Ref, requests: list[RopRequest]) -> None:
        if ref.opener is None:
            raise ObjectLost("the server lost the session in which this was open")
        _checked(await self._perform([ref.opener], requests, ref))

    def release(self, ref: Ref) -> None:
        """The server hears of it with the next operations."""
        if ref.epoch == self.epoch and ref.handle != EMPTY:
            self._released.append(ref.handle)
        ref.handle, ref.epoch, ref.opener = EMPTY, -1, None

    # the session itself

    async def _connect(self) -> None:
        """3.1.5.1; with the cookies of an earlier session, if there was one (3.1.5.7)."""
        body = ConnectRequest(self._user_dn, default_code_page=UNICODE_CODE_PAGE).format()
        try:
            response = parse_connect_response(await self._channel.request("Connect", body))
            packed = not response.error_code and takes_packed_streams(response.auxiliary_buffer)
        except RpcStatus as failed:
            raise CallFailed("Connect", failed.status) from failed
        except BadSyntax as error:
            raise BadResponse(f"Connect: {error}") from error
        except ContextGone as gone:
            raise Unreachable("no session can be had") from gone
        if response.error_code:
            raise CallFailed("Connect", response.error_code)
        self.display_name, self.takes_packed_streams = response.display_name, packed
        self._released.clear()
        self._sessions += 1
        self.epoch = self._sessions

    async def wait(self) -> bool:
        """3.1.5.4: until there is news, which the next operations bring; False: there was none for some minutes, or the
        session is gone."""
        try:
            waited = parse_notification_wait_response(
                await self._channel.wait("NotificationWait", format_notification_wait())
            )
        except ContextGone:
            return False
        except RpcStatus as failed:
            raise CallFailed("NotificationWait", failed.status) from failed
        except BadSyntax as error:
            raise BadResponse(f"NotificationWait: {error}") from error
        return waited.event_pending

    async def close(self) -> None:
        """3.1.5.3."""
        try:
            if self.epoch:
                await self._channel.request("Disconnect", format_disconnect())
        except (MapiError, ContextGone):
            pass  # it will expire
        finally:
            self.epoch = 0
            self._channel.close()


def _checked(done: Executed) -> list[list[RopResponse]]:
    found: list[list[RopResponse]] = []
    for request, responses in done.responses:
        good = [one for one in responses if isinstance(one, RopResponse) and succeeded(one.return_value)]
        if len(good) != len(responses):
            [failure, *_] = [one for one in responses if one not in good]
            raise RopFailed(type(request).__name__.removesuffix("Request"), failure.return_value)
        found.append(good)
    return found
