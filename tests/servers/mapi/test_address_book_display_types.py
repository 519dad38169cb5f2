"""What else somebody is shown as in the address book, over HTTPS. Statements are those of [MS-OXNSPI]."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from mapi_book import BookClient, id_of
from mapi_session import organisation

from posthouse.database import Transaction
from posthouse.directory import ValueName, add_contact, add_group, set_attributes, set_values, values_of
from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.address_book.objects import ModLinkAttRequest, ModPropsRequest
from posthouse.protocols.mapi.address_book.stat import SortType, Stat
from posthouse.protocols.mapi.address_book.tables import GetMatchesRequest
from posthouse.protocols.mapi.entry_ids import AddressBookEntryId
from posthouse.protocols.mapi.property_values import TaggedValue
from posthouse.servers.mapi.errors import ErrorCode
from posthouse.testing import MailHub

FORUM, AGENT, ROBOT, FRIENDS = (
    "board@example.org",
    "clock@elsewhere.example",
    "robot@example.org",
    "friends@example.org",
)
SHOWN = {
    "alice@example.org": 0,
    "team@example.org": 1,
    FORUM: 2,
    AGENT: 3,
    ROBOT: 3,
    FRIENDS: 5,
    "eve@elsewhere.example": 6,
}
MEMBERS, DELEGATES = 0x8009000D, 0x8015000D


@pytest.fixture(scope="module")
def hub() -> Iterator[MailHub]:
    with MailHub(settings={"mapi": {"enabled": True}}) as hub:
        for address in ("alice@example.org", FORUM, ROBOT):
            hub.add_account(address)

        def describe(tx: Transaction) -> None:
            set_attributes(tx, "alice@example.org", {"admin": "true"})
            set_attributes(tx, FORUM, {"display-type": "forum"})
            set_attributes(tx, ROBOT, {"display-type": "agent"})
            add_contact(tx, AGENT, "Clock", {"display-type": "agent"})
            add_contact(tx, "eve@elsewhere.example", "Eve")
            add_group(tx, "team@example.org")
            add_group(tx, FRIENDS, ["alice@example.org"], attributes={"display-type": "private-list"})

        hub.write(describe)
        yield hub


@pytest.mark.parametrize("flags", [0, 2], ids=["for ever", "for a while"])
def test_display_types(book: BookClient, flags: int) -> None:
    """R46, R48, R49, R50, R51, R54, R55, R1662, R1663: whatever an administrator has it shown as, in its row
    and in both kinds of its entry id."""
    columns = (tags.PidTagSmtpAddress, tags.PidTagDisplayType, tags.PidTagEntryId)
    rows = book.rows(Stat(), 50, *columns, flags=flags)
    assert {address: kind for address, kind, _ in rows} == SHOWN
    assert all(id[24:28] == SHOWN[address].to_bytes(4, "little") for address, _, id in rows)


def test_lists(book: BookClient) -> None:
    """R502: it stays in the lists of what it is."""
    shown = [book.rows(Stat(container_id=number), 50, tags.PidTagDisplayType) for number in (0x11, 0x12, 0x13)]
    assert [sorted(kinds) for kinds in shown] == [[3, 6], [1, 5], [0, 2, 3]]


def test_rights(book: BookClient) -> None:
    """MS-OXOABK 2.2.3.12: accounts and groups may be granted rights, as what they are shown; contacts may not."""
    rows = book.rows(Stat(), 50, tags.PidTagSmtpAddress, tags.PidTagDisplayTypeEx)
    assert dict(rows) == {
        "alice@example.org": 0x40000000,
        "team@example.org": 0x40000009,
        FORUM: 0x40000002,
        AGENT: 3,
        ROBOT: 0x40000003,
        FRIENDS: 0x40000005,
        "eve@elsewhere.example": 6,
    }


def test_what_is_changed(book: BookClient, hub: MailHub) -> None:
    """R1295, R1338, R1646, R1647; MS-OXCMAPIHTTP R737, R738: certificates and delegates are a user's, and members are a
    distribution list's: of what is shown as something else they are not changed, not even by an administrator."""
    robot, friends = book.mid(ROBOT), book.mid(FRIENDS)
    hub.write(lambda tx: set_values(tx, id_of(hub, ROBOT), ValueName.CERTIFICATE, [b"der"]))
    value = TaggedValue(tags.PidTagAddressBookX509Certificate, (b"x",))
    assert book.error(ModPropsRequest(0, Stat(current_rec=robot), (), (value,))) == ErrorCode.ecInvalidObject
    assert hub.read(lambda tx: values_of(tx, id_of(hub, ROBOT), ValueName.CERTIFICATE)) == (b"der",)
    alice = AddressBookEntryId(organisation(hub).dn_of(id_of(hub, "alice@example.org"))).format()
    for tag, mid in ((DELEGATES, robot), (MEMBERS, friends)):
        assert book.error(ModLinkAttRequest(1, tag, mid, (alice,))) == ErrorCode.ecAccessDenied
        state = Stat(SortType.DISPLAY_NAME_W, tag, mid)
        assert book.error(GetMatchesRequest(0, state, None, 0, None, None, 9)) == ErrorCode.ecNotSupported
