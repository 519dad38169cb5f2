"""ModProps and ModLinkAtt: what accounts may change in the address book – [MS-OXNSPI] 3.1.4.1.14, 3.1.4.1.15.

An account publishes its own certificates and names its delegates; owners say who is in their groups; an administrator
may do all of it. Whatever else there is to change, is changed elsewhere.
"""

from __future__ import annotations

from posthouse.directory import (
    MEMBER,
    OWNER,
    Kind,
    ValueName,
    change_links,
    groups_of,
    links,
    members_of,
    set_values,
)
from posthouse.model.ids import AccountId
from posthouse.model.refusals import BadSyntax, Refusal
from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.address_book.entry_ids import DisplayType, parse_address_entry_id
from posthouse.protocols.mapi.address_book.objects import (
    DELETE,
    ModLinkAttRequest,
    ModLinkAttResponse,
    ModPropsRequest,
    ModPropsResponse,
)
from posthouse.protocols.mapi.property_values import TaggedValue
from posthouse.servers.mapi.errors import ErrorCode

from .book import Book, BookError, encoding_of, stat_of
from .identities import Person, address_of, person_by_entry_id, person_by_mid
from .links import LINKS

CERTIFICATES = {
    tags.PidTagUserX509Certificate.id: ValueName.SMIME_CERTIFICATE,
    tags.PidTagAddressBookX509Certificate.id: ValueName.CERTIFICATE,
}


def mod_props(book: Book, request: ModPropsRequest) -> ModPropsResponse:
    """Unlike Exchange since 2010 (R2003007) this keeps the certificates that it is given."""
    stat = stat_of(request.state)
    encoding_of(stat.code_page)
    person = person_by_mid(book, stat.current_rec)
    if request.removed is None or person is None:
        raise BookError(ErrorCode.ecInvalidParameter)
    if person.display_type is not DisplayType.MAIL_USER:
        raise BookError(ErrorCode.ecInvalidObject)
    changes: dict[int, tuple[bytes, ...]] = {tag.id: () for tag in request.removed}
    changes |= {one.tag.id: _binaries(one) for one in request.values or ()}
    if not _is_own(book, person) or not changes.keys() <= CERTIFICATES.keys():
        raise BookError(ErrorCode.ecAccessDenied)
    try:
        for id, values in changes.items():
            set_values(book.tx, person.principal.id, CERTIFICATES[id], values)
    except Refusal:
        raise BookError(ErrorCode.ecAccessDenied) from None
    return ModPropsResponse()


def _binaries(value: TaggedValue) -> tuple[bytes, ...]:
    """None of what comes without a value."""
    if value.value is None:
        return ()
    held = value.value if isinstance(value.value, tuple) else (value.value,)
    if not all(isinstance(one, bytes) for one in held):
        raise BookError(ErrorCode.ecAccessDenied)
    return held


def mod_link_att(book: Book, request: ModLinkAttRequest) -> ModLinkAttResponse:
    """Unlike Exchange since 2013 (R2003009) this changes members and delegates."""
    link = LINKS.get(request.tag >> 16)
    if link is None:
        raise BookError(ErrorCode.ecNotFound)  # R1326, as in Exchange also of what is known, and no table
    person = person_by_mid(book, request.mid)
    if person is None or request.entry_ids is None:
        raise BookError(ErrorCode.ecInvalidParameter)
    if link.role is None or link.of is not person.display_type or not _may_link(book, person):
        raise BookError(ErrorCode.ecAccessDenied)
    named = [_named(book, id) for id in request.entry_ids]
    people = {one.principal.id: one for one in named if one is not None}
    try:
        if request.flags & DELETE:
            _remove(book, person, link.role, people)
        elif None in named:
            raise BookError(ErrorCode.ecAccessDenied)
        else:
            _add(book, person, link.role, people)
    except Refusal:
        raise BookError(ErrorCode.ecAccessDenied) from None
    return ModLinkAttResponse()


def _add(book: Book, person: Person, role: str, people: dict[AccountId, Person]) -> None:
    if person.principal.kind is Kind.ACCOUNT and any(one.principal.kind is Kind.CONTACT for one in people.values()):
        raise BookError(ErrorCode.ecAccessDenied)  # nobody outside can be a delegate
    present = _linked(book, person, role).values()
    new = [one.principal.address for id, one in people.items() if id not in present]
    change_links(book.tx, person.principal.id, role, add=new)


def _remove(book: Book, person: Person, role: str, people: dict[AccountId, Person]) -> None:
    """Members whom a query finds are members as long as it does."""
    named = {address: id for address, id in _linked(book, person, role).items() if id in people}
    others = [one.principal for id, one in people.items() if id not in named.values()]
    if role == MEMBER and any(person.principal in groups_of(book.tx, one, book.dynamic_groups) for one in others):
        raise BookError(ErrorCode.ecAccessDenied)
    change_links(book.tx, person.principal.id, role, remove=named)


def _linked(book: Book, person: Person, role: str) -> dict[str, AccountId | None]:
    """Whom it names, by the addresses under which it does."""
    found = {address: address_of(book, address) for address in links(book.tx, person.principal.id, role)}
    return {address: None if one is None else one.id for address, one in found.items()}


def _named(book: Book, id: bytes) -> Person | None:
    try:
        return person_by_entry_id(book, parse_address_entry_id(id))
    except BadSyntax:
        return None


def _is_own(book: Book, person: Person) -> bool:
    return book.login.admin or person.principal.id == book.login.account


def _may_link(book: Book, person: Person) -> bool:
    """An account for itself; a group's owners, and who is in a group that owns it."""
    if _is_own(book, person):
        return True
    owners = (address_of(book, address) for address in links(book.tx, person.principal.id, OWNER))
    return any(owner is not None and book.login.account in members_of(book.tx, owner.id) for owner in owners)
