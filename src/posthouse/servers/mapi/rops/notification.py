"""RopRegisterNotification – [MS-OXCNOTIF] 3.1.5.1. What is told then, `notifications/` says."""

from __future__ import annotations

from posthouse.protocols.mapi.rops import RopRequest
from posthouse.protocols.mapi.rops.notification import (
    RopRegisterNotificationRequest,
    RopRegisterNotificationResponse,
)
from posthouse.servers.mapi.logon import Logon
from posthouse.servers.mapi.notifications.events import WHOLE
from posthouse.servers.mapi.notifications.search_news import TYPES, SearchNews
from posthouse.servers.mapi.notifications.subscription import Scope, Subscription, scope_of
from posthouse.servers.mapi.notifications.watching import Watchers
from posthouse.store.search_folders import load_search

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
        news, watcher = call.session.news, self._watchers.of
        subscription = Subscription(logon, news, scope)
        subscription.until_closed(await watcher(logon).add(subscription, news))
        call.put(rop.output_handle_index, subscription)
        handle = call.handle(rop.output_handle_index)
        subscription.begin(handle)
        if scope.types & TYPES and await _has_searches(logon, scope):
            searches = SearchNews(logon, news, scope.folder, scope.types)
            await searches.begin(handle)
            subscription.searches = searches
        return RopRegisterNotificationResponse(rop.response_index).format()


async def _has_searches(logon: Logon, scope: Scope) -> bool:
    if scope.folder is None:
        return not logon.mailbox.is_public
    is_folder = scope.message == WHOLE
    return is_folder and await logon.store.read(load_search, logon.mailbox.account, scope.folder) is not None
