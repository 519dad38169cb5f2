"""What tables are of: messages of every kind, attachments, searches, other people's folders. Statements are those of
[MS-OXCFOLD]."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from mapi_session import LOGON, imap_of, mapi_hub, share
from mapi_tables import UP, TableSession

from posthouse.model.rights import Right
from posthouse.protocols.mapi import named_tags, tags
from posthouse.protocols.mapi.property_rows import Missing
from posthouse.protocols.mapi.property_values import PropertyTag, PropertyType, TaggedValue
from posthouse.protocols.mapi.restrictions import Content, FuzzyLow, Property, RelOp, SubObject
from posthouse.protocols.mapi.rops.attachment import RopGetAttachmentTableRequest, RopGetAttachmentTableResponse
from posthouse.protocols.mapi.rops.folder import (
    ContentsTableFlags,
    DeleteFolderFlags,
    FolderType,
    RopDeleteMessagesRequest,
    RopDeleteMessagesResponse,
    RopGetContentsTableRequest,
    RopSetSearchCriteriaRequest,
    RopSetSearchCriteriaResponse,
    SearchRequestFlags,
)
from posthouse.protocols.mapi.rops.message import (
    LOGON_CODE_PAGE,
    RopCreateMessageRequest,
    RopCreateMessageResponse,
)
from posthouse.protocols.mapi.rops.table import (
    RopQueryPositionRequest,
    RopRestrictRequest,
)
from posthouse.servers.mapi.errors import ErrorCode
from posthouse.servers.mapi.identity import object_id
from posthouse.servers.mapi.special_folders import Special
from posthouse.servers.mapi.tables.message_rows import needs_message
from posthouse.testing import MailHub
from posthouse.testing.hub import Account

SUBJECT, NUMBER = tags.PidTagSubject, tags.PidTagAttachNumber
MIXED = b"""From: Ann <ann@example.net>\r\nTo: Alice <alice@example.org>, bob@example.org\r\nCc: c@example.net\r
Subject: Re: pictures\r\nDate: Mon, 1 Jan 2024 10:00:00 +0000\r\nMessage-ID: <1@example.net>\r\nImportance: high\r
Disposition-Notification-To: ann@example.net\r\nReply-To: d@example.net\r\nMIME-Version: 1.0\r
Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\r\ntext\r\n--x\r\nContent-Type: image/png; name=a.png\r
Content-Disposition: attachment; filename=a.png\r\n\r\n123\r\n--x\r\nContent-Type: image/png; name=b.png\r
Content-Disposition: attachment; filename=b.png\r\n\r\n12345\r\n--x--\r\n"""
PLAIN = b"From: x@example.net\r\nSender: y@example.net\r\nSubject: plain\r\nX-Message-Flag: look\r\n\r\ntext\r\n"


@pytest.fixture(scope="module")
def hub() -> Iterator[MailHub]:
    with mapi_hub("alice", "bob") as hub:
        yield hub


@pytest.fixture
def alice(hub):
    return TableSession(hub, "alice")


def add(session, data, path="INBOX", flags=()):
    account = Account(session.hub, session.account, "alice@example.org", "secret")
    account.add_message(data, path, flags)
    return session.message_ids(path)[-1]


# rows and messages
COLUMNS = (
    *(tags.PidTagMid, tags.PidTagFolderId, tags.PidTagEntryId, tags.PidTagInstanceKey, tags.PidTagChangeKey),
    *(tags.PidTagSubject, tags.PidTagSubjectPrefix, tags.PidTagNormalizedSubject, tags.PidTagConversationTopic),
    *(tags.PidTagSenderName, tags.PidTagSenderEntryId, tags.PidTagSentRepresentingName, tags.PidTagDisplayTo),
    *(tags.PidTagSentRepresentingEmailAddress, tags.PidTagDisplayCc, tags.PidTagMessageClass, tags.PidTagImportance),
    *(tags.PidTagMessageFlags, tags.PidTagRead, tags.PidTagHasAttachments, tags.PidTagMessageDeliveryTime),
    *(tags.PidTagClientSubmitTime, tags.PidTagFlagStatus, tags.PidTagIconIndex, tags.PidTagLastVerbExecuted),
    *(tags.PidTagReadReceiptRequested, tags.PidTagReplyRecipientNames, tags.PidTagConversationId, tags.PidTagAccess),
    *(tags.PidTagInternetMessageId, tags.PidTagMessageSize, tags.PidTagSensitivity),
    *(tags.PidTagConversationIndex, tags.PidTagConversationIndexTracking),
    *(tags.PidTagLastModificationTime, tags.PidTagCreationTime, tags.PidTagLocalCommitTime, tags.PidTagMessageStatus),
    *(tags.PidTagMessageToMe, tags.PidTagMessageCcMe, tags.PidTagMessageRecipientMe, tags.PidTagParentEntryId),
    *(tags.PidTagObjectType, tags.PidTagAccessLevel, tags.PidTagSourceKey, tags.PidTagPredecessorChangeList),
)
DEEP = (
    *(tags.PidTagBody, tags.PidTagSearchKey, tags.PidTagHasNamedProperties, tags.PidTagReplyTime),
    *(tags.PidTagReceivedByName, tags.PidTagReceivedRepresentingEntryId),
)


def made(session):
    slot = session.new_message()
    session.set(slot, {SUBJECT: "made", tags.PidTagImportance: 0, tags.PidTagBody: "by a client"})
    return session.saved(slot)


def changed(session):
    message = add(session, MIXED)
    slot = session.opened_message(message)
    session.set(slot, {tags.PidTagReplyTime: 133_000_000_000_000_000, tags.PidTagIconIndex: 7})
    return session.saved(slot)


KINDS = {
    "plain": lambda session: add(session, PLAIN),
    "with attachments": lambda session: add(session, MIXED),
    "read and flagged": lambda session: add(session, MIXED, flags=["\\Seen", "\\Flagged", "\\Answered", "green"]),
    "draft": lambda session: add(session, PLAIN, flags=["\\Draft"]),
    "made by a client": made,
    "changed by a client": changed,
    "no header": lambda session: add(session, b"\r\n\r\ntext"),
    "broken": lambda session: add(session, b"Subject: a\0b\r\n\r\n\0"),
}


@pytest.mark.parametrize("columns", [COLUMNS, (*COLUMNS, *DEEP)], ids=["beside", "within"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_row_has_what_the_message_has(alice, kind, columns):
    """R661: whether it was read for the row or not."""
    message = KINDS[kind](alice)
    table = alice.contents_of(alice.special(Special.INBOX), *columns)
    wanted = Property(RelOp.EQ, tags.PidTagMid, TaggedValue(tags.PidTagMid, object_id(message.counter)))
    alice.restrict(table, wanted)
    [row] = alice.rows(table)
    expected = alice.values(alice.opened_message(message), *columns)
    assert dict(zip(columns, row, strict=True)) == dict(zip(columns, expected, strict=True))


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_is_left_out_of_a_row(alice, kind):
    """R661: all that the message has, as far as it was not read for the row."""
    message = KINDS[kind](alice)
    known = [tag for tag in alice.all_values(alice.opened_message(message)) if tag.type != PropertyType.OBJECT]
    beside = [tag for tag in known if tag.id < 0x8000 and not needs_message([tag.id])]
    table = alice.contents_of(alice.special(Special.INBOX), *beside)
    wanted = Property(RelOp.EQ, tags.PidTagMid, TaggedValue(tags.PidTagMid, object_id(message.counter)))
    alice.restrict(table, wanted)
    [row] = alice.rows(table)
    expected = alice.values(alice.opened_message(message), *beside)
    names = [tags.NAMES.get(tag, tag) for tag in beside]
    assert dict(zip(names, row, strict=True)) == dict(zip(names, expected, strict=True))


def test_what_a_client_has_named_is_a_column(alice):
    """[MS-OXCTABL] MS-OXCTABL R50, R451, R437: rows are chosen and ordered by it as well."""
    _, slot, path = alice.new()
    column = alice.named(named_tags.PidLidBilling.name, PropertyType.STRING)
    for subject, billing in (("a", "second"), ("b", "first"), ("c", None)):
        message = add(alice, f"Subject: {subject}\r\n\r\n".encode(), path)
        if billing:
            opened = alice.opened_in(message, path)
            alice.set(opened, {column: billing})
            alice.saved(opened)
    table = alice.contents(slot, SUBJECT, column)
    alice.sort(table, (column, UP))
    missing = Missing(ErrorCode.ecNotFound)
    assert alice.rows(table) == [("c", missing), ("b", "first"), ("a", "second")]
    eight_bits = TaggedValue(PropertyTag(column.id, PropertyType.STRING8), b"FIR")
    alice.restrict(table, Content(FuzzyLow.PREFIX, 1, column, eight_bits))
    assert alice.rows(table) == [("b", "first")]
    unknown = PropertyTag(0xFFF0, PropertyType.STRING)
    assert alice.all_rows(alice.set_columns(table, unknown)) == [missing]


def test_recipients_and_attachments_are_asked_for(alice):
    """[MS-OXCTABL] MS-OXCTABL R451."""
    _, slot, path = alice.new()
    add(alice, PLAIN, path)
    add(alice, MIXED, path)
    table = alice.contents(slot, SUBJECT)
    name = TaggedValue(tags.PidTagDisplayName, "alice")
    to_alice = SubObject(tags.PidTagMessageRecipients, Property(RelOp.EQ, tags.PidTagDisplayName, name))
    file = TaggedValue(tags.PidTagAttachLongFilename, "b.PNG")
    has_file = SubObject(tags.PidTagMessageAttachments, Property(RelOp.EQ, tags.PidTagAttachLongFilename, file))
    for restriction in (to_alice, has_file):
        alice.restrict(table, restriction)
        assert alice.rows(table) == ["Re: pictures"]


def test_flags_that_change_are_seen(hub, alice):
    """[MS-OXCTABL] MS-OXCTABL R452: rows that no longer satisfy the restriction go, and come back."""
    _, slot, path = alice.new()
    alice.fill(path, "one", "two")
    table = alice.contents(slot, SUBJECT)
    alice.sort(table, (SUBJECT, UP))
    alice.restrict(table, Property(RelOp.EQ, tags.PidTagRead, TaggedValue(tags.PidTagRead, False)))
    assert alice.rows(table) == ["one", "two"]
    with imap_of(hub, "alice") as client:
        client.select_folder(path)
        client.add_flags([1], ["\\Seen"])
        assert alice.all_rows(table) == ["two"]
        client.remove_flags([1], ["\\Seen"])
        client.add_flags([2], ["\\Deleted"])
        client.expunge()
    assert alice.all_rows(table) == ["one"]


# messages beside the contents
def test_associated_messages_have_a_table(alice):
    """R662, R663, MS-OXCFOLD R388, R389, R3009, R3010."""
    folder, slot, path = alice.new()
    alice.fill(path, "shown")
    note = alice.slot()
    alice.get(RopCreateMessageRequest(0, LOGON, note, LOGON_CODE_PAGE, folder, True), RopCreateMessageResponse)
    alice.set(note, {SUBJECT: "note", tags.PidTagMessageClass: "IPM.Configuration.Test"})
    alice.saved(note)
    assert alice.rows(alice.contents(slot, SUBJECT)) == ["shown"]
    columns = (SUBJECT, tags.PidTagMessageClass, tags.PidTagAssociated)
    table = alice.contents(slot, *columns, flags=ContentsTableFlags.ASSOCIATED)
    assert alice.all_rows(table) == [("note", "IPM.Configuration.Test", True)]
    alice.set(note, {SUBJECT: "another note"})
    alice.saved(note)
    assert alice.all_rows(table) == [("another note", "IPM.Configuration.Test", True)]


def test_deleted_messages_have_a_table(alice):
    """R665, R1017, MS-OXCFOLD R391."""
    _, slot, path = alice.new()
    [gone, _] = alice.fill(path, "gone", "here")
    alice.get(RopDeleteMessagesRequest(0, slot, False, False, (gone,)), RopDeleteMessagesResponse)
    assert alice.rows(alice.contents(slot, SUBJECT)) == ["here"]
    table = alice.contents(slot, SUBJECT, tags.PidTagMid, flags=ContentsTableFlags.SOFT_DELETES)
    assert alice.rows(table) == [("gone", object_id(gone.counter))]


# searches
def test_a_search_folder_shows_what_it_finds(alice):
    """R1172: with the folders where the messages are, as they come and go."""
    source, _, path = alice.new()
    alice.fill(path, "needle one", "hay")
    _, search, name = alice.new(kind=FolderType.SEARCH)
    needle = Content(FuzzyLow.PREFIX, 1, SUBJECT, TaggedValue(SUBJECT, "needle"))
    flags = SearchRequestFlags.RESTART_SEARCH | SearchRequestFlags.SHALLOW_SEARCH
    alice.get(RopSetSearchCriteriaRequest(0, search, needle, (source,), flags), RopSetSearchCriteriaResponse)
    table = alice.contents(search, SUBJECT, tags.PidTagParentFolderId)
    alice.sort(table, (SUBJECT, UP))
    assert alice.rows(table) == [("needle one", object_id(source.counter))]
    alice.fill(path, "needle two")
    assert [row[0] for row in alice.all_rows(table)] == ["needle one", "needle two"]
    two = Content(FuzzyLow.SUBSTRING, 1, SUBJECT, TaggedValue(SUBJECT, "TWO"))
    assert alice.found(table, two)[0] == "needle two"
    folders = alice.hierarchy(alice.subtree, tags.PidTagDisplayName, tags.PidTagContentCount)
    assert (name, 2) in alice.rows(folders)


def test_the_root_shows_conversations(alice):
    """R1023, R1025, R10251, R1174, R1174003; [MS-OXCTABL] MS-OXCTABL R723: wherever their messages are; MS-OXCRPC
    R1405."""
    _, _, path = alice.new()
    reply = "Message-ID: <{0}@example.net>\r\nReferences: <root@example.net>\r\nSubject: {0}\r\n\r\n"
    add(alice, reply.format("first").encode(), path)
    add(alice, reply.format("second").encode())
    flags, column = ContentsTableFlags.CONVERSATION_MEMBERS, tags.PidTagConversationId
    table = alice.contents(alice.open(alice.special(Special.ROOT)), SUBJECT, column, flags=flags)
    alice.sort(table, (SUBJECT, UP))
    [conversation] = {row[1] for row in alice.all_rows(table) if row[0] in ("first", "second")}
    alice.restrict(table, Property(RelOp.EQ, column, TaggedValue(column, conversation)))
    assert [row[0] for row in alice.rows(table)] == ["first", "second"]
    nothing = Property(RelOp.EQ, column, TaggedValue(column, b"?"))
    assert alice.error(RopRestrictRequest(0, table, 0, nothing)) == ErrorCode.ecConversationNotFound


def test_a_draft_is_in_the_conversation_that_it_answers(alice):
    """R1023: as long as nobody has got it, too."""
    mail = add(alice, b"Message-ID: <asked@example.net>\r\nSubject: asked\r\n\r\n")
    draft = alice.new_message()
    alice.set(draft, {SUBJECT: "RE: asked", tags.PidTagInReplyToId: "<asked@example.net>"})
    alice.saved(draft)
    flags, column = ContentsTableFlags.CONVERSATION_MEMBERS, tags.PidTagConversationId
    [conversation] = alice.values(alice.opened_message(mail), column)
    table = alice.contents(alice.open(alice.special(Special.ROOT)), SUBJECT, column, flags=flags)
    alice.restrict(table, Property(RelOp.EQ, column, TaggedValue(column, conversation)))
    assert sorted(alice.rows(table)) == [("RE: asked", conversation), ("asked", conversation)]


def test_another_folder_has_no_conversations(alice):
    """R1025: its table is the one of its messages, in which nothing has to be found."""
    folder, _, path = alice.new()
    alice.fill(path, "one")
    table = alice.contents(alice.open(folder), SUBJECT, flags=ContentsTableFlags.CONVERSATION_MEMBERS)
    assert alice.rows(table) == ["one"]
    nothing = Property(RelOp.EQ, tags.PidTagConversationId, TaggedValue(tags.PidTagConversationId, b"?"))
    assert alice.rows(alice.restrict(table, nothing)) == []


# whose they are
def test_a_guest_reads_what_may_be_read(hub, alice):
    """R659, R661: and no longer than that."""
    folder, _, path = alice.new()
    alice.fill(path, "one")
    share(hub, "alice", path, "bob", Right.LOOKUP)
    bob = TableSession(hub, "bob", "alice")
    slot = bob.open(folder)
    assert bob.error(RopGetContentsTableRequest(0, slot, bob.slot())) == ErrorCode.ecAccessDenied
    share(hub, "alice", path, "bob", Right.LOOKUP | Right.READ)
    table = bob.contents(slot, SUBJECT)
    assert bob.rows(table) == ["one"]
    share(hub, "alice", path, "bob", Right(0))
    assert bob.error(RopQueryPositionRequest(0, table)) == ErrorCode.ecNotFound


def test_the_folder_has_gone(alice):
    """R659: whoever still has its table hears of it."""
    folder, slot, path = alice.new()
    alice.fill(path, "one")
    table = alice.contents(slot, SUBJECT)
    alice.delete_folder(folder, DeleteFolderFlags.DEL_MESSAGES | DeleteFolderFlags.DELETE_HARD_DELETE)
    assert alice.error(RopQueryPositionRequest(0, table)) == ErrorCode.ecObjectDeleted


# attachments
def test_attachments_have_a_table(alice):
    """[MS-OXCMSG] MS-OXCMSG R311, R312, R490, R890, R1846, R905, R906 and R1526: as the message's handle sees them."""
    message = alice.opened_message(add(alice, MIXED))
    table = alice.slot()
    alice.get(RopGetAttachmentTableRequest(0, message, table), RopGetAttachmentTableResponse)
    columns = (NUMBER, tags.PidTagAttachLongFilename, tags.PidTagAttachMimeTag, tags.PidTagAttachDataBinary)
    alice.set_columns(table, *columns)
    assert alice.rows(table) == [(0, "a.png", "image/png", b"123"), (1, "b.png", "image/png", b"12345")]
    new = alice.new_attachment(message)
    alice.set(new, {tags.PidTagAttachLongFilename: "c", tags.PidTagAttachDataBinary: b"x" * 600})
    alice.saved_attachment(message, new)
    missing = Missing(ErrorCode.ecNotFound)
    assert alice.all_rows(table)[2] == (2, "c", missing, b"x" * 510)
    assert alice.error(RopGetAttachmentTableRequest(0, LOGON, alice.slot())) == ErrorCode.ecNullObject
