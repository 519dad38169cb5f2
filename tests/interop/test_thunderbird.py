"""Thunderbird at a person's account: it sees what happens there, and what it does is seen by others. Pitfall 22."""

from __future__ import annotations

from pathlib import Path

from hubs import Hub
from programs import eventually, program
from thunderbird import Thunderbird
from tracing import tracing

SENDER = "carol@elsewhere.test"


def put(hub: Hub, person: str, *subjects: str) -> None:
    for subject in subjects:
        header = f"From: {SENDER}\r\nTo: {person}\r\nSubject: {subject}\r\nMessage-ID: <{subject}@elsewhere.test>\r\n"
        hub.send(SENDER, person, f"{header}\r\nHello\r\n".encode(), "smtp")


def test_news_come_to_it_and_from_it(hub: Hub, person: str, tmp_path: Path) -> None:
    """Mail, marks and removals reach it while it idles, unasked; what it marks and moves is so on the hub.

    What comes while it is busy with what came before, it may overlook until somebody asks, or it gives its connection
    up: so each change is one, and waits until it idles again."""
    program("thunderbird")
    put(hub, person, "one", "two", "three")
    with tracing(hub, person) as trace, Thunderbird(hub, person, tmp_path) as thunderbird, hub.imap(person) as other:
        thunderbird.get_messages()
        eventually(lambda: set(thunderbird.inbox()) == {"one", "two", "three"})
        idles = eventually(trace.idles)
        put(hub, person, "four")
        eventually(lambda: "four" in thunderbird.inbox())
        idles = eventually(lambda: trace.idles() > idles and trace.idles())
        other.select_folder("INBOX")
        other.add_flags([1], [b"\\Flagged"])
        eventually(lambda: thunderbird.inbox()["one"] == {"star"})
        eventually(lambda: trace.idles() > idles)
        other.move([2], "Archive")
        eventually(lambda: "two" not in thunderbird.inbox())

        thunderbird.mark_read("three")
        eventually(lambda: b"\\Seen" in other.get_flags([3])[3])
        thunderbird.move("four", "Trash")
        assert other.search() == [1, 3]
        assert other.folder_status("Trash", ["MESSAGES"])[b"MESSAGES"] == 1
    for used in ("compress deflate", "enable utf8=accept", "uid move 4", r"changedsince \d+"):
        assert trace.heard(used), used
    assert trace.refused() == []


def test_it_comes_back(hub: Hub, person: str, tmp_path: Path) -> None:
    """Day after day it asks for what has changed since (CONDSTORE), and has the same as the hub."""
    program("thunderbird")
    there: dict[str, set[str]] = {}
    for day in (1, 2, 3):
        put(hub, person, f"of day {day}")
        there[f"of day {day}"] = set()
        if day > 1:
            with hub.imap(person) as other:
                other.select_folder("INBOX")
                other.add_flags([day - 1], [b"\\Flagged", b"\\Seen"])
            there[f"of day {day - 1}"] = {"star", "read"}
        with tracing(hub, person) as trace, Thunderbird(hub, person, tmp_path) as thunderbird:
            thunderbird.get_messages()
            eventually(lambda: thunderbird.inbox() == there)
            if day == 3:  # on the second it has no sequence of the first yet
                eventually(lambda: trace.heard(r"fetch .*changedsince [1-9]"))
        assert trace.refused() == []
    assert trace.heard(r"fetch .*changedsince [1-9]")
