"""Names of properties and their ids. Statements are those of [MS-OXCPRPT]."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

import pytest
from mapi_properties import PropertySession
from mapi_session import LOGON, mapi_hub, share

from posthouse.model.rights import Right
from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.named_tags import PS_INTERNET_HEADERS, PS_MAPI, PS_PUBLIC_STRINGS
from posthouse.protocols.mapi.property_names import PropertyName
from posthouse.protocols.mapi.property_values import PropertyTag, PropertyType
from posthouse.protocols.mapi.rops.named_property import (
    PropertyIdsFlags,
    QueryFlags,
    RopGetNamesFromPropertyIdsRequest,
    RopGetNamesFromPropertyIdsResponse,
    RopGetPropertyIdsFromNamesRequest,
    RopQueryNamedPropertiesRequest,
    RopQueryNamedPropertiesResponse,
)
from posthouse.servers.mapi.errors import ErrorCode
from posthouse.store.property_ids import FIRST, LAST, LAST_OF_GUESTS, give_property_ids
from posthouse.testing import MailHub
from posthouse.testing.hub import Account

OWN = UUID("6ed8da90-450b-101b-98da-00aa003f1305")
NUMBERED, TEXTUAL = PropertyName(OWN, 0x9001), PropertyName(OWN, "Textual")
CREATE = PropertyIdsFlags.CREATE


@pytest.fixture(scope="module")
def hub() -> Iterator[MailHub]:
    with mapi_hub("alice", "bob", "carol") as hub:
        yield hub


@pytest.fixture
def alice(hub: MailHub) -> PropertySession:
    return PropertySession(hub, "alice")


def names(session: PropertySession, *ids: int, slot: int = LOGON) -> list[PropertyName | None]:
    rop = RopGetNamesFromPropertyIdsRequest(0, slot, ids)
    return list(session.get(rop, RopGetNamesFromPropertyIdsResponse).property_names)


def test_an_id_is_given_once_and_for_ever(hub, alice):
    """R198, R20701 to R20704, R20902, R628, R41404, R41405, R530 to R535, R52502, R215 to R218, R21502, R21801, R222:
    in every session, on every kind of object, in the order of the names."""
    ids = alice.ids(NUMBERED, TEXTUAL)
    assert len(set(ids)) == 2
    assert all(0x8000 < number < 0xFFFF for number in ids)
    message = alice.new_message()
    for slot in (alice.opened_folder(), message, alice.new_attachment(message), LOGON):
        assert alice.ids(TEXTUAL, NUMBERED, slot=slot) == ids[::-1]
    assert PropertySession(hub, "alice").ids(NUMBERED, TEXTUAL, create=False) == ids


def test_a_text_is_another_name_in_another_case(alice):
    """R530; but not in the set of Internet headers (R529)."""
    assert len(set(alice.ids(PropertyName(OWN, "case"), PropertyName(OWN, "Case")))) == 2
    assert (
        len(set(alice.ids(PropertyName(PS_INTERNET_HEADERS, "X-Case"), PropertyName(PS_INTERNET_HEADERS, "x-case"))))
        == 1
    )


def test_a_name_that_has_no_id_and_is_not_to_get_one(alice):
    """R62801, R220, R226, R532; MS-OXCROPS R2617: has 0 in its place, and the operation succeeds."""
    [known] = alice.ids(NUMBERED)
    rop = RopGetPropertyIdsFromNamesRequest(0, LOGON, PropertyIdsFlags(0), (NUMBERED, PropertyName(OWN, "unknown")))
    [response] = alice.execute(rop)
    assert (response.return_value, response.property_ids) == (0, (known, 0))
    assert names(alice, known) == [NUMBERED]


def test_ids_below_0x8000_are_names_of_their_own(alice):
    """R642, R225, R518 to R520: in both directions; a text is none of them, nor what lies above."""
    assert alice.ids(PropertyName(PS_MAPI, 0x3001)) == [0x3001]
    assert alice.ids(PropertyName(PS_MAPI, "DisplayName"), PropertyName(PS_MAPI, 0x8001)) == [0, 0]
    assert names(alice, 0x3001) == [PropertyName(PS_MAPI, 0x3001)]


def test_names_of_ids(alice):
    """R230, R23701 to R23704, R238, R248 to R250, R24802, R25001, R51802, R521, R523, R524: an id that was never given
    has none."""
    number, text = alice.ids(NUMBERED, TEXTUAL)
    message = alice.new_message()
    for slot in (alice.opened_folder(), message, alice.new_attachment(message), LOGON):
        assert names(alice, text, 0xFFF0, number, slot=slot) == [TEXTUAL, None, NUMBERED]


def test_no_names_asks_a_logon_for_all_ids(alice):
    """R213, R216, R217, R526; of anything else, for none."""
    ids = alice.ids(NUMBERED, TEXTUAL)
    everything = alice.ids()
    assert set(ids) <= set(everything)
    assert len(names(alice, *everything)) == len(everything)
    assert alice.ids(slot=alice.opened_folder()) == []


@pytest.mark.parametrize(
    ("flags", "guid", "expected"),
    [
        (QueryFlags(0), None, {"number", "text", "public"}),
        (QueryFlags.NO_STRINGS, None, {"number"}),
        (QueryFlags.NO_IDS, None, {"text", "public"}),
        (QueryFlags.NO_IDS | QueryFlags.NO_STRINGS, None, set()),
        (QueryFlags(0), OWN, {"number", "text"}),
        (QueryFlags.NO_IDS, PS_PUBLIC_STRINGS, {"public"}),
        (QueryFlags(0xF0), OWN, {"number", "text"}),
    ],
)
def test_a_query_for_named_properties(alice, flags, guid, expected):
    """R125, R126, R12901 to R12903, R132, R134, R138, R141 to R145, R14101, R14201 to R14203, R14301, R49502, R495,
    R876, R877, R878, R87801, R87802: a logon tells of all, anything else of what it has."""
    known = {"number": NUMBERED, "text": TEXTUAL, "public": PropertyName(PS_PUBLIC_STRINGS, "Public")}
    ids = dict(zip(known.values(), alice.ids(*known.values()), strict=True))
    wanted = {known[one]: ids[known[one]] for one in expected}
    message = alice.new_message()
    for slot in (alice.opened_folder(), message, alice.new_attachment(message)):
        alice.set(slot, {PropertyTag(number, PropertyType.INTEGER32): 1 for number in ids.values()})
        rop = RopQueryNamedPropertiesRequest(0, slot, flags, guid)
        response = alice.get(rop, RopQueryNamedPropertiesResponse)
        assert dict(zip(response.property_names, response.property_ids, strict=True)) == wanted
    response = alice.get(RopQueryNamedPropertiesRequest(0, LOGON, flags, guid), RopQueryNamedPropertiesResponse)
    found = dict(zip(response.property_names, response.property_ids, strict=True))
    assert {name: number for name, number in found.items() if name in ids} == wanted


def test_a_guest_leaves_ids_for_the_owner(hub):
    """R228, R226: a new name has no id for the guest, and gets one from the owner; all else goes on."""
    share(hub, "carol", "INBOX", "bob", Right.LOOKUP | Right.READ | Right.WRITE)
    carol, bob = PropertySession(hub, "carol"), PropertySession(hub, "bob", "carol")
    early, late = PropertyName(OWN, "while there is room"), PropertyName(OWN, "too late")
    [known] = bob.ids(early)
    every = [PropertyName(OWN, number) for number in range(LAST_OF_GUESTS - known)]
    hub.write(lambda tx: give_property_ids(tx, carol.account, every))
    [response] = bob.execute(RopGetPropertyIdsFromNamesRequest(0, LOGON, CREATE, (early, late)))
    assert (response.return_value, response.property_ids) == (0, (known, 0))
    account = Account(hub, carol.account, "carol@example.org", "secret")
    account.add_message(b"X-Mailer: new here\r\nSubject: x\r\n\r\n")
    slot = bob.opened_message(bob.message_ids()[-1])
    assert bob.all_values(slot)[tags.PidTagSubject] == "x"
    [number] = carol.ids(late)
    assert number > LAST_OF_GUESTS
    assert bob.ids(late) == [number]


def test_there_are_no_more_ids_than_fit(hub):
    """R229, R53501, R53502: what is known keeps its id."""
    bob = PropertySession(hub, "bob")
    [known] = bob.ids(NUMBERED)
    every = [PropertyName(OWN, number) for number in range(LAST - FIRST)]
    hub.write(lambda tx: give_property_ids(tx, bob.account, every))
    rop = RopGetPropertyIdsFromNamesRequest(0, LOGON, CREATE, (PropertyName(PS_PUBLIC_STRINGS, "one more"),))
    assert bob.error(rop) == ErrorCode.ecMemory
    assert bob.ids(NUMBERED) == [known]
