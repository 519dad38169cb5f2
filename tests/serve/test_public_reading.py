"""What two people read in a public folder, by IMAP and MAPI, is told to their own sessions in whichever worker."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from hubs import DOMAIN, PASSWORD, Authority, Hub
from imapclient import IMAPClient
from mapi_listening import Listening, listening_everywhere

from posthouse.protocols.mapi.rops.notification_data import ObjectModified

PATH, LETTER = "Public/Board", b"Subject: hello\r\n\r\nworld\r\n"


def test_in_every_worker(tmp_path: Path) -> None:
    hub = Hub(tmp_path, Authority(tmp_path), {"workers": 2, "mapi": {"enabled": True, "notification_timeout": 30.0}})
    hub.command("domain", "add", DOMAIN)
    for who in ("alice", "bob"):
        hub.command("account", "add", f"{who}@{DOMAIN}", "--password-stdin", stdin=PASSWORD + "\n")
    hub.command("folder", "create", "--public", "Board")
    hub.start()
    try:
        with hub.imap(f"alice@{DOMAIN}") as alice, hub.imap(f"bob@{DOMAIN}") as bob:
            bob.append(PATH, LETTER)
            for client in (alice, bob):
                client.select_folder(PATH)
            mine = listening_everywhere(hub, "alice", public=True)
            theirs = [Listening(hub, "bob", public=True)]
            _told(mine, lambda: alice.add_flags([1], [b"\\Seen"]))
            for session in mine:
                news = [one.notification_data for one in session.news()]
                assert news
                assert all(isinstance(one, ObjectModified) for one in news)
                assert 0 in [one.unread_message_count for one in news]
            _told(mine + theirs, lambda: bob.append(PATH, LETTER))
            for session in theirs:
                news = [one.notification_data for one in session.news()]
                modified = [one for one in news if isinstance(one, ObjectModified)]
                assert {one.message_id for one in modified} == {None}  # nothing of what alice has read
                assert [one.unread_message_count for one in modified][-1] == 2
            assert [_unseen(one) for one in (alice, bob)] == [1, 2]
    finally:
        assert hub.stop() == 0, hub.log_text()


def _told(sessions: list[Listening], what: object) -> None:
    """All of them wait, something is done, and each hears that there is news."""
    assert callable(what)
    with ThreadPoolExecutor(len(sessions)) as threads:
        waiting = [(one.client.again(), one) for one in sessions]
        begun = [(client, client.begin("NotificationWait", bytes(8))) for client, _ in waiting]
        what()
        answers = list(threads.map(lambda pair: pair[0].finish(pair[1]).body, begun))
    assert answers == [bytes(8) + b"\1\0\0\0" + bytes(4)] * len(sessions)


def _unseen(client: IMAPClient) -> int:
    found = client.folder_status(PATH, ["UNSEEN"])[b"UNSEEN"]
    assert isinstance(found, int)
    return found
