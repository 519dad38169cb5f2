"""Notifications of what happens to messages and folders. Statements are those of [MS-OXCNOTIF]."""

from __future__ import annotations

import asyncio
import smtplib
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from mapi_news import COUNTED, EVERYTHING, PENDING, NewsSession, Waiting, counts, news_hub, news_session
from mapi_properties import with_subject
from mapi_session import deliver, imap_of, oid, share

from posthouse.database import Transaction
from posthouse.model.ids import ContentId, FolderId
from posthouse.model.rights import Right
from posthouse.protocols.mapi.identifiers import ObjectId
from posthouse.protocols.mapi.objects import Message
from posthouse.protocols.mapi.restrictions import Exist
from posthouse.protocols.mapi.rops.folder import (
    ContentsTableFlags,
    DeleteFolderFlags,
    FolderType,
    RopDeleteMessagesRequest,
    RopSetSearchCriteriaRequest,
    RopSetSearchCriteriaResponse,
    SearchRequestFlags,
)
from posthouse.protocols.mapi.rops.moving import RopCopyFolderRequest, RopMoveCopyMessagesRequest, RopMoveFolderRequest
from posthouse.protocols.mapi.rops.notification import RopRegisterNotificationResponse
from posthouse.protocols.mapi.rops.notification_data import (
    NewMail,
    ObjectCreated,
    ObjectDeleted,
    ObjectModified,
    ObjectMoved,
    SearchCompleted,
    TableEventType,
    TableModified,
)
from posthouse.protocols.mapi.rops.notification_data import NotificationFlags as Kind
from posthouse.protocols.mapi.stored_form import format_stored
from posthouse.protocols.mapi.tags import PidTagComment, PidTagMid, PidTagSubject
from posthouse.servers.mapi.identity import object_id
from posthouse.servers.mapi.news import MAX_LISTENERS
from posthouse.servers.mapi.notifications import watching
from posthouse.servers.mapi.special_folders import Special
from posthouse.store.deletion import choose_one, delete_for_good
from posthouse.store.messages import NewMessage
from posthouse.store.object_changes import create_message, update_message
from posthouse.store.objects import Form, StoredMessage
from posthouse.testing import MailHub

NOT_FOUND, NOT_SUPPORTED, TOO_MANY = 0x8004010F, 0x80040102, 0x4DE
M = Kind.M


@pytest.fixture(scope="module")
def hub() -> Iterator[MailHub]:
    with news_hub() as hub:
        yield hub


@pytest.fixture
def alice(hub: MailHub) -> Iterator[NewsSession]:
    with news_session(hub, "alice") as session:
        yield session


def created(folder: ObjectId, message: ObjectId) -> ObjectCreated:
    return ObjectCreated(Kind.OBJECT_CREATED | M, folder, message)


def deleted(folder: ObjectId, message: ObjectId) -> ObjectDeleted:
    return ObjectDeleted(Kind.OBJECT_DELETED | M, folder, message)


def test_new_mail(hub: MailHub, alice: NewsSession) -> None:
    """R1, R6, R8, R10, R32, R90, R99, R194, R199, R240, R241, R496, R498, R11, R13, R34, R35, R41, R42, R44, R52, R86,
    R87, R95, R96, R97001, R101, R103, R104, R106, R114, R117, R122, R12402, R170, R17103, R174, R17501, R17905, R18303,
    R18703, R19103, R19503, R197, R20302, R206, R20701, R20702, R210, R21101, R21102, R214, R21501, R218, R220, R22101,
    R223, R22601: whoever registered for the whole mailbox hears of mail that comes by SMTP."""
    handle = alice.register()
    inbox, before = alice.special(Special.INBOX), len(alice.message_ids())
    deliver(hub, "alice", "first")
    message = alice.message_ids()[-1]
    news = alice.take()
    assert {(one.notification_handle, one.logon_id) for one in news} == {(handle, 0)}
    new_mail = NewMail(Kind.NEW_MAIL | M, inbox, message, None, None, 0x2002, False, b"IPM.Note")
    assert [one.notification_data for one in news][:2] == [new_mail, created(inbox, message)]
    assert news[2].notification_data.total_message_count == before + 1
    assert news[2].notification_data.notification_flags == COUNTED
    assert len(news) == 3


def test_message_class_of_new_mail(hub: MailHub, alice: NewsSession) -> None:
    """R214, R223, R214001: what kind of mail it is, and what its flags are."""
    handle = alice.register(Kind.NEW_MAIL)
    text = (
        "From: a@example.net\r\nTo: alice@example.org\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/signed; protocol="application/pkcs7-signature"; micalg=sha-256; boundary=b\r\n\r\n'
        "--b\r\nContent-Type: text/plain\r\n\r\nx\r\n"
        "--b\r\nContent-Type: application/pkcs7-signature\r\n\r\nx\r\n--b--\r\n"
    )
    with smtplib.SMTP(hub.smtp.host, hub.smtp.port, timeout=30) as smtp:
        smtp.sendmail("a@example.net", ["alice@example.org"], text)
    [told] = alice.heard(handle)
    assert told.message_class == b"IPM.Note.SMIME.MultipartSigned"
    assert told.message_flags == 0x2012  # as it came, from outside, with an attachment


def test_not_all_that_comes_is_new_mail(hub: MailHub, alice: NewsSession) -> None:
    """R11: not what was read, drafts, old messages that somebody puts in, and copies."""
    handle = alice.register(Kind.NEW_MAIL | Kind.OBJECT_CREATED)
    with imap_of(hub, "alice") as client:
        client.append("INBOX", b"Subject: read\r\n\r\n", ["\\Seen"])
        client.append("Drafts", b"Subject: draft\r\n\r\n", ["\\Draft"])
        client.append("Sent", b"Subject: sent\r\n\r\n")
        client.append("INBOX", b"Subject: old\r\n\r\n", msg_time=datetime(2020, 1, 1, tzinfo=UTC))
    assert {type(one) for one in alice.heard(handle)} == {ObjectCreated}
    with imap_of(hub, "alice") as client:
        client.append("INBOX", b"Subject: fetched elsewhere\r\n\r\n")
    assert [type(one) for one in alice.heard(handle)] == [NewMail, ObjectCreated]


def test_changed_moved_copied_and_deleted_through_imap(hub: MailHub, alice: NewsSession) -> None:
    """R12, R14, R15, R16, R43, R45, R46, R105, R107, R108, R182, R18301, R18302, R186, R18701, R18702, R19502, R351:
    what another protocol does is told like what MAPI does."""
    folder, _, path = alice.new()
    other, _, away = alice.new()
    first, second = alice.fill(path, "one", "two")
    handle = alice.register()
    alice.take()
    with imap_of(hub, "alice") as client:
        client.select_folder(path)
        client.add_flags([1], ["\\Flagged"])
        assert alice.heard(handle) == [ObjectModified(Kind.OBJECT_MODIFIED | M, folder, first)]
        client.add_flags([1], ["\\Seen"])
        assert alice.heard(handle) == [ObjectModified(Kind.OBJECT_MODIFIED | M, folder, first), counts(folder, 2, 1)]
        client.copy([1, 2], away)
        copies = alice.message_ids(away)
        assert alice.heard(handle) == [
            *(
                ObjectMoved(Kind.OBJECT_COPIED | M, other, new, None, folder, old)
                for new, old in zip(copies, (first, second), strict=True)
            ),
            counts(other, 2, 1),
        ]
        client.move([2], away)
        moved = alice.message_ids(away)[-1]
        assert alice.heard(handle) == [
            ObjectMoved(Kind.OBJECT_MOVED | M, other, moved, None, folder, second),
            counts(folder, 1, 0),
            counts(other, 3, 2),
        ]
        client.delete_messages([1])
        client.expunge()
        assert deleted(folder, first) in alice.heard(handle)


def test_changed_moved_copied_and_deleted_through_mapi(alice: NewsSession) -> None:
    """R12, R14, R16, R332, R345, R346: also what the session itself does, in the response to that very Execute."""
    folder, slot, path = alice.new()
    other, target, away = alice.new()
    first, second = alice.fill(path, "one", "two")
    handle = alice.register()
    alice.take()
    alice.execute(RopMoveCopyMessagesRequest(0, slot, target, (first,), False, True))
    [raw] = alice.news
    assert raw
    [copy] = alice.message_ids(away)
    assert alice.heard(handle) == [
        ObjectMoved(Kind.OBJECT_COPIED | M, other, copy, None, folder, first),
        counts(other, 1, 1),
    ]
    alice.execute(RopMoveCopyMessagesRequest(0, slot, target, (first, second), False, False))
    moved = alice.message_ids(away)[1:]
    assert alice.heard(handle) == [
        *(
            ObjectMoved(Kind.OBJECT_MOVED | M, other, new, None, folder, old)
            for new, old in zip(moved, (first, second), strict=True)
        ),
        counts(folder, 0, 0),
        counts(other, 3, 3),
    ]
    alice.execute(RopDeleteMessagesRequest(0, target, False, False, (copy,)))
    assert alice.heard(handle) == [deleted(other, copy), counts(other, 2, 2)]


def test_written_and_changed_through_mapi(alice: NewsSession) -> None:
    """R13, R15: a message is new when it is saved; saved again it stays the same, though its content is another. What a
    client writes is no new mail."""
    inbox = alice.special(Special.INBOX)
    handle = alice.register()
    slot = alice.new_message()
    alice.set(slot, with_subject("one"))
    assert alice.heard(handle) == []
    message = alice.saved(slot)
    first = alice.heard(handle)
    assert [type(one) for one in first] == [ObjectCreated, ObjectModified]
    assert first[0] == created(inbox, message)
    alice.set(slot, with_subject("two"))
    assert alice.saved(slot) == message
    assert alice.heard(handle)[0] == ObjectModified(Kind.OBJECT_MODIFIED | M, inbox, message)
    slot = alice.opened_message(message)
    alice.set(slot, {PidTagComment: "three"})
    alice.saved(slot)
    assert alice.heard(handle) == [ObjectModified(Kind.OBJECT_MODIFIED | M, inbox, message)]


def test_properties_of_folders(alice: NewsSession) -> None:
    """R15, R197: it is not told which properties have changed."""
    folder, slot, _ = alice.new()
    handle = alice.register(Kind.OBJECT_MODIFIED, folder)
    alice.set(slot, {PidTagComment: "about it"})
    assert alice.heard(handle) == [counts(folder, 0, 0)]


def test_folders(alice: NewsSession) -> None:
    """R13, R14, R16, R178, R17901, R17902, R190, R19101: of a folder it is told in which it is, and in which it was."""
    parent, above, _ = alice.new()
    subtree = alice.special(Special.IPM_SUBTREE)
    handle = alice.register()
    folder, _, name = alice.new(above)
    assert alice.heard(handle) == [ObjectCreated(Kind.OBJECT_CREATED, folder, None, parent)]
    alice.execute(RopMoveFolderRequest(0, above, alice.subtree, False, True, folder, name))
    moved = ObjectMoved(Kind.OBJECT_MOVED, folder, None, subtree, folder, None, parent)
    assert alice.heard(handle) == [moved]
    alice.delete_folder(folder, DeleteFolderFlags(0))
    assert alice.heard(handle) == [ObjectDeleted(Kind.OBJECT_DELETED, folder, None, subtree)]


def test_copied_folder(alice: NewsSession) -> None:
    """R12, R108, R19102: with all that is in it, and below it; so are its messages."""
    parent, above, _ = alice.new()
    folder, slot, name = alice.new(above)
    inner, _, _ = alice.new(slot)
    alice.put_into(folder, "one")
    target, below, _ = alice.new()
    handle = alice.register(Kind.OBJECT_CREATED | Kind.OBJECT_COPIED)
    alice.execute(RopCopyFolderRequest(0, above, below, False, True, True, folder, name))
    message, copy, copied_inner = alice.heard(handle)
    assert copy == ObjectMoved(Kind.OBJECT_COPIED, copy.folder_id, None, target, folder, None, parent)
    assert copied_inner.old_folder_id == inner
    assert copied_inner.parent_folder_id == copy.folder_id
    assert (message.folder_id, message.old_folder_id) == (copy.folder_id, folder)
    new, _, _ = alice.new(below)
    assert alice.heard(handle) == [ObjectCreated(Kind.OBJECT_CREATED, new, None, target)]


def test_search_completed(alice: NewsSession) -> None:
    """R17, R47, R109: a search is complete as soon as it has begun, also one that begins again."""
    folder, _, path = alice.new()
    alice.fill(path, "one", "two")
    number, search, _ = alice.new(kind=FolderType.SEARCH)
    handle = alice.register(Kind.SEARCH_COMPLETED)
    condition = Exist(PidTagSubject)
    for restriction, scope in ((condition, (folder,)), (None, ())):
        criteria = RopSetSearchCriteriaRequest(0, search, restriction, scope, SearchRequestFlags(0))
        alice.get(criteria, RopSetSearchCriteriaResponse)
        assert alice.heard(handle) == [SearchCompleted(Kind.SEARCH_COMPLETED, number)]
    alice.fill(path, "three")
    assert alice.heard(handle) == []


def test_renamed_folder(hub: MailHub, alice: NewsSession) -> None:
    """R15: through IMAP; the counts are told with it."""
    folder, _, path = alice.new()
    handle = alice.register()
    with imap_of(hub, "alice") as client:
        client.rename_folder(path, f"{path} renamed")
    assert alice.heard(handle) == [counts(folder, 0, 0)]


def test_who_does_not_want_copies(hub: MailHub, alice: NewsSession) -> None:
    """R42: a copy is new to who hears only of what is new."""
    _, _, path = alice.new()
    other, _, away = alice.new()
    alice.fill(path, "one")
    handle = alice.register(Kind.OBJECT_CREATED)
    with imap_of(hub, "alice") as client:
        client.select_folder(path)
        client.copy([1], away)
    [copy] = alice.message_ids(away)
    assert alice.heard(handle) == [created(other, copy)]


def test_one_folder(hub: MailHub, alice: NewsSession) -> None:
    """R53, MS-OXCROPS R4339: of others nothing is told; messages that leave it or come to it are moved from it or to
    it."""
    folder, _, path = alice.new()
    other, _, away = alice.new()
    handle = alice.register(EVERYTHING, folder)
    alice.fill(away, "elsewhere")
    assert alice.heard(handle) == []
    [message] = alice.fill(path, "here")
    told = alice.heard(handle)
    assert created(folder, message) in told
    assert counts(folder, 1, 1) in told
    with imap_of(hub, "alice") as client:
        client.select_folder(path)
        client.move([1], away)
    moved = ObjectMoved(Kind.OBJECT_MOVED | M, other, alice.message_ids(away)[-1], None, folder, message)
    assert alice.heard(handle) == [moved, counts(folder, 0, 0)]
    below, _, _ = alice.new(alice.open(folder))
    assert alice.heard(handle) == [ObjectCreated(Kind.OBJECT_CREATED, below, None, folder)]


def test_one_message(hub: MailHub, alice: NewsSession) -> None:
    """R53: not of others in its folder, and not of the folder."""
    folder, _, path = alice.new()
    first, _ = alice.fill(path, "one", "two")
    handle = alice.register(EVERYTHING, folder, first)
    with imap_of(hub, "alice") as client:
        client.select_folder(path)
        client.add_flags([1, 2], ["\\Flagged"])
        client.delete_messages([1, 2])
        client.expunge()
    told = alice.heard(handle)
    assert told[-1] == deleted(folder, first)
    assert {one.message_id for one in told} == {first}


@pytest.mark.parametrize(
    ("types", "expected"),
    [
        (Kind.NEW_MAIL, [NewMail]),
        (Kind.OBJECT_CREATED, [ObjectCreated]),
        (Kind.OBJECT_MODIFIED, [ObjectModified]),
        (Kind.OBJECT_DELETED | Kind.OBJECT_MOVED | Kind.OBJECT_COPIED | Kind.SEARCH_COMPLETED, []),
        (Kind.TABLE_MODIFIED | Kind.EXTENDED, []),
        (Kind(0), []),
        (Kind(0xF002), [NewMail]),
    ],
)
def test_types(hub: MailHub, alice: NewsSession, types: Kind, expected: list[type]) -> None:
    """R39, R40, R111001, R40002, MS-OXCROPS R4335: only what was asked for; what has no meaning is passed over."""
    handle = alice.register(types)
    deliver(hub, "alice")
    assert [type(one) for one in alice.heard(handle)] == expected


def test_several_subscriptions(hub: MailHub, alice: NewsSession) -> None:
    """R287, R289, R291, R292, R288, R290, MS-OXCROPS R4427: each under its own handle, until it is released."""
    rop = alice.registration(Kind.NEW_MAIL)
    alice.get(rop, RopRegisterNotificationResponse)
    first, second = alice.handles[rop.output_handle_index], alice.register(Kind.OBJECT_CREATED)
    deliver(hub, "alice")
    assert [one.notification_handle for one in alice.take()] == [first, second]
    deliver(hub, "alice")
    alice.release(rop.output_handle_index)
    assert [one.notification_handle for one in alice.take()] == [second]


def test_what_happened_before_is_not_told(hub: MailHub, alice: NewsSession) -> None:
    """R34: a subscription begins when it is made, also while another one listens already."""
    early = alice.register(Kind.NEW_MAIL)
    deliver(hub, "alice")
    late = alice.register(Kind.NEW_MAIL)
    assert [one.notification_handle for one in alice.take()] == [early]
    deliver(hub, "alice")
    assert [one.notification_handle for one in alice.take()] == [early, late]


def test_nowhere(alice: NewsSession) -> None:
    """What is not there cannot be watched."""
    inbox = alice.special(Special.INBOX)
    [message] = alice.fill("Archive", "one")
    for where in ((oid(999_999),), (ObjectId(7, 1),), (inbox, oid(999_999)), (inbox, message), (inbox, ObjectId(7, 1))):
        assert alice.error(alice.registration(EVERYTHING, *where)) == NOT_FOUND
    subscription = alice.registration()
    alice.get(subscription, RopRegisterNotificationResponse)
    wrong = replace(alice.registration(), handle_index=subscription.output_handle_index)
    assert alice.error(wrong) == NOT_SUPPORTED


def test_wait_is_woken(hub: MailHub, alice: NewsSession) -> None:
    """R7, R474, R475, R54001, R54, R236, R481, R482, R510, R517, R531, R537, R1340: NotificationWait ends when mail
    comes, and Execute tells of it."""
    handle = alice.register(Kind.NEW_MAIL)
    waiting = Waiting(alice)
    assert waiting.is_alive()
    deliver(hub, "alice")
    assert waiting.result() == PENDING
    assert [type(one) for one in alice.heard(handle)] == [NewMail]


def test_wait_with_news_ends_at_once(hub: MailHub, alice: NewsSession) -> None:
    """What has come before somebody waits is found without a hint."""
    alice.register(Kind.NEW_MAIL)
    deliver(hub, "alice")
    assert alice.wait() == PENDING


def test_lost_hints(hub: MailHub, alice: NewsSession) -> None:
    """Who waits is told of what no hint has come of, for the hub looks now and then."""
    handle = alice.register(Kind.NEW_MAIL)
    waiting = Waiting(alice)
    hints = hub.running.store.hints
    listeners = hints._listeners.pop(alice.account)
    deliver(hub, "alice")
    alice.client.again().post("PING")
    assert waiting.is_alive()
    assert hub._loop is not None
    asyncio.run_coroutine_threadsafe(hub.running.mapi._watchers.look(), hub._loop).result(30)
    assert waiting.result() == PENDING
    hints._listeners[alice.account] = listeners
    assert [type(one) for one in alice.heard(handle)] == [NewMail]


def test_a_look_that_fails(hub: MailHub, alice: NewsSession, monkeypatch: pytest.MonkeyPatch) -> None:
    """What an Execute has done is answered, whatever becomes of news; and the next look finds all."""
    handle = alice.register(Kind.OBJECT_CREATED)
    folder, _, path = alice.new()
    alice.take()
    with monkeypatch.context() as broken:
        broken.setattr(watching, "events_of", None)
        [message] = alice.fill(path, "one")
        assert alice.take() == []
    assert alice.heard(handle) == [created(folder, message)]


def test_associated_messages(alice: NewsSession) -> None:
    """R13 to R15: also what stands beside a folder's contents, whether it is deleted softly or for good."""
    folder, slot, _ = alice.new()
    number, form = FolderId(folder.counter), Form(True, format_stored(Message({})))
    alice.register()
    alice.take()

    def create(tx: Transaction) -> StoredMessage:
        return create_message(tx, alice.account, number, NewMessage(ContentId(0), 10, 0), form, 0, associated=True)

    made = alice.hub.write(create)
    assert alice.heard() == [created(folder, oid(made.id))]
    changed = alice.hub.write(lambda tx: update_message(tx, alice.account, made, form, 1))
    assert changed.id == made.id
    assert alice.heard() == [ObjectModified(Kind.OBJECT_MODIFIED | M, folder, oid(made.id))]
    table = alice.contents(slot, PidTagMid, flags=ContentsTableFlags.ASSOCIATED)
    assert alice.rows(table) == [object_id(made.id)]
    alice.hub.write(lambda tx: delete_for_good(tx, alice.account, number, choose_one(made)))
    row = TableModified(Kind.TABLE_MODIFIED | M, TableEventType.TABLE_ROW_DELETED, folder, oid(made.id), 0)
    assert alice.heard() == [deleted(folder, oid(made.id)), row]


def test_other_sessions_hear_it(hub: MailHub, alice: NewsSession) -> None:
    """R351: what one session does wakes all others of the mailbox."""
    folder, slot, path = alice.new()
    [message] = alice.fill(path, "one")
    others = [NewsSession(hub, "alice") for _ in range(3)]
    handles = [other.register(Kind.OBJECT_DELETED) for other in others]
    waiting = [Waiting(other) for other in others]
    alice.execute(RopDeleteMessagesRequest(0, slot, False, False, (message,)))
    assert [one.result() for one in waiting] == [PENDING] * 3
    for other, handle in zip(others, handles, strict=True):
        assert other.heard(handle) == [deleted(folder, message)]


def test_guests_hear_of_what_they_may_see(hub: MailHub, alice: NewsSession) -> None:
    """Of folders that a guest may not look up nothing is told; what goes there was deleted for them, and what comes
    from there was created."""
    shown, _, path = alice.new()
    hidden, _, away = alice.new()
    share(hub, "alice", path, "bob", Right.LOOKUP | Right.READ)
    bob = NewsSession(hub, "bob", "alice")
    assert bob.error(bob.registration(EVERYTHING, hidden)) == NOT_FOUND
    handle = bob.register()
    [message] = alice.fill(path, "seen")
    alice.fill(away, "not seen")
    told = bob.heard(handle)
    assert created(shown, message) in told
    assert {one.folder_id for one in told} == {shown}
    with imap_of(hub, "alice") as client:
        client.select_folder(path)
        client.move([1], away)
        assert bob.heard(handle) == [deleted(shown, message), counts(shown, 0, 0)]
        client.select_folder(away)
        client.move([2], path)
    [back] = alice.message_ids(path)
    assert bob.heard(handle) == [created(shown, back), counts(shown, 1, 1)]
    share(hub, "alice", path, "bob", Right(0))
    bob.take()
    alice.fill(path, "not seen any more")
    assert bob.heard(handle) == []


def test_nobody_hears_of_other_mailboxes(hub: MailHub, alice: NewsSession) -> None:
    handle = alice.register()
    deliver(hub, "bob")
    assert alice.heard(handle) == []


def test_pending(hub: MailHub, alice: NewsSession) -> None:
    """R334, R335, R337, R338, R347, R348, R349, R8201, R8201001, R81, MS-OXCROPS R4438: as many as fit, and RopPending
    when there are more."""
    handle = alice.register(Kind.OBJECT_CREATED)
    with imap_of(hub, "alice") as client:
        for number in range(30):
            client.append("Archive", b"Subject: %d\r\n\r\n" % number)
    alice.client.post("PING")
    raw = alice.execute_raw(b"\2\0", most=200)
    assert raw.rops.endswith(b"\x6e\0\0")
    assert len(raw.rops) <= 200 - 8 - 2
    told = len(raw.rops[:-3]) // 26
    assert told * 26 == len(raw.rops) - 3
    assert 0 < told < 30
    assert len(alice.heard(handle)) == 30 - told


def test_who_does_not_fetch(hub: MailHub, alice: NewsSession) -> None:
    """What is queued is bounded: the latest is kept, and of tables it is told that they have changed."""
    folder, slot, path = alice.new()
    alice.register(Kind.OBJECT_CREATED, folder)
    table = alice.contents(slot, PidTagSubject)
    alice.rows(table)
    for number in range(3):
        alice.fill(path, *(f"{number} {one}" for one in range(450)))
        assert alice.wait() == PENDING
    messages = alice.message_ids(path)
    told = [one.notification_data for one in alice.take()]
    assert TableModified(Kind.TABLE_MODIFIED, TableEventType.TABLE_CHANGED) in told
    heard = [one.message_id for one in told if isinstance(one, ObjectCreated)]
    assert heard == messages[-len(heard) :]
    assert 450 <= len(heard) <= 1000


def test_too_many_subscriptions(hub: MailHub) -> None:
    """Of one session, and of all sessions of a mailbox."""
    sessions = [NewsSession(hub, "bob") for _ in range(3)]
    rops = [replace(one.registration(), output_handle_index=one.slot()) for one in sessions]
    for session, rop in zip(sessions[:2], rops[:2], strict=True):
        for _ in range(MAX_LISTENERS // 50):
            responses = session.execute(*[rop] * 50)
            assert {one.return_value for one in responses} == {0}
        assert session.error(rop) == TOO_MANY
    assert sessions[2].error(rops[2]) == TOO_MANY
    for session in sessions:
        session.client.post("Disconnect", bytes(4))
    assert sessions[0].account not in hub.running.mapi._watchers._watchers


def test_no_news(hub: MailHub) -> None:
    """R7: a client without subscriptions waits in vain."""
    session = NewsSession(hub, "bob")
    waiting = Waiting(session)
    deliver(hub, "bob")
    assert waiting.is_alive()
    session.client.post("Disconnect", bytes(4))
    assert waiting.result() != PENDING
