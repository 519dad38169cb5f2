"""Properties that are other objects: members, owners, delegates … – [MS-OXOABK] 2.2.5, 2.2.6."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from posthouse.directory import (
    DELEGATE,
    MEMBER,
    OWNER,
    Kind,
    Principal,
    groups_of,
    linking,
    links,
)
from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.address_book.entry_ids import DisplayType
from posthouse.protocols.mapi.property_values import MULTIPLE, PropertyTag, PropertyType
from posthouse.servers.mapi.errors import ErrorCode

from .book import MAX_TABLE, BookError
from .identities import Person, address_of


@dataclass(frozen=True, slots=True)
class Link:
    objects: Callable[[Person], Iterable[Principal]]
    role: str | None = None
    """Under which clients may change it; None: they may not."""
    of: DisplayType | None = None
    """Whose it can be changed."""

    def names(self, person: Person) -> tuple[str, ...] | None:
        """The legacy DNs of the objects, for clients that want no table of them; None: there are none."""
        return tuple(person.book.organisation.dn_of(one.id) for one in self.objects(person)) or None


def as_names(tag: PropertyTag) -> PropertyTag:
    """That of what `Link.names` tells, if there is a table; any other as it is."""
    return PropertyTag(tag.id, MULTIPLE | PropertyType.STRING) if tag.type == PropertyType.OBJECT else tag


def member_count(person: Person) -> int | None:
    """Of a group, also of those who are in no address book."""
    book, group = person.book, person.principal
    return len(links(book.tx, group.id, MEMBER)) + len(book.meeting(group.query)) if group.kind is Kind.GROUP else None


def _named(person: Person, addresses: Sequence[str]) -> list[Principal]:
    """Those of them who are in the address book."""
    person.book.effort.spend(len(addresses))
    found = (address_of(person.book, address) for address in addresses)
    return [one for one in found if one is not None]


def _few(people: Iterable[Principal]) -> list[Principal]:
    """Each of them once. TableTooBig when they are too many."""
    found = list({one.id: one for one in people}.values())
    if len(found) > MAX_TABLE:
        raise BookError(ErrorCode.ecTableTooBig)
    return found


def _members(person: Person) -> list[Principal]:
    book, group = person.book, person.principal
    if group.kind is not Kind.GROUP:
        return []
    return _few([*_named(person, links(book.tx, group.id, MEMBER)), *book.meeting(group.query)])


def _role(role: str) -> Callable[[Person], list[Principal]]:
    return lambda person: _few(_named(person, links(person.book.tx, person.principal.id, role)))


def _owned(person: Person) -> list[Principal]:
    return linking(person.book.tx, person.principal.address, OWNER)


def _reports(person: Person) -> list[Principal]:
    return _few(person.book.reports.get(person.principal.address.casefold(), []))


LINKS: dict[int, Link] = {
    tags.PidTagAddressBookMember.id: Link(_members, MEMBER, DisplayType.DISTRIBUTION_LIST),
    tags.PidTagAddressBookPublicDelegates.id: Link(_role(DELEGATE), DELEGATE, DisplayType.MAIL_USER),
    tags.PidTagAddressBookOwner.id: Link(_role(OWNER)),
    tags.PidTagAddressBookIsMemberOfDistributionList.id: Link(
        lambda person: groups_of(person.book.tx, person.principal, person.book.dynamic_groups)
    ),
    tags.PidTagAddressBookOwnerBackLink.id: Link(_owned),
    tags.PidTagAddressBookManageDistributionList.id: Link(_owned),
    tags.PidTagAddressBookManager.id: Link(lambda person: [person.manager] if person.manager else []),
    tags.PidTagAddressBookReports.id: Link(_reports),
}
"""By property id."""
