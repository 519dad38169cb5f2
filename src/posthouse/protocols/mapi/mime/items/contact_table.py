"""What of a vCard is what of a contact – [MS-OXVCARD] 2.1.3: rows that are read in both directions."""

from __future__ import annotations

from typing import NamedTuple

from ... import named_tags, tags
from ...named_tags import NamedTag
from ...property_values import PropertyTag

Tag = PropertyTag | NamedTag


class Texts(NamedTuple):
    """A property of vCard whose value is one text, or several with semicolons between them."""

    name: str
    tags: tuple[Tag, ...]


TEXTS = (
    Texts("FN", (tags.PidTagDisplayName,)),
    Texts(
        "N",
        (
            tags.PidTagSurname,
            tags.PidTagGivenName,
            tags.PidTagMiddleName,
            tags.PidTagDisplayNamePrefix,
            tags.PidTagGeneration,
        ),
    ),
    Texts("NICKNAME", (tags.PidTagNickname,)),
    Texts("TITLE", (tags.PidTagTitle,)),
    Texts("ROLE", (tags.PidTagProfession,)),
    Texts("ORG", (tags.PidTagCompanyName, tags.PidTagDepartmentName)),
    Texts("X-MS-SPOUSE", (tags.PidTagSpouseName,)),
    Texts("X-MS-MANAGER", (tags.PidTagManagerName,)),
    Texts("X-MS-ASSISTANT", (tags.PidTagAssistant,)),
    Texts("X-MS-INTERESTS", (tags.PidTagHobbies,)),
    Texts("X-MS-IMADDRESS", (named_tags.PidLidInstantMessagingAddress,)),
    Texts("FBURL", (named_tags.PidLidFreeBusyLocation,)),
)


class Phone(NamedTuple):
    """TEL by its types; the first row of which all types are there, and whose property is free, takes the number."""

    types: tuple[str, ...]
    tag: PropertyTag


PHONES = (
    Phone(("HOME", "FAX"), tags.PidTagHomeFaxNumber),
    Phone(("WORK", "FAX"), tags.PidTagBusinessFaxNumber),
    Phone(("FAX",), tags.PidTagPrimaryFaxNumber),
    Phone(("CELL",), tags.PidTagMobileTelephoneNumber),
    Phone(("PAGER",), tags.PidTagPagerTelephoneNumber),
    Phone(("CAR",), tags.PidTagCarTelephoneNumber),
    Phone(("ISDN",), tags.PidTagIsdnNumber),
    Phone(("X-ASSISTANT",), tags.PidTagAssistantTelephoneNumber),
    Phone(("X-CALLBACK",), tags.PidTagCallbackTelephoneNumber),
    Phone(("X-COMPANY",), tags.PidTagCompanyMainTelephoneNumber),
    Phone(("X-RADIO",), tags.PidTagRadioTelephoneNumber),
    Phone(("X-TTYTDD",), tags.PidTagTelecommunicationsDeviceForDeafTelephoneNumber),
    Phone(("HOME",), tags.PidTagHomeTelephoneNumber),
    Phone(("HOME",), tags.PidTagHome2TelephoneNumber),
    Phone(("WORK",), tags.PidTagBusinessTelephoneNumber),
    Phone(("WORK",), tags.PidTagBusiness2TelephoneNumber),
    Phone(("PREF",), tags.PidTagPrimaryTelephoneNumber),
    Phone((), tags.PidTagOtherTelephoneNumber),
)


class Address(NamedTuple):
    """ADR by its type: post office box, street, city, region, postal code, country."""

    kind: str
    tags: tuple[Tag, ...]
    whole: NamedTag
    """All of it, in lines."""
    number: int
    """PidLidPostalAddressId."""
    office: PropertyTag | None = None
    """What the extended address is."""


ADDRESSES = (
    Address(
        "WORK",
        (
            named_tags.PidLidWorkAddressPostOfficeBox,
            named_tags.PidLidWorkAddressStreet,
            named_tags.PidLidWorkAddressCity,
            named_tags.PidLidWorkAddressState,
            named_tags.PidLidWorkAddressPostalCode,
            named_tags.PidLidWorkAddressCountry,
        ),
        named_tags.PidLidWorkAddress,
        2,
        tags.PidTagOfficeLocation,
    ),
    Address(
        "HOME",
        (
            tags.PidTagHomeAddressPostOfficeBox,
            tags.PidTagHomeAddressStreet,
            tags.PidTagHomeAddressCity,
            tags.PidTagHomeAddressStateOrProvince,
            tags.PidTagHomeAddressPostalCode,
            tags.PidTagHomeAddressCountry,
        ),
        named_tags.PidLidHomeAddress,
        1,
    ),
    Address(
        "",
        (
            tags.PidTagOtherAddressPostOfficeBox,
            tags.PidTagOtherAddressStreet,
            tags.PidTagOtherAddressCity,
            tags.PidTagOtherAddressStateOrProvince,
            tags.PidTagOtherAddressPostalCode,
            tags.PidTagOtherAddressCountry,
        ),
        named_tags.PidLidOtherAddress,
        3,
    ),
)
PREFERRED = (
    tags.PidTagPostOfficeBox,
    tags.PidTagStreetAddress,
    tags.PidTagLocality,
    tags.PidTagStateOrProvince,
    tags.PidTagPostalCode,
    tags.PidTagCountry,
)
"""The same of the address that mail goes to."""


class Email(NamedTuple):
    """One of three ([MS-OXOCNTC] 2.2.1.2): a contact can only be mailed when all of them are there."""

    name: NamedTag
    address_type: NamedTag
    address: NamedTag
    original_name: NamedTag
    entry_id: NamedTag


EMAILS = (
    Email(
        named_tags.PidLidEmail1DisplayName,
        named_tags.PidLidEmail1AddressType,
        named_tags.PidLidEmail1EmailAddress,
        named_tags.PidLidEmail1OriginalDisplayName,
        named_tags.PidLidEmail1OriginalEntryId,
    ),
    Email(
        named_tags.PidLidEmail2DisplayName,
        named_tags.PidLidEmail2AddressType,
        named_tags.PidLidEmail2EmailAddress,
        named_tags.PidLidEmail2OriginalDisplayName,
        named_tags.PidLidEmail2OriginalEntryId,
    ),
    Email(
        named_tags.PidLidEmail3DisplayName,
        named_tags.PidLidEmail3AddressType,
        named_tags.PidLidEmail3EmailAddress,
        named_tags.PidLidEmail3OriginalDisplayName,
        named_tags.PidLidEmail3OriginalEntryId,
    ),
)

DAYS = (
    ("BDAY", tags.PidTagBirthday, named_tags.PidLidBirthdayLocal),
    ("ANNIVERSARY", tags.PidTagWeddingAnniversary, named_tags.PidLidWeddingAnniversaryLocal),
)
PAGES = (("HOME", tags.PidTagPersonalHomePage), ("WORK", tags.PidTagBusinessHomePage))
CLASSES = {"PUBLIC": 0, "PRIVATE": 2, "CONFIDENTIAL": 3}
