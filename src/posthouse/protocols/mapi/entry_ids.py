"""Entry ids and lists of them – [MS-OXCDATA] 2.2.4, 2.2.5, 2.3.3.

An entry id begins with flags and the GUID of who gave it, and is that one's own behind them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from struct import pack
from uuid import UUID

from posthouse.model.refusals import BadSyntax

from .identifiers import LongTermId, read_long_term_id
from .reader import Reader, format_unicode

_STORE = UUID("10BBA138-E505-1A10-A1BB-08002B2A56C2")
_ADDRESS_BOOK = UUID("C840A7DC-42C0-1A10-B4B9-08002B2FE182")
_ONE_OFF = UUID("A41F2B81-A3BE-1910-9D6E-00DD010F5402")
_CONTACT = UUID("0AAA42FE-C718-101A-E885-0B651C240000")
_PRIVATE_PROVIDER = UUID("20FA551B-66AA-CD11-9BC8-00AA002FC45A")
_PUBLIC_PROVIDER = UUID("1002831C-66AA-CD11-9BC8-00AA002FC45A")
_LIBRARY = b"emsmdb.dll\0\0\0\0"

PUBLIC_STORE = UUID("9073441A-66AA-CD11-9BC8-00AA002FC45A")
"""The `store` of all public folders."""

MAX_LIST = 8_192
"""Entries of a FlatEntryList."""


class ObjectType(IntEnum):
    """Of folders and messages: [MS-OXCDATA] 2.2.4."""

    PRIVATE_FOLDER = 1
    PUBLIC_FOLDER = 3
    MAPPED_PUBLIC_FOLDER = 5
    PRIVATE_MESSAGE = 7
    PUBLIC_MESSAGE = 9
    MAPPED_PUBLIC_MESSAGE = 0xB


_FOLDERS = (ObjectType.PRIVATE_FOLDER, ObjectType.PUBLIC_FOLDER, ObjectType.MAPPED_PUBLIC_FOLDER)
_KINDS = {kind.value: kind for kind in ObjectType}


@dataclass(frozen=True, slots=True)
class FolderEntryId:
    """[MS-OXCDATA] 2.2.4.1."""

    store: UUID
    """The mailbox's; of public folders one that all share."""
    folder: LongTermId
    kind: ObjectType = ObjectType.PRIVATE_FOLDER

    def format(self) -> bytes:
        return bytes(4) + self.store.bytes_le + pack("<H", self.kind) + self.folder.format()


@dataclass(frozen=True, slots=True)
class MessageEntryId:
    """[MS-OXCDATA] 2.2.4.2."""

    store: UUID
    folder: LongTermId
    message: LongTermId
    kind: ObjectType = ObjectType.PRIVATE_MESSAGE

    def format(self) -> bytes:
        ids = self.folder.format() + self.message.format()
        return bytes(4) + self.store.bytes_le + pack("<H", self.kind) + ids


@dataclass(frozen=True, slots=True)
class StoreEntryId:
    """[MS-OXCDATA] 2.2.4.3, as it was before its newer trailers, which are passed over."""

    server: str
    mailbox_dn: str
    """Empty: of public folders."""

    def format(self) -> bytes:
        provider, kind = (_PRIVATE_PROVIDER, 0xC) if self.mailbox_dn else (_PUBLIC_PROVIDER, 6)
        names = _ansi(self.server) + (_ansi(self.mailbox_dn) if self.mailbox_dn else b"")
        wrapped = bytes(4) + provider.bytes_le + pack("<I", kind) + names
        return bytes(4) + _STORE.bytes_le + b"\0\0" + _LIBRARY + wrapped


@dataclass(frozen=True, slots=True)
class AddressBookEntryId:
    """[MS-OXCDATA] 2.2.5.2: for ever."""

    dn: str
    display_type: int = 0

    def format(self) -> bytes:
        return bytes(4) + _ADDRESS_BOOK.bytes_le + pack("<II", 1, self.display_type) + _ansi(self.dn)


@dataclass(frozen=True, slots=True)
class OneOffEntryId:
    """[MS-OXCDATA] 2.2.5.1: somebody who is in no address book."""

    name: str
    address_type: str
    address: str
    flags: int = 0x9001
    """Unicode (0x8000); no rich text (1)."""

    def format(self) -> bytes:
        texts = (text.replace("\0", "") for text in (self.name, self.address_type, self.address))
        form = format_unicode if self.flags & _UNICODE else _ansi
        return bytes(4) + _ONE_OFF.bytes_le + pack("<HH", 0, self.flags) + b"".join(map(form, texts))


_UNICODE = 0x8000


@dataclass(frozen=True, slots=True)
class ContactEntryId:
    """[MS-OXCDATA] 2.2.5.3, 2.2.5.4: one of the addresses of a contact, or a personal distribution list."""

    message: bytes
    """Its entry id."""
    index: int = 0
    """0 to 2: the first to the third address; 255 of a list."""
    is_list: bool = False

    def format(self) -> bytes:
        head = pack("<IIII", 3, 5 if self.is_list else 4, self.index, len(self.message))
        return bytes(4) + _CONTACT.bytes_le + head + self.message


EntryId = FolderEntryId | MessageEntryId | StoreEntryId | AddressBookEntryId | OneOffEntryId | ContactEntryId


def parse_entry_id(data: bytes) -> EntryId:
    """BadSyntax when it is none of these."""
    reader = Reader(data)
    reader.u32()
    provider = reader.guid()
    if provider == _ONE_OFF:
        return _read_one_off(reader)
    if provider == _ADDRESS_BOOK:
        return _read_address_book(reader)
    if provider == _STORE:
        return _read_store(reader)
    if provider == _CONTACT:
        return _read_contact(reader)
    return _read_object(reader, provider)


def _read_one_off(reader: Reader) -> OneOffEntryId:
    reader.u16()
    flags = reader.u16()
    if flags & _UNICODE:
        return OneOffEntryId(reader.unicode(), reader.unicode(), reader.unicode(), flags)
    return OneOffEntryId(_text(reader), _text(reader), _text(reader), flags)


def _read_address_book(reader: Reader) -> AddressBookEntryId:
    reader.u32()
    display_type = reader.u32()
    return AddressBookEntryId(_text(reader), display_type)


def _read_store(reader: Reader) -> StoreEntryId:
    reader.take(2 + len(_LIBRARY) + 4)
    provider = reader.guid()
    reader.u32()
    server = _text(reader)
    return StoreEntryId(server, _text(reader) if provider == _PRIVATE_PROVIDER else "")


def _read_contact(reader: Reader) -> ContactEntryId:
    reader.u32()
    kind, index = reader.u32(), reader.u32()
    return ContactEntryId(reader.take(reader.u32()), index, kind == 5)


def _read_object(reader: Reader, store: UUID) -> FolderEntryId | MessageEntryId:
    where, number = reader.at, reader.u16()
    kind = _KINDS.get(number)
    if kind is None:
        raise BadSyntax("an entry id of a known kind", where)
    folder = read_long_term_id(reader)
    if kind in _FOLDERS:
        return FolderEntryId(store, folder, kind)
    return MessageEntryId(store, folder, read_long_term_id(reader), kind)


def _text(reader: Reader) -> str:
    return reader.ansi().decode("cp1252", "replace")


def _ansi(text: str) -> bytes:
    return text.replace("\0", "").encode("cp1252", "replace") + b"\0"


def search_key(address_type: str, address: str) -> bytes:
    """By which people are compared – [MS-OXCMAIL] 2.1.3.1.1: PidTagSearchKey and its kin."""
    return f"{address_type}:{address}".upper().encode("utf-8", "replace") + b"\0"


# FlatEntryList, [MS-OXCDATA] 2.3.3
def format_entry_list(entries: Sequence[bytes]) -> bytes:
    """Each begins at a multiple of four."""
    flat = b"".join(pack("<I", len(entry)) + entry + bytes(-len(entry) % 4) for entry in entries)
    return pack("<II", len(entries), len(flat)) + flat


def parse_entry_list(data: bytes) -> list[bytes]:
    reader = Reader(data)
    count = reader.u32()
    reader.u32()
    if count > min(reader.left // 4, MAX_LIST):
        raise BadSyntax("as many entries as announced", 0)
    return [reader.padded() for _ in range(count)]
