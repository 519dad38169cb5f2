"""Many devices on one folder: whatever they do, each one's view, made only of what it was told, is the store's.

POSTHOUSE_SESSION_ROUNDS sets how many rounds there are (12 on each engine when it is not set).
"""

from __future__ import annotations

import os
import random
import re
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hubs import DOMAIN, HOST, PASSWORD, Authority, Hub

ROUNDS = int(os.environ.get("POSTHOUSE_SESSION_ROUNDS", "12"))
MESSAGE = b"Subject: one of many\r\n\r\nhello\r\n"
KINDS = [
    *((), ("CONDSTORE",), ("QRESYNC",), ("UIDONLY",)),
    *(("IMAP4rev2", "QRESYNC"), ("IMAP4rev2",), ("UIDONLY", "QRESYNC")),
    *(("NOTIFY",), ("NOTIFY", "QRESYNC"), ("NOTIFY", "UIDONLY")),
]
"""What sessions enable; those with NOTIFY are told of each new message what it is, at any time."""
NOTIFY = (
    "NOTIFY SET STATUS (selected (MessageNew (UID FLAGS) MessageExpunge FlagChange))"
    " (mailboxes Archive (MessageNew MessageExpunge))"
)
State = dict[int, str]
"""UID → flags."""


@dataclass
class Remembered:
    """What a client writes to its disk."""

    uid_validity: int
    modseq: int
    view: State


@dataclass
class Device:
    """One session. Its view is changed by responses alone."""

    hub: Hub
    person: str
    enabled: tuple[str, ...]
    uids: list[int] = field(default_factory=list)
    """By sequence number; 0: not told yet."""
    flags: State = field(default_factory=dict)
    modseq: int = 0
    uid_validity: int = 0
    archived: int = 0
    """Messages in Archive, as far as it was told."""

    def __post_init__(self) -> None:
        self.uid_only = "UIDONLY" in self.enabled
        self.socket = socket.create_connection((HOST, self.hub.ports["imap"]), timeout=60)
        self.stream = self.socket.makefile("rb")
        self.stream.readline()
        self.say(f'LOGIN {self.person} "{PASSWORD}"')
        if enabled := [name for name in self.enabled if name != "NOTIFY"]:
            self.say("ENABLE " + " ".join(enabled))
        if "NOTIFY" in self.enabled:
            self.say(NOTIFY)

    def select(self, known: Remembered | None = None) -> None:
        more = ""
        if known is not None:
            self.flags = dict(known.view)
            uids = sorted(known.view)
            more = f" (QRESYNC ({known.uid_validity} {known.modseq}" + (f" 1:{uids[-1]}))" if uids else "))")
        self.uids = []
        self.say("SELECT INBOX" + more)
        if known is None or not known.view:
            self.flags = {}
        self.catch_up()

    def catch_up(self) -> None:
        """Ask for the UIDs that are not known yet, and for flags never heard."""
        self.say("UID SEARCH ALL")
        if 0 in self.uids:
            if self.uid_only:
                self.fetch("1:*", "(FLAGS)")
                self.uids.sort()
            else:
                self.fetch("1:*", "(UID)")
        if missing := [uid for uid in self.uids if uid not in self.flags]:
            self.fetch(",".join(map(str, missing)), "(FLAGS)")
        self.flags = {uid: flags for uid, flags in self.flags.items() if uid in set(self.uids)}

    def fetch(self, uids: str, items: str) -> None:
        """In as many commands as it takes (RFC 9738 §3.1)."""
        while found := re.search(r"\[MESSAGELIMIT \d+ (\d+)\]", self.say(f"UID FETCH {uids} {items}")):
            uids = f"1:{int(found[1]) - 1}"

    def say(self, command: str) -> str:
        """And hear all that comes with the answer."""
        self.socket.sendall(b"t " + command.encode() + b"\r\n")
        while True:
            line = self.stream.readline().decode()
            assert line, f"the connection ended in {command}"
            if line.startswith("t "):
                assert not line.startswith("t BAD"), (command, line)
                self.hear(line)
                return line
            self.hear(line)

    def append(self) -> None:
        self.socket.sendall(b"t APPEND INBOX {%d+}\r\n%b\r\n" % (len(MESSAGE), MESSAGE))
        while not (line := self.stream.readline()).startswith(b"t "):
            self.hear(line.decode())
        assert line.startswith(b"t OK"), line

    def hear(self, line: str) -> None:
        if found := re.match(r"\* (\d+) EXISTS", line):
            assert int(found[1]) >= len(self.uids), "EXISTS alone does not take messages away"
            self.uids += [0] * (int(found[1]) - len(self.uids))
        elif found := re.match(r"\* (\d+) EXPUNGE", line):
            assert "QRESYNC" not in self.enabled
            assert not self.uid_only
            self.flags.pop(self.uids.pop(int(found[1]) - 1), None)
        elif found := re.match(r"\* VANISHED (\(EARLIER\) )?([\d:,]+)", line):
            assert "QRESYNC" in self.enabled or (self.uid_only and not found[1])
            self.vanish(set(expand(found[2])), bool(found[1]))
        elif found := re.match(r"\* (\d+) FETCH \((.*)\)", line):
            assert not self.uid_only
            self.fetched(int(found[1]), found[2])
        elif found := re.match(r"\* (\d+) UIDFETCH \((.*)\)", line):
            assert self.uid_only
            if int(found[1]) not in self.uids:
                self.uids[self.uids.index(0)] = int(found[1])
            self.told(int(found[1]), found[2])
        elif found := re.match(r"\* STATUS Archive \(MESSAGES (\d+)", line):
            self.archived = int(found[1])
        elif found := re.search(r"\[UIDVALIDITY (\d+)\]", line):
            self.uid_validity = int(found[1])
        if found := re.search(r"HIGHESTMODSEQ (\d+)\]", line):
            self.modseq = max(self.modseq, int(found[1]))

    def vanish(self, gone: set[int], earlier: bool) -> None:
        for uid in gone:
            self.flags.pop(uid, None)
        if not earlier:
            for uid in gone.difference(self.uids):  # it stands for one that was announced and not told yet
                below = [place for place, known in enumerate(self.uids) if 0 < known < uid]
                del self.uids[self.uids.index(0, below[-1] + 1 if below else 0)]
            self.uids = [uid for uid in self.uids if uid not in gone]

    def fetched(self, number: int, items: str) -> None:
        if found := re.search(r"UID (\d+)", items):
            assert self.uids[number - 1] in (0, int(found[1])), "a number stands for another message"
            self.uids[number - 1] = int(found[1])
        self.told(self.uids[number - 1], items)

    def told(self, uid: int, items: str) -> None:
        if found := re.search(r"FLAGS \(([^)]*)\)", items):
            assert uid
            self.flags[uid] = " ".join(sorted(found[1].split()))
        if found := re.search(r"MODSEQ \((\d+)\)", items):
            self.modseq = max(self.modseq, int(found[1]))

    def close(self) -> None:
        self.stream.close()
        self.socket.close()


def expand(text: str) -> Iterator[int]:
    for part in text.split(","):
        low, _, high = part.partition(":")
        yield from range(int(low), int(high or low) + 1)


@pytest.fixture(params=["sqlite", "postgresql"])
def hub(
    request: pytest.FixtureRequest, tmp_path: Path, authority: Authority, new_url: Callable[[str], str]
) -> Iterator[Hub]:
    more = {"imap": {"message_limit": 10, "progress_interval": 0.001}}
    if request.param == "postgresql":
        more = {"store": {"url": new_url(request.param)}}
    hub = Hub(tmp_path, authority, more)
    hub.command("domain", "add", DOMAIN)
    hub.start()
    yield hub
    assert hub.stop() == 0, hub.log_text()


def act(device: Device, rng: random.Random) -> None:
    """Something at random; what it names may be gone meanwhile, which is a NO and no harm."""
    uids = [uid for uid in device.uids if uid]
    some = ",".join(map(str, sorted(rng.sample(uids, min(len(uids), rng.randrange(1, 5))))))
    what = rng.randrange(8)
    if what < 2 or not some:
        device.append()
    elif what < 5:
        how = rng.choice(["+FLAGS", "-FLAGS", "FLAGS", "+FLAGS.SILENT", "-FLAGS.SILENT"])
        flags = rng.choice([r"(\Seen)", r"(\Flagged \Seen)", r"($Work)", r"(\Answered)"])
        said = device.say(f"UID STORE {some} {how} {flags}")
        if "SILENT" in how and said.startswith("t OK"):
            remember(device, some, how[0], flags)
    elif what == 5:
        device.say(rf"UID STORE {some} +FLAGS (\Deleted)")
        device.say(f"UID EXPUNGE {some}")
    elif what == 6:
        device.say(f"UID MOVE {some} Archive")
    else:
        device.say(f"UID COPY {some} INBOX")


def remember(device: Device, uids: str, how: str, flags: str) -> None:
    """A silent change is the client's own to know."""
    changed = set(flags.strip("()").split())
    for uid in expand(uids):
        if uid in device.flags:
            old = set(device.flags[uid].split())
            device.flags[uid] = " ".join(sorted(old | changed if how == "+" else old - changed))


@pytest.mark.timeout(60 + ROUNDS * 10)
def test_all_see_the_same(hub: Hub) -> None:
    """After each quiet moment all views are equal, and who comes back from any older state arrives there too."""
    rng = random.Random(7162)
    person = hub.person()
    devices = [Device(hub, person, kind) for kind in KINDS]
    listener = Device(hub, person, ("NOTIFY",))
    for device in devices:
        device.select()
    memories: list[Remembered] = []
    for _ in range(ROUNDS):
        for _ in range(25):
            act(rng.choice(devices), rng)
        for device in devices:
            device.say("NOOP")
            device.catch_up()
        fresh = Device(hub, person, ())
        fresh.say("STATUS Archive (MESSAGES)")
        fresh.select()
        listener.say("NOOP")
        assert listener.archived == fresh.archived
        for device in devices:
            assert dict(zip(device.uids, map(device.flags.__getitem__, device.uids), strict=True)) == fresh.flags, (
                device.enabled
            )
        for known in rng.sample(memories, min(3, len(memories))):
            back = Device(hub, person, rng.choice([("QRESYNC",), ("UIDONLY", "QRESYNC")]))
            back.select(known)
            assert back.flags == fresh.flags
            back.close()
        resyncing = next(device for device in devices if "QRESYNC" in device.enabled)
        memories.append(Remembered(resyncing.uid_validity, resyncing.modseq, dict(resyncing.flags)))
        fresh.close()
    for device in [*devices, listener]:
        device.close()
