"""Request types of the address book endpoint – [MS-OXCMAPIHTTP] 2.2.5, [MS-OXNSPI] 2.2."""

from __future__ import annotations

from dataclasses import dataclass
from struct import Struct, pack
from uuid import UUID

from .reader import Reader, format_unicode

_STAT = Struct("<IIIiIIIII")


@dataclass(frozen=True, slots=True)
class Stat:
    """[MS-OXNSPI] 2.2.8: where in which table, in which order, and for whom."""

    sort_type: int = 0
    container_id: int = 0
    current_rec: int = 0
    delta: int = 0
    num_pos: int = 0
    total_recs: int = 0
    code_page: int = 1252
    template_locale: int = 0x409
    sort_locale: int = 0x409

    def format(self) -> bytes:
        return _STAT.pack(
            self.sort_type,
            self.container_id,
            self.current_rec,
            self.delta,
            self.num_pos,
            self.total_recs,
            self.code_page,
            self.template_locale,
            self.sort_locale,
        )


def read_stat(reader: Reader) -> Stat:
    return Stat(*_STAT.unpack(reader.take(_STAT.size)))


def read_state(reader: Reader) -> Stat | None:
    """HasState and, if it says so, State."""
    return read_stat(reader) if reader.u8() else None


def read_auxiliary(reader: Reader) -> bytes:
    """The end of every body."""
    data = reader.take(reader.u32())
    reader.done()
    return data


@dataclass(frozen=True, slots=True)
class BindRequest:
    """2.2.5.1.1."""

    flags: int = 0
    state: Stat | None = None

    def format(self) -> bytes:
        state = b"\xff" + self.state.format() if self.state is not None else b"\0"
        return pack("<I", self.flags) + state + bytes(4)


def parse_bind(body: bytes) -> BindRequest:
    reader = Reader(body)
    request = BindRequest(reader.u32(), read_state(reader))
    read_auxiliary(reader)
    return request


def format_bind_response(error_code: int, server_guid: UUID) -> bytes:
    """2.2.5.1.2."""
    return pack("<II", 0, error_code) + server_guid.bytes_le + bytes(4)


def parse_unbind(body: bytes) -> None:
    """2.2.5.2.1: nothing of it matters (R1308); an empty body will do."""
    if body:
        reader = Reader(body)
        reader.u32()
        read_auxiliary(reader)


def format_unbind_response(error_code: int) -> bytes:
    """2.2.5.2.2."""
    return pack("<III", 0, error_code, 0)


@dataclass(frozen=True, slots=True)
class UrlRequest:
    """GetMailboxUrl and GetAddressBookUrl (2.2.5.18.1, 2.2.5.19.1): of the server, or of the user, with this name."""

    dn: str

    def format(self) -> bytes:
        return bytes(4) + format_unicode(self.dn) + bytes(4)


def parse_url_request(body: bytes) -> UrlRequest:
    reader = Reader(body)
    reader.u32()  # Flags: not used, ignored (R1328, R1327)
    request = UrlRequest(reader.unicode())
    read_auxiliary(reader)
    return request


def format_url_response(error_code: int, url: str) -> bytes:
    """2.2.5.18.2, 2.2.5.19.2."""
    return pack("<II", 0, error_code) + format_unicode(url) + bytes(4)
