"""News for tests of MAPI: a session that registers for notifications, waits for them and reads them."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from mapi_session import LOGON, mapi_hub
from mapi_tables import TableSession

from posthouse.protocols.mapi.identifiers import ObjectId
from posthouse.protocols.mapi.reader import Reader
from posthouse.protocols.mapi.rops.notification import (
    RopNotify,
    RopRegisterNotificationRequest,
    RopRegisterNotificationResponse,
)
from posthouse.protocols.mapi.rops.notification_data import NotificationFlags as Kind
from posthouse.protocols.mapi.rops.notification_data import ObjectModified
from posthouse.protocols.mapi.rops.transport import RopPending
from posthouse.testing import MailHub

PENDING, NO_NEWS = bytes(8) + b"\1\0\0\0" + bytes(4), bytes(16)
"""Answers to NotificationWait."""
EVERYTHING = Kind(0x00FE)
COUNTED = Kind.OBJECT_MODIFIED | Kind.T | Kind.U
NOBODY = ObjectId(0, 0)


def counts(folder: ObjectId, total: int, unread: int) -> ObjectModified:
    """That so many messages are in it."""
    return ObjectModified(COUNTED, folder, None, (), total, unread)


class NewsSession(TableSession):
    def registration(
        self, types: Kind = EVERYTHING, folder: ObjectId | None = None, message: ObjectId = NOBODY
    ) -> RopRegisterNotificationRequest:
        where = () if folder is None else (folder, message)
        reserved = 0 if Kind.EXTENDED in types else None
        return RopRegisterNotificationRequest(0, LOGON, self.slot(), types, reserved, folder is None, *where)

    def register(self, types: Kind = EVERYTHING, *where: ObjectId) -> int:
        """The handle of a new subscription: to the mailbox, or to a folder, or to a message in one."""
        rop = self.registration(types, *where)
        self.get(rop, RopRegisterNotificationResponse)
        return self.handles[rop.output_handle_index]

    def take(self) -> list[RopNotify]:
        """What has been told until now, and what an Execute without operations brings."""
        self.execute()
        raw, self.news = b"".join(self.news), []
        return read_news(raw)

    def heard(self, handle: int | None = None) -> list[Any]:
        """The data of these, or of those of one subscription."""
        return [one.notification_data for one in self.take() if handle in (None, one.notification_handle)]

    def wait(self) -> bytes:
        """For news; what the answer to NotificationWait is."""
        return self.client.again().post("NotificationWait", bytes(4) + bytes(4)).body


class Waiting(threading.Thread):
    """NotificationWait under way."""

    def __init__(self, session: NewsSession) -> None:
        super().__init__(daemon=True)
        self.answer = b""
        self._session = session
        self.begun = threading.Event()
        self.start()
        assert self.begun.wait(30)

    def run(self) -> None:
        client = self._session.client.again()
        response = client.begin("NotificationWait", bytes(8))
        self.begun.set()  # the head comes as soon as it waits
        self.answer = client.finish(response).body

    def result(self) -> bytes:
        self.join(30)
        return self.answer


def read_news(raw: bytes) -> list[RopNotify]:
    reader = Reader(raw)
    found: list[RopNotify] = []
    while reader.left:
        if reader.data[reader.at] == 0x6E:
            RopPending.read(reader)
        else:
            found.append(RopNotify.read(reader))
    return found


@contextmanager
def news_hub() -> Iterator[MailHub]:
    """Who waits for news there, waits no longer than a test does."""
    with mapi_hub("alice", "bob", mapi={"enabled": True, "notification_timeout": 20, "keep_alive": 5}) as hub:
        yield hub


@contextmanager
def news_session(hub: MailHub, name: str) -> Iterator[NewsSession]:
    session = NewsSession(hub, name)
    yield session
    session.client.post("Disconnect", bytes(4))
