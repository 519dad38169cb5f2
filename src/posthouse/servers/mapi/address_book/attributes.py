"""Attributes of `posthouse account set`, and as what they are shown – [MS-OXOABK] 2.2.4, [MS-OXOCNTC]."""

from __future__ import annotations

from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.property_values import PropertyTag

ATTRIBUTES: dict[str, tuple[PropertyTag, ...]] = {
    "given-name": (tags.PidTagGivenName,),
    "middle-name": (tags.PidTagMiddleName,),
    "surname": (tags.PidTagSurname,),
    "initials": (tags.PidTagInitials,),
    "nickname": (tags.PidTagNickname,),
    "generation": (tags.PidTagGeneration,),
    "honorific": (tags.PidTagDisplayNamePrefix,),
    "title": (tags.PidTagTitle,),
    "company": (tags.PidTagCompanyName,),
    "department": (tags.PidTagDepartmentName,),
    "office": (tags.PidTagOfficeLocation,),
    "phone": (tags.PidTagPrimaryTelephoneNumber, tags.PidTagBusinessTelephoneNumber),
    "mobile": (tags.PidTagMobileTelephoneNumber,),
    "home-phone": (tags.PidTagHomeTelephoneNumber,),
    "pager": (tags.PidTagPagerTelephoneNumber,),
    "fax": (tags.PidTagPrimaryFaxNumber, tags.PidTagBusinessFaxNumber),
    "assistant": (tags.PidTagAssistant,),
    "assistant-phone": (tags.PidTagAssistantTelephoneNumber,),
    "street": (tags.PidTagStreetAddress,),
    "city": (tags.PidTagLocality,),
    "state": (tags.PidTagStateOrProvince,),
    "postal-code": (tags.PidTagPostalCode,),
    "country": (tags.PidTagCountry,),
    "notes": (tags.PidTagComment,),
    "web-page": (tags.PidTagBusinessHomePage,),
    "phonetic-display-name": (tags.PidTagAddressBookPhoneticDisplayName,),
    "phonetic-given-name": (tags.PidTagAddressBookPhoneticGivenName,),
    "phonetic-surname": (tags.PidTagAddressBookPhoneticSurname,),
    "phonetic-company": (tags.PidTagAddressBookPhoneticCompanyName,),
    "phonetic-department": (tags.PidTagAddressBookPhoneticDepartmentName,),
    **{
        f"extension-{number}": (getattr(tags, f"PidTagAddressBookExtensionAttribute{number}"),)
        for number in range(1, 16)
    },
}
