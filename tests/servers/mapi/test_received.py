"""In whose mailbox a message is, whether it is for them – [MS-OXOMSG] 2.2.1.27 to 2.2.1.38: one content in many
mailboxes – and whether they are to follow it up."""

from __future__ import annotations

import smtplib
from collections.abc import Iterator

import pytest
from mapi_session import dn_of, imap_of, mapi_hub
from mapi_tables import TableSession

from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.entry_ids import AddressBookEntryId
from posthouse.protocols.mapi.property_rows import Missing
from posthouse.protocols.mapi.property_values import TaggedValue
from posthouse.protocols.mapi.restrictions import Property, RelOp
from posthouse.testing import MailHub

NAMED = tags.PidTagSubject, tags.PidTagMessageToMe, tags.PidTagMessageCcMe, tags.PidTagMessageRecipientMe
RECEIVED = (
    *(tags.PidTagReceivedByName, tags.PidTagReceivedByAddressType, tags.PidTagReceivedByEmailAddress),
    *(tags.PidTagReceivedByEntryId, tags.PidTagReceivedBySearchKey, tags.PidTagReceivedRepresentingName),
    *(tags.PidTagReceivedRepresentingAddressType, tags.PidTagReceivedRepresentingEmailAddress),
    *(tags.PidTagReceivedRepresentingEntryId, tags.PidTagReceivedRepresentingSearchKey),
)


@pytest.fixture(scope="module")
def hub() -> Iterator[MailHub]:
    with mapi_hub("alice", "bob") as hub:
        hub.add_alias("sales@example.org", "alice@example.org")
        for fields in ("To: Alice@Example.org", "To: x@example.net\r\nCc: sales@example.org", "To: x@example.net"):
            subject = fields.rpartition("\n")[2]
            with smtplib.SMTP(hub.smtp.host, hub.smtp.port, timeout=30) as smtp:
                text = f"From: x@example.net\r\n{fields}\r\nSubject: {subject}\r\n\r\ntext\r\n"
                smtp.sendmail("x@example.net", ["alice@example.org", "bob@example.org"], text)
        yield hub


@pytest.mark.parametrize(
    ("name", "told"),
    [
        (
            "alice",
            {
                "To: Alice@Example.org": (True, False, True),
                "Cc: sales@example.org": (False, True, True),
                "To: x@example.net": (False, False, False),
            },
        ),
        (
            "bob",
            dict.fromkeys(
                ("To: Alice@Example.org", "Cc: sales@example.org", "To: x@example.net"), (False, False, False)
            ),
        ),
    ],
)
def test_whether_it_is_for_me(hub: MailHub, name: str, told: dict[str, tuple[bool, ...]]) -> None:
    """By any address of the mailbox's owner; a blind copy names nobody. A table tells the same, and finds by it."""
    session = TableSession(hub, name)
    table = session.contents_of(session.folder("INBOX"), *NAMED)
    assert {subject: tuple(rest) for subject, *rest in session.all_rows(table)} == told
    for message in session.message_ids():
        subject, *rest = session.values(session.opened_message(message), *NAMED)
        assert tuple(rest) == told[subject]
    to_me = TaggedValue(tags.PidTagMessageToMe, True)
    session.restrict(table, Property(RelOp.EQ, tags.PidTagMessageToMe, to_me))
    assert [row[0] for row in session.all_rows(table)] == [subject for subject, (to, *_) in told.items() if to]


@pytest.mark.parametrize("name", ["alice", "bob"])
def test_who_has_received_it(hub: MailHub, name: str) -> None:
    """The mailbox's owner, in whose place nobody acts, under the name in the address book."""
    session = TableSession(hub, name)
    dn = dn_of(hub, name)
    person = [name, "EX", dn, AddressBookEntryId(dn).format(), f"EX:{dn}".upper().encode() + b"\0"]
    assert session.values(session.opened_message(session.message_ids()[0]), *RECEIVED) == person * 2
    table = session.contents_of(session.folder("INBOX"), *RECEIVED[:4])
    assert [list(row) for row in session.all_rows(table)] == [person[:4]] * 3


def test_what_a_client_puts_there_was_not_received(hub: MailHub) -> None:
    with imap_of(hub, "bob") as imap:
        imap.append("Drafts", b"To: bob@example.org\r\nSubject: mine\r\n\r\ntext\r\n")
    session = TableSession(hub, "bob")
    message = session.opened_in(session.message_ids("Drafts")[-1], "Drafts")
    by, to_me = session.values(message, tags.PidTagReceivedByName, tags.PidTagMessageToMe)
    assert (isinstance(by, Missing), to_me) == (True, True)


@pytest.mark.parametrize(("value", "asked"), [("Call me", True), ("", False)])
def test_what_is_to_be_followed_up(hub: MailHub, value: str, asked: bool) -> None:
    """[MS-OXCMAIL] X-Message-Flag: the sender asks for it, until the reader is done with it."""
    with smtplib.SMTP(hub.smtp.host, hub.smtp.port, timeout=30) as smtp:
        header = f"From: x@example.net\r\nSubject: to do\r\nX-Message-Flag: {value}\r\n"
        smtp.sendmail("x@example.net", ["bob@example.org"], f"{header}\r\ntext\r\n")
    bob = TableSession(hub, "bob")
    named = tags.PidTagFlagStatus, tags.PidTagToDoItemFlags, tags.PidTagFollowupIcon
    message = bob.message_ids()[-1]
    told = bob.values(bob.opened_message(message), *named)
    assert told == [2, 8, 6] if asked else all(isinstance(one, Missing) for one in told)
    with imap_of(hub, "bob") as imap:
        imap.select_folder("INBOX")
        [uid] = imap.search(["UID", "*"])
        assert (b"\\Flagged" in imap.get_flags([uid])[uid]) == asked
        imap.set_flags([uid], [])
    assert all(isinstance(one, Missing) for one in bob.values(bob.opened_message(message), *named))
