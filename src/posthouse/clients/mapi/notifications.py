"""News of a mailbox – [MS-OXCNOTIF] 3.1.4. One request waits for all subscriptions of a session."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass, field

from posthouse.protocols.mapi.rop_buffer import EMPTY
from posthouse.protocols.mapi.rops.notification import (
    RopNotify,
    RopRegisterNotificationRequest,
    RopRegisterNotificationResponse,
)
from posthouse.protocols.mapi.rops.notification_data import NotificationData, NotificationFlags
from posthouse.protocols.mapi.transport import ResponseCode

from .errors import RequestFailed
from .names import Link
from .refs import Places, Ref

MAX_KEPT = 10_000
"""Events of a subscription that nobody has asked for yet: of more, the oldest are forgotten, and Missed says so."""
PAUSE = 0.5
"""Seconds, when another request of this session still waits at the server."""
ALL = (
    NotificationFlags.NEW_MAIL
    | NotificationFlags.OBJECT_CREATED
    | NotificationFlags.OBJECT_DELETED
    | NotificationFlags.OBJECT_MODIFIED
    | NotificationFlags.OBJECT_MOVED
    | NotificationFlags.OBJECT_COPIED
)


@dataclass(frozen=True, slots=True)
class Missed:
    """Stands for events that nobody knows: the session was lost, or they were too many. Look for yourself."""


Event = NotificationData | Missed


@dataclass(eq=False, slots=True)
class Subscription:
    ref: Ref
    events: deque[Event] = field(default_factory=deque)

    def put(self, event: Event) -> None:
        if len(self.events) >= MAX_KEPT:
            self.events.clear()
            event = Missed()
        self.events.append(event)


class News:
    """Of one session."""

    def __init__(self) -> None:
        self._subscriptions: list[Subscription] = []
        self._waiting = asyncio.Lock()

    def on_news(self, notification: RopNotify) -> None:
        for one in self._subscriptions:
            if one.ref.handle == notification.notification_handle != EMPTY:
                one.put(notification.notification_data)

    async def subscribe(self, link: Link, types: NotificationFlags) -> Subscription:
        """To what happens in the whole mailbox."""
        ref = Ref()

        def ask(at: Places) -> RopRegisterNotificationRequest:
            return RopRegisterNotificationRequest(0, at(link.logon), at(ref), types, None, True)

        await link.session.get(ask, RopRegisterNotificationResponse)
        ref.opener = ask
        subscription = Subscription(ref)
        self._subscriptions.append(subscription)
        return subscription

    def end(self, link: Link, subscription: Subscription) -> None:
        self._subscriptions.remove(subscription)
        link.session.release(subscription.ref)

    async def next(self, link: Link, subscription: Subscription) -> Event:
        while not subscription.events:
            async with self._waiting:
                if not subscription.events:
                    await self._wait(link)
        return subscription.events.popleft()

    async def _wait(self, link: Link) -> None:
        """For something to happen, and fetch what it was."""
        try:
            await link.session.wait()
        except RequestFailed as failure:
            if failure.code != ResponseCode.INVALID_SEQUENCE:
                raise
            await asyncio.sleep(PAUSE)
        await link.session.perform()
        await self._subscribe_again(link)

    async def _subscribe_again(self, link: Link) -> None:
        """Those of an earlier session."""
        for one in self._subscriptions:
            if one.ref.epoch != link.session.epoch and one.ref.opener is not None:
                one.ref.epoch = 0
                await link.session.perform(one.ref.opener)
                one.put(Missed())
