"""Properties of messages, attachments, folders and logons, asked for and set. Statements are those of [MS-OXCPRPT]."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import md5
from struct import unpack_from
from typing import Any
from uuid import UUID

import pytest
from mapi_properties import (
    NOT_FOUND,
    TOO_LARGE,
    PropertySession,
    any_type,
    problem,
    typed,
    with_subject,
)
from mapi_session import LOGON, PLAIN, account_of, deliver, dn_of, imap_of, mapi_hub, share
from mapi_tables import TableSession

from posthouse.model.ids import FolderId
from posthouse.model.rights import Right
from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.entry_ids import AddressBookEntryId
from posthouse.protocols.mapi.extended_buffer import format_extended
from posthouse.protocols.mapi.extended_rules import SIZE_LIMIT
from posthouse.protocols.mapi.mailbox import ExecuteRequest
from posthouse.protocols.mapi.objects import set_value
from posthouse.protocols.mapi.property_names import PropertyName
from posthouse.protocols.mapi.property_rows import Typed
from posthouse.protocols.mapi.property_values import MULTIPLE, PropertyTag, PropertyType, TaggedValue
from posthouse.protocols.mapi.rop_buffer import RopBuffer
from posthouse.protocols.mapi.rops.message import MessageOpenMode
from posthouse.protocols.mapi.rops.property import (
    CopyFlags,
    RopCopyToRequest,
    RopCopyToResponse,
    RopDeletePropertiesNoReplicateRequest,
    RopDeletePropertiesNoReplicateResponse,
    RopGetPropertiesAllRequest,
    RopGetPropertiesListRequest,
    RopGetPropertiesSpecificRequest,
    RopSetPropertiesNoReplicateRequest,
    RopSetPropertiesNoReplicateResponse,
    RopSetPropertiesRequest,
)
from posthouse.servers.mapi.errors import ErrorCode
from posthouse.servers.mapi.special_folders import Special, own_folder
from posthouse.store.accounts import set_quota
from posthouse.store.folder_objects import load_folder_object, save_folder_object
from posthouse.store.folders import load_folder
from posthouse.store.rights import Holder, set_rights
from posthouse.testing import MailHub

COMMENT, SUBJECT, IMPORTANCE = tags.PidTagComment, tags.PidTagSubject, tags.PidTagImportance
SENT, SENT_ITEMS = tags.PidTagSentMailSvrEID, b"\x01" + bytes(20)
OWN = UUID("6ed8da90-450b-101b-98da-00aa003f1305")


@pytest.fixture(scope="module")
def hub() -> Iterator[MailHub]:
    with mapi_hub("alice", "bob") as hub:
        yield hub


@pytest.fixture
def alice(hub: MailHub) -> PropertySession:
    return PropertySession(hub, "alice")


def holders(session: PropertySession) -> dict[str, int]:
    """One of each kind."""
    message = session.new_message()
    return {
        "message": message,
        "attachment": session.new_attachment(message),
        "folder": session.opened_folder(),
        "logon": LOGON,
    }


def settable(kind: str) -> tuple[PropertyTag, Any]:
    """What a client may set of one, and a value."""
    return (SENT, SENT_ITEMS) if kind == "logon" else (COMMENT, kind)


def test_every_kind_of_object_has_properties(alice):
    """R56, R5000, R5801 to R5804, R78, R8001 to R8004, R95, R9701 to R9704, R101, R10201 to R10204, R113, R11401 to
    R11404, R45602, R47502, R48402, R99, R100, R9903, R10001, R472, R47102, R90703, R90705, R485, R486, R83603: what is
    set is listed, told, and gone when it is deleted."""
    for kind, slot in holders(alice).items():
        tag, value = settable(kind)
        assert alice.set(slot, {tag: value}) == ()
        assert alice.value(slot, tag) == value
        assert alice.all_values(slot)[tag] == value
        assert tag in alice.listed(slot)
        assert alice.delete(slot, tag) == ()
        assert alice.value(slot, tag) == NOT_FOUND
        assert tag not in alice.listed(slot)


def test_what_does_not_replicate_is_the_same_otherwise(alice):
    """R110, R112, R122, R124, R822 to R826, R828, R830, R832, R835 to R837, R83604, R83605, R8360501, R839, R841, R843,
    R83306 to R83308, R84404 to R84407."""
    for kind, slot in holders(alice).items():
        tag, value = settable(kind)
        sent = RopSetPropertiesNoReplicateRequest(0, slot, (TaggedValue(tag, value),))
        assert alice.get(sent, RopSetPropertiesNoReplicateResponse).property_problems == ()
        assert alice.all_values(slot)[tag] == value
        gone = RopDeletePropertiesNoReplicateRequest(0, slot, (tag,))
        assert alice.get(gone, RopDeletePropertiesNoReplicateResponse).property_problems == ()
        assert alice.value(slot, tag) == NOT_FOUND
        assert tag not in alice.all_values(slot)


def test_what_has_no_properties_is_refused(alice):
    """[MS-OXCROPS]: nothing at all there, or what has none."""
    empty = alice.slot()
    for rop in (
        RopGetPropertiesSpecificRequest(0, empty, 0, True, (COMMENT,)),
        RopGetPropertiesAllRequest(0, empty, 0, True),
        RopGetPropertiesListRequest(0, empty),
        RopSetPropertiesRequest(0, empty, (TaggedValue(COMMENT, "x"),)),
    ):
        assert alice.error(rop) == ErrorCode.ecNullObject


def test_values_come_in_the_order_in_which_they_were_asked_for(alice):
    """R45701, R45702, R76, MS-OXCDATA_R64, R874, R875: with errors in the places of those that are not there."""
    slot = alice.new_message()
    alice.set(slot, {COMMENT: "one", IMPORTANCE: 2})
    wanted = IMPORTANCE, tags.PidTagBody, COMMENT, IMPORTANCE
    assert alice.values(slot, *wanted) == [2, NOT_FOUND, "one", 2]
    assert alice.values(slot, *reversed(wanted)) == [2, "one", NOT_FOUND, 2]


def test_all_that_a_server_or_a_client_has_set_or_that_follows(hub, alice):
    """R457, R457001, R457002, R457003, R471."""
    deliver(hub, "alice", "told by the content")
    slot = alice.opened_message(alice.message_ids()[-1])
    alice.set(slot, {COMMENT: "told by a client"})
    wanted = tags.PidTagNormalizedSubject, COMMENT, tags.PidTagHasAttachments
    assert alice.values(slot, *wanted) == ["told by the content", "told by a client", False]
    assert set(wanted) <= alice.all_values(slot).keys()


def test_a_clients_message_belongs_to_a_conversation(alice):
    """R457003: which follows from what it is about, or from the index that a client gives it ([MS-OXOMSG] 2.2.1.2)."""
    slot = alice.new_message()
    topic, conversation = tags.PidTagConversationTopic, tags.PidTagConversationId
    assert alice.values(slot, topic, conversation) == [NOT_FOUND, NOT_FOUND]
    alice.set(slot, {SUBJECT: "RE: news"})
    assert alice.values(slot, topic, conversation) == ["news", md5("NEWS".encode("utf-16-le")).digest()]
    index = b"\x01" + bytes(range(21))
    alice.set(slot, {tags.PidTagConversationIndex: index, tags.PidTagConversationIndexTracking: True})
    assert alice.values(slot, conversation) == [index[6:]]
    assert alice.all_values(slot)[conversation] == index[6:]


def test_a_message_about_nothing_begins_a_conversation(hub, alice):
    """R457003: where its index is to tell which, and its client gives none; wherever it is asked for."""
    conversation, found = tags.PidTagConversationId, []
    for _ in range(2):
        slot = alice.new_message()
        alice.set(slot, {tags.PidTagConversationIndexTracking: True})
        [own] = alice.values(slot, conversation)
        message = alice.saved(slot)
        assert len(own) == 16
        assert alice.values(slot, conversation) == alice.values(alice.opened_message(message), conversation) == [own]
        found.append(own)
    assert found[0] != found[1]
    session = TableSession(hub, "alice")
    table = session.contents(session.open(session.special(Special.INBOX)), conversation)
    assert set(found) <= set(session.rows(table))


def test_texts_come_in_the_type_that_was_asked_for(alice):
    """R6401, R65, R458 to R460, R8502, R8702, MS-OXCDATA_R2720: which is left to WantUnicode where no type is named."""
    slot = alice.new_message()
    alice.set(slot, {COMMENT: "für"})
    short = typed(COMMENT, PropertyType.STRING8)
    for unicode in (True, False):
        assert alice.values(slot, COMMENT, short, unicode=unicode) == ["für", "für".encode("cp1252")]
    [told] = alice.values(slot, any_type(COMMENT), unicode=True)
    assert told == Typed(PropertyType.STRING, "für")
    [told] = alice.values(slot, any_type(COMMENT), unicode=False)
    assert told == Typed(PropertyType.STRING8, "für".encode("cp1252"))
    assert alice.all_values(slot)[COMMENT] == "für"
    assert alice.all_values(slot, unicode=False)[short] == "für".encode("cp1252")


def test_a_subject_goes_as_a_whole(alice):
    """R485, R486, R488: with the parts that it was made of."""
    slot = alice.new_message()
    parts = tags.PidTagSubjectPrefix, tags.PidTagNormalizedSubject
    alice.set(slot, {SUBJECT: "Re: hello"})
    assert alice.values(slot, SUBJECT, *parts) == ["Re: hello", "Re: ", "hello"]
    assert alice.delete(slot, SUBJECT) == ()
    assert alice.values(slot, SUBJECT, *parts) == [NOT_FOUND] * 3


@pytest.mark.parametrize(
    ("kind", "tag"),
    [
        ("message", tags.PidTagMessageFlags),
        ("folder", tags.PidTagContainerClass),
        ("folder", tags.PidTagDisplayName),
        ("logon", tags.PidTagOutOfOfficeState),
    ],
)
def test_what_is_always_there_is_not_removed(alice, kind, tag):
    """R48405, R485: the client hears so."""
    slot = holders(alice)[kind]
    before = alice.value(slot, tag)
    [told] = alice.delete(slot, tag)
    assert told.property_tag == tag
    assert told.error_code in (ErrorCode.ecComputed, ErrorCode.ecAccessDenied)
    assert alice.value(slot, tag) == before


def test_a_message_has_a_code_page_of_its_own(alice):
    """R461 to R464, R465: so have its attachments; what was opened without has that of the logon."""
    own, other = alice.new_message(code_page=1251), alice.new_message()
    short = typed(COMMENT, PropertyType.STRING8)
    for slot in (own, alice.new_attachment(own)):
        alice.set(slot, {COMMENT: "Привет"})
        assert alice.value(slot, short) == "Привет".encode("cp1251")
        alice.set(slot, {short: "Пока".encode("cp1251")})
        assert alice.value(slot, COMMENT) == "Пока"
    for slot in (other, alice.new_attachment(other), alice.opened_folder()):
        alice.set(slot, {short: b"f\xfcr"})
        assert alice.value(slot, COMMENT) == "für"
        alice.set(slot, {COMMENT: "Привет"})
        assert alice.value(slot, short) == b"??????"
        alice.delete(slot, COMMENT)


def test_several_texts_are_converted_one_by_one(alice):
    slot = alice.new_message()
    names = alice.named(PropertyName(OWN, "Keywords"), PropertyType.STRING | MULTIPLE)
    assert alice.set(slot, {names: ("für", "wider")}) == ()
    assert alice.value(slot, typed(names, PropertyType.STRING8 | MULTIPLE)) == (b"f\xfcr", b"wider")


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (PropertyType.INTEGER16, 0x7FFF),
        (PropertyType.INTEGER32, 70_000),
        (PropertyType.INTEGER64, 70_000),
        (PropertyType.STRING, NOT_FOUND),
        (PropertyType.INTEGER32 | MULTIPLE, NOT_FOUND),
    ],
)
def test_a_number_comes_in_any_width(alice, kind, expected):
    """A number that is too large is cut to the largest; what is no number is not there."""
    slot = alice.new_message()
    number = alice.named(PropertyName(OWN, 0x8501), PropertyType.INTEGER32)
    alice.set(slot, {number: 70_000})
    assert alice.value(slot, typed(number, kind)) == expected


def test_a_value_of_a_wrong_type_is_not_taken(alice):
    """R10801, R47505, R107, R10701, R108, MS-OXCDATA_R46, MS-OXCDATA_R48, MS-OXCDATA_R50, MS-OXCDATA_R52: the others
    are. Of a property that is the client's own, any type will do."""
    slot, folder = alice.new_message(), alice.opened_folder()
    wrong = typed(SUBJECT, PropertyType.INTEGER32)
    assert alice.set(slot, {COMMENT: "x", wrong: 3}) == problem(wrong, ErrorCode.ecUnexpectedType, 1)
    assert alice.values(slot, COMMENT, SUBJECT) == ["x", NOT_FOUND]
    name = typed(tags.PidTagDisplayName, PropertyType.INTEGER32)
    assert alice.set(folder, {name: 3}) == problem(name, ErrorCode.ecUnexpectedType)
    assert alice.value(folder, tags.PidTagDisplayName) == "Inbox"
    free = PropertyTag(0x6801, PropertyType.BOOLEAN)
    assert alice.set(slot, {free: True}) == ()
    assert alice.value(slot, free) is True


def test_an_id_that_no_name_has_is_no_property(alice):
    """Its value is not there, nothing can be set, and to delete it is no problem."""
    slot, tag = alice.new_message(), PropertyTag(0xFFF0, PropertyType.STRING)
    assert alice.value(slot, tag) == NOT_FOUND
    assert alice.set(slot, {tag: "x"}) == problem(tag, ErrorCode.ecInvalidParameter)
    assert alice.delete(slot, tag) == ()


@pytest.mark.parametrize(
    ("kind", "tag", "value"),
    [
        ("message", tags.PidTagAccess, 0x3F),
        ("message", tags.PidTagAccessLevel, 0),
        ("message", tags.PidTagObjectType, 1),
        ("message", tags.PidTagHasAttachments, True),
        ("attachment", tags.PidTagAttachNumber, 77),
        ("attachment", tags.PidTagRecordKey, b"x"),
        ("folder", tags.PidTagAccess, 0),
        ("folder", tags.PidTagChangeKey, b"x" * 22),
        ("folder", tags.PidTagContentCount, 77),
        ("logon", tags.PidTagMailboxOwnerName, "Mallory"),
        ("logon", tags.PidTagContentCount, 77),
    ],
)
def test_what_only_the_server_sets_is_left_alone(alice, kind, tag, value):
    """R11, R15, R25, R39, R52, R853, R47506, R48405, R121, R119, R11901, R120, R475: the client is told, and the rest
    is done."""
    slot, (other, beside) = holders(alice)[kind], settable(kind)
    [told] = alice.set(slot, {tag: value, other: beside})
    assert (told.index, told.property_tag) == (0, tag)
    assert told.error_code in (ErrorCode.ecComputed, ErrorCode.ecAccessDenied)
    assert alice.value(slot, other) == beside
    [told] = alice.delete(slot, other, tag)
    assert (told.index, told.property_tag) == (1, tag)
    assert alice.value(slot, tag) != value
    assert alice.value(slot, other) == NOT_FOUND


def test_a_change_of_a_message_is_its_handles_until_it_is_saved(hub, alice):
    """R476 to R478, R823, R82401, R487 to R489, R83604, R83606."""
    deliver(hub, "alice")
    message = alice.message_ids()[-1]
    slot = alice.opened_message(message)
    alice.set(slot, {COMMENT: "x", **with_subject("changed")})
    assert alice.all_values(slot)[COMMENT] == "x"
    other = alice.opened_message(message)
    assert alice.values(other, COMMENT, SUBJECT) == [NOT_FOUND, "hello"]
    alice.saved(slot)
    other = alice.opened_message(message)
    assert alice.values(other, COMMENT, SUBJECT) == ["x", "changed"]
    alice.delete(other, COMMENT)
    assert alice.values(other, COMMENT) == [NOT_FOUND]
    assert COMMENT not in alice.all_values(other)
    assert alice.value(alice.opened_message(message), COMMENT) == "x"
    alice.saved(other)
    assert alice.value(alice.opened_message(message), COMMENT) == NOT_FOUND


def test_a_change_of_an_attachment_is_saved_with_it_and_its_message(alice):
    """R479, R480, R825, R82501, R490, R491, R83607, R83608."""
    message = alice.new_message()
    slot = alice.new_attachment(message)
    alice.set(slot, {COMMENT: "x"})
    assert alice.all_values(slot)[COMMENT] == "x"
    alice.saved_attachment(message, slot)
    number = alice.saved(message)
    alice.delete(slot, COMMENT)
    assert alice.value(slot, COMMENT) == NOT_FOUND
    assert alice.value(alice.opened_attachment(message), COMMENT) == "x"
    alice.saved_attachment(message, slot)
    assert alice.value(alice.opened_attachment(message), COMMENT) == NOT_FOUND
    assert alice.value(alice.opened_attachment(alice.opened_message(number)), COMMENT) == "x"
    alice.saved(message)
    assert alice.value(alice.opened_attachment(alice.opened_message(number)), COMMENT) == NOT_FOUND


def test_a_change_of_a_folder_or_logon_is_there_at_once(hub, alice):
    """R846, R847, R82502, R492, R49201, R83609: for other sessions."""
    other = PropertySession(hub, "alice")
    folders = alice.opened_folder(), other.opened_folder()
    for (own, theirs), tag, value in ((folders, COMMENT, "x"), ((LOGON, LOGON), SENT, SENT_ITEMS)):
        alice.set(own, {tag: value})
        assert other.value(theirs, tag) == value
        alice.delete(own, tag)
        assert other.value(theirs, tag) == NOT_FOUND


def test_who_may_only_read_changes_nothing(hub, alice):
    """Messages that were opened so, and folders of others."""
    deliver(hub, "alice")
    message = alice.message_ids()[-1]
    slot = alice.opened_message(message, MessageOpenMode.READ_ONLY)
    assert alice.error(RopSetPropertiesRequest(0, slot, (TaggedValue(COMMENT, "x"),))) == ErrorCode.ecAccessDenied
    share(hub, "alice", "INBOX", "bob", Right.LOOKUP | Right.READ)
    bob = PropertySession(hub, "bob", "alice")
    rop = RopSetPropertiesRequest(0, bob.opened_folder(), (TaggedValue(COMMENT, "x"),))
    assert bob.error(rop) == ErrorCode.ecAccessDenied
    assert bob.error(RopSetPropertiesRequest(0, LOGON, (TaggedValue(COMMENT, "x"),))) == ErrorCode.ecAccessDenied
    shown = bob.all_values(LOGON)
    assert shown[tags.PidTagMailboxOwnerName] == alice.value(LOGON, tags.PidTagMailboxOwnerName)
    for private in (tags.PidTagContentCount, tags.PidTagMessageSizeExtended, COMMENT):
        assert private not in shown


def test_the_list_of_a_shared_calendar_says_nothing_of_the_folder_above(hub, alice):
    """For whoever it is shared with: Outlook would look for that folder in vain, and empty the calendar."""
    calendar = FolderId(alice.special(Special.CALENDAR).counter)
    holder = Holder(account_of(hub, "bob"))
    hub.write(lambda tx: set_rights(tx, alice.account, calendar, holder, Right.LOOKUP | Right.READ))
    bob, source = PropertySession(hub, "bob", "alice"), tags.PidTagParentSourceKey
    for session, listed in ((alice, True), (bob, False)):
        slot = session.opened_folder(Special.CALENDAR)
        assert (source in session.listed(slot)) is listed
        assert session.value(slot, source) != NOT_FOUND


def test_a_value_that_is_too_large_is_told_of_by_an_error(alice):
    """R62, R84, R93, R643, MS-OXCDATA_R2052: whatever else there is comes all the same."""
    slot = alice.new_message()
    large, larger, small = (PropertyTag(0x6900 + number, PropertyType.BINARY) for number in range(3))
    for tag, size in ((large, 20_000), (larger, 25_000), (small, 2_000)):
        alice.set(slot, {tag: b"x" * size})
    assert alice.values(slot, large, small) == [b"x" * 20_000, b"x" * 2_000]
    assert alice.values(slot, large, small, larger, COMMENT) == [b"x" * 20_000, b"x" * 2_000, TOO_LARGE, NOT_FOUND]
    everything = alice.all_values(slot)
    assert everything[large] == b"x" * 20_000
    assert everything[typed(larger, PropertyType.ERROR_CODE)] == ErrorCode.ecMemory


def test_many_small_values_give_way_when_even_the_largest_buffer_is_too_small(alice):
    """R643, R93, R92, R9201."""
    slot = alice.new_message()
    for number in range(8):
        alice.set(slot, {PropertyTag(0x6900 + number, PropertyType.BINARY): b"x" * 6_000})
    everything = alice.all_values(slot)
    assert sum(value == b"x" * 6_000 for value in everything.values()) in (4, 5)
    assert sum(value == ErrorCode.ecMemory for value in everything.values()) >= 3


def test_more_properties_than_any_buffer_can_tell_of(alice):
    """R467: an error in the place of each would be too much."""
    slot = alice.new_message()
    many = [PropertyTag(0x5000 + number, PropertyType.INTEGER32) for number in range(4_200)]
    for some in (many[:2_100], many[2_100:]):
        alice.set(slot, dict.fromkeys(some, 1))
    raw = RopBuffer(RopGetPropertiesAllRequest(0, slot, 0, True).format(), tuple(alice.handles)).format()
    body = alice.client.post("Execute", ExecuteRequest(PLAIN, format_extended(raw), 0x8008).format()).body
    assert unpack_from("<I", body, 4) == (0x3F0,)
    assert alice.values(slot, *many[:1_000]) == [1] * 1_000


def test_a_limit_of_the_clients_is_kept_to(alice):
    """R8201, R85, R644: of all properties, texts and binary values beyond it are not told; R90701, R9070101, R9070102:
    of those asked for by name they are."""
    slot = alice.new_message()
    alice.set(slot, {COMMENT: "x" * 100, IMPORTANCE: 2})
    assert alice.all_values(slot, limit=202)[COMMENT] == "x" * 100
    assert alice.all_values(slot, limit=201)[typed(COMMENT, PropertyType.ERROR_CODE)] == ErrorCode.ecMemory
    assert alice.values(slot, COMMENT, IMPORTANCE, limit=201) == ["x" * 100, 2]


def test_the_body_is_html_as_bytes_and_as_text(hub, alice):
    """[MS-OXCMSG] 2.2.1.58.9: both are the same property."""
    slot, as_text = alice.new_message(), typed(tags.PidTagHtml, PropertyType.STRING)
    assert alice.set(slot, {as_text: "<p>für</p>"}) == ()
    assert alice.values(slot, tags.PidTagHtml, as_text) == ["<p>für</p>".encode(), "<p>für</p>"]
    assert alice.set(slot, {tags.PidTagInternetCodepage: 1252, tags.PidTagHtml: b"<p>f\xfcr</p>"}) == ()
    assert alice.value(slot, as_text) == "<p>für</p>"
    alice.set(slot, with_subject("of html"))
    alice.saved(slot)
    with imap_of(hub, "alice") as client:
        client.select_folder("INBOX", readonly=True)
        [uid] = client.search(["SUBJECT", "of html"])
        assert b"f" in client.fetch([uid], ["BODY[]"])[uid][b"BODY[]"]


def test_a_message_tells_when_and_by_whom_it_was_changed(hub, alice):
    """R32, R34, R36, R314 to R316, R857: whatever a client says."""
    deliver(hub, "alice")
    message = alice.message_ids()[-1]
    slot = alice.opened_message(message)
    created, changed = alice.values(slot, tags.PidTagCreationTime, tags.PidTagLastModificationTime)
    alice.set(slot, {COMMENT: "x", tags.PidTagLastModifierName: "Mallory"})
    alice.saved(slot)
    wanted = tags.PidTagCreationTime, tags.PidTagLastModifierName
    owner = alice.value(LOGON, tags.PidTagMailboxOwnerName)
    assert alice.values(alice.opened_message(message), *wanted) == [created, owner]
    assert alice.value(slot, tags.PidTagLastModificationTime) > changed
    share(hub, "alice", "INBOX", "bob", Right.LOOKUP | Right.READ | Right.WRITE)
    bob = PropertySession(hub, "bob", "alice")
    slot = bob.opened_message(message)
    bob.set(slot, {COMMENT: "y"})
    bob.saved(slot)
    modifier = alice.value(alice.opened_message(message), tags.PidTagLastModifierEntryId)
    assert modifier == bob.value(LOGON, tags.PidTagUserEntryId)


def test_what_may_be_done_with_an_object(hub, alice):
    """R14, R16, R17, R26 to R28, R311, R312: a message that may be changed, and one that may not."""
    deliver(hub, "alice")
    message = alice.message_ids()[-1]
    share(hub, "alice", "INBOX", "bob", Right.LOOKUP | Right.READ)
    bob = PropertySession(hub, "bob", "alice")
    theirs = bob.opened_message(message, MessageOpenMode.READ_ONLY)
    for session, slot, access, level in ((alice, alice.opened_message(message), 0x3, 1), (bob, theirs, 0x2, 0)):
        found = session.values(slot, tags.PidTagAccess, tags.PidTagAccessLevel)
        assert (found[0] & 0x3, found[1]) == (access, level)
    everything = 0x3F
    assert alice.value(alice.opened_folder(), tags.PidTagAccess) == everything
    assert bob.value(bob.opened_folder(), tags.PidTagAccess) == 0x2


def test_objects_say_what_they_are(alice):
    """R40, R45, R47, R317."""
    slots = holders(alice)
    assert alice.value(slots["message"], tags.PidTagObjectType) == 5
    assert alice.value(slots["attachment"], tags.PidTagObjectType) == 7


def test_objects_are_known_by_keys(hub, alice):
    """R30, R313, R50, R51, R54, R318, R319: a change has another change key; a copy has the search key of the original,
    and a record key of its own."""
    deliver(hub, "alice")
    message = alice.message_ids()[-1]
    slot = alice.opened_message(message)
    keys = tags.PidTagChangeKey, tags.PidTagRecordKey, tags.PidTagSearchKey
    before = alice.values(slot, *keys)
    alice.set(slot, {COMMENT: "x"})
    alice.saved(slot)
    after = alice.values(alice.opened_message(message), *keys)
    assert after[0] != before[0]
    assert after[1:] == before[1:]
    target = alice.new_message()
    alice.get(RopCopyToRequest(0, slot, target, False, True, CopyFlags(0), ()), RopCopyToResponse)
    copied = alice.values(alice.opened_message(alice.saved(target)), *keys)
    assert copied[2] == after[2]
    assert copied[1] not in (after[1], NOT_FOUND)


def test_a_logon_tells_of_its_mailbox(hub, alice):
    """MS-OXCSTOR R643, R651, R656 to R658, R660, R664, R667, R3056, R3061 to R3067, R59732, R4002, R4003001, R4003004
    to R4003006: whose it is, and how much is in it; associated messages are not counted."""
    before = alice.all_values(LOGON)
    deliver(hub, "alice")
    alice.saved(alice.new_message(associated=True))
    found = alice.all_values(LOGON)
    assert found[tags.PidTagMailboxOwnerName] == found[tags.PidTagDisplayName] == "alice"
    owner = AddressBookEntryId(dn_of(hub, "alice")).format()
    assert found[tags.PidTagMailboxOwnerEntryId] == found[tags.PidTagUserEntryId] == owner
    assert found[tags.PidTagContentCount] == before[tags.PidTagContentCount] + 1
    assert found[tags.PidTagMessageSizeExtended] > before[tags.PidTagMessageSizeExtended]
    assert found[tags.PidTagMessageSizeExtended] == alice.value(LOGON, tags.PidTagMessageSize)
    assert found[tags.PidTagLocaleId] == 0x409
    assert found[tags.PidTagCodePageId] == 1252
    assert found[tags.PidTagStoreState] == 0
    logged_on = alice.log_on("alice", alice.slot(), 1)
    mapping = logged_on.repl_id.to_bytes(2, "little") + logged_on.repl_guid.bytes_le
    assert found[tags.PidTagSerializedReplidGuidMap] == mapping
    assert found[tags.PidTagExtendedRuleSizeLimit] == SIZE_LIMIT


def test_a_logon_tells_what_may_be_in_its_mailbox(hub, alice):
    """MS-OXCSTOR R646 to R649, R3058, R3059: in kilobytes; nothing where there is no limit."""
    quotas = tags.PidTagProhibitReceiveQuota, tags.PidTagProhibitSendQuota
    assert alice.values(LOGON, *quotas) == [NOT_FOUND, NOT_FOUND]
    hub.write(lambda tx: set_quota(tx, alice.account, 100 * 1024 * 1024, 0))
    assert alice.values(LOGON, *quotas) == [100 * 1024, 100 * 1024]
    hub.write(lambda tx: set_quota(tx, alice.account, 0, 0))


@pytest.mark.parametrize(
    "tag",
    [
        *(tags.PidTagExtendedRuleSizeLimit, tags.PidTagMaximumSubmitMessageSize, tags.PidTagProhibitReceiveQuota),
        *(tags.PidTagProhibitSendQuota, tags.PidTagStoreState, tags.PidTagContentCount, tags.PidTagMailboxOwnerEntryId),
        *(tags.PidTagMailboxOwnerName, tags.PidTagMessageSize, tags.PidTagMessageSizeExtended),
        *(tags.PidTagUserEntryId, tags.PidTagCodePageId),
    ],
)
def test_what_clients_cannot_set_of_a_logon(alice, tag):
    """MS-OXCSTOR R3055, R3055001 to R3055012."""
    value = {PropertyType.STRING: "x", PropertyType.BINARY: b"x"}.get(tag.type, 77)
    assert alice.set(LOGON, {tag: value}) == problem(tag, ErrorCode.ecAccessDenied)
    assert alice.value(LOGON, tag) != value


def test_a_logon_keeps_what_clients_set(hub, alice):
    """MS-OXCSTOR R3068, R3068004 to R3068007, R661, R665, R59734, R3072, R3073, R4004, R3104, R3130: in every
    session, and until it is deleted. R3105: no locale is sorted by before somebody says so."""
    assert alice.value(LOGON, tags.PidTagSortLocaleId) == NOT_FOUND
    values = {
        tags.PidTagOutOfOfficeState: True,
        tags.PidTagLocaleId: 0x407,
        tags.PidTagSortLocaleId: 0x407,
        SENT: SENT_ITEMS,
    }
    assert alice.set(LOGON, values) == ()
    other = PropertySession(hub, "alice")
    assert other.values(LOGON, *values) == list(values.values())
    assert alice.delete(LOGON, SENT, tags.PidTagSortLocaleId) == ()
    assert other.values(LOGON, SENT, tags.PidTagSortLocaleId) == [NOT_FOUND, NOT_FOUND]
    assert alice.delete(LOGON, tags.PidTagLocaleId) == problem(tags.PidTagLocaleId, ErrorCode.ecAccessDenied)
    assert other.value(LOGON, tags.PidTagLocaleId) == 0x407


def test_what_exchange_lets_nobody_set_of_a_logon(hub, alice):
    """MS-OXCSTOR R6280001, R3128, R306800301, R655, R3069 to R3071: the name is the account's, and there is neither a
    comment nor mail that goes when it was sent. R3068001, R650, R653, R654001: what a mailbox has of old is shown, and
    the latter may be deleted."""
    values = {COMMENT: "mine", tags.PidTagDeleteAfterSubmit: True, tags.PidTagDisplayName: "All of it"}
    assert [tag.type for tag in values] == [PropertyType.STRING, PropertyType.BOOLEAN, PropertyType.STRING]
    for tag, value in values.items():
        assert alice.set(LOGON, {tag: value}) == problem(tag, ErrorCode.ecAccessDenied)
    assert alice.values(LOGON, *values) == [NOT_FOUND, NOT_FOUND, alice.value(LOGON, tags.PidTagMailboxOwnerName)]
    hub.write(lambda tx: keep(tx, alice.account, {COMMENT: "of old", tags.PidTagDeleteAfterSubmit: True}))
    assert alice.values(LOGON, *values)[:2] == ["of old", True]
    assert alice.delete(LOGON, COMMENT, tags.PidTagDeleteAfterSubmit) == problem(COMMENT, ErrorCode.ecAccessDenied)
    assert alice.values(LOGON, *values)[:2] == ["of old", NOT_FOUND]


def keep(tx, account, values):
    """With the root folder, where properties of a mailbox are."""
    root = own_folder(Special.ROOT)
    before = load_folder_object(tx, account, load_folder(tx, account, root))
    properties = dict(before.properties)
    for tag, value in values.items():
        set_value(properties, tag, value)
    save_folder_object(tx, account, root, before._replace(properties=properties))
