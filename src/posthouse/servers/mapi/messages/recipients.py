"""Recipients as rows, and back – [MS-OXCDATA] 2.8.3, [MS-OXCMSG] 2.2.3.5.

What has a field of its own in a row is not among its columns. A person of the address book is told by the legacy DN.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from posthouse.model.refusals import BadSyntax
from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.entry_ids import AddressBookEntryId, OneOffEntryId, search_key
from posthouse.protocols.mapi.objects import Key, Properties, Recipient, set_value, value_of
from posthouse.protocols.mapi.property_rows import Cell, Missing, Typed, format_row, read_row
from posthouse.protocols.mapi.property_values import MULTIPLE, PropertyTag, PropertyType
from posthouse.protocols.mapi.reader import Reader
from posthouse.protocols.mapi.recipients import AddressType, RecipientFlags, RecipientRow
from posthouse.protocols.mapi.rops.recipient import RecipientType
from posthouse.servers.mapi.logon import Names

COLUMNS: tuple[PropertyTag, ...] = (
    tags.PidTagObjectType,
    tags.PidTagDisplayType,
    tags.PidTagAddressBookDisplayNamePrintable,
    tags.PidTagSmtpAddress,
    tags.PidTagSendInternetEncoding,
    tags.PidTagDisplayTypeEx,
    tags.PidTagRecipientDisplayName,
    tags.PidTagRecipientFlags,
    tags.PidTagRecipientTrackStatus,
    tags.PidTagRecipientOrder,
    tags.PidTagRecipientEntryId,
)
"""Those that we tell of everybody."""
IN_FIELDS: frozenset[Key] = frozenset(
    tag.id
    for tag in (
        *(tags.PidTagAddressType, tags.PidTagDisplayName, tags.PidTagEmailAddress, tags.PidTagEntryId),
        *(tags.PidTagInstanceKey, tags.PidTagRecipientType, tags.PidTagRowid, tags.PidTagSearchKey),
        *(tags.PidTagSendRichInfo, tags.PidTagTransmittableDisplayName, tags.PidTagResponsibility),
    )
)
"""What a row has fields for, and what is around it ([MS-OXCMSG] R746)."""
MAX_MORE = 100
"""Columns of what only some recipients have: clients have a dozen."""
TO = 1
_NOT_FOUND = Missing(0x8004010F)
PERSONAL_LIST = "MAPIPDL"
"""PidTagAddressType of a distribution list among somebody's contacts: its members stand in the entry that it names."""
_TYPES = {
    AddressType.X500_DN: "EX",
    AddressType.MS_MAIL: "MS",
    AddressType.SMTP: "SMTP",
    AddressType.FAX: "FAX",
    AddressType.PROFESSIONAL_OFFICE_SYSTEM: "PROFS",
    AddressType.PERSONAL_DISTRIBUTION_LIST_2: PERSONAL_LIST,
    AddressType.PERSONAL_DISTRIBUTION_LIST_1: PERSONAL_LIST,
}


@dataclass(frozen=True, slots=True)
class ColumnKeys:
    """Columns of recipients, and how objects know them; None: no name has that id."""

    tags: Sequence[PropertyTag]
    keys: Sequence[Key | None]


USUAL = ColumnKeys(COLUMNS, tuple(tag.id for tag in COLUMNS))
_TOLD = IN_FIELDS | {tag.id for tag in COLUMNS}


async def columns_of(recipients: Iterable[Recipient], names: Names) -> ColumnKeys:
    """With all that any of them has."""
    more: dict[Key, int] = {}
    for recipient in recipients:
        for key in recipient.properties.keys() - _TOLD:
            more.setdefault(key, recipient.properties[key].type)
    if not more:
        return USUAL
    ids = await names.ids_of_keys(more)
    found = sorted((PropertyTag(number, more[key]), key) for key, number in ids.items())[:MAX_MORE]
    return ColumnKeys((*COLUMNS, *(tag for tag, _ in found)), (*USUAL.keys, *(key for _, key in found)))


def recipient_type(recipient: Recipient) -> RecipientType:
    return RecipientType(value_of(recipient.properties, tags.PidTagRecipientType, TO) & 0xFF)


def format_recipient(recipient: Recipient, columns: ColumnKeys) -> RecipientRow:
    """With all of these columns, and its strings in Unicode."""
    properties = recipient.properties
    kind = str(value_of(properties, tags.PidTagAddressType, "")).upper()
    email = value_of(properties, tags.PidTagEmailAddress)
    name = value_of(properties, tags.PidTagDisplayName)
    transmittable = value_of(properties, tags.PidTagTransmittableDisplayName)
    flags = RecipientFlags.UNICODE
    fields: dict[str, object] = {}
    if name is not None:
        flags |= RecipientFlags.DISPLAY_NAME
        fields["display_name"] = name
    if transmittable is not None and transmittable == name:
        flags |= RecipientFlags.SAME_TRANSMITTABLE_DISPLAY_NAME
    elif transmittable is not None:
        flags |= RecipientFlags.TRANSMITTABLE_DISPLAY_NAME
        fields["transmittable_display_name"] = transmittable
    if value_of(properties, tags.PidTagResponsibility):
        flags |= RecipientFlags.RESPONSIBLE
    if value_of(properties, tags.PidTagSendRichInfo) is False:
        flags |= RecipientFlags.NON_RICH_TEXT
    if kind == "EX" and email:
        flags |= RecipientFlags(AddressType.X500_DN)
        fields["address_prefix_used"] = 0
        fields["display_type"] = value_of(properties, tags.PidTagDisplayType, 0) & 0xFF
        fields["x500_dn"] = email.encode("latin-1", "replace")
    elif kind == PERSONAL_LIST:
        flags |= RecipientFlags(AddressType.PERSONAL_DISTRIBUTION_LIST_1)
        fields["entry_id"] = value_of(properties, tags.PidTagEntryId, b"")
        fields["search_key"] = value_of(properties, tags.PidTagSearchKey, b"")
        if email is not None:
            flags |= RecipientFlags.EMAIL_ADDRESS
            fields["email_address"] = email
    elif email is not None:
        flags |= RecipientFlags.EMAIL_ADDRESS | _address_flags(kind, fields)
        fields["email_address"] = email
    cells = [_cell(properties, tag, key) for tag, key in zip(columns.tags, columns.keys, strict=True)]
    row = format_row(columns.tags, cells)
    return RecipientRow(flags, recipient_column_count=len(cells), recipient_properties=row, **fields)  # type: ignore[arg-type]


def _address_flags(kind: str, fields: dict[str, object]) -> RecipientFlags:
    known = {name: number for number, name in _TYPES.items()}
    if not kind:
        return RecipientFlags(0)
    if kind in known:
        return RecipientFlags(known[kind])
    fields["address_type"] = kind.encode("ascii", "replace")
    return RecipientFlags.OTHER_ADDRESS_TYPE


def _cell(properties: Properties, column: PropertyTag, key: Key | None) -> Cell:
    found = None if key is None else properties.get(key)
    return _NOT_FOUND if found is None or found.type != column.type else found.value


def parse_recipient(row_id: int, kind: RecipientType, row: RecipientRow, columns: ColumnKeys, codec: str) -> Recipient:
    """`codec`: of its 8-bit strings. BadSyntax when its properties are not those of its columns."""
    properties: Properties = {}
    if row.recipient_column_count > len(columns.tags):
        raise BadSyntax("as many columns as there are")
    count = row.recipient_column_count
    reader = Reader(row.recipient_properties)
    cells = read_row(reader, columns.tags[:count]) if count or reader.left else ()
    for tag, key, cell in zip(columns.tags[:count], columns.keys[:count], cells, strict=True):
        if key is not None and not isinstance(cell, Missing):
            typed = cell if isinstance(cell, Typed) else Typed(tag.type, cell)
            properties[key] = _kept(typed, codec)
    set_value(properties, tags.PidTagRecipientType, int(kind))
    set_value(properties, tags.PidTagRowid, row_id - (row_id >> 31 << 32))  # the same 32 bits, with a sign
    _add_fields(properties, row, codec)
    return Recipient(row_id, properties)


def _kept(typed: Typed, codec: str) -> Typed:
    """Strings are kept in Unicode."""
    if typed.type & ~MULTIPLE != PropertyType.STRING8:
        return typed
    texts = typed.value if isinstance(typed.value, tuple) else (typed.value,)
    decoded = tuple(one.decode(codec, "replace") for one in texts if isinstance(one, bytes))
    kind = PropertyType.STRING | (typed.type & MULTIPLE)
    return Typed(kind, decoded if typed.type & MULTIPLE else decoded[0])


def _add_fields(properties: Properties, row: RecipientRow, codec: str) -> None:
    name = _text(row.display_name, codec)
    transmittable = _text(row.transmittable_display_name, codec)
    if RecipientFlags.SAME_TRANSMITTABLE_DISPLAY_NAME in row.recipient_flags:
        transmittable = name
    kind, email = _address(row, codec)
    for tag, value in (
        (tags.PidTagDisplayName, name),
        (tags.PidTagTransmittableDisplayName, transmittable),
        (tags.PidTagAddressBookDisplayNamePrintable, _text(row.simple_display_name, codec)),
        (tags.PidTagAddressType, kind),
        (tags.PidTagEmailAddress, email),
        (tags.PidTagEntryId, row.entry_id),
        (tags.PidTagSearchKey, row.search_key),
    ):
        if value is not None:
            set_value(properties, tag, value)
    set_value(properties, tags.PidTagResponsibility, RecipientFlags.RESPONSIBLE in row.recipient_flags)
    set_value(properties, tags.PidTagSendRichInfo, RecipientFlags.NON_RICH_TEXT not in row.recipient_flags)
    if kind and email:
        display_type = row.display_type or 0
        entry_id = (
            AddressBookEntryId(email, display_type) if kind == "EX" else OneOffEntryId(name or email, kind, email)
        )
        properties.setdefault(tags.PidTagEntryId.id, Typed(PropertyType.BINARY, entry_id.format()))
        properties.setdefault(tags.PidTagSearchKey.id, Typed(PropertyType.BINARY, search_key(kind, email)))
        if kind == "SMTP":
            properties.setdefault(tags.PidTagSmtpAddress.id, Typed(PropertyType.STRING, email))


def _address(row: RecipientRow, codec: str) -> tuple[str | None, str | None]:
    """Type and address."""
    if row.x500_dn is not None:
        return "EX", row.x500_dn.decode("latin-1")
    email = _text(row.email_address, codec)
    if row.address_type is not None:
        return row.address_type.decode("latin-1").upper(), email
    return _TYPES.get(row.kind), email


def _text(value: str | bytes | None, codec: str) -> str | None:
    return value.decode(codec, "replace") if isinstance(value, bytes) else value
