"""What accounts change in the address book over HTTPS. Statements are those of [MS-OXNSPI]."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from mapi_book import BookClient, id_of, people
from mapi_session import organisation

from posthouse.directory import (
    DELEGATE,
    ValueName,
    add_group,
    find_principal,
    generation,
    get_group,
    links,
    set_members,
    values_of,
)
from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.address_book.entry_ids import EphemeralEntryId
from posthouse.protocols.mapi.address_book.objects import ModLinkAttRequest, ModPropsRequest
from posthouse.protocols.mapi.address_book.stat import Stat
from posthouse.protocols.mapi.entry_ids import AddressBookEntryId, OneOffEntryId
from posthouse.protocols.mapi.property_values import MULTIPLE, PropertyTag, PropertyType, TaggedValue
from posthouse.servers.mapi.errors import ErrorCode
from posthouse.testing import MailHub

SMIME, CERTIFICATE = tags.PidTagUserX509Certificate, tags.PidTagAddressBookX509Certificate
MEMBERS, DELEGATES = 0x8009000D, 0x8015000D
ALICE, BOB, ZOE = "alice@example.org", "bob@example.org", "zoe@example.org"
SEVEN = "seven@example.org"


@pytest.fixture
def hub() -> Iterator[MailHub]:
    with MailHub(settings={"mapi": {"enabled": True}}) as hub:
        people(hub)
        yield hub


def kept(hub: MailHub, address: str, name: ValueName) -> tuple[bytes, ...]:
    found = hub.read(lambda tx: find_principal(tx, address))
    assert found is not None
    return hub.read(lambda tx: values_of(tx, found.id, name))


def entry_id(hub: MailHub, address: str) -> bytes:
    found = hub.read(lambda tx: find_principal(tx, address))
    assert found is not None
    return AddressBookEntryId(organisation(hub).dn_of(found.id), 7).format()


def test_certificates(hub: MailHub) -> None:
    """R652, R1267, R1268, R1273, R1276, R1289, R1297, R1299, R1301, R1305; MS-OXCMAPIHTTP R763, R783, R786, R796 to
    R801, R1312, R1407: an account publishes its certificates, in place of those before, and takes them back."""
    book = BookClient(hub)
    state = Stat(current_rec=book.mid(ALICE))
    values = (TaggedValue(SMIME, (b"p7", b"p8")), TaggedValue(CERTIFICATE, (b"der",)))
    assert book.ask(ModPropsRequest(0xFFFFFFFF, state, (), values)).error_code == 0
    assert kept(hub, ALICE, ValueName.SMIME_CERTIFICATE) == (b"p7", b"p8")
    assert book.values(ALICE, CERTIFICATE) == {CERTIFICATE.id: (b"der",)}
    book.ask(ModPropsRequest(0, state, (CERTIFICATE,), (TaggedValue(SMIME, (b"p9",)),)))
    assert kept(hub, ALICE, ValueName.SMIME_CERTIFICATE) == (b"p9",)
    assert kept(hub, ALICE, ValueName.CERTIFICATE) == ()
    book.ask(ModPropsRequest(0, state, (SMIME,), None))
    assert kept(hub, ALICE, ValueName.SMIME_CERTIFICATE) == ()


def test_no_certificates(hub: MailHub) -> None:
    """R1299, R1301, R1305; MS-OXCMAPIHTTP R796, R798: a property that comes without a value has none afterwards. A
    client of Exchange says so with a byte too many, and is understood."""
    book = BookClient(hub)
    state = Stat(current_rec=book.mid(ALICE))
    book.ask(ModPropsRequest(0, state, (), (TaggedValue(CERTIFICATE, (b"der",)),)))
    body = ModPropsRequest(0, state, (CERTIFICATE,), (TaggedValue(CERTIFICATE, None),)).format()
    assert body.endswith(CERTIFICATE.format() + bytes(1 + 4))
    assert book.http.post("ModProps", body + b"\0").body == bytes(12)
    assert kept(hub, ALICE, ValueName.CERTIFICATE) == ()


def test_administrator(hub: MailHub) -> None:
    """R1297: an administrator may do it for others."""
    book = BookClient(hub, ZOE)
    state = Stat(current_rec=book.mid(ALICE))
    assert book.ask(ModPropsRequest(0, state, (), (TaggedValue(SMIME, (b"p7",)),))).error_code == 0
    assert kept(hub, ALICE, ValueName.SMIME_CERTIFICATE) == (b"p7",)


def test_refused_properties(hub: MailHub) -> None:
    """R1280, R1284, R1291, R1293, R1295, R1303; MS-OXCMAPIHTTP R2166 to R2170: and then nothing of it is done."""
    book = BookClient(hub)
    alice, bob, seven = (Stat(current_rec=book.mid(address)) for address in (ALICE, BOB, SEVEN))
    good = TaggedValue(SMIME, (b"p7",))
    name = TaggedValue(tags.PidTagDisplayName, "Queen")
    large = TaggedValue(CERTIFICATE, (bytes(300_000),))
    one = TaggedValue(PropertyTag(SMIME.id, PropertyType.INTEGER32), 1)
    before = hub.read(generation)
    cases = [
        (ModPropsRequest(0, None, (), (good,)), ErrorCode.ecInvalidParameter),
        (ModPropsRequest(0, alice, None, (good,)), ErrorCode.ecInvalidParameter),
        (ModPropsRequest(0, Stat(current_rec=0x99999), (), (good,)), ErrorCode.ecInvalidParameter),
        (ModPropsRequest(0, Stat(code_page=1200), (), (good,)), ErrorCode.ecNotSupported),
        (ModPropsRequest(0, seven, (), (good,)), ErrorCode.ecInvalidObject),
        (ModPropsRequest(0, bob, (), (good,)), ErrorCode.ecAccessDenied),
        (ModPropsRequest(0, alice, (), (good, name)), ErrorCode.ecAccessDenied),
        (ModPropsRequest(0, alice, (tags.PidTagTitle,), (good,)), ErrorCode.ecAccessDenied),
        (ModPropsRequest(0, alice, (), (good, large)), ErrorCode.ecAccessDenied),
        (ModPropsRequest(0, alice, (), (one,)), ErrorCode.ecAccessDenied),
        (ModPropsRequest(0, alice, (), (TaggedValue(SMIME, (b"x", None)),)), ErrorCode.ecAccessDenied),
    ]
    for request, code in cases:
        assert book.error(request) == code
    assert hub.read(generation) == before
    assert kept(hub, ALICE, ValueName.SMIME_CERTIFICATE) == ()


def test_members(hub: MailHub) -> None:
    """R128, R129, R655, R1306, R1307, R1312, R1313, R1315, R1317, R1332, R1333, R1335, R1336, R1340, R1893;
    MS-OXCMAPIHTTP R724, R737, R740, R746, R757 to R762, R1333, R1404: an owner adds members and takes them away; those
    who are there already, or are not, do not matter."""
    book = BookClient(hub)
    seven, zoe, bob, all_ = (entry_id(hub, one) for one in (SEVEN, ZOE, BOB, "all@example.org"))
    mid = book.mid(SEVEN)
    assert book.ask(ModLinkAttRequest(0, MEMBERS, mid, (zoe, bob, all_, zoe))).error_code == 0
    has = [ALICE, BOB, "carol@example.org", "x@elsewhere.example"]
    assert hub.read(lambda tx: get_group(tx, SEVEN)).members == (*has, ZOE, "all@example.org")
    assert book.ask(ModLinkAttRequest(1, MEMBERS, mid, (all_, zoe, seven, zoe))).error_code == 0
    assert list(hub.read(lambda tx: get_group(tx, SEVEN)).members) == has


@pytest.mark.parametrize(
    ("tag", "of", "one"), [(MEMBERS, "few@example.org", ZOE), (DELEGATES, ALICE, BOB)], ids=["members", "delegates"]
)
@pytest.mark.parametrize("kind", [PropertyType.STRING8, PropertyType.STRING])
def test_links_as_names(hub: MailHub, tag: int, of: str, one: str, kind: PropertyType) -> None:
    """R128, R129, R1332, R1335; MS-OXCMAPIHTTP R1333, R1335: what is a table is also there as a list of DNs, and not
    found while nobody is in it."""
    hub.write(lambda tx: add_group(tx, "few@example.org", [], owners=[ALICE]) and None)
    book = BookClient(hub)
    listed = PropertyTag(tag >> 16, MULTIPLE | kind)
    dn = organisation(hub).dn_of(id_of(hub, one))
    expected = (dn.encode() if kind is PropertyType.STRING8 else dn,)
    for flags, value in ((0, expected), (1, ErrorCode.ecNotFound)):
        request = ModLinkAttRequest(flags, listed.id << 16 | listed.type, book.mid(of), (entry_id(hub, one),))
        assert book.ask(request).error_code == 0
        assert book.values(of, listed) == {listed.id: value}


def test_entry_id_forms(hub: MailHub) -> None:
    """R18, R363, R379, R394, R377, R408, R410, R1665, R1666: by an entry id for ever or for a while, whatever kind it
    says that its object has; but not by that of another server."""
    book = BookClient(hub)
    mid, zoe = book.mid(SEVEN), book.mid(ZOE)
    ours = organisation(hub).address_book_guid
    for id in (EphemeralEntryId(ours, 0x100, zoe).format(), entry_id(hub, ZOE)):
        book.ask(ModLinkAttRequest(0, MEMBERS, mid, (id,)))
        assert ZOE in hub.read(lambda tx: get_group(tx, SEVEN)).members
        book.ask(ModLinkAttRequest(1, MEMBERS, mid, (id,)))
        assert ZOE not in hub.read(lambda tx: get_group(tx, SEVEN)).members
    other = EphemeralEntryId(organisation(hub).guid, 0, zoe).format()
    assert book.error(ModLinkAttRequest(0, MEMBERS, mid, (other,))) == ErrorCode.ecAccessDenied


def test_link_flags(hub: MailHub) -> None:
    """R1310, R1927; MS-OXCMAPIHTTP R735, R1325."""
    book = BookClient(hub)
    mid, zoe = book.mid(SEVEN), entry_id(hub, ZOE)
    for flags, found in ((0xFFFFFFFE, True), (0xFFFFFFFF, False)):
        assert book.ask(ModLinkAttRequest(flags, MEMBERS, mid, (zoe,))).error_code == 0
        assert (ZOE in hub.read(lambda tx: get_group(tx, SEVEN)).members) == found


def test_owners(hub: MailHub) -> None:
    """R1338: who owns a group, who is in a group that owns it, and administrators may change it, and nobody else."""
    hub.write(lambda tx: add_group(tx, "owners@example.org", [BOB]) and None)
    request = ModLinkAttRequest(0, MEMBERS, BookClient(hub).mid(SEVEN), (entry_id(hub, ZOE),))
    assert BookClient(hub, BOB).error(request) == ErrorCode.ecAccessDenied
    assert BookClient(hub, ZOE).ask(request).error_code == 0
    hub.write(lambda tx: set_members(tx, SEVEN, add=["owners@example.org"], role="owner"))
    assert BookClient(hub, BOB).ask(request).error_code == 0


def test_members_by_other_names(hub: MailHub) -> None:
    """R1333, R1336: a member who is named by an alias is that member."""
    book = BookClient(hub)
    hub.write(lambda tx: set_members(tx, SEVEN, add=["ally@example.org"], remove=[ALICE]))
    mid, alice = book.mid(SEVEN), entry_id(hub, ALICE)
    book.ask(ModLinkAttRequest(0, MEMBERS, mid, (alice,)))
    assert ALICE not in hub.read(lambda tx: get_group(tx, SEVEN)).members
    book.ask(ModLinkAttRequest(1, MEMBERS, mid, (alice,)))
    assert "ally@example.org" not in hub.read(lambda tx: get_group(tx, SEVEN)).members


def test_members_by_query(hub: MailHub) -> None:
    """R1338: whom a query finds cannot be taken away, and somebody else can be added."""
    book = BookClient(hub, ZOE)
    mid, bob, eve = book.mid("all@example.org"), entry_id(hub, BOB), entry_id(hub, "eve@elsewhere.example")
    assert book.error(ModLinkAttRequest(1, MEMBERS, mid, (bob,))) == ErrorCode.ecAccessDenied
    assert book.ask(ModLinkAttRequest(0, MEMBERS, mid, (eve,))).error_code == 0
    assert hub.read(lambda tx: get_group(tx, "all@example.org")).members == ("eve@elsewhere.example",)


def test_delegates(hub: MailHub) -> None:
    """R1307, R2002; MS-OXCMAPIHTTP R738, R1335: an account names its own delegates, who are accounts or groups."""
    book = BookClient(hub)
    mid = book.mid(ALICE)
    zoe, seven, eve = (entry_id(hub, one) for one in (ZOE, SEVEN, "eve@elsewhere.example"))
    alice = hub.read(lambda tx: find_principal(tx, ALICE))
    assert alice is not None
    assert book.ask(ModLinkAttRequest(0, DELEGATES, mid, (zoe, seven))).error_code == 0
    assert hub.read(lambda tx: links(tx, alice.id, DELEGATE)) == [ZOE, SEVEN]
    assert book.error(ModLinkAttRequest(0, DELEGATES, mid, (eve,))) == ErrorCode.ecAccessDenied
    assert book.ask(ModLinkAttRequest(1, DELEGATES, mid, (zoe,))).error_code == 0
    assert hub.read(lambda tx: links(tx, alice.id, DELEGATE)) == [SEVEN]
    assert BookClient(hub, BOB).error(ModLinkAttRequest(0, DELEGATES, mid, (zoe,))) == ErrorCode.ecAccessDenied


def test_refused_links(hub: MailHub) -> None:
    """R656, R1321, R1326, R1328, R1338, R1646, R1647; MS-OXCMAPIHTTP R2160 to R2164: and then nothing of it is done."""
    book = BookClient(hub)
    seven, alice = book.mid(SEVEN), book.mid(ALICE)
    zoe = entry_id(hub, ZOE)
    one_off = OneOffEntryId("X", "SMTP", "x@elsewhere.example").format()
    before = hub.read(generation)
    cases = [
        (ModLinkAttRequest(0, 0x6FFF000D, seven, (zoe,)), ErrorCode.ecNotFound),
        (ModLinkAttRequest(0, 0x8009000D, 0x99999, (zoe,)), ErrorCode.ecInvalidParameter),
        (ModLinkAttRequest(0, MEMBERS, seven, None), ErrorCode.ecInvalidParameter),
        (ModLinkAttRequest(0, MEMBERS, alice, (zoe,)), ErrorCode.ecAccessDenied),
        (ModLinkAttRequest(0, DELEGATES, seven, (zoe,)), ErrorCode.ecAccessDenied),
        (ModLinkAttRequest(0, 0x800C000D, seven, (zoe,)), ErrorCode.ecAccessDenied),
        (ModLinkAttRequest(0, 0x3001001F, seven, (zoe,)), ErrorCode.ecNotFound),
        (ModLinkAttRequest(0, MEMBERS, seven, (zoe, b"junk")), ErrorCode.ecAccessDenied),
        (ModLinkAttRequest(0, MEMBERS, seven, (zoe, one_off)), ErrorCode.ecAccessDenied),
        (ModLinkAttRequest(0, MEMBERS, seven, (zoe, AddressBookEntryId("/o=x").format())), ErrorCode.ecAccessDenied),
    ]
    for request, code in cases:
        assert book.error(request) == code
    assert hub.read(generation) == before
