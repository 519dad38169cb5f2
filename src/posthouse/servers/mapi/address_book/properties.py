"""What is known of objects, by tags – [MS-OXOABK] 2.2.3 to 2.2.6, [MS-OXNSPI] 3.1.4.2."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from struct import pack
from typing import Any

from posthouse.directory import Kind, ValueName, plain
from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.address_book.entry_ids import PROVIDER, DisplayType
from posthouse.protocols.mapi.moments import file_time
from posthouse.protocols.mapi.property_values import MULTIPLE, PropertyTag, PropertyType, Value

from .attributes import ATTRIBUTES
from .containers import ContainerFlags
from .identities import Branch, Entry, Person, permanent_id
from .links import LINKS, as_names, member_count

MAIL_USER, DISTRIBUTION_LIST, ADDRESS_BOOK_CONTAINER = 6, 8, 4
"""PidTagObjectType ([MS-OXOABK] 2.2.3.10)."""
ACL_CAPABLE = 0x4000_0000
"""In PidTagDisplayTypeEx: may be granted rights on folders."""
SECURITY_LIST = 9
OBJECT_VALUE = 0
"""Of a property that is a table: rows have nothing of it ([MS-OXNSPI] R31)."""


@dataclass(frozen=True, slots=True)
class Known:
    """A property that there is."""

    tag: PropertyTag
    value: Callable[[Any], Value]
    """Of an entry of its kind. None: it has none."""


def _attribute(name: str) -> Callable[[Person], Value]:
    return lambda person: person.attribute(name)


def _of(*kinds: Kind) -> Callable[[Person], Value]:
    """Objects are there for all of a kind, also when there is nothing in them."""
    return lambda person: OBJECT_VALUE if person.principal.kind in kinds else None


def display_type_ex(person: Person) -> int:
    """Accounts and groups may be granted rights, whatever they are shown as."""
    shown = person.display_type
    if person.principal.kind is Kind.CONTACT:
        return shown
    return ACL_CAPABLE | (SECURITY_LIST if shown is DisplayType.DISTRIBUTION_LIST else shown)


def printable_name(person: Person) -> str:
    """In letters that every 8-bit character set has ([MS-OXNSPI] R1601)."""
    name = person.attribute("printable-name") or person.principal.name
    if name.isascii():
        return name
    letters = plain(name).encode("ascii", "ignore").decode().strip()
    return letters or person.principal.address.rpartition("@")[0].encode("ascii", "replace").decode()


def proxy_addresses(person: Person) -> Value:
    return (f"SMTP:{person.principal.address}", *(f"smtp:{address}" for address in person.proxies))


def manager_name(person: Person) -> str | None:
    return person.manager.name if person.manager else person.attribute("manager")


def manager_dn(person: Person) -> str | None:
    return person.book.organisation.dn_of(person.manager.id) if person.manager else None


def home_database(person: Person) -> str | None:
    """Each mailbox is a server of its own."""
    if person.principal.kind is not Kind.ACCOUNT:
        return None
    domain = person.principal.address.rpartition("@")[2]
    return f"{person.book.organisation.server_dn(person.principal.id, domain)}/cn=Microsoft Private MDB"


def network_addresses(person: Person) -> Value:
    if person.principal.kind is not Kind.ACCOUNT:
        return None
    domain = person.principal.address.rpartition("@")[2]
    return (f"ncacn_http:{person.book.organisation.mailbox_name(person.principal.id, domain)}",)


def _values(name: ValueName) -> Callable[[Person], Value]:
    return lambda person: person.values(name) or None


def _moment(seconds: int | None) -> Value:
    return None if seconds is None else file_time(seconds)


def _photo(person: Person) -> Value:
    return next(iter(person.values(ValueName.PHOTO)), None)


def _object_type(person: Person) -> Value:
    return DISTRIBUTION_LIST if person.principal.kind is Kind.GROUP else MAIL_USER


def _container_flags(person: Person) -> Value:
    flags = ContainerFlags.RECIPIENTS | ContainerFlags.UNMODIFIABLE
    return int(flags) if person.principal.kind is Kind.GROUP else None


def _target_address(person: Person) -> Value:
    return f"SMTP:{person.principal.address}" if person.principal.kind is Kind.CONTACT else None


COMMON: dict[PropertyTag, Callable[[Entry], Value]] = {
    tags.PidTagEntryId: permanent_id,
    tags.PidTagRecordKey: permanent_id,
    tags.PidTagOriginalEntryId: permanent_id,
    tags.PidTagTemplateid: permanent_id,
    tags.PidTagAddressBookContainerId: lambda entry: entry.mid,
    tags.PidTagInstanceKey: lambda entry: pack("<I", entry.mid),
    tags.PidTagSearchKey: lambda entry: f"EX:{entry.dn}".upper().encode("ascii", "replace") + b"\0",
    tags.PidTagMappingSignature: lambda _: PROVIDER.bytes_le,
    tags.PidTagAddressBookObjectGuid: lambda entry: entry.guid.bytes_le,
    tags.PidTagAddressBookObjectDistinguishedName: lambda entry: entry.dn,
    tags.PidTagInitialDetailsPane: lambda _: 0,
}
"""Of every object. As in Exchange it is a container by its own id, which is also how clients make tables of rows."""
OF_PERSON: dict[PropertyTag, Callable[[Person], Value]] = {
    **COMMON,
    tags.PidTagObjectType: _object_type,
    tags.PidTagDisplayType: lambda person: int(person.display_type),
    tags.PidTagDisplayTypeEx: display_type_ex,
    tags.PidTagAddressBookDisplayTypeExtended: display_type_ex,
    tags.PidTagDisplayName: lambda person: person.principal.name,
    tags.PidTagTransmittableDisplayName: lambda person: person.principal.name,
    tags.PidTagAddressBookDisplayNamePrintable: printable_name,
    tags.PidTagAddressType: lambda _: "EX",
    tags.PidTagEmailAddress: lambda person: person.dn,
    tags.PidTagSmtpAddress: lambda person: person.principal.address,
    tags.PidTagAccount: lambda person: person.principal.address.rpartition("@")[0],
    tags.PidTagAddressBookProxyAddresses: proxy_addresses,
    tags.PidTagAddressBookTargetAddress: _target_address,
    tags.PidTagAddressBookHomeMessageDatabase: home_database,
    tags.PidTagAddressBookNetworkAddress: network_addresses,
    tags.PidTagSendRichInfo: lambda person: person.principal.kind is not Kind.CONTACT,
    tags.PidTagManagerName: manager_name,
    tags.PidTagAddressBookManagerDistinguishedName: manager_dn,
    tags.PidTagUserX509Certificate: _values(ValueName.SMIME_CERTIFICATE),
    tags.PidTagAddressBookX509Certificate: _values(ValueName.CERTIFICATE),
    tags.PidTagThumbnailPhoto: _photo,
    tags.PidTagCreationTime: lambda person: _moment(person.moments.created),
    tags.PidTagLastModificationTime: lambda person: _moment(person.moments.modified),
    tags.PidTagContainerFlags: _container_flags,
    tags.PidTagAddressBookDistributionListMemberCount: member_count,
    tags.PidTagContainerContents: _of(Kind.GROUP),
    tags.PidTagAddressBookMember: _of(Kind.GROUP),
    tags.PidTagAddressBookOwner: _of(Kind.GROUP),
    tags.PidTagAddressBookManager: lambda person: OBJECT_VALUE if person.attribute("manager") else None,
    tags.PidTagAddressBookIsMemberOfDistributionList: _of(*Kind),
    tags.PidTagAddressBookReports: _of(Kind.ACCOUNT),
    tags.PidTagAddressBookPublicDelegates: _of(Kind.ACCOUNT),
    tags.PidTagAddressBookOwnerBackLink: _of(Kind.ACCOUNT),
    **{tag: _attribute(name) for name, shown in ATTRIBUTES.items() for tag in shown},
}
EIGHT_BITS = frozenset({tags.PidTagAddressBookDisplayNamePrintable.id})
"""Natively of 8 bits, and case matters ([MS-OXNSPI] R1601); all other strings are Unicode's."""
OF_BRANCH: dict[PropertyTag, Callable[[Branch], Value]] = {
    **COMMON,
    tags.PidTagObjectType: lambda _: ADDRESS_BOOK_CONTAINER,
    tags.PidTagDisplayName: lambda branch: branch.container.name,
    tags.PidTagContainerFlags: lambda branch: int(branch.container.flags),
    tags.PidTagDepth: lambda branch: branch.container.depth,
    tags.PidTagAddressBookIsMaster: lambda _: False,
    tags.PidTagContainerContents: lambda _: OBJECT_VALUE,
}
"""Its display type stands in its entry id alone ([MS-OXNSPI] R57)."""
_KINDS: dict[type[Entry], dict[tuple[int, int], Known]] = {}


def _native(kind: int) -> int:
    """The type in which a string is kept."""
    return kind + 1 if kind & ~MULTIPLE == PropertyType.STRING8 else kind


for _entry, _properties in ((Person, OF_PERSON), (Branch, OF_BRANCH)):
    _known: dict[tuple[int, int], Known] = {}
    for _tag, _value in _properties.items():
        _known[_tag.id, _tag.type] = Known(_tag, _value)
        _known.setdefault((_tag.id, PropertyType.UNSPECIFIED), Known(_tag, _value))
    _KINDS[_entry] = _known

for _tag in (one for one in OF_PERSON if one.id in LINKS and one.type == PropertyType.OBJECT):
    _KINDS[Person][_tag.id, as_names(_tag).type] = Known(as_names(_tag), LINKS[_tag.id].names)


def find_known(entry: type[Entry], tag: PropertyTag) -> Known | None:
    """Also by the other type of its strings, or by no type."""
    return _KINDS[entry].get((tag.id, _native(tag.type)))


def is_known(id: int) -> bool:
    """Whether a person can have it."""
    return (id, PropertyType.UNSPECIFIED) in _KINDS[Person]


def known_tags() -> Iterator[PropertyTag]:
    """Of every property that somebody can have."""
    yield from dict.fromkeys([*OF_PERSON, *OF_BRANCH])


def tags_of(entry: Entry) -> list[PropertyTag]:
    """Of those that it has."""
    properties: dict[PropertyTag, Callable[[Any], Value]] = {**(OF_PERSON if isinstance(entry, Person) else OF_BRANCH)}
    return [tag for tag, value in properties.items() if value(entry) is not None]
