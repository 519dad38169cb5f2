"""Where a message came from is noted when it arrives, for PidTagMessageFlags – [MS-OXCMSG] 2.2.1.6."""

from __future__ import annotations

import smtplib
import time
from collections.abc import Iterator

import pytest
from mapi_sending import written
from mapi_session import deliver, imap_of, imap_subjects, mapi_hub
from mapi_tables import TableSession
from odd_hop import OddHop
from programs import eventually

from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.moments import file_time
from posthouse.protocols.mapi.rops.sending import RopSubmitMessageRequest
from posthouse.testing import MailHub

FROM_ME, INTERNET, UNTRUSTED = 0x20, 0x2000, 0x8000
ORIGIN = FROM_ME | INTERNET | UNTRUSTED


@pytest.fixture(scope="module")
def hub() -> Iterator[MailHub]:
    """Whose queue is at work."""
    trusting = {"relay_networks": ["127.0.0.2/32"]}
    with OddHop({}).serving() as address, mapi_hub("alice", "bob", relay=address, smtp=trusting) as hub:
        yield hub


def submit(hub: MailHub, subject: str, *names: str) -> None:
    """Alice's mail program sends it to these."""
    addresses = [f"{name}@example.org" for name in names]
    with smtplib.SMTP(hub.submission.host, hub.submission.port, timeout=30) as smtp:
        smtp.starttls(context=hub.client_context())
        smtp.login("alice@example.org", "secret")
        text = f"From: alice@example.org\r\nTo: {', '.join(addresses)}\r\nSubject: {subject}\r\n\r\ntext\r\n"
        smtp.sendmail("alice@example.org", addresses, text)


def told(session: TableSession, subject: str, path: str = "INBOX") -> int:
    """As the message says it itself, and a table says the same."""
    table = session.contents_of(session.folder(path), tags.PidTagSubject, tags.PidTagMessageFlags, tags.PidTagMid)
    [(flags, mid)] = [row[1:] for row in session.all_rows(table) if row[0] == subject]
    [message] = [one for one in session.message_ids(path) if one.format() == mid.to_bytes(8, "little", signed=True)]
    assert session.value(session.opened_in(message, path), tags.PidTagMessageFlags) == flags
    return int(flags & ORIGIN)


def test_from_a_stranger(hub: MailHub) -> None:
    """MS-OXCMSG R533, R535, R536: it came over the Internet and from outside, and over no other link; who claims to be
    the owner is one, too."""
    deliver(hub, "alice", "from outside")
    deliver(hub, "alice", "claims to be me", sender="alice@example.org")
    alice = TableSession(hub, "alice")
    assert told(alice, "from outside") == INTERNET
    assert told(alice, "claims to be me") == INTERNET


def test_from_a_trusted_network(hub: MailHub) -> None:
    """MS-OXCMSG R533: a machine of the organization's own is no stranger."""
    with smtplib.SMTP(hub.smtp.host, hub.smtp.port, timeout=30, source_address=("127.0.0.2", 0)) as smtp:
        smtp.sendmail("scanner@example.org", ["alice@example.org"], "Subject: a scan\r\n\r\ntext\r\n")
    assert told(TableSession(hub, "alice"), "a scan") == 0


def test_from_oneself(hub: MailHub) -> None:
    """MS-OXCMSG R525: of everybody who receives it, only whoever has sent it."""
    submit(hub, "to both", "alice", "bob")
    assert told(TableSession(hub, "alice"), "to both") == FROM_ME
    assert told(TableSession(hub, "bob"), "to both") == 0


@pytest.mark.parametrize("later", [False, True], ids=["at once", "later"])
def test_from_oneself_by_mapi(hub: MailHub, later: bool) -> None:
    """MS-OXCMSG R525: also when it has waited for its time; the copy among the sent ones was received by nobody."""
    alice, subject = TableSession(hub, "alice"), f"to me {later}"
    slot = written(alice, "alice@example.org", "bob@example.org")
    when = {tags.PidTagDeferredSendTime: file_time(time.time() + 2)} if later else {}
    alice.set(slot, {tags.PidTagSubject: subject, **when})
    assert alice.error(RopSubmitMessageRequest(0, slot)) == 0
    eventually(lambda: subject in imap_subjects(hub, "bob"))
    assert told(alice, subject) == FROM_ME
    assert told(TableSession(hub, "bob"), subject) == 0
    assert told(alice, subject, "Sent") == 0


def test_nothing_that_happens_to_it_changes_that(hub: MailHub) -> None:
    """MS-OXCMSG R516: clients of IMAP replace flags, those of MAPI make another content, and it goes elsewhere."""
    deliver(hub, "alice", "long ago")
    alice = TableSession(hub, "alice")
    with imap_of(hub, "alice") as imap:
        imap.select_folder("INBOX")
        uids = imap.search(["SUBJECT", "long ago"])
        for flags in (["\\Flagged", "work"], [], ["\\Seen"]):
            imap.set_flags(uids, flags)
            assert told(alice, "long ago") == INTERNET
    slot = alice.opened_in(alice.message_ids()[-1], "INBOX")
    alice.set(slot, {tags.PidTagBody: "another"})
    alice.saved(slot)
    assert told(alice, "long ago") == INTERNET
    with imap_of(hub, "alice") as imap:
        imap.select_folder("INBOX")
        uids = imap.search(["SUBJECT", "long ago"])
        imap.copy(uids, "Drafts")
        imap.move(uids, "Trash")
    assert told(alice, "long ago", "Drafts") == INTERNET
    assert told(alice, "long ago", "Trash") == INTERNET
