"""Several workers on one store: what happens through one is pushed to the sessions of the others."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hubs import DOMAIN, HOST, PASSWORD, Authority, Hub
from imapclient import IMAPClient
from programs import eventually

SESSIONS = 12
"""The kernel spreads connections over the workers, so of so many each worker has some."""
LETTER = b"From: carol@elsewhere.test\r\nSubject: %d\r\n\r\nHello\r\n"


@pytest.fixture(
    params=[("sqlite", 2), ("sqlite", 4), ("postgresql", 2), ("postgresql", 4)], ids=lambda p: f"{p[0]}-{p[1]}"
)
def hub(
    request: pytest.FixtureRequest, tmp_path: Path, authority: Authority, new_url: Callable[[str], str]
) -> Iterator[Hub]:
    """On either engine, with two workers or four."""
    engine, workers = request.param
    store = {} if engine == "sqlite" else {"store": {"url": new_url(engine)}}
    hub = Hub(tmp_path, authority, {"workers": workers, **store})
    hub.command("domain", "add", DOMAIN)
    hub.start()
    yield hub
    assert hub.stop() == 0, hub.log_text()


def heard(client: IMAPClient, news: tuple[int, bytes]) -> bool:
    return eventually(lambda: news in client.idle_check(timeout=1))


def test_delivery_is_pushed_to_every_worker(hub: Hub) -> None:
    """Many sessions idle on a folder; each delivery, each through another worker by chance, reaches all of them."""
    alice = hub.person("alice")
    clients = [hub.imap(alice, "imap") for _ in range(SESSIONS)]
    for client in clients:
        client.select_folder("INBOX")
        client.idle()
    for number in range(1, 5):
        hub.send("carol@elsewhere.test", alice, LETTER % number, "smtp")
        assert all(heard(client, (number, b"EXISTS")) for client in clients)
    clients[0].idle_done()
    clients[0].delete_messages([2])
    clients[0].expunge()
    assert all(heard(client, (2, b"EXPUNGE")) for client in clients[1:])
    for client in clients[1:]:
        client.idle_done()
    assert {tuple(client.search()) for client in clients} == {(1, 3, 4)}
    for client in clients:
        client.logout()


def test_rights_and_news_reach_every_worker(hub: Hub) -> None:
    """Sessions with NOTIFY hear at once of a folder that is shared with them, of what comes into it, and of nothing any
    more when it is not shared, whichever workers they and the owner are in."""
    alice, bob = hub.person("alice"), hub.person("bob")
    name = f"Users/{alice}/INBOX".encode()
    guests = [Listener(hub, bob, b"(subtree Users (MailboxName MessageNew MessageExpunge))") for _ in range(SESSIONS)]
    owner = hub.imap(alice, "imap")
    owner.setacl("INBOX", bob, "lr")
    for guest in guests:
        assert guest.hears(b'* LIST (\\HasNoChildren) "/" ' + name)
    for number in range(1, 4):
        hub.send("carol@elsewhere.test", alice, LETTER % number, "smtp")
        for guest in guests:
            assert guest.hears(b"* STATUS " + name + b" (MESSAGES %d UIDNEXT %d" % (number, number + 1))
    owner.setacl("INBOX", bob, "-lr")
    for guest in guests:
        assert guest.hears(b'* LIST (\\NonExistent \\NoAccess) "/" ' + name)
    hub.send("carol@elsewhere.test", alice, LETTER % 9, "smtp")
    for guest in guests:
        assert b"STATUS" not in guest.ask(b"NOOP")
    owner.logout()


class Listener:
    """A session that says NOTIFY SET."""

    def __init__(self, hub: Hub, person: str, what: bytes) -> None:
        self.socket = socket.create_connection((HOST, hub.ports["imap"]), timeout=60)
        self.stream = self.socket.makefile("rb")
        self.stream.readline()
        self.ask(f'LOGIN {person} "{PASSWORD}"'.encode())
        self.ask(b"NOTIFY SET " + what)

    def ask(self, command: bytes) -> bytes:
        self.socket.sendall(b"t " + command + b"\r\n")
        told = b""
        while not (line := self.stream.readline()).startswith(b"t "):
            told += line
        assert line.startswith(b"t OK"), line
        return told

    def hears(self, start: bytes) -> bool:
        """Next, or behind what else there is."""
        while line := self.stream.readline():
            if line.startswith(start):
                return True
        return False


def test_accounts_change_while_it_runs(hub: Hub) -> None:
    """Added, given a new password, removed: the next login through any worker sees it."""
    bob = hub.person("bob")
    for _ in range(6):
        hub.imap(bob).logout()
    hub.command("account", "password", bob, "--password-stdin", stdin="changed\n")
    for _ in range(6):
        with pytest.raises(Exception, match="AUTHENTICATIONFAILED"):
            hub.imap(bob)
    hub.command("account", "remove", bob)
    with hub.smtp(service="smtp") as client:
        client.ehlo()
        client.mail("carol@elsewhere.test")
        assert client.rcpt(bob)[0] == 550


def test_a_worker_is_killed(hub: Hub) -> None:
    """Its sessions end, the others go on, a new one takes its place, and nothing that was acknowledged is lost."""
    dora = hub.person("dora")
    for number in range(4):
        hub.send("carol@elsewhere.test", dora, LETTER % number, "smtp")
    hub.kill_worker()
    eventually(lambda: "starting it again" in hub.log_text())
    for number in range(4):
        hub.send("carol@elsewhere.test", dora, LETTER % number, "smtp")
    assert len(hub.inbox(dora)) == 8
