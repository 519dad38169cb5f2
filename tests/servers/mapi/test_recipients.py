"""Recipients of messages, as rows. Statements are those of [MS-OXCMSG]."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from mapi_properties import PropertySession
from mapi_session import LOGON, deliver, dn_of, mapi_hub

from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.named_tags import PS_PUBLIC_STRINGS
from posthouse.protocols.mapi.property_names import PropertyName
from posthouse.protocols.mapi.property_rows import Missing, format_row, read_row
from posthouse.protocols.mapi.property_values import PropertyTag, PropertyType
from posthouse.protocols.mapi.reader import Reader
from posthouse.protocols.mapi.recipients import AddressType, RecipientFlags, RecipientRow
from posthouse.protocols.mapi.rops.message import (
    LOGON_CODE_PAGE,
    MessageOpenMode,
    RopOpenMessageRequest,
    RopOpenMessageResponse,
    RopReloadCachedInformationRequest,
    RopReloadCachedInformationResponse,
)
from posthouse.protocols.mapi.rops.recipient import (
    ModifyRecipientRow,
    RecipientType,
    RopModifyRecipientsRequest,
    RopModifyRecipientsResponse,
    RopReadRecipientsRequest,
    RopReadRecipientsResponse,
    RopRemoveAllRecipientsRequest,
    RopRemoveAllRecipientsResponse,
)
from posthouse.servers.mapi.errors import ErrorCode
from posthouse.servers.mapi.messages import message as limits
from posthouse.servers.mapi.messages import recipients
from posthouse.servers.mapi.special_folders import Special
from posthouse.testing import MailHub

SMTP = RecipientFlags.DISPLAY_NAME | RecipientFlags.EMAIL_ADDRESS | RecipientFlags(AddressType.SMTP)
WIDE = SMTP | RecipientFlags.UNICODE
NAMED = RecipientFlags.DISPLAY_NAME | RecipientFlags.EMAIL_ADDRESS
LISTS = AddressType.PERSONAL_DISTRIBUTION_LIST_1, AddressType.PERSONAL_DISTRIBUTION_LIST_2
TO, CC, BCC = RecipientType.TO, RecipientType.CC, RecipientType.BCC


@pytest.fixture(scope="module")
def hub() -> Iterator[MailHub]:
    with mapi_hub("alice", "bob") as hub:
        yield hub


@pytest.fixture
def alice(hub):
    return PropertySession(hub, "alice")


def person(name, kind=TO, row_id=0):
    row = RecipientRow(WIDE, email_address=f"{name}@example.net", display_name=name)
    return ModifyRecipientRow(row_id, kind, row)


def put(session, slot, *rows, columns=()):
    session.get(RopModifyRecipientsRequest(0, slot, columns, rows), RopModifyRecipientsResponse)


def people(session, slot, row_id=0):
    """Row id, kind and name of each."""
    rows = session.get(RopReadRecipientsRequest(0, slot, row_id), RopReadRecipientsResponse).recipient_rows
    return [(row.row_id, row.recipient_type, row.recipient_row.display_name) for row in rows]


def reloaded(session, slot):
    return session.get(RopReloadCachedInformationRequest(0, slot), RopReloadCachedInformationResponse).message


def test_recipients_are_told_in_their_order(alice):
    """R271, R1200, R1201, R388, R389, R400, R401, R737, R753, R762, R763, R765, R977 to R979, R1054, R1495, MS-OXCROPS
    R1921, R1924: from 0 on, all."""
    slot = alice.new_message()
    put(alice, slot, person("carl", CC, 7), person("tom", TO, 2), person("ben", BCC, 9))
    everybody = [(2, TO, "tom"), (7, CC, "carl"), (9, BCC, "ben")]
    assert people(alice, slot) == everybody
    assert people(alice, slot, 7) == everybody[1:]


@pytest.mark.parametrize("row_id", [0x7FFFFFFF, 0x80000000, 0xFFFFFFFF])
def test_any_32_bits_number_a_recipient(alice, row_id):
    """MS-OXCROPS R1871, R1920: RowId has no sign, while PidTagRowid has one."""
    slot = alice.new_message()
    put(alice, slot, person("tom"), person("last", row_id=row_id))
    assert people(alice, alice.opened_message(alice.saved(slot)), row_id) == [(row_id, TO, "last")]


def test_who_is_there_already_is_replaced(alice):
    """R268, R1391, R390, R394: with all that was known of them."""
    slot = alice.new_message()
    columns = (tags.PidTagRecipientOrder, tags.PidTagRecipientTrackStatus)
    more = RecipientRow(
        WIDE,
        email_address="tom@example.net",
        display_name="tom",
        recipient_column_count=2,
        recipient_properties=format_row(columns, [5, 3]),
    )
    put(alice, slot, ModifyRecipientRow(0, TO, more), columns=columns)
    assert alice.value(slot, tags.PidTagDisplayTo) == "tom"
    put(alice, slot, person("tim", CC, 0))
    assert people(alice, slot) == [(0, CC, "tim")]
    assert alice.values(slot, tags.PidTagDisplayTo, tags.PidTagDisplayCc) == ["", "tim"]


def test_a_row_of_no_size_takes_a_recipient_away(alice):
    """R270, R391, R393."""
    slot = alice.new_message()
    put(alice, slot, person("one", row_id=1), person("two", row_id=2))
    put(alice, slot, ModifyRecipientRow(1, TO, None), ModifyRecipientRow(99, TO, None))
    assert people(alice, slot) == [(2, TO, "two")]
    assert reloaded(alice, slot).recipient_count == 1
    assert alice.error(RopReadRecipientsRequest(0, slot, 1)) == ErrorCode.ecNotFound


def test_they_are_one_handles_until_the_message_is_saved(alice):
    """R266, R273, R381, R382, R395, R735, R751."""
    slot = alice.new_message()
    put(alice, slot, person("one"))
    message = alice.saved(slot)
    other = alice.opened_message(message)
    put(alice, slot, person("two", row_id=1))
    assert len(people(alice, other)) == 1
    alice.get(RopRemoveAllRecipientsRequest(0, slot), RopRemoveAllRecipientsResponse)
    assert reloaded(alice, slot).recipient_count == 0
    assert alice.error(RopReadRecipientsRequest(0, slot, 0)) == ErrorCode.ecNotFound
    assert len(people(alice, alice.opened_message(message))) == 1
    alice.saved(slot)
    assert reloaded(alice, alice.opened_message(message)).recipient_count == 0


def test_all_go_at_once(alice):
    """R379, R1390, R729, R1491, MS-OXCROPS R1841, R2005: also of a message that has none."""
    slot = alice.new_message()
    put(alice, slot, person("one"), person("two", row_id=1))
    for reserved in (0, 0xFFFFFFFF):
        alice.get(RopRemoveAllRecipientsRequest(0, slot, reserved), RopRemoveAllRecipientsResponse)
        assert reloaded(alice, slot).recipient_rows == ()


def test_who_is_not_there_is_not_read(alice):
    """R403, R1055."""
    slot = alice.new_message()
    assert alice.error(RopReadRecipientsRequest(0, slot, 0)) == ErrorCode.ecNotFound
    put(alice, slot, person("one", row_id=3))
    assert alice.error(RopReadRecipientsRequest(0, slot, 4)) == ErrorCode.ecNotFound


def test_many_are_read_in_parts(alice):
    """R277, R1392, R328, R330, R400, R763, R1054: as many as fit, and the client goes on behind the last."""
    slot = alice.new_message()
    for begin in range(0, 600, 100):
        put(alice, slot, *[person(f"somebody-{number}", row_id=number) for number in range(begin, begin + 100)])
    message = reloaded(alice, slot)
    assert message.recipient_count == 600
    assert 0 < len(message.recipient_rows) < 600
    assert message.recipient_rows[0].recipient_row.display_name == "somebody-0"
    found = people(alice, slot)
    assert len(found) < 0xFF
    while len(found) < 600:
        assert len(found) < 600
        found += people(alice, slot, found[-1][0] + 1)
    assert [row_id for row_id, _, _ in found] == list(range(600))


def test_there_are_only_so_many(alice, monkeypatch):
    monkeypatch.setattr(limits, "MAX_RECIPIENTS", 2)
    rows = tuple(person(f"{number}", row_id=number) for number in range(3))
    rop = RopModifyRecipientsRequest(0, alice.new_message(), (), rows)
    assert alice.error(rop) == ErrorCode.ecTooManyRecips
    assert alice.error(RopReadRecipientsRequest(0, rop.handle_index, 0)) == ErrorCode.ecNotFound


def test_people_of_the_address_book(alice, hub):
    """By the legacy DN, as they come back."""
    slot = alice.new_message()
    flags = RecipientFlags.UNICODE | RecipientFlags.DISPLAY_NAME | RecipientFlags(AddressType.X500_DN)
    dn = dn_of(hub, "bob").encode()
    row = RecipientRow(flags, address_prefix_used=0, display_type=0, x500_dn=dn, display_name="Bob")
    put(alice, slot, ModifyRecipientRow(0, TO, row))
    [got] = alice.get(RopReadRecipientsRequest(0, slot, 0), RopReadRecipientsResponse).recipient_rows
    assert (got.recipient_row.x500_dn, got.recipient_row.display_name) == (dn, "Bob")


def with_more(name, row_id, columns, values, **fields):
    """Somebody of whom these columns tell more."""
    row = RecipientRow(
        WIDE | fields.pop("flags", RecipientFlags(0)),
        email_address=f"{name}@example.net",
        display_name=name,
        recipient_column_count=len(columns),
        recipient_properties=format_row(columns, values),
        **fields,
    )
    return ModifyRecipientRow(row_id, TO, row)


def cells(columns, *rows):
    """Of each row, by the columns."""
    read = [read_row(Reader(row.recipient_row.recipient_properties), columns) for row in rows]
    return [dict(zip(columns, found, strict=True)) for found in read]


@pytest.mark.parametrize("kind", sorted(set(AddressType) - {*LISTS, AddressType.X500_DN}))
def test_addresses_of_every_type_come_back(alice, kind):
    """R390, R394, MS-OXCDATA R117, R161."""
    slot = alice.new_message()
    row = RecipientRow(WIDE & ~SMTP | NAMED | RecipientFlags(kind), email_address="where", display_name="who")
    put(alice, slot, ModifyRecipientRow(0, TO, row))
    for one in (slot, alice.opened_message(alice.saved(slot))):
        [found] = alice.get(RopReadRecipientsRequest(0, one, 0), RopReadRecipientsResponse).recipient_rows
        told = found.recipient_row
        assert (told.kind, told.email_address, told.address_type) == (kind, "where", None)


def test_a_list_among_contacts_is_told_by_its_entry(alice):
    """R390, R394, R685, MS-OXCDATA R117: which of the two types of it, says nothing more."""
    for kind in LISTS:
        slot = alice.new_message()
        flags = RecipientFlags.UNICODE | RecipientFlags.DISPLAY_NAME | RecipientFlags(kind)
        row = RecipientRow(flags, entry_id=b"entry", search_key=b"key", display_name="friends")
        put(alice, slot, ModifyRecipientRow(0, TO, row))
        [found] = reloaded(alice, alice.opened_message(alice.saved(slot))).recipient_rows
        told = found.recipient_row
        assert told.kind in LISTS
        assert (told.entry_id, told.search_key, told.display_name) == (b"entry", b"key", "friends")


def test_columns_are_of_all_that_somebody_has(alice):
    """R681, R682, MS-OXCROPS R1715, R1718: whoever opens a message gets what others have said of
    its recipients, and what one does not have is an error in the row."""
    mood = alice.named(PropertyName(PS_PUBLIC_STRINGS, "mood"), PropertyType.STRING)
    proposal = (tags.PidTagRecipientProposed, mood)
    slot = alice.new_message()
    put(alice, slot, with_more("tom", 0, proposal, [True, "fine"]), columns=proposal)
    put(alice, slot, with_more("tim", 1, proposal[:1], [False]), columns=proposal[:1])
    rop = RopOpenMessageRequest(
        *(0, LOGON, alice.slot(), LOGON_CODE_PAGE, alice.special(Special.INBOX)),
        *(MessageOpenMode.READ_ONLY, alice.saved(slot)),
    )
    opened = alice.get(rop, RopOpenMessageResponse).message
    columns = opened.recipient_columns
    assert columns[-2:] == proposal
    read = alice.get(RopReadRecipientsRequest(0, rop.output_handle_index, 0), RopReadRecipientsResponse)
    for rows in (opened.recipient_rows, read.recipient_rows):
        tom, tim = cells(columns, *rows)
        assert [tom[column] for column in proposal] == [True, "fine"]
        assert [tim[column] for column in proposal] == [False, Missing(ErrorCode.ecNotFound)]


def test_columns_are_those_that_the_client_knows(alice):
    """MS-OXCROPS R1980: rows that are read later have the columns told before, until they are told anew."""
    slot = alice.new_message()
    known = reloaded(alice, slot).recipient_columns
    more = (tags.PidTagRecipientProposed,)
    put(alice, slot, with_more("tom", 0, more, [True]), columns=more)
    [row] = alice.get(RopReadRecipientsRequest(0, slot, 0), RopReadRecipientsResponse).recipient_rows
    assert row.recipient_row.recipient_column_count == len(known)
    assert reloaded(alice, slot).recipient_columns == (*known, *more)
    [row] = alice.get(RopReadRecipientsRequest(0, slot, 0), RopReadRecipientsResponse).recipient_rows
    assert row.recipient_row.recipient_column_count == len(known) + 1


def test_columns_are_only_so_many(alice, monkeypatch):
    """Whoever fills a message with properties of recipients does not fill every answer."""
    monkeypatch.setattr(recipients, "MAX_MORE", 2)
    slot = alice.new_message()
    known = reloaded(alice, slot).recipient_columns
    more = tuple(PropertyTag(0x6800 + number, PropertyType.INTEGER32) for number in range(5))
    put(alice, slot, with_more("tom", 0, more, range(5)), columns=more)
    assert reloaded(alice, slot).recipient_columns == (*known, *more[:2])


def test_simple_display_names(alice):
    """MS-OXCDATA 2.8.3.2: what has a field in a row is kept like what has a column."""
    slot = alice.new_message()
    put(alice, slot, with_more("tom", 0, (), (), flags=RecipientFlags.SIMPLE_DISPLAY_NAME, simple_display_name="Tom M"))
    told = reloaded(alice, slot)
    [tom] = cells(told.recipient_columns, *told.recipient_rows)
    assert tom[tags.PidTagAddressBookDisplayNamePrintable] == "Tom M"


def test_names_of_8_bits_are_in_the_code_page_of_the_message(alice):
    slot = alice.new_message(code_page=1251)
    row = RecipientRow(SMTP, email_address=b"ivan@example.net", display_name="Иван".encode("cp1251"))
    put(alice, slot, ModifyRecipientRow(0, TO, row))
    assert people(alice, slot) == [(0, TO, "Иван")]


def test_a_row_that_does_not_fit_its_columns(alice):
    """Nobody is changed then."""
    slot = alice.new_message()
    row = RecipientRow(
        WIDE, email_address="x@example.net", display_name="x", recipient_column_count=1, recipient_properties=b"\0\1"
    )
    rows = (person("fine"), ModifyRecipientRow(1, TO, row))
    assert alice.error(RopModifyRecipientsRequest(0, slot, (tags.PidTagRecipientOrder,), rows))
    assert reloaded(alice, slot).recipient_count == 0


def test_what_is_cached_is_as_this_handle_sees_it(alice):
    """R279, R62, R68, R766, R772, MS-OXCROPS R1969, R1972."""
    slot = alice.new_message()
    alice.set(slot, {tags.PidTagSubject: "Re: plan"})
    put(alice, slot, person("one"))
    found = reloaded(alice, slot)
    assert (found.subject_prefix, found.normalized_subject, found.recipient_count) == ("Re: ", "plan", 1)
    message = alice.saved(slot)
    rop = RopOpenMessageRequest(
        *(0, LOGON, alice.slot(), LOGON_CODE_PAGE, alice.special(Special.INBOX), MessageOpenMode.READ_ONLY, message)
    )
    assert alice.get(rop, RopOpenMessageResponse).message == found


def test_whoever_may_only_read_changes_nobody(alice, hub):
    deliver(hub, "alice")
    slot = alice.opened_message(alice.message_ids()[-1], MessageOpenMode.READ_ONLY)
    assert alice.error(RopModifyRecipientsRequest(0, slot, (), (person("x"),))) == ErrorCode.ecAccessDenied
    assert alice.error(RopRemoveAllRecipientsRequest(0, slot)) == ErrorCode.ecAccessDenied


def test_on_something_else(alice):
    """R1493, R1982, R1057, R1498."""
    folder = alice.opened_folder()
    for rop in (
        RopRemoveAllRecipientsRequest(0, folder),
        RopModifyRecipientsRequest(0, folder, (), ()),
        RopReadRecipientsRequest(0, folder, 0),
        RopReloadCachedInformationRequest(0, folder),
    ):
        assert alice.error(rop) == ErrorCode.ecNullObject
