"""Kill the processes of a running hub at any moment, while clients of every protocol are at work: what they were told
is done is done, exactly once.

POSTHOUSE_HUB_KILLS sets how many kills there are (8 on each engine when it is not set).
"""

from __future__ import annotations

import imaplib
import json
import os
import poplib
import random
import re
import signal
import smtplib
import threading
import time
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest
from hubs import DOMAIN, HOST, PASSWORD, Authority, Hub

KILLS = int(os.environ.get("POSTHOUSE_HUB_KILLS", "8"))
LOST = (OSError, EOFError, imaplib.IMAP4.abort, poplib.error_proto)
"""What a client sees of a server that dies, and of one that is not there yet."""
FOLDERS = ("INBOX", "Archive", "Trash")


class Client(threading.Thread):
    """Works until it is told to stop; connects again whenever the hub died under it."""

    def __init__(self, hub: Hub, login: str, seed: int) -> None:
        super().__init__(daemon=True)
        self.hub, self.login = hub, login
        self.random = random.Random(seed)
        self.stopping = threading.Event()
        self.acknowledged = 0
        self.failure: BaseException | None = None

    def run(self) -> None:
        try:
            while not self.stopping.is_set():
                try:
                    self.session()
                except LOST:
                    time.sleep(0.05)
        except BaseException as failure:
            self.failure = failure

    def session(self) -> None:
        raise NotImplementedError


class Sender(Client):
    """Sends each message to two people here, or to somebody elsewhere; an attempt is never repeated."""

    tokens = count(1)

    def __init__(self, hub: Hub, login: str, seed: int) -> None:
        super().__init__(hub, login, seed)
        self.local: dict[str, bool] = {}
        """Token → whether its 250 came."""
        self.queued: dict[str, bool] = {}

    def session(self) -> None:
        with smtplib.SMTP(HOST, self.hub.ports["submission"], timeout=10) as client:
            client.login(self.login, PASSWORD)
            while not self.stopping.is_set():
                self.send(client)

    def send(self, client: smtplib.SMTP) -> None:
        token = f"sent{next(self.tokens)}x"
        outside = self.random.random() < 0.3
        known = self.queued if outside else self.local
        to = [f"{token}@elsewhere.test"] if outside else [f"receiver@{DOMAIN}", f"other@{DOMAIN}"]
        known[token] = False
        client.sendmail(self.login, to, f"From: {self.login}\r\nSubject: {token}\r\n\r\n{'x' * 3000}\r\n")
        known[token] = True
        self.acknowledged += 1


class Keeper(Client):
    """Has an account of its own: appends, moves, copies, flags and expunges there, and knows what must be where."""

    def __init__(self, hub: Hub, login: str, seed: int) -> None:
        super().__init__(hub, login, seed)
        self.numbers = count(1)
        self.there: dict[tuple[str, int], tuple[str, bool]] = {}
        """Folder and UID → subject and whether it is flagged."""
        self.used: set[tuple[str, int]] = set()
        self.unsure: list[tuple[str, ...]] = []
        """Subjects with which something had begun when the hub died."""

    def session(self) -> None:
        client = imaplib.IMAP4(HOST, self.hub.ports["imap"], timeout=10)
        try:
            client.login(self.login, PASSWORD)
            self.learn(client)
            while not self.stopping.is_set():
                self.step(client)
        finally:
            client.shutdown()

    def learn(self, client: imaplib.IMAP4) -> None:
        """What was under way is now done or not done; all else must be as it was."""
        found = everything(client)
        doubtful = {subject for subjects in self.unsure for subject in subjects}
        sure = {place: value for place, value in self.there.items() if value[0] not in doubtful}
        assert {place: value for place, value in found.items() if value[0] not in doubtful} == sure
        for subject in doubtful:
            assert sum(value[0] == subject for value in found.values()) <= 2, subject  # two: it was being copied
        for place in found.keys() - self.there.keys():
            self.give(place)
        self.there, self.unsure = found, []

    def give(self, place: tuple[str, int]) -> None:
        assert place not in self.used, f"the UID of {place} was given twice"
        self.used.add(place)

    def step(self, client: imaplib.IMAP4) -> None:
        if len(self.there) < 10 or self.random.random() < 0.3:
            self.append(client)
            return
        place = self.random.choice(list(self.there))
        work = self.random.choice([self.move, self.copy, self.flag, self.expunge])
        self.unsure = [(self.there[place][0],)]
        assert client.select(place[0])[0] == "OK"
        work(client, place)
        self.unsure = []
        self.acknowledged += 1

    def append(self, client: imaplib.IMAP4) -> None:
        subject = f"kept{next(self.numbers)}x"
        self.unsure = [(subject,)]
        said = client.append("INBOX", "", None, f"Subject: {subject}\r\n\r\n{'y' * 2000}\r\n".encode())  # type: ignore[arg-type]
        self.arrive("INBOX", said[1], "APPENDUID", (subject, False))
        self.unsure = []
        self.acknowledged += 1

    def arrive(self, folder: str, said: list[bytes], code: str, value: tuple[str, bool]) -> None:
        found = re.search(rb"%b [0-9 ]+ (\d+)\]" % code.encode(), b" ".join(filter(None, said)))
        assert found, said
        place = (folder, int(found[1]))
        self.give(place)
        self.there[place] = value

    def transfer(self, client: imaplib.IMAP4, place: tuple[str, int], word: str) -> None:
        target = self.random.choice([folder for folder in FOLDERS if folder != place[0]])
        client.untagged_responses.pop("COPYUID", None)
        status, _ = client.uid(word, str(place[1]), target)
        assert status == "OK"
        said = [b"COPYUID " + code + b"]" for code in client.untagged_responses.get("COPYUID", [])]
        self.arrive(target, said, "COPYUID", self.there[place])

    def move(self, client: imaplib.IMAP4, place: tuple[str, int]) -> None:
        self.transfer(client, place, "MOVE")
        del self.there[place]

    def copy(self, client: imaplib.IMAP4, place: tuple[str, int]) -> None:
        """Never twice: two copies of a subject are the most there may be."""
        if sum(value[0] == self.there[place][0] for value in self.there.values()) < 2:
            self.transfer(client, place, "COPY")

    def flag(self, client: imaplib.IMAP4, place: tuple[str, int]) -> None:
        subject, flagged = self.there[place]
        assert client.uid("STORE", str(place[1]), "-FLAGS" if flagged else "+FLAGS", r"(\Flagged)")[0] == "OK"
        self.there[place] = (subject, not flagged)

    def expunge(self, client: imaplib.IMAP4, place: tuple[str, int]) -> None:
        assert client.uid("STORE", str(place[1]), "+FLAGS.SILENT", r"(\Deleted)")[0] == "OK"
        assert client.uid("EXPUNGE", str(place[1]))[0] == "OK"
        del self.there[place]


class Fetcher(Client):
    """Downloads and deletes by POP3: what was gone at an acknowledged QUIT never comes back."""

    def __init__(self, hub: Hub, login: str, seed: int) -> None:
        super().__init__(hub, login, seed)
        self.gone: set[bytes] = set()

    def session(self) -> None:
        client = poplib.POP3(HOST, self.hub.ports["pop3"], timeout=10)
        try:
            client.user(self.login)
            client.pass_(PASSWORD)
            names = dict(line.split() for line in client.uidl()[1])
            assert not self.gone & set(names.values())
            doomed = self.random.sample(list(names), min(2, len(names)))
            for number in doomed:
                client.dele(int(number))
            client.quit()
            self.gone |= {names[number] for number in doomed}
            self.acknowledged += 1
        finally:
            client.close()


def everything(client: imaplib.IMAP4) -> dict[tuple[str, int], tuple[str, bool]]:
    """Folder and UID → subject and whether it is flagged."""
    found = {}
    for folder in FOLDERS:
        assert client.select(folder, readonly=True)[0] == "OK"
        _, lines = client.uid("FETCH", "1:*", "(UID FLAGS BODY.PEEK[HEADER.FIELDS (SUBJECT)])")
        for line in lines:
            if isinstance(line, tuple):
                uid, flags = re.search(rb"UID (\d+)", line[0]), re.search(rb"FLAGS \(([^)]*)\)", line[0])
                subject = re.search(rb"Subject: (\w+)", line[1])
                assert uid
                assert flags
                assert subject
                found[folder, int(uid[1])] = (subject[1].decode(), b"\\Flagged" in flags[1])
    return found


@pytest.fixture
def hub(engine: str, new_url: Callable[[str], str], tmp_path: Path) -> Iterator[Hub]:
    store = {} if engine == "sqlite" else {"store": {"url": new_url(engine)}}
    sections = {"queue": {"lease": 5}, "relay": {"smarthost": "127.0.0.1:1"}, **store}
    hub = Hub(tmp_path, Authority(tmp_path), sections)
    hub.command("domain", "add", DOMAIN)
    hub.start()
    yield hub
    assert hub.stop() == 0, hub.log_text()


@pytest.mark.timeout(120 + KILLS * 10)
def test_kills(hub: Hub, engine: str) -> None:
    """Pitfall 16, from outside: workers, and now and then the whole hub, die by SIGKILL under load."""
    rng = random.Random(engine)
    people = [hub.person(name) for name in ("receiver", "other", "sender", "keeper", "fetcher")]
    for number in range(60):
        hub.send("carol@elsewhere.test", people[4], b"Subject: %d\r\n\r\nfetch me\r\n" % number, "smtp")
    sender, keeper = Sender(hub, people[2], 1), Keeper(hub, people[3], 2)
    clients: list[Client] = [sender, Sender(hub, people[2], 3), keeper, Fetcher(hub, people[4], 4)]
    for client in clients:
        client.start()
    for kill in range(KILLS):
        time.sleep(0.3 + rng.random())
        if kill % 4 == 3:
            hub.kill()
            hub.start()
        else:
            hub.kill_worker(rng.randrange(2))
    time.sleep(1)
    for client in clients:
        client.stopping.set()
    for client in clients:
        client.join(30)
        assert client.failure is None, client.failure
        assert client.acknowledged > 0, type(client).__name__
    check_mail(hub, people, [client for client in clients if isinstance(client, Sender)])
    with hub.imaplib(people[3]) as client:
        keeper.learn(client)
    hub.command("check", "--store", "--no-dns")


def check_mail(hub: Hub, people: list[str], senders: list[Sender]) -> None:
    """In both mailboxes or in none, in the queue or not: acknowledged ones once, others at most once."""
    subjects = []
    for person in people[:2]:
        with hub.imaplib(person) as client:
            subjects.append(sorted(subject for subject, _ in everything(client).values()))
    assert subjects[0] == subjects[1]
    queue = json.loads(hub.command("queue", "list", "--json"))
    queued = sorted(re.findall(r"(sent\d+x)@elsewhere\.test", json.dumps(queue)))
    for told, found in ((lambda sender: sender.local, subjects[0]), (lambda sender: sender.queued, queued)):
        sent = {token: done for sender in senders for token, done in told(sender).items()}
        assert len(found) == len(set(found))
        assert {token for token, done in sent.items() if done} <= set(found) <= set(sent)


def test_a_killed_supervisor_leaves_nobody_behind(hub: Hub) -> None:
    """Its workers end with it, so the ports are free for the next one."""
    workers = hub.workers()
    assert hub.process is not None
    os.kill(hub.process.pid, signal.SIGKILL)
    hub.process.wait()
    for _ in range(600):
        if not any(Path(f"/proc/{pid}").exists() for pid in workers):
            break
        time.sleep(0.05)
    assert not any(Path(f"/proc/{pid}").exists() for pid in workers)
    hub.start()
