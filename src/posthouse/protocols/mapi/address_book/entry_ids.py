"""Entry ids that the address book gives: for ever (`AddressBookEntryId`), or for a while – [MS-OXNSPI] 2.2.9."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from struct import pack
from uuid import UUID

from posthouse.model.refusals import BadSyntax
from posthouse.protocols.mapi.entry_ids import AddressBookEntryId, parse_entry_id
from posthouse.protocols.mapi.reader import Reader

PROVIDER = UUID(bytes_le=bytes.fromhex("DCA740C8C042101AB4B908002B2FE182"))
"""GUID_NSPI (2.2.1.7)."""
_EPHEMERAL = b"\x87\0\0\0"
_VERSION = 1


class DisplayType(IntEnum):
    """2.2.1.3."""

    MAIL_USER = 0
    DISTRIBUTION_LIST = 1
    FORUM = 2
    AGENT = 3
    ORGANIZATION = 4
    PRIVATE_DISTRIBUTION_LIST = 5
    REMOTE_MAIL_USER = 6
    CONTAINER = 0x100
    TEMPLATE = 0x101
    ADDRESS_TEMPLATE = 0x102
    SEARCH = 0x200


@dataclass(frozen=True, slots=True)
class EphemeralEntryId:
    """As long as the server has this GUID."""

    server: UUID
    display_type: int
    """What it is, as a help for clients: no part of its identity."""
    mid: int

    def format(self) -> bytes:
        return _EPHEMERAL + self.server.bytes_le + pack("<III", _VERSION, self.display_type, self.mid)


def parse_address_entry_id(data: bytes) -> AddressBookEntryId | EphemeralEntryId:
    """BadSyntax for those of others: folders, one-off addresses, contacts."""
    if data[:4] != _EPHEMERAL:
        permanent = parse_entry_id(data)
        if not isinstance(permanent, AddressBookEntryId):
            raise BadSyntax("an entry id of the address book", 4)
        return permanent
    reader = Reader(data, 4)
    server = reader.guid()
    reader.u32()
    ephemeral = EphemeralEntryId(server, reader.u32(), reader.u32())
    reader.done()
    return ephemeral
