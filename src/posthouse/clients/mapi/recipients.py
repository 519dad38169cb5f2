"""Recipients of a message – [MS-OXCMSG] 2.2.3.5, 2.2.3.6, [MS-OXCDATA] 2.8.3."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.property_rows import Missing, read_row
from posthouse.protocols.mapi.property_values import PropertyTag
from posthouse.protocols.mapi.reader import Reader
from posthouse.protocols.mapi.recipients import AddressType, RecipientFlags, RecipientRow
from posthouse.protocols.mapi.rops.recipient import ModifyRecipientRow, RecipientType

_TYPE = 0x0F
_SMTP = (
    RecipientFlags(AddressType.SMTP)
    | RecipientFlags.EMAIL_ADDRESS
    | RecipientFlags.DISPLAY_NAME
    | RecipientFlags.SAME_TRANSMITTABLE_DISPLAY_NAME
    | RecipientFlags.UNICODE
)


@dataclass(frozen=True, slots=True)
class Recipient:
    address: str
    """SMTP's. Of somebody who has none: the legacy DN, or what else there is."""
    name: str = ""
    kind: RecipientType = RecipientType.TO
    legacy_dn: str = ""
    """Of people in the address book."""


def format_recipients(recipients: Iterable[Recipient], first: int = 0) -> tuple[ModifyRecipientRow, ...]:
    """`first`: the number of the first of them."""
    return tuple(
        ModifyRecipientRow(
            number,
            one.kind,
            RecipientRow(_SMTP, email_address=one.address, display_name=one.name or one.address),
        )
        for number, one in enumerate(recipients, first)
    )


def read_recipient(kind: RecipientType, row: RecipientRow, columns: Sequence[PropertyTag]) -> Recipient:
    """`columns`: as they were told when the message was opened."""
    known = columns[: row.recipient_column_count]
    cells = read_row(Reader(row.recipient_properties), known) if known else ()
    found = {tag: cell for tag, cell in zip(known, cells, strict=True) if not isinstance(cell, Missing)}
    dn = row.x500_dn.decode("latin-1") if row.x500_dn else ""
    address = found.get(tags.PidTagSmtpAddress) or _text(row.email_address) or dn
    name = found.get(tags.PidTagRecipientDisplayName) or _text(row.display_name)
    return Recipient(str(address), str(name), RecipientType(kind & _TYPE), dn)


def _text(value: str | bytes | None) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else value or ""
