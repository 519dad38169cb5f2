"""Real programs that keep mail in step by IMAP: mbsync, curl, imaplib, IMAPClient."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from hubs import HOST, PASSWORD, Hub
from programs import program, run
from tracing import tracing

SENDER = "carol@elsewhere.test"


def put(hub: Hub, person: str, *subjects: str) -> None:
    for subject in subjects:
        hub.send(SENDER, person, f"From: {SENDER}\r\nSubject: {subject}\r\n\r\nHello\r\n".encode(), "smtp")


def marks(hub: Hub, person: str) -> dict[str, set[str]]:
    """Subject → flags in the letters of Maildir."""
    letters = {b"\\Flagged": "F", b"\\Answered": "R", b"\\Seen": "S"}
    with hub.imap(person) as client:
        client.select_folder("INBOX", readonly=True)
        rows = client.fetch(client.search(), ["ENVELOPE", "FLAGS"]).values()
        return {row[b"ENVELOPE"].subject.decode(): {letters[flag] for flag in row[b"FLAGS"]} for row in rows}


class Mbsync:
    """A Maildir kept in step with an account."""

    def __init__(self, hub: Hub, person: str, folder: Path, service: str, tls: str, mechanism: str) -> None:
        self.folder = folder
        self.mail = folder / "mail"
        self.mail.mkdir()
        self.config = folder / "mbsyncrc"
        self.config.write_text(
            f'IMAPAccount hub\nHost {HOST}\nPort {hub.ports[service]}\nUser {person}\nPass "{PASSWORD}"\n'
            f"SSLType {tls}\nCertificateFile {hub.authority.ca}\nAuthMechs {mechanism}\n\n"
            "IMAPStore far\nAccount hub\n\n"
            f"MaildirStore near\nPath {self.mail}/\nInbox {self.mail}/INBOX\nSubFolders Verbatim\n\n"
            "Channel all\nFar :far:\nNear :near:\nPatterns *\nCreate Both\nRemove Both\nExpunge Both\nSyncState *\n"
        )

    def sync(self) -> None:
        run([program("mbsync"), "-c", self.config, "-a"])

    def files(self, name: str = "INBOX") -> dict[str, Path]:
        """Subject → file."""
        found: dict[str, Path] = {}
        for file in sorted([*(self.mail / name / "cur").glob("*"), *(self.mail / name / "new").glob("*")]):
            lines = file.read_text().splitlines()
            found[next(line[9:] for line in lines if line.startswith("Subject: "))] = file
        return found

    def marks(self) -> dict[str, set[str]]:
        return {subject: set(file.name.partition(":2,")[2]) for subject, file in self.files().items()}

    def flag(self, subject: str, letters: str) -> None:
        file = self.files()[subject]
        file.rename(self.mail / "INBOX" / "cur" / f"{file.name.partition(':')[0]}:2,{letters}")


@pytest.mark.parametrize(
    ("service", "tls", "mechanism"), [("imap", "None", "LOGIN"), ("imap", "STARTTLS", "PLAIN"), ("imaps", "IMAPS", "*")]
)
def test_mbsync(hub: Hub, person: str, tmp_path: Path, service: str, tls: str, mechanism: str) -> None:
    """Messages, flags, deletions and folders go both ways."""
    put(hub, person, "one", "two", "three", "four")
    mbsync = Mbsync(hub, person, tmp_path, service, tls, mechanism)
    mbsync.sync()
    assert set(mbsync.files()) == {"one", "two", "three", "four"}

    mbsync.flag("one", "FS")
    mbsync.flag("two", "ST")
    new = mbsync.mail / "INBOX" / "new" / "1.local.test"
    new.write_text("From: me@example.org\nSubject: mine\n\nwritten here\n")
    for name in ("cur", "new", "tmp"):
        (mbsync.mail / "Entw&APw-rfe &- mehr" / name).mkdir(parents=True)
    with hub.imap(person) as client:
        client.select_folder("INBOX")
        client.add_flags(client.search(["SUBJECT", "three"]), [b"\\Answered"])
        client.delete_messages(client.search(["SUBJECT", "four"]))
        client.expunge()
        client.create_folder("Archive/2026")
    mbsync.sync()

    with hub.imap(person) as client:
        client.select_folder("INBOX")
        found = client.fetch(client.search(), ["FLAGS", "ENVELOPE", "BODY[TEXT]"])
        flags = {data[b"ENVELOPE"].subject.decode(): set(data[b"FLAGS"]) - {b"\\Recent"} for data in found.values()}
        assert flags["one"] >= {b"\\Flagged", b"\\Seen"}
        assert set(flags) == {"one", "three", "mine"}
        assert b"written here\r\n" in [data[b"BODY[TEXT]"] for data in found.values()]
        assert client.folder_exists("Entwürfe & mehr")
    assert set(mbsync.files()) == {"one", "three", "mine"}
    assert "R" in mbsync.files()["three"].name.rpartition(",")[2]
    assert (mbsync.mail / "Archive" / "2026" / "cur").is_dir()


def test_mbsync_does_nothing_twice(hub: Hub, person: str, tmp_path: Path) -> None:
    """A second run finds UIDVALIDITY and UIDs as they were, and copies nothing."""
    put(hub, person, "one", "two")
    mbsync = Mbsync(hub, person, tmp_path, "imaps", "IMAPS", "PLAIN")
    mbsync.sync()
    before = mbsync.files()
    mbsync.sync()
    assert mbsync.files() == before


def test_mbsync_day_after_day(hub: Hub, person: str, tmp_path: Path) -> None:
    """Over many runs, in each of which something new came, changed and went on both sides, both stay the same; what
    both have already is not fetched again."""
    mbsync = Mbsync(hub, person, tmp_path, "imaps", "IMAPS", "PLAIN")
    mbsync.sync()
    for day in range(1, 5):
        put(hub, person, f"far {day}", f"far, short-lived {day}")
        near = mbsync.mail / "INBOX" / "new" / f"{day}.local.test"
        near.write_text(f"From: me@example.org\nSubject: near {day}\n\nwritten here\n")
        with hub.imap(person) as client:
            client.select_folder("INBOX")
            if day > 1:
                client.add_flags(client.search(["SUBJECT", f"near {day - 1}"]), [b"\\Answered"])
                client.delete_messages(client.search(["SUBJECT", f"far, short-lived {day - 1}"]))
                client.expunge()
        if day > 1:
            mbsync.flag(f"far {day - 1}", "F")
        if day > 2:
            mbsync.flag(f"near {day - 2}", "RT")
        with tracing(hub, person) as trace:
            mbsync.sync()
        assert len(trace.heard("body.peek")) == 2
        assert trace.refused() == []
        assert mbsync.marks() == marks(hub, person)
    flagged = {f"far {day}": {"F"} for day in (1, 2, 3)}
    assert marks(hub, person) == flagged | {
        "far 4": set(),
        "far, short-lived 4": set(),
        "near 3": {"R"},
        "near 4": set(),
    }


@pytest.mark.parametrize(("service", "options"), [("imap", []), ("imap", ["--ssl-reqd"]), ("imaps", [])])
def test_curl(hub: Hub, person: str, tmp_path: Path, service: str, options: list[str]) -> None:
    """Reads by number and UID, searches, lists, appends, stores."""
    put(hub, person, "one", "two")
    base = f"{service}://{HOST}:{hub.ports[service]}/"

    def curl(path: str, *words: str) -> bytes:
        command = [program("curl"), "-sS", *options, "--cacert", str(hub.authority.ca), "-u", f"{person}:{PASSWORD}"]
        return subprocess.run([*command, base + path, *words], check=True, capture_output=True, timeout=60).stdout

    whole = hub.inbox(person)
    assert curl("INBOX;MAILINDEX=1") == whole[0]
    assert curl("INBOX;UID=2") == whole[1]
    assert curl("INBOX;UID=2;SECTION=TEXT") == b"Hello\r\n"
    assert curl("INBOX?SUBJECT%20two") == b"* SEARCH 2\r\n"
    assert b'"/" Drafts\r\n' in curl("")
    letter = b"From: me@example.org\r\nSubject: kept\r\n\r\nMine\r\n"
    (tmp_path / "letter").write_bytes(letter)
    curl("Drafts", "-T", str(tmp_path / "letter"))
    assert curl("Drafts;MAILINDEX=1") == letter
    curl("INBOX", "-X", "STORE 1 +Flags \\Deleted")
    assert curl("INBOX", "-X", "EXPUNGE") == b"* 1 EXPUNGE\r\n"


@pytest.mark.parametrize("service", ["imap", "imaps"])
def test_imaplib(hub: Hub, person: str, service: str) -> None:
    """Python's own client: append, search, fetch, store, copy, expunge, folders, quoting."""
    with hub.imaplib(person, service) as client:
        assert client.create('"a folder"')[0] == "OK"
        letter = b"From: me@example.org\r\nSubject: hi\r\n\r\n" + bytes(range(1, 256)).replace(b"\r", b"").replace(
            b"\n", b""
        )
        for _ in range(3):
            assert client.append('"a folder"', "(\\Seen custom)", None, letter)[0] == "OK"
        assert client.select('"a folder"') == ("OK", [b"3"])
        assert client.search(None, "KEYWORD", "custom") == ("OK", [b"1 2 3"])
        assert client.search("UTF-8", "SUBJECT", "hi") == ("OK", [b"1 2 3"])
        answer = client.fetch("2", "(BODY.PEEK[])")[1][0]
        assert isinstance(answer, tuple)
        assert answer[1] == letter
        assert client.store("1", "+FLAGS", "\\Deleted")[0] == "OK"
        assert client.copy("2:3", "INBOX")[0] == "OK"
        assert client.expunge() == ("OK", [b"1"])
        assert client.select("INBOX") == ("OK", [b"2"])
        assert client.rename('"a folder"', '"another one"')[0] == "OK"
        assert client.status('"another one"', "(MESSAGES UIDNEXT)") == ("OK", [b'"another one" (MESSAGES 2 UIDNEXT 4)'])
        assert client.delete('"another one"')[0] == "OK"


def test_imapclient(hub: Hub, person: str) -> None:
    """What a library for programs uses: special-use folders, MOVE, UIDPLUS, ENABLE, NAMESPACE, ID, UTF-7 names."""
    with hub.imap(person) as client:
        assert client.has_capability("MOVE")
        assert client.has_capability("UIDPLUS")
        assert client.namespace().personal[0][1] == "/"
        trash = client.find_special_folder(b"\\Trash")
        assert trash
        assert b"Posthouse" in client.id_({"name": "test"})[0]
        client.create_folder("Grüße/日本語")
        assert "Grüße/日本語" in [name for _, _, name in client.list_folders()]
        answer = client.append("Grüße/日本語", b"Subject: x\r\n\r\ny\r\n", [b"\\Flagged"])
        assert b"APPENDUID" in answer
        client.select_folder("Grüße/日本語")
        assert b"\\Flagged" in client.get_flags([1])[1]
        client.move([1], trash)
        assert client.search() == []
        client.select_folder(trash)
        assert len(client.search(["FLAGGED"])) == 1
        client.subscribe_folder("Grüße")
        assert "Grüße" in [name for _, _, name in client.list_sub_folders()]
        assert client.folder_status("INBOX", ["MESSAGES", "UIDVALIDITY"])[b"MESSAGES"] == 0


def test_flags_and_mail_between_two_devices(hub: Hub, person: str) -> None:
    """What one session does, another that idles on the folder hears at once, across workers."""
    put(hub, person, "one")
    with hub.imap(person) as first, hub.imap(person, "imap") as second:
        for client in (first, second):
            client.select_folder("INBOX")
        second.idle()
        first.add_flags([1], [b"\\Flagged"])
        assert _hears(second, lambda news: news[1] == b"FETCH" and b"\\Flagged" in str(news).encode())
        put(hub, person, "two")
        assert _hears(second, lambda news: news == (2, b"EXISTS"))
        first.delete_messages([1])
        first.expunge()
        assert _hears(second, lambda news: news == (1, b"EXPUNGE"))
        second.idle_done()
        assert second.search() == [2]


def _hears(client, wanted) -> bool:  # type: ignore[no-untyped-def]
    return any(wanted(news) for _ in range(20) for news in client.idle_check(timeout=3))
