"""One mailbox, seen by MAPI, IMAP and POP3: what one changes the others see, and nothing is lost on the way."""

from __future__ import annotations

import email
import poplib
import smtplib
import time
from collections.abc import Iterator

import pytest
from awkward import made
from mapi_properties import NOT_FOUND, PropertySession
from mapi_session import account_of, imap_of, mapi_hub

from posthouse.message.headers import header_end
from posthouse.message.repair import remove_fields
from posthouse.protocols.mapi import named_tags, tags
from posthouse.protocols.mapi.rops.attachment import RopGetValidAttachmentsRequest, RopGetValidAttachmentsResponse
from posthouse.protocols.mapi.rops.message import (
    LOGON_CODE_PAGE,
    MessageOpenMode,
    RopOpenMessageRequest,
    RopOpenMessageResponse,
)
from posthouse.store.content import add_content, open_content
from posthouse.store.folders import INBOX
from posthouse.store.intake import content_of
from posthouse.store.messages import NewMessage, append
from posthouse.store.objects import find_message
from posthouse.testing import MailHub

FOLLOW_UP, COMPLETE = 2, 1


@pytest.fixture(scope="module")
def hub() -> Iterator[MailHub]:
    with mapi_hub("alice", "bob") as hub:
        yield hub


@pytest.fixture
def alice(hub):
    return PropertySession(hub, "alice")


@pytest.fixture
def imap(hub):
    with imap_of(hub, "alice") as client:
        client.select_folder("INBOX")
        yield client


def delivered(session, text=b"Subject: hello\r\nFrom: carol@example.net\r\n\r\nworld\r\n"):
    with smtplib.SMTP(session.hub.smtp.host, session.hub.smtp.port, timeout=30) as smtp:
        smtp.sendmail("carol@example.net", ["alice@example.org"], text)
    return session.message_ids()[-1]


def opened(session, message, folder="INBOX"):
    slot = session.slot()
    where = session.folder(folder)
    rop = RopOpenMessageRequest(0, 0, slot, LOGON_CODE_PAGE, where, MessageOpenMode.READ_WRITE, message)
    return slot, session.get(rop, RopOpenMessageResponse).message


def last(client):
    """UID, content and flags of the newest message."""
    client.noop()
    [uid] = client.search(["UID", "*"])
    found = client.fetch([uid], ["BODY.PEEK[]", "FLAGS", "RFC822.SIZE"])[uid]
    assert found[b"RFC822.SIZE"] == len(found[b"BODY[]"])
    return uid, found[b"BODY[]"], set(found[b"FLAGS"]) - {b"\\Recent"}


def categories(session):
    return session.named(named_tags.PidNameKeywords.name, named_tags.PidNameKeywords.type)


# What is not in the content


def test_what_mapi_knows_alone_leaves_mail_as_it_came(alice, imap):
    """Categories, follow-up, what a program keeps for itself: bytes and UID stay."""
    slot, _ = opened(alice, delivered(alice))
    before = last(imap)
    alice.set(slot, {categories(alice): ("Blue Category", "Work"), tags.PidTagFlagStatus: FOLLOW_UP})
    alice.set(slot, {tags.PidTagSwappedToDoStore: b"x"})
    alice.saved(slot)
    uid, content, flags = last(imap)
    assert (uid, content) == before[:2]
    assert flags == {b"Blue_Category", b"Work", b"\\Flagged"}


def test_keywords_are_categories(alice, imap):
    """Both ways; a name that is no keyword comes back as it was."""
    message = delivered(alice)
    slot, _ = opened(alice, message)
    alice.set(slot, {categories(alice): ("Blue Category",)})
    alice.saved(slot)
    imap.noop()
    [uid] = imap.search(["UID", "*"])
    imap.add_flags([uid], ["Later"])
    slot, _ = opened(alice, message)
    assert set(alice.value(slot, categories(alice))) == {"Blue Category", "Later"}
    imap.remove_flags([uid], ["Blue_Category", "Later"])
    slot, _ = opened(alice, message)
    assert alice.value(slot, categories(alice)) == NOT_FOUND


def test_a_flag_is_a_follow_up(alice, imap):
    """Both ways; what is completed is flagged no more."""
    message = delivered(alice)
    uid, _, _ = last(imap)
    imap.add_flags([uid], ["\\Flagged"])
    slot, _ = opened(alice, message)
    assert alice.value(slot, tags.PidTagFlagStatus) == FOLLOW_UP
    alice.set(slot, {tags.PidTagFlagStatus: COMPLETE})
    alice.saved(slot)
    assert b"\\Flagged" not in last(imap)[2]
    slot, _ = opened(alice, message)
    assert alice.value(slot, tags.PidTagFlagStatus) == COMPLETE


def test_answered_and_forwarded(alice, imap):
    """PidTagLastVerbExecuted ([MS-OXOMSG] 2.2.1.39): one icon, and both flags of IMAP."""
    message = delivered(alice)
    for verb, flag in ((102, b"\\Answered"), (104, b"$Forwarded")):
        slot, _ = opened(alice, message)
        alice.set(slot, {tags.PidTagLastVerbExecuted: verb})
        alice.saved(slot)
        assert flag in last(imap)[2]
        assert alice.value(slot, tags.PidTagLastVerbExecuted) == verb
    assert {b"\\Answered", b"$Forwarded"} <= last(imap)[2]


# What is in the content


def test_another_subject_is_another_content(alice, imap):
    """A new UID for IMAP, the same id for MAPI; the folder has one message, not two."""
    message = delivered(alice)
    uid, before, _ = last(imap)
    there = len(imap.search())
    slot, _ = opened(alice, message)
    alice.set(slot, {tags.PidTagSubject: "another"})
    assert alice.saved(slot) == message
    imap.noop()
    after, content, _ = last(imap)
    assert after > uid
    assert content != before
    assert b"Subject: another" in content
    assert len(imap.search()) == there
    assert alice.message_ids()[-1] == message


CARRIED = (
    b"Received: from a.example by b.example; Tue, 14 Nov 2023 12:00:00 +0000\r\nX-Own: something\r\n"
    b"DKIM-Signature: v=1; a=rsa-sha256; d=a.example; s=x; h=from; bh=YQ==; b=YQ==\r\n"
)


def test_who_has_carried_it_stays_when_its_text_changes(alice, imap):
    """However often; and a client may take it away with the property that tells it."""
    imap.append("INBOX", CARRIED + b"From: c@client.example\r\nSubject: carried\r\n\r\nas it came\r\n")
    message = alice.message_ids()[-1]
    for text in ("changed once", "changed twice"):
        slot, _ = opened(alice, message)
        alice.set(slot, {tags.PidTagBody: text})
        alice.saved(slot)
        imap.noop()
        _, content, _ = last(imap)
        assert content.startswith(CARRIED + b"From: c@client.example\r\n")
        assert text.encode() in content
    slot, _ = opened(alice, message)
    assert alice.delete(slot, tags.PidTagTransportMessageHeaders) == ()
    alice.set(slot, {tags.PidTagBody: "without"})
    alice.saved(slot)
    imap.noop()
    _, content, _ = last(imap)
    assert b"Received" not in content


SEALED = {
    "signed": (
        b'multipart/signed; protocol="application/pkcs7-signature"; micalg=sha-256; boundary=b',
        b"--b\r\nContent-Type: text/plain\r\n\r\nI  owe   you 10.  \r\n\r\n--b\r\n"
        b"Content-Type: application/pkcs7-signature; name=smime.p7s\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        b"MIAG\r\n--b--\r\n",
    ),
    "opaque": (b"application/pkcs7-mime; smime-type=signed-data; name=smime.p7m", b"MIAGCSqGSIb3DQEHAqCAMIACAQEx\r\n"),
    "encrypted": (
        b"application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m",
        b"MIAGCSqGSIb3DQEHA6CAMIAC\r\n",
    ),
    "signed with OpenPGP": (
        b'multipart/signed; protocol="application/pgp-signature"; micalg=pgp-sha256; boundary=b',
        b"--b\r\nContent-Type: text/plain\r\n\r\nI  owe   you 10.  \r\n\r\n--b\r\n"
        b"Content-Type: application/pgp-signature\r\n\r\n-----BEGIN PGP SIGNATURE-----\r\n\r\n--b--\r\n",
    ),
    "OpenPGP": (
        b'multipart/encrypted; protocol="application/pgp-encrypted"; boundary=b',
        b"--b\r\nContent-Type: application/pgp-encrypted\r\n\r\nVersion: 1\r\n\r\n--b\r\n"
        b"Content-Type: application/octet-stream\r\n\r\n-----BEGIN PGP MESSAGE-----\r\n\r\n--b--\r\n",
    ),
}


@pytest.mark.parametrize("kind", SEALED)
def test_what_is_sealed_stays_byte_for_byte(alice, imap, kind):
    """[MS-OXOSMIME] 2.1: whatever is changed of the message, its signature still fits, and who has the key
    can read it."""
    content_type, body = SEALED[kind]
    encoding = b"" if content_type.startswith(b"multipart") else b"Content-Transfer-Encoding: base64\r\n"
    head = b"From: carol@example.net\r\nSubject: sealed\r\nMIME-Version: 1.0\r\nContent-Type: %b\r\n%b\r\n"
    message = delivered(alice, head % (content_type, encoding) + body)
    before = last(imap)
    for change, same in (
        ({categories(alice): ("Work",), tags.PidTagFlagStatus: FOLLOW_UP}, True),
        ({tags.PidTagSubject: "sealed, and seen"}, False),
    ):
        slot, _ = opened(alice, message)
        alice.set(slot, change)
        alice.saved(slot)
        uid, content, _ = last(imap)
        assert ((uid, content) == before[:2]) is same
        sealed = email.message_from_bytes(content)
        assert sealed.get_content_type().encode() == content_type.partition(b";")[0]
        assert _inside(content) == _inside(before[1])
    slot, _ = opened(alice, message)
    alice.set(slot, {tags.PidTagInReplyToId: "<another@x.example>"})
    alice.saved(slot)
    if kind != "signed with OpenPGP":  # to MAPI a text and a file, which fit together no longer when written anew
        assert _inside(last(imap)[1]) == _inside(before[1])


def _inside(content: bytes) -> list[bytes]:
    """What is between its boundaries where it is signed, or all that it decodes to."""
    message = email.message_from_bytes(content)
    if message.get_content_type() != "multipart/signed":
        return [part.get_payload(decode=True) for part in message.walk()]
    boundary = b"--" + message.get_boundary().encode()
    return content.partition(b"\r\n\r\n")[2].split(boundary)[1:-1]


def test_what_is_saved_again_as_it_was_stays_what_it_is(alice, imap):
    """Of a message that MAPI has made too: no new UID without another content."""
    slot = alice.new_message()
    alice.set(slot, {tags.PidTagSubject: "mine", tags.PidTagBody: "text"})
    alice.saved(slot)
    before = last(imap)
    alice.set(slot, {tags.PidTagSubject: "mine", tags.PidTagSwappedToDoStore: b"kept"})
    alice.saved(slot)
    assert last(imap) == before
    alice.set(slot, {tags.PidTagBody: "other"})
    alice.saved(slot)
    assert last(imap)[0] > before[0]


def test_drafts_are_drafts(alice, imap):
    """Both ways."""
    slot = alice.new_message()
    alice.saved(slot)
    assert last(imap)[2] == {b"\\Draft", b"\\Seen"}
    imap.append("INBOX", b"Subject: written by IMAP\r\n\r\ntext\r\n", ["\\Draft"])
    slot, message = opened(alice, alice.message_ids()[-1])
    assert message.normalized_subject == "written by IMAP"
    assert alice.value(slot, tags.PidTagMessageFlags) & 0x8


def test_importance_is_in_the_header(alice, imap):
    slot, _ = opened(alice, delivered(alice, b"Subject: x\r\nX-Priority: 1\r\n\r\ny\r\n"))
    assert alice.value(slot, tags.PidTagImportance) == 2
    alice.set(slot, {tags.PidTagImportance: 0})
    alice.saved(slot)
    assert b"\r\nImportance: Low\r\n" in last(imap)[1]


def test_pop3_gets_what_mapi_has_written(alice, hub, imap):
    """With its true size."""
    slot = alice.new_message()
    alice.set(slot, {tags.PidTagSubject: "for POP3", tags.PidTagBody: "text\r\n.\r\nmore"})
    alice.saved(slot)
    pop = poplib.POP3(hub.pop3.host, hub.pop3.port, timeout=30)
    pop.user("alice@example.org")
    pop.pass_("secret")
    number, size = pop.list()[1][-1].split()
    content = b"\r\n".join(pop.retr(int(number))[1]) + b"\r\n"
    pop.quit()
    assert int(size) == len(content)
    assert content == last(imap)[1]


def test_imap_hears_at_once(alice, imap):
    """An idle session, of what MAPI does."""
    imap.idle()
    slot = alice.new_message()
    alice.saved(slot)
    until, heard = time.monotonic() + 30, []
    while not any(one[1:] == (b"EXISTS",) for one in heard):
        assert time.monotonic() < until
        heard += imap.idle_check(timeout=1)
    imap.idle_done()


# Whatever comes


def everything(session, slot):
    """What a message says of itself, and each of its attachments."""
    found = {tag.id: value for tag, value in session.all_values(slot).items() if tag.id < 0x8000}
    bodies = session.values(slot, tags.PidTagBody, tags.PidTagHtml)
    rop = RopGetValidAttachmentsRequest(0, slot)
    numbers = session.get(rop, RopGetValidAttachmentsResponse).attachment_ids
    files = [_file(session, slot, number) for number in numbers]
    subject, people = found.get(tags.PidTagSubject.id), found.get(tags.PidTagDisplayTo.id)
    return subject, people, bodies, files


def let_go(session):
    """Of all but the logon."""
    session.release(*range(1, len(session.handles)))
    del session.handles[1:]


def _file(session, slot, number):
    attachment = session.opened_attachment(slot, number)
    wanted = tags.PidTagAttachMethod, tags.PidTagAttachLongFilename, tags.PidTagAttachDataBinary
    return session.values(attachment, *wanted)


@pytest.fixture(scope="module")
def awkward(hub):
    """UIDs and contents of all of them, as IMAP has them."""
    store, account = hub.running.store, account_of(hub, "bob")

    def put(tx):
        for content in made().values():
            new = content_of(store.blobs, content)
            append(tx, account, INBOX, NewMessage(add_content(tx, new), new.size, store.now()), store.now())

    hub.write(put)
    return {uid: one[b"BODY[]"] for uid, one in fetched(hub).items()}


def fetched(hub):
    with imap_of(hub, "bob") as client:
        client.select_folder("INBOX", readonly=True)
        return client.fetch(client.search(), ["BODY.PEEK[]", "FLAGS"])


def test_whatever_comes_is_opened_and_keeps_its_bytes(hub, awkward):
    """All of it is read, and marked; nothing of that touches the content."""
    bob = PropertySession(hub, "bob")
    ids = bob.message_ids()
    assert len(ids) == len(awkward) > 300
    for message in ids:
        slot, _ = opened(bob, message)
        everything(bob, slot)
        bob.set(slot, {categories(bob): ("Seen here",), tags.PidTagFlagStatus: FOLLOW_UP})
        bob.saved(slot)
        let_go(bob)
    found = fetched(hub)
    assert {uid: one[b"BODY[]"] for uid, one in found.items()} == awkward
    assert all(set(one[b"FLAGS"]) >= {b"Seen_here", b"\\Flagged"} for one in found.values())


def test_another_subject_leaves_the_rest_as_it_came(hub, awkward):
    """But for the fields that tell it, every byte of header and body; and it can be changed again."""
    bob = PropertySession(hub, "bob")
    fields = frozenset((b"subject", b"thread-topic"))
    for message in bob.message_ids()[1::4]:
        before = content_of_message(bob, message)
        for subject in ("another", "änother"):
            slot, _ = opened(bob, message)
            bob.set(slot, {tags.PidTagSubject: subject})
            bob.saved(slot)
            again, told = opened(bob, message)
            assert told.normalized_subject == subject
            assert bob.value(again, tags.PidTagSubject) == subject
            let_go(bob)
        after = content_of_message(bob, message)
        assert after != before
        if header_end(before, 0, len(before)) > 0 and before[:1] not in b" \t":
            assert remove_fields(after, fields) == remove_fields(before, fields)


def content_of_message(session, message):
    """As IMAP has it."""
    row = session.hub.read(lambda tx: find_message(tx, session.account, message.counter))
    return bytes(session.hub.read(lambda tx: open_content(tx, session.hub.running.store.blobs, row.content))[:])


def test_whatever_comes_is_written_anew_without_loss(hub, awkward):
    """What is no field of its own makes another content: text, people and files are in it as they were."""
    bob = PropertySession(hub, "bob")
    lost = {}
    for message in bob.message_ids()[::4]:
        slot, _ = opened(bob, message)
        before = everything(bob, slot)
        bob.set(slot, {tags.PidTagSensitivity: 2, tags.PidTagInReplyToId: "<another@x.example>"})
        bob.saved(slot)
        again, _ = opened(bob, message)
        after = everything(bob, again)
        if after != before:
            lost[message.counter] = before, after
        let_go(bob)
    assert lost == {}
