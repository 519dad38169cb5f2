"""Sessions of MAPI with a hub of several workers: each has registered for everything, and waits."""

from __future__ import annotations

import re

from hubs import DOMAIN, PASSWORD, Hub
from mapi_http import MapiClient
from mapi_news import read_news

from posthouse.protocols.mapi.extended_buffer import format_extended, parse_extended
from posthouse.protocols.mapi.mailbox import ConnectRequest, ExecuteFlags, ExecuteRequest
from posthouse.protocols.mapi.rop_buffer import EMPTY, RopBuffer, parse_rop_buffer
from posthouse.protocols.mapi.rops.logon import LogonFlags, OpenFlags, RopLogonRequest
from posthouse.protocols.mapi.rops.notification import RopNotify, RopRegisterNotificationRequest
from posthouse.protocols.mapi.rops.notification_data import NotificationFlags as Kind

PLAIN = ExecuteFlags.NO_COMPRESSION | ExecuteFlags.NO_XOR_MAGIC
DISCOVER = (
    "<Autodiscover><Request><EMailAddress>{}@{}</EMailAddress><AcceptableResponseSchema>http://schemas.microsoft.com/"
    "exchange/autodiscover/outlook/responseschema/2006a</AcceptableResponseSchema></Request></Autodiscover>"
)


class Listening:
    """One session, logged on to a mailbox or to the public folders."""

    def __init__(self, hub: Hub, who: str = "alice", *, public: bool = False) -> None:
        tls = hub.authority.context
        tls.check_hostname = False
        self.client = MapiClient(hub.ports["https"], "/mapi/emsmdb/", f"{who}@{DOMAIN}:{PASSWORD}", tls)
        path = "/autodiscover/autodiscover.xml"
        found = self.client.begin("", DISCOVER.format(who, DOMAIN).encode(), path=path).read()
        named = re.search(rb"<LegacyDN>(.*?)</LegacyDN>", found)
        assert named is not None, found
        dn = named[1].decode()
        assert self.client.post("Connect", ConnectRequest(dn).format()).body[:8] == bytes(8)
        logon = RopLogonRequest(0, 0, LogonFlags.PRIVATE, OpenFlags.USE_PER_MDB_REPLID_MAPPING, 0, dn)
        if public:
            logon = RopLogonRequest(0, 0, LogonFlags(0), OpenFlags.PUBLIC, 0, "")
        everything = RopRegisterNotificationRequest(0, 0, 1, Kind(0xFE), None, True)
        self._execute(RopBuffer(logon.format() + everything.format(), (EMPTY, EMPTY)))

    @property
    def worker(self) -> str:
        """In which it is."""
        return self.client.cookies["MapiContext"].partition(".")[0]

    def news(self) -> list[RopNotify]:
        """What waits to be fetched."""
        return read_news(self._execute(RopBuffer(b"", (EMPTY,))))

    def _execute(self, buffer: RopBuffer) -> bytes:
        request = ExecuteRequest(PLAIN, format_extended(buffer.format()), 0x8000)
        body = self.client.post("Execute", request.format()).body
        assert body[:8] == bytes(8)
        size = int.from_bytes(body[12:16], "little")
        return parse_rop_buffer(parse_extended(body[16 : 16 + size])[0]).rops


def listening_everywhere(hub: Hub, who: str = "alice", *, public: bool = False) -> list[Listening]:
    """Sessions of one person, in two workers at least."""
    sessions: list[Listening] = []
    while len({one.worker for one in sessions}) < 2:
        sessions.append(Listening(hub, who, public=public))
        assert len(sessions) < 50
    return sessions
