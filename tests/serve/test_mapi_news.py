"""Sessions of MAPI in several workers hear of the same mail. Statements are those of [MS-OXCNOTIF]."""

from __future__ import annotations

import imaplib
import re
import smtplib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from hubs import DOMAIN, HOST, PASSWORD, Authority, Hub
from mapi_http import MapiClient

from posthouse.protocols.mapi.extended_buffer import format_extended, parse_extended
from posthouse.protocols.mapi.mailbox import ConnectRequest, ExecuteFlags, ExecuteRequest
from posthouse.protocols.mapi.rop_buffer import EMPTY, RopBuffer, parse_rop_buffer
from posthouse.protocols.mapi.rops.logon import LogonFlags, OpenFlags, RopLogonRequest
from posthouse.protocols.mapi.rops.notification import RopRegisterNotificationRequest
from posthouse.protocols.mapi.rops.notification_data import NotificationFlags as Kind

PENDING = bytes(8) + b"\1\0\0\0" + bytes(4)
PLAIN = ExecuteFlags.NO_COMPRESSION | ExecuteFlags.NO_XOR_MAGIC
DISCOVER = (
    "<Autodiscover><Request><EMailAddress>alice@{}</EMailAddress><AcceptableResponseSchema>http://schemas.microsoft.com/"
    "exchange/autodiscover/outlook/responseschema/2006a</AcceptableResponseSchema></Request></Autodiscover>"
)


def listening(hub: Hub) -> MapiClient:
    """A session that has registered for everything."""
    tls = hub.authority.context
    tls.check_hostname = False
    client = MapiClient(hub.ports["https"], "/mapi/emsmdb/", f"alice@{DOMAIN}:{PASSWORD}", tls)
    path = "/autodiscover/autodiscover.xml"
    found = client.begin("", DISCOVER.format(DOMAIN).encode(), path=path).read()
    named = re.search(rb"<LegacyDN>(.*?)</LegacyDN>", found)
    assert named is not None, found
    dn = named[1].decode()
    assert client.post("Connect", ConnectRequest(dn).format()).body[:8] == bytes(8)
    flags = OpenFlags.USE_PER_MDB_REPLID_MAPPING
    rops = (
        RopLogonRequest(0, 0, LogonFlags.PRIVATE, flags, 0, dn).format()
        + RopRegisterNotificationRequest(0, 0, 1, Kind(0xFE), None, True).format()
    )
    execute(client, RopBuffer(rops, (EMPTY, EMPTY)))
    return client


def execute(client: MapiClient, buffer: RopBuffer) -> bytes:
    body = client.post("Execute", ExecuteRequest(PLAIN, format_extended(buffer.format()), 0x8000).format()).body
    assert body[:8] == bytes(8)
    size = int.from_bytes(body[12:16], "little")
    return parse_rop_buffer(parse_extended(body[16 : 16 + size])[0]).rops


def test_every_worker_hears_of_mail(tmp_path: Path) -> None:
    """R351: whichever worker takes it in, and whichever protocol changes it."""
    hub = Hub(tmp_path, Authority(tmp_path), {"mapi": {"enabled": True, "notification_timeout": 20.0}})
    hub.command("domain", "add", DOMAIN)
    hub.command("account", "add", f"alice@{DOMAIN}", "--password-stdin", stdin=PASSWORD + "\n")
    hub.start()
    try:
        clients: list[MapiClient] = []
        while len({client.cookies["MapiContext"].partition(".")[0] for client in clients}) < 2:
            clients.append(listening(hub))
            assert len(clients) < 50
        with ThreadPoolExecutor(len(clients)) as threads:
            for number in range(2):
                waiting = [client.again().begin("NotificationWait", bytes(8)) for client in clients]
                if number:
                    _mark_all(hub)
                else:
                    _deliver(hub)
                answers = threads.map(lambda pair: pair[0].finish(pair[1]), zip(clients, waiting, strict=True))
                assert [answer.body for answer in answers] == [PENDING] * len(clients)
                kind = Kind.OBJECT_MODIFIED if number else Kind.NEW_MAIL
                for client in clients:
                    news = execute(client, RopBuffer(b"", (EMPTY,)))
                    assert news[6:8] == int(kind | Kind.M).to_bytes(2, "little")
    finally:
        assert hub.stop() == 0, hub.log_text()


def _deliver(hub: Hub) -> None:
    with smtplib.SMTP(HOST, hub.ports["smtp"], timeout=30) as smtp:
        smtp.sendmail("x@example.net", [f"alice@{DOMAIN}"], "Subject: hello\r\n\r\nworld\r\n")


def _mark_all(hub: Hub) -> None:
    client = imaplib.IMAP4(HOST, hub.ports["imap"], timeout=30)
    client.login(f"alice@{DOMAIN}", PASSWORD)
    client.select()
    client.store("1:*", "+FLAGS", "\\Flagged")
    client.logout()
