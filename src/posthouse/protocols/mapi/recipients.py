"""Rows of recipients – [MS-OXCDATA] 2.8.3."""

from __future__ import annotations

from typing import Annotated

from .compositions import When
from .enumerations import Choice, Flags
from .fields import U8, U16, Ansi, Bytes16, Rest, TextBy
from .structures import Structure, structure


class AddressType(Choice):
    """2.8.3.1, three bits of the flags."""

    NO_TYPE = 0
    X500_DN = 1
    MS_MAIL = 2
    SMTP = 3
    FAX = 4
    PROFESSIONAL_OFFICE_SYSTEM = 5
    PERSONAL_DISTRIBUTION_LIST_1 = 6
    PERSONAL_DISTRIBUTION_LIST_2 = 7


class RecipientFlags(Flags):
    """2.8.3.1, with the letters that the document has for most. The letter of what has its own field says whether it
    is there."""

    ADDRESS_TYPE = 0x0007
    EMAIL_ADDRESS = 0x0008
    """E."""
    DISPLAY_NAME = 0x0010
    """D."""
    TRANSMITTABLE_DISPLAY_NAME = 0x0020
    """T."""
    SAME_TRANSMITTABLE_DISPLAY_NAME = 0x0040
    """S: as the display name."""
    RESPONSIBLE = 0x0080
    """R: others send to this recipient."""
    NON_RICH_TEXT = 0x0100
    """N."""
    UNICODE = 0x0200
    """U: the strings."""
    SIMPLE_DISPLAY_NAME = 0x0400
    """I."""
    OTHER_ADDRESS_TYPE = 0x8000
    """O: with NO_TYPE, the type is told by its name."""


def _is_x500(row: RecipientRow) -> bool:
    return row.kind == AddressType.X500_DN


def _is_list(row: RecipientRow) -> bool:
    return row.kind >= AddressType.PERSONAL_DISTRIBUTION_LIST_1


def _is_named_type(row: RecipientRow) -> bool:
    return row.kind == AddressType.NO_TYPE and RecipientFlags.OTHER_ADDRESS_TYPE in row.recipient_flags


def _has(flag: RecipientFlags) -> When:
    return When(lambda row: bool(row.recipient_flags & flag))


_TEXT = TextBy("is_unicode")


@structure
class RecipientRow(Structure):
    """2.8.3.2."""

    recipient_flags: Annotated[RecipientFlags, U16]
    address_prefix_used: Annotated[U8 | None, When(_is_x500)] = None
    """Bytes of the server's prefix of DNs that are left out."""
    display_type: Annotated[U8 | None, When(_is_x500)] = None
    x500_dn: Annotated[Ansi | None, When(_is_x500)] = None
    entry_id: Annotated[Bytes16 | None, When(_is_list)] = None
    search_key: Annotated[Bytes16 | None, When(_is_list)] = None
    address_type: Annotated[Ansi | None, When(_is_named_type)] = None
    email_address: Annotated[str | bytes | None, _TEXT, _has(RecipientFlags.EMAIL_ADDRESS)] = None
    display_name: Annotated[str | bytes | None, _TEXT, _has(RecipientFlags.DISPLAY_NAME)] = None
    simple_display_name: Annotated[str | bytes | None, _TEXT, _has(RecipientFlags.SIMPLE_DISPLAY_NAME)] = None
    transmittable_display_name: Annotated[
        str | bytes | None, _TEXT, _has(RecipientFlags.TRANSMITTABLE_DISPLAY_NAME)
    ] = None
    recipient_column_count: U16 = 0
    recipient_properties: Rest = b""
    """A row of the first so many recipient columns."""

    @property
    def kind(self) -> AddressType:
        return AddressType(self.recipient_flags & RecipientFlags.ADDRESS_TYPE)

    @property
    def is_unicode(self) -> bool:
        return RecipientFlags.UNICODE in self.recipient_flags
