"""Rows that are written straight from the store's columns tell the same as those made of properties."""

from __future__ import annotations

from types import SimpleNamespace
from uuid import UUID

import pytest
from awkward import made

from posthouse.message.derive import derive
from posthouse.model.flags import Flag, Flags
from posthouse.model.rights import ALL_RIGHTS, Right
from posthouse.protocols.mapi import named_tags, tags
from posthouse.protocols.mapi.mime.address_book import EMPTY
from posthouse.protocols.mapi.mime.flags import with_flags
from posthouse.protocols.mapi.mime.from_mime import from_mime
from posthouse.protocols.mapi.mime.summary import Columns
from posthouse.protocols.mapi.property_values import PropertyTag, PropertyType
from posthouse.protocols.mapi.stored_form import format_stored, parse_stored
from posthouse.servers.mapi.logon import Mailbox
from posthouse.servers.mapi.messages.properties import PLACED, STORE, computed_properties
from posthouse.servers.mapi.messages.reading import put_marks
from posthouse.servers.mapi.tables.columns import TableColumns
from posthouse.servers.mapi.tables.mail_rows import MailRows
from posthouse.servers.mapi.tables.message_rows import DELEGATED, MessageRows
from posthouse.servers.mapi.values import Strings
from posthouse.store.listing import Listed
from posthouse.store.objects import ASSOCIATED, DELETED, NO_KEYS, NO_MESSAGE, NORMAL, Form, StoredMessage

MAILBOX = Mailbox(1, UUID(int=1), UUID(int=2), True, (), 0, "Alice", "alice@example.org", "/o=x/cn=1")
ROW = NO_MESSAGE._replace(folder=13, uid=7, id=0x10203, change_number=9, internal_date=1_700_000_000, size=5_000)
OWN = (
    *(tags.PidTagSubject, tags.PidTagSubjectPrefix, tags.PidTagNormalizedSubject, tags.PidTagMessageClass),
    *(tags.PidTagSentRepresentingName, tags.PidTagSenderName, tags.PidTagDisplayTo, tags.PidTagDisplayCc),
    *(tags.PidTagDisplayBcc, tags.PidTagImportance, tags.PidTagPriority, tags.PidTagSensitivity),
    *(tags.PidTagClientSubmitTime, tags.PidTagMessageDeliveryTime, tags.PidTagHasAttachments),
    *(tags.PidTagInternetMessageId, tags.PidTagMessageFlags, tags.PidTagAccess, tags.PidTagAccessLevel),
    *(tags.PidTagInstanceNum, tags.PidTagRowType, tags.PidTagDepth),
)
NEVER = (tags.PidTagIconIndex, tags.PidTagFlagStatus, PropertyTag(0x8001, 0x101F))
COLUMNS = (*OWN, *PLACED, *STORE, *NEVER)
KEYS = [tag.id for tag in COLUMNS[:-1]] + [named_tags.PidNameKeywords.name]
MESSAGES = made()


def columns_of(data: bytes) -> Columns:
    found = derive(data)
    parts = found.fields, found.parts, found.structure
    return Columns(found.size, found.sent, found.message_id, found.subject, *parts)


def both(row: StoredMessage, content: Columns, rights: Right) -> tuple[bytes | None, bytes]:
    columns, one = TableColumns(COLUMNS, KEYS, Strings("cp1252")), Listed(row, content, None)
    mail = MailRows.of(MAILBOX, COLUMNS, KEYS)
    rows = MessageRows(SimpleNamespace(mailbox=MAILBOX, creator=0), columns.wanted)
    assert mail is not None
    quick = mail.row(one, rights)
    return quick, b"" if quick is None else columns.format(rows.read(None, EMPTY, one, rights)[0])


@pytest.mark.parametrize("flags", [Flag(0), Flag.SEEN, Flag.DELETED], ids=str)
@pytest.mark.parametrize("state", [NORMAL, ASSOCIATED, DELETED])
def test_the_same_as_by_properties(flags, state):
    written = 0
    for name, data in MESSAGES.items():
        row = ROW._replace(flags=flags, state=state, deleted=5 if state == DELETED else 0)
        for rights in (ALL_RIGHTS, Right.LOOKUP | Right.READ):
            quick, slow = both(row, columns_of(data), rights)
            if quick is not None:
                assert quick == slow, name
                written += 1
    assert written > 50


PLAIN = b"From: Ann <ann@example.org>\r\nSubject: Re: hi\r\n\r\ntext"


def test_plain_mail_is_written_at_once():
    assert both(ROW, columns_of(PLAIN), ALL_RIGHTS)[0]


@pytest.mark.parametrize(
    "row",
    [ROW._replace(flags=Flag.FLAGGED), ROW._replace(flags=Flag.MDN_SENT), ROW._replace(keywords="work")],
    ids=["flagged", "receipt sent", "category"],
)
def test_what_flags_add_is_left_to_properties(row):
    assert both(row, columns_of(PLAIN), ALL_RIGHTS)[0] is None


@pytest.mark.parametrize(
    "head",
    [
        b"Disposition-Notification-To: a@example.org",
        DELEGATED + b": a@example.org",
        b"Content-Class: voice",
        b"Content-Type: text/calendar",
    ],
)
def test_what_the_header_adds_is_left_to_properties(head):
    assert both(ROW, columns_of(head + b"\r\n" + PLAIN), ALL_RIGHTS)[0] is None


def test_what_clients_add_is_left_to_properties():
    mail = MailRows.of(MAILBOX, COLUMNS, KEYS)
    content = columns_of(PLAIN)
    assert mail.row(Listed(ROW, content, Form(False, b"")), ALL_RIGHTS) is None
    assert mail.row(Listed(ROW, None, Form(True, b"")), ALL_RIGHTS) is None


@pytest.mark.parametrize("flags", [Flag(0), Flag.SEEN | Flag.DRAFT, Flag.FLAGGED | Flag.ANSWERED], ids=str)
def test_messages_of_clients_are_read_as_far_as_columns_ask(flags):
    """The same as of the whole message."""
    columns = TableColumns(COLUMNS, KEYS, Strings("cp1252"))
    rows = MessageRows(SimpleNamespace(mailbox=MAILBOX, creator=0), columns.wanted)
    row = ROW._replace(flags=flags, keywords="work")
    for name, data in MESSAGES.items():
        form = Form(True, format_stored(from_mime(data, EMPTY, 1_700_000_000)), None, NO_KEYS, 0x1000)
        found, tree = rows.read(None, EMPTY, Listed(row, None, form), ALL_RIGHTS)
        assert tree is None
        whole = parse_stored(form.data)
        with_flags(whole.properties, Flags(flags, frozenset(("work",))))
        put_marks(whole.properties, flags, form.status)
        told = whole.properties | computed_properties(whole, MAILBOX, row, NO_KEYS, ALL_RIGHTS)
        for tag in (tags.PidTagRowType, tags.PidTagInstanceNum, tags.PidTagDepth):
            told[tag.id] = found[tag.id]
        assert columns.format(found) == columns.format(told), name


@pytest.mark.parametrize(
    "tag", [tags.PidTagBody, tags.PidTagSenderEntryId, PropertyTag(tags.PidTagSubject.id, PropertyType.STRING8)]
)
def test_columns_without_a_cell_are_left_to_properties(tag):
    assert MailRows.of(MAILBOX, (tag,), (tag.id,)) is None
