"""Objects of the address book over HTTPS: their ids, properties and strings. Statements are those of [MS-OXNSPI]."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from mapi_book import ORDER, BookClient, id_of, mid_of
from mapi_session import organisation

from posthouse.database import Transaction
from posthouse.directory import ValueName, set_attributes, set_values
from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.address_book.objects import DnToMIdRequest, GetPropListRequest, GetPropsRequest
from posthouse.protocols.mapi.address_book.stat import Position, Stat
from posthouse.protocols.mapi.address_book.tables import GetMatchesRequest, QueryColumnsRequest, QueryRowsRequest
from posthouse.protocols.mapi.property_rows import Missing
from posthouse.protocols.mapi.property_values import MULTIPLE, PropertyTag, PropertyType, TaggedValue
from posthouse.protocols.mapi.restrictions import Property, RelOp
from posthouse.servers.mapi.errors import ErrorCode
from posthouse.testing import MailHub

STRING8 = PropertyType.STRING8
NAME8 = PropertyTag(tags.PidTagDisplayName.id, STRING8)
PROXIES8 = PropertyTag(tags.PidTagAddressBookProxyAddresses.id, MULTIPLE | STRING8)
PROVIDER = bytes.fromhex("DCA740C8C042101AB4B908002B2FE182")
ADDRESSES = ["alice@example.org", "all@example.org", "eve@elsewhere.example"]


# DNToMId


def test_dns(book: BookClient, hub: MailHub) -> None:
    """R648, R1243, R1246, R1249, R1250, R1251, R1260, R1262 to R1264, R1266, R1700; MS-OXCMAPIHTTP R405, R430 to R433,
    R436, R440 to R442, R1286 to R1288, R1310: a number for each name, in their order, 0 for nobody's; case does not
    matter."""
    ours = organisation(hub)
    alice, carol = (ours.dn_of(id_of(hub, f"{name}@example.org")) for name in ("alice", "carol"))
    names = (alice, "/o=x", carol.upper(), "", "/", alice)
    response = book.ask(DnToMIdRequest(0, names))
    assert response.error_code == 0
    assert [bool(mid) for mid in response.mids] == [True, False, True, False, False, True]
    assert response.mids[0] == response.mids[5] != response.mids[2]
    assert all(mid >= 0x10 for mid in response.mids if mid)
    assert book.ask(DnToMIdRequest(0xFFFFFFFF, names)) == response


def test_no_dns(book: BookClient) -> None:
    """R1264, R1266; MS-OXCMAPIHTTP R431, R432, R433, R1288: without names there is a list of no numbers, and no
    failure."""
    response = book.ask(DnToMIdRequest(0, None))
    assert (response.error_code, response.mids) == (0, ())


def test_ids_are_stable(hub: MailHub) -> None:
    """R347, R351, R353, R357, R602 to R603, R605, R607 to R611, R630, R1706, R1993 to R1995, R2001: the same ids in
    every session, for the server has one GUID."""
    one, other = BookClient(hub), BookClient(hub, "bob@example.org")
    assert one.guid == other.guid
    for flags in (0, 2):
        seen = [
            client.values("alice@example.org", tags.PidTagEntryId, tags.PidTagInstanceKey, flags=flags)
            for client in (one, one, other)
        ]
        assert seen[0] == seen[1] == seen[2]


def test_entry_ids(book: BookClient, hub: MailHub) -> None:
    """R48, R49, R55, R345, R355, R356, R362 to R375, R378, R380 to R384, R387, R393 to R406, R409, R411, R412, R603 to
    R606, R899, R901, R1664, R1713 to R1720: what they consist of, and that they tell what somebody is."""
    for address, kind in zip(ADDRESSES, (0, 1, 6), strict=True):
        mid, dn = book.mid(address), organisation(hub).dn_of(id_of(hub, address))
        typed = kind.to_bytes(4, "little")
        one = b"\1\0\0\0"
        permanent = bytes(4) + PROVIDER + one + typed + dn.encode() + b"\0"
        ephemeral = b"\x87\0\0\0" + book.guid + one + typed + mid.to_bytes(4, "little")
        assert book.values(address, tags.PidTagEntryId) == {0x0FFF: permanent}
        assert book.values(address, tags.PidTagEntryId, flags=2) == {0x0FFF: ephemeral}
        assert book.values(address, tags.PidTagDisplayType) == {0x3900: kind}


# properties


@pytest.mark.parametrize("address", ADDRESSES)
def test_every_object_has(book: BookClient, hub: MailHub, address: str) -> None:
    """R1721 to R1736, MS-OXCPRPT R46, R48: the least that everybody has."""
    dn = organisation(hub).dn_of(id_of(hub, address))
    entry_id = book.values(address, tags.PidTagEntryId)[0x0FFF]
    values = book.values(address, code_page=1200)
    assert values[tags.PidTagObjectType.id] == (8 if address.startswith("all") else 6)
    assert values[tags.PidTagInitialDetailsPane.id] == 0
    assert values[tags.PidTagAddressBookContainerId.id] == book.mid(address)
    assert values[tags.PidTagInstanceKey.id] == book.mid(address).to_bytes(4, "little")
    assert values[tags.PidTagSearchKey.id] == b"EX:" + dn.upper().encode() + b"\0"
    assert values[tags.PidTagEntryId.id] == values[tags.PidTagRecordKey.id] == values[tags.PidTagTemplateid.id]
    assert values[tags.PidTagEntryId.id] == entry_id
    assert values[tags.PidTagAddressType.id] == "EX"
    assert values[tags.PidTagEmailAddress.id] == values[tags.PidTagAddressBookObjectDistinguishedName.id] == dn
    assert values[tags.PidTagMappingSignature.id] == PROVIDER
    assert values[tags.PidTagDisplayName.id] == values[tags.PidTagTransmittableDisplayName.id]
    assert values[tags.PidTagAddressBookDisplayNamePrintable.id] == values[tags.PidTagDisplayName.id]
    assert {tags.PidTagDisplayType.id, tags.PidTagSmtpAddress.id, tags.PidTagAddressBookObjectGuid.id} <= set(values)


def test_account(book: BookClient, hub: MailHub) -> None:
    """What is known of an account: names, addresses, attributes, manager and mailbox."""
    values = book.values("alice@example.org", code_page=1200)
    account = id_of(hub, "alice@example.org")
    expected = {
        tags.PidTagSmtpAddress: "alice@example.org",
        tags.PidTagAccount: "alice",
        tags.PidTagAddressBookProxyAddresses: ("SMTP:alice@example.org", "smtp:ally@example.org"),
        tags.PidTagGivenName: "Alice",
        tags.PidTagSurname: "Adams",
        tags.PidTagTitle: "Engineer",
        tags.PidTagDepartmentName: "Research",
        tags.PidTagOfficeLocation: "Berlin 7",
        tags.PidTagPrimaryTelephoneNumber: "+49 1",
        tags.PidTagBusinessTelephoneNumber: "+49 1",
        tags.PidTagManagerName: "Bob Brown",
        tags.PidTagDisplayTypeEx: 0x40000000,
        tags.PidTagSendRichInfo: True,
        tags.PidTagAddressBookHomeMessageDatabase: (
            f"{organisation(hub).server_dn(account, 'example.org')}/cn=Microsoft Private MDB"
        ),
    }
    assert {tag.id: values[tag.id] for tag in expected} == {tag.id: value for tag, value in expected.items()}
    manager = book.values("alice@example.org", tags.PidTagAddressBookManagerDistinguishedName)
    assert manager == {0x8005: organisation(hub).dn_of(id_of(hub, "bob@example.org"))}


def test_group(book: BookClient) -> None:
    """R49, R1737, R1738: of a group, that it has contents, and how many are in it."""
    values = book.values("seven@example.org", code_page=1200)
    assert values[tags.PidTagObjectType.id] == 8
    assert values[tags.PidTagContainerFlags.id] == 9
    assert values[tags.PidTagAddressBookDistributionListMemberCount.id] == 4
    assert values[tags.PidTagDisplayTypeEx.id] == 0x40000009
    assert tags.PidTagContainerContents.id in values
    assert tags.PidTagAddressBookMember.id in values
    assert tags.PidTagContainerContents.id not in book.values("alice@example.org", code_page=1200)


def test_contact(book: BookClient) -> None:
    """R55: somebody elsewhere, with an address there."""
    values = book.values("eve@elsewhere.example", code_page=1200)
    assert values[tags.PidTagAddressBookTargetAddress.id] == "SMTP:eve@elsewhere.example"
    assert values[tags.PidTagDisplayTypeEx.id] == 6
    assert values[tags.PidTagSendRichInfo.id] is False
    assert tags.PidTagAddressBookHomeMessageDatabase.id not in values


def test_values_of_bytes(book: BookClient, hub: MailHub) -> None:
    """R217, R23, R144, R145, R147, R161 to R164, R186, R202, R1656: certificates and a photo, as they are kept."""
    bob = id_of(hub, "bob@example.org")
    kept = {ValueName.CERTIFICATE: [b"a", b""], ValueName.SMIME_CERTIFICATE: [bytes(70_000)], ValueName.PHOTO: [b"jpg"]}
    for name, values in kept.items():
        hub.write(lambda tx, name=name, values=values: set_values(tx, bob, name, values))
    asked = (tags.PidTagAddressBookX509Certificate, tags.PidTagUserX509Certificate, tags.PidTagThumbnailPhoto)
    assert list(book.values("bob@example.org", *asked).values()) == [(b"a", b""), (bytes(70_000),), b"jpg"]


# GetProps


def test_get_props(book: BookClient) -> None:
    """R650, R859, R866 to R868, R869, R885, R886, R905, R911 to R913, R915; MS-OXCMAPIHTTP R590, R619 to R624, R626,
    R628 to R630, R629, R1398: what was asked for, in that order, also twice, and in whatever container."""
    alice = book.mid("alice@example.org")
    asked = (tags.PidTagTitle, tags.PidTagDisplayName, tags.PidTagTitle)
    expected = tuple(TaggedValue(tag, {0x3A17: "Engineer", 0x3001: "Alice Adams"}[tag.id]) for tag in asked)
    for container in (0, 0x12, book.mid("seven@example.org")):
        response = book.ask(GetPropsRequest(0, Stat(current_rec=alice, container_id=container), asked))
        assert (response.error_code, response.code_page, response.values) == (0, 1252, expected)


def test_missing_values(book: BookClient) -> None:
    """R83, R907, R909, R910, R1512, R1985: what is not there, has an error in its place, and of nobody
    nothing is there."""
    asked = (tags.PidTagDisplayName, tags.PidTagPagerTelephoneNumber, PropertyTag(0x6FFF, PropertyType.BINARY))
    error = 0x000A
    for mid, found in ((book.mid("alice@example.org"), 1), (0x99999, 0), (Position.CURRENT, 0), (0, 0)):
        response = book.ask(GetPropsRequest(0, Stat(current_rec=mid), asked))
        assert response.error_code == ErrorCode.ecWarnWithErrors
        nothing = tuple(TaggedValue(PropertyTag(tag.id, error), ErrorCode.ecNotFound) for tag in asked[found:])
        assert response.values[found:] == nothing


def test_eight_bits_of_nothing(book: BookClient) -> None:
    """R873, R907, R909, R910: in Unicode's code page there are no strings of 8 bits, but nothing can be missing there
    as anywhere."""
    nothing = (PropertyTag(0, STRING8),)
    for mid in (book.mid("alice@example.org"), Position.END_OF_TABLE):
        response = book.ask(GetPropsRequest(2, Stat(current_rec=mid, code_page=1200), nothing))
        assert response.error_code == ErrorCode.ecWarnWithErrors
        assert response.values == (TaggedValue(PropertyTag(0, PropertyType.ERROR_CODE), ErrorCode.ecNotFound),)


def test_wrong_type(book: BookClient) -> None:
    """R38, R1658: a property has one type, or is a string of either kind."""
    asked = (PropertyTag(tags.PidTagDisplayName.id, PropertyType.INTEGER32), NAME8)
    response = book.ask(GetPropsRequest(0, Stat(current_rec=book.mid("alice@example.org")), asked))
    assert response.values[0].tag.type == PropertyType.ERROR_CODE
    assert response.values[1].value == b"Alice Adams"


def test_prop_list(book: BookClient) -> None:
    """R104, R649, R828, R834, R835, R836, R848, R852, R854, R855, R858; MS-OXCMAPIHTTP R558, R579 to R584, R587 to
    R589: what somebody has, strings all of 8 bits, objects if they are not skipped."""
    alice = book.mid("alice@example.org")
    everything = book.ask(GetPropListRequest(0, alice, 1252)).tags
    no_objects = book.ask(GetPropListRequest(1, alice, 1252)).tags
    assert PropertyTag(tags.PidTagTitle.id, STRING8) in everything
    assert PROXIES8 in everything
    assert not [tag for tag in everything if tag.type & ~MULTIPLE == PropertyType.STRING]
    assert tags.PidTagPagerTelephoneNumber.id not in [tag.id for tag in everything]
    assert set(everything) - set(no_objects) == {tag for tag in everything if tag.type == PropertyType.OBJECT}
    assert tags.PidTagAddressBookIsMemberOfDistributionList in set(everything) - set(no_objects)


def test_all_props(book: BookClient) -> None:
    """R888, R1693; MS-OXCMAPIHTTP R627: without a list, what GetPropList lists."""
    alice = book.mid("alice@example.org")
    for flags in (0, 1):
        listed = book.ask(GetPropListRequest(flags, alice, 1252)).tags
        response = book.ask(GetPropsRequest(flags, Stat(current_rec=alice), None))
        assert (response.error_code, tuple(value.tag for value in response.values)) == (0, listed)


def test_property_flags(book: BookClient) -> None:
    """R831, R862, R1924, R1925; MS-OXCMAPIHTTP R566, R600, R1321, R1323: other flags mean nothing."""
    alice = book.mid("alice@example.org")
    for flags in (0, 1):
        same = book.ask(GetPropListRequest(0xFFFFFFFE | flags, alice, 1252))
        assert same == book.ask(GetPropListRequest(flags, alice, 1252))
    for flags in (0, 1, 2, 3):
        props = GetPropsRequest(flags, Stat(current_rec=alice), None)
        assert book.ask(replace(props, flags=0xFFFFFFFC | flags)) == book.ask(props)


@pytest.mark.parametrize("flags", [0, 1])
def test_properties_of_nobody(book: BookClient, flags: int) -> None:
    """R104, R801, R828, R848, R854; MS-OXCMAPIHTTP R558, R583, R865: the Minimal Entry ID 0 has all the properties that
    there are, and somebody has fewer; who wants no tables gets as many, for there are names in their place."""
    listed = book.ask(GetPropListRequest(flags, 0, 1252)).tags
    columns = book.ask(QueryColumnsRequest(0, 0)).columns
    assert [tag.id for tag in listed] == [tag.id for tag in columns]
    assert (PropertyType.OBJECT in {tag.type for tag in listed}) == (not flags)
    assert len(book.ask(GetPropListRequest(flags, book.mid("alice@example.org"), 1252)).tags) < len(listed)


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        (GetPropListRequest(0, 0x99999, 1252), ErrorCode.ecInvalidObject),
        (GetPropsRequest(0, None, None), ErrorCode.ecInvalidParameter),
        (GetPropsRequest(0, Stat(current_rec=0x99999), None), ErrorCode.ecInvalidObject),
        (GetPropsRequest(0, Stat(container_id=0x77), (tags.PidTagTitle,)), ErrorCode.ecInvalidBookmark),
        (GetPropsRequest(0, Stat(container_id=0x77), None), ErrorCode.ecInvalidBookmark),
        (GetPropsRequest(0, Stat(container_id=0x99999), (tags.PidTagTitle,)), ErrorCode.ecInvalidBookmark),
        (GetPropsRequest(0, Stat(code_page=1200, container_id=0x77), (NAME8,)), ErrorCode.ecNotSupported),
        (GetPropsRequest(0, Stat(code_page=7), (tags.PidTagTitle,)), ErrorCode.ecInvalidCodePage),
        (GetPropsRequest(0, Stat(), (tags.PidTagTitle,) * 1001), ErrorCode.ecTableTooBig),
        (GetPropsRequest(0, Stat(code_page=1200), (NAME8,)), ErrorCode.ecNotSupported),
    ],
)
def test_property_errors(book: BookClient, request_: Any, code: ErrorCode) -> None:
    """R840, R873, R877, R882, R894, R896; MS-OXCMAPIHTTP R1297, R1396, R2136 to R2140, R2142 to R2146."""
    assert book.error(request_) == code


def test_containers_have_properties(book: BookClient) -> None:
    """R56, R57, R905: a container is an object as well; what it is to be shown as, only its entry id says."""
    state = Stat(current_rec=0x12)
    response = book.ask(GetPropsRequest(0, state, (tags.PidTagDisplayName, tags.PidTagObjectType)))
    assert [value.value for value in response.values] == ["All Groups", 4]
    listed = book.ask(GetPropListRequest(0, 0x12, 1252)).tags
    assert tags.PidTagDepth in listed
    assert tags.PidTagDisplayType not in listed
    entry_id, kind = book.ask(GetPropsRequest(0, state, (tags.PidTagEntryId, tags.PidTagDisplayType))).values
    assert entry_id.value[24:28] == b"\0\1\0\0"
    assert kind.value == ErrorCode.ecNotFound


# strings


@pytest.mark.parametrize(
    ("code_page", "name"),
    [
        (1252, b"Zo\xeb Zimmer"),
        (65001, b"Zo\xc3\xab Zimmer"),
        (437, b"Zo\x89 Zimmer"),
        (20127, b"Zo? Zimmer"),
        (20261, b"Zo\xc8e Zimmer"),
    ],
)
def test_code_pages(book: BookClient, code_page: int, name: bytes) -> None:
    """R443, R1812, R71, R336, R431, R432, R433, R439, R440, R445 to R447, R452, R455, R456, R903, R1599, R1934, R1935,
    R1942, R1943, R1968 to R1971, R1969, R1970: a string in the code page of the STAT, and what that does not have is a
    question mark; or in Unicode."""
    asked = (NAME8, tags.PidTagDisplayName)
    state = Stat(current_rec=book.mid("zoe@example.org"), code_page=code_page)
    values = book.ask(GetPropsRequest(0, state, asked)).values
    assert [value.value for value in values] == [name, "Zoë Zimmer"]
    assert book.ask(QueryRowsRequest(0, state, (), 1, asked)).rows.rows == ((name, "Zoë Zimmer"),)


def test_eight_bit_property(book: BookClient) -> None:
    """R435, R448 to R450, R1601, R1950, R1951, R1958, R1959: what is of 8 bits is ASCII, in either type."""
    printable = tags.PidTagAddressBookDisplayNamePrintable
    asked = (PropertyTag(printable.id, STRING8), printable)
    state = Stat(current_rec=book.mid("zoe@example.org"))
    values = book.ask(GetPropsRequest(0, state, asked)).values
    assert [value.value for value in values] == [b"Zoe Zimmer", "Zoe Zimmer"]
    assert book.ask(QueryRowsRequest(0, state, (), 1, asked)).rows.rows == ((b"Zoe Zimmer", "Zoe Zimmer"),)


def test_lists_of_strings(book: BookClient) -> None:
    """R156 to R160, R169 to R173, R199 to R201, R208 to R210: several strings, of 8 bits or in Unicode."""
    values = book.values("alice@example.org", PROXIES8)
    assert values == {0x800F: (b"SMTP:alice@example.org", b"smtp:ally@example.org")}


def test_types(book: BookClient) -> None:
    """R21, R23, R25, R29, R1505 to R1509, R1511, R1515 to R1517, R1656, R1658: the types that there are, and no
    others; never PtypUnspecified."""
    found = {tag.type for flags in (0, 0x80000000) for tag in book.ask(QueryColumnsRequest(0, flags)).columns}
    assert found == {0x0003, 0x000B, 0x000D, 0x001E, 0x001F, 0x0040, 0x0102, 0x101E, 0x101F, 0x1102}


CREATED, MODIFIED = tags.PidTagCreationTime, tags.PidTagLastModificationTime


def test_times(book: BookClient, hub: MailHub) -> None:
    """MS-OXOABK 2.2.3: when somebody came and was changed, by which a list can be restricted; of those who were there
    before anybody noted it, it is not known."""
    bob, eve = (id_of(hub, one) for one in ("bob@example.org", "eve@elsewhere.example"))

    def note(tx: Transaction) -> None:
        tx.run("UPDATE principal SET created = 0, modified = 1767225600 WHERE principal_id = ?", (bob,))
        tx.run("UPDATE principal SET created = NULL, modified = NULL WHERE principal_id = ?", (eve,))

    hub.write(note)
    asked = (PropertyTag(CREATED.id, 0x40), PropertyTag(MODIFIED.id, PropertyType.UNSPECIFIED))
    response = book.ask(GetPropsRequest(0, Stat(current_rec=book.mid("bob@example.org")), asked))
    expected = (TaggedValue(CREATED, 116_444_736_000_000_000), TaggedValue(MODIFIED, 134_116_992_000_000_000))
    assert (response.error_code, response.values) == (0, expected)
    assert CREATED.id not in [tag.id for tag in book.ask(GetPropListRequest(0, book.mid("eve@elsewhere.example"))).tags]
    before = Property(RelOp.LT, CREATED, TaggedValue(CREATED, 116_444_736_000_000_001))
    found = book.ask(GetMatchesRequest(0, Stat(), None, 0, before, None, 9, (MODIFIED,)))
    assert found.rows.rows == ((134_116_992_000_000_000,),)


def test_new_names_count_at_once(book: BookClient, hub: MailHub) -> None:
    """R599: who is called otherwise stands elsewhere from the next request on."""
    assert book.rows(Stat(), 50, tags.PidTagDisplayName) == ORDER
    before = {"display-name": "Bob Brown"}
    hub.write(lambda tx: set_attributes(tx, "bob@example.org", {"display-name": "Yves"}) and None)
    assert book.rows(Stat(), 50, tags.PidTagDisplayName)[4] == "Yves"
    hub.write(lambda tx: set_attributes(tx, "bob@example.org", before) and None)
    assert mid_of(hub, "bob@example.org") == book.mid("bob@example.org")


def test_missing_cells(book: BookClient) -> None:
    """MS-OXCMAPIHTTP R2021 to R2024, R2027, R453: in a row each value says whether it is there."""
    state = Stat(current_rec=book.mid("seven@example.org"))
    rows = book.ask(QueryRowsRequest(0, state, (), 1, (tags.PidTagTitle, tags.PidTagDisplayName))).rows
    assert rows.rows == ((Missing(ErrorCode.ecNotFound), "7 of Nine"),)
