"""RopRegisterNotification – [MS-OXCNOTIF] 3.1.5.1. What is told then, `notifications/` says."""

from __future__ import annotations

from posthouse.protocols.mapi.rops import RopRequest
from posthouse.protocols.mapi.rops.notification import (
    RopRegisterNotificationRequest,
    RopRegisterNotificationResponse,
)
from posthouse.servers.mapi.notifications.subscription import Subscription, scope_of
from posthouse.servers.mapi.notifications.watching import Watchers

from .objects import logon_through
from .processor import Call, Handler


class NotificationRops:
    """One for a worker."""

    def __init__(self, watchers: Watchers) -> None:
        self._watchers = watchers

    def handlers(self) -> dict[type[RopRequest], Handler]:
        return {RopRegisterNotificationRequest: self.register_notification}

    async def register_notification(self, call: Call, rop: RopRegisterNotificationRequest) -> bytes:
        logon = logon_through(call.object(rop))
        scope = await logon.store.read(scope_of, logon, rop)
        subscription = Subscription(logon, call.session.news, scope)
        subscription.until_closed(await self._watchers.of(logon.mailbox.account).add(subscription, call.session.news))
        call.put(rop.output_handle_index, subscription)
        subscription.begin(call.handle(rop.output_handle_index))
        return RopRegisterNotificationResponse(rop.response_index).format()
