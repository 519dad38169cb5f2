"""Sessions of MAPI in several workers hear of the same mail. Statements are those of [MS-OXCNOTIF]."""

from __future__ import annotations

import imaplib
import smtplib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from hubs import DOMAIN, HOST, PASSWORD, Authority, Hub
from mapi_listening import listening_everywhere

from posthouse.protocols.mapi.rops.notification_data import NotificationFlags as Kind

PENDING = bytes(8) + b"\1\0\0\0" + bytes(4)


def test_every_worker_hears_of_mail(tmp_path: Path) -> None:
    """R351: whichever worker takes it in, and whichever protocol changes it."""
    hub = Hub(tmp_path, Authority(tmp_path), {"mapi": {"enabled": True, "notification_timeout": 20.0}})
    hub.command("domain", "add", DOMAIN)
    hub.command("account", "add", f"alice@{DOMAIN}", "--password-stdin", stdin=PASSWORD + "\n")
    hub.start()
    try:
        sessions = listening_everywhere(hub)
        clients = [session.client for session in sessions]
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
                for session in sessions:
                    assert session.news()[0].notification_data.notification_flags == kind | Kind.M
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
