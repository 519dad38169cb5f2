"""In which folder messages of a class arrive. Statements are those of [MS-OXCSTOR]."""

from __future__ import annotations

import smtplib
import time
from collections.abc import Iterator

import pytest
from mapi_folders import FolderSession
from mapi_session import LOGON, imap_subjects, mapi_hub, oid, share

from posthouse.directory import parse_address
from posthouse.model.rights import Right
from posthouse.protocols.mapi.identifiers import ObjectId
from posthouse.protocols.mapi.rops.folder import DeleteFolderFlags
from posthouse.protocols.mapi.rops.store import (
    RopGetReceiveFolderRequest,
    RopGetReceiveFolderResponse,
    RopGetReceiveFolderTableRequest,
    RopGetReceiveFolderTableResponse,
    RopSetReceiveFolderRequest,
    RopSetReceiveFolderResponse,
)
from posthouse.servers.mapi.special_folders import Special
from posthouse.store.folder_tree import rename_folder
from posthouse.store.folders import find_folder
from posthouse.testing import MailHub

NOBODY = ObjectId(0, 0)
FIRST = {b"", b"IPM", b"REPORT.IPM", b"IPC"}


@pytest.fixture(scope="module")
def hub() -> Iterator[MailHub]:
    with mapi_hub("alice", "bob") as hub:
        yield hub


@pytest.fixture
def alice(hub: MailHub) -> FolderSession:
    return FolderSession(hub, "alice")


def put(session: FolderSession, folder: ObjectId, message_class: bytes) -> int:
    return session.error(RopSetReceiveFolderRequest(0, LOGON, folder, message_class))


def get(session: FolderSession, message_class: bytes) -> tuple[ObjectId, bytes]:
    found = session.get(RopGetReceiveFolderRequest(0, LOGON, message_class), RopGetReceiveFolderResponse)
    return found.folder_id, found.explicit_message_class


def table(session: FolderSession) -> dict[bytes, tuple[int, int]]:
    """Class → folder, and when it was set."""
    found = session.get(RopGetReceiveFolderTableRequest(0, LOGON), RopGetReceiveFolderTableResponse)
    rows: list[tuple[int, bytes, int]] = list(found.rows)  # type: ignore[arg-type]
    return {name: (folder, moment) for folder, name, moment in rows}


def test_a_class_gets_a_folder(alice: FolderSession) -> None:
    """R241, R243, R247, R249, R250, R845, R862, R863, R867 to R873, R1030, R1235, R59754, R59756, R59757: it and what
    is below it; case does not matter, and the time is that of the change."""
    first, second = alice.new()[0], alice.new()[0]
    assert alice.execute(RopSetReceiveFolderRequest(0, LOGON, first, b"IPM.Note.Rules")) == [
        RopSetReceiveFolderResponse(LOGON)
    ]
    assert get(alice, b"ipm.note.rules.Special") == (first, b"IPM.NOTE.RULES")
    assert get(alice, b"IPM.Note.RulesX") == (alice.special(Special.INBOX), b"IPM")
    assert put(alice, second, b"ipm.NOTE.rules") == 0
    found = table(alice)
    assert found.keys() == {*FIRST, b"IPM.NOTE.RULES"}
    folder, moment = found[b"IPM.NOTE.RULES"]
    assert folder == second.number
    assert abs(moment / 1e7 - 11_644_473_600 - time.time()) < 86_400
    assert put(alice, NOBODY, b"IPM.Note.Rules") == 0


def test_an_entry_goes_away(alice: FolderSession) -> None:
    """R864: also one that every mailbox begins with; one that was not there, without a word."""
    folder = alice.new()[0]
    put(alice, folder, b"IPM.Task")
    for message_class in (b"IPM.Task", b"IPC", b"IPM.Unknown"):
        assert put(alice, NOBODY, message_class) == 0
    assert table(alice).keys() == FIRST - {b"IPC"}
    assert get(alice, b"IPC.x") == (alice.special(Special.INBOX), b"")
    assert put(alice, alice.special(Special.ROOT), b"IPC") == 0
    assert table(alice).keys() == FIRST


def test_classes_without_an_entry(alice: FolderSession) -> None:
    """R852, R1223: the empty class may have another folder; it is that of all others."""
    folder = alice.new()[0]
    assert put(alice, folder, b"") == 0
    assert get(alice, b"Anything.at.all") == (folder, b"")
    assert put(alice, alice.special(Special.INBOX), b"") == 0


@pytest.mark.parametrize("message_class", [b"IPM", b"ipm", b"Report.IPM", b"REPORT.ipm"])
def test_classes_that_stay_where_they_are(alice: FolderSession, message_class: bytes) -> None:
    """R271, R272, R859."""
    assert put(alice, alice.special(Special.OUTBOX), message_class) == 0x80070005


@pytest.mark.parametrize("message_class", [b".IPM", b"IPM.", b"IPM..Note", b"IPM\x1f", b"\xe4", b"x" * 255])
def test_no_message_class(alice: FolderSession, message_class: bytes) -> None:
    """R273, R274, R858."""
    assert put(alice, alice.special(Special.INBOX), message_class) == 0x80070057


def test_nowhere_and_nothing(alice: FolderSession) -> None:
    """R275, R277, R860; R871: a folder that there is; R279, R280: on a logon."""
    assert put(alice, NOBODY, b"") == 0x80004005
    assert put(alice, oid(999_999), b"IPM.X") == 0x8004010F
    assert put(alice, ObjectId(7, 1), b"IPM.X") == 0x8004010F
    folder = alice.special(Special.INBOX)
    assert alice.error(RopSetReceiveFolderRequest(0, alice.subtree, folder, b"IPM.X")) == 0x80040102


def test_a_folder_that_goes_away(alice: FolderSession) -> None:
    """R871: its messages arrive where they would without it."""
    folder = alice.new()[0]
    put(alice, folder, b"IPM.Gone")
    alice.delete_folder(folder, DeleteFolderFlags(0))
    assert get(alice, b"IPM.Gone") == (alice.special(Special.INBOX), b"IPM")
    assert table(alice).keys() == FIRST


def test_of_others(hub: MailHub, alice: FolderSession) -> None:
    """R863: each mailbox has its own; only its owner changes it."""
    folder, _, name = alice.new()
    share(hub, "alice", name, "bob", Right.LOOKUP | Right.READ | Right.INSERT)
    put(alice, folder, b"IPM.Mine")
    assert get(FolderSession(hub, "bob"), b"IPM.Mine")[1] == b"IPM"
    guest = FolderSession(hub, "bob", "alice")
    assert get(guest, b"IPM.Mine") == (folder, b"IPM.MINE")
    assert put(guest, folder, b"IPM.Other") == 0x80070005
    put(alice, NOBODY, b"IPM.Mine")


def arrive(hub: MailHub, to: str, subject: str, field: str = "X-Nothing: 1") -> None:
    with smtplib.SMTP(hub.smtp.host, hub.smtp.port, timeout=30) as smtp:
        text = f"From: x@example.net\r\nSubject: {subject}\r\n{field}\r\n\r\nhello\r\n"
        smtp.sendmail("x@example.net", [to], text)


def test_mail_arrives_there(hub: MailHub, alice: FolderSession) -> None:
    """R195, R196, R241, R243: messages of the class, and of those below it; all others in the Inbox; who writes to a
    folder by its name finds it."""
    folder, _, name = alice.new()
    _, _, detail = alice.new()
    alice.hub.write(lambda tx: rename_folder(tx, alice.account, find_folder(tx, alice.account, detail).id, "lists"))
    assert put(alice, folder, b"IPM.Note.Custom") == 0
    custom = "Content-Class: urn:content-class:custom.order"
    arrive(hub, "alice@example.org", "an order", custom)
    arrive(hub, "alice@example.org", "a letter")
    arrive(hub, "alice+lists@example.org", "an order for a list", custom)
    arrive(hub, "bob@example.org", "an order of bob", custom)
    assert imap_subjects(hub, "alice", name) == ["an order"]
    assert imap_subjects(hub, "alice") == ["a letter"]
    assert imap_subjects(hub, "alice", "lists") == ["an order for a list"]
    assert imap_subjects(hub, "bob") == ["an order of bob"]
    alice.delete_folder(folder, DeleteFolderFlags.DEL_MESSAGES)
    arrive(hub, "alice@example.org", "a late order", custom)
    assert imap_subjects(hub, "alice") == ["a letter", "a late order"]


REPORT = (
    b'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\nSubject: failed\r\n\r\n'
    b"--b\r\n\r\nIt failed.\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\n"
    b"Reporting-MTA: dns; mail.example\r\n\r\nFinal-Recipient: rfc822; x@example.net\r\nAction: failed\r\n"
    b"Status: 5.1.1\r\n\r\n--b--\r\n"
)


def test_reports_arrive_there(hub: MailHub, alice: FolderSession) -> None:
    """R243: a report of ours as well."""
    folder, _, name = alice.new()
    assert put(alice, folder, b"REPORT.IPM.Note.NDR") == 0
    reports, to = hub.running.delivery.reports, parse_address("alice@example.org")
    hub.write(lambda tx: reports.place(tx, lambda _: REPORT, to, hub.running.store.now()))
    assert imap_subjects(hub, "alice", name) == ["failed"]
    put(alice, NOBODY, b"REPORT.IPM.Note.NDR")
