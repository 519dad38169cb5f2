"""Request types of the mailbox endpoint – [MS-OXCMAPIHTTP] 2.2.4."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntFlag
from struct import pack

from .reader import Reader, format_unicode

AUXILIARY_MAX = 0x1008


class ExecuteFlags(IntFlag):
    """[MS-OXCRPC] 3.1.4.2, pulFlags."""

    NO_COMPRESSION = 1
    NO_XOR_MAGIC = 2
    CHAIN = 4


@dataclass(frozen=True, slots=True)
class ConnectRequest:
    """2.2.4.1.1."""

    user_dn: str
    flags: int = 0
    default_code_page: int = 1252
    lcid_sort: int = 0x409
    lcid_string: int = 0x409
    auxiliary_buffer: bytes = b""

    def format(self) -> bytes:
        numbers = pack("<IIII", self.flags, self.default_code_page, self.lcid_sort, self.lcid_string)
        return self.user_dn.encode("ascii", "replace") + b"\0" + numbers + _auxiliary(self.auxiliary_buffer)


def parse_connect(body: bytes) -> ConnectRequest:
    reader = Reader(body)
    user_dn = reader.ansi().decode("latin-1")
    numbers = reader.u32(), reader.u32(), reader.u32(), reader.u32()
    return ConnectRequest(user_dn, *numbers, read_auxiliary(reader))


@dataclass(frozen=True, slots=True)
class ConnectResponse:
    """2.2.4.1.2."""

    error_code: int = 0
    polls_max: int = 60_000
    """Milliseconds, as RetryDelay."""
    retry_count: int = 6
    retry_delay: int = 10_000
    dn_prefix: str = ""
    display_name: str = ""
    auxiliary_buffer: bytes = b""

    def format(self) -> bytes:
        numbers = pack("<IIIII", 0, self.error_code, self.polls_max, self.retry_count, self.retry_delay)
        names = self.dn_prefix.encode("ascii", "replace") + b"\0" + format_unicode(self.display_name)
        return numbers + names + _auxiliary(self.auxiliary_buffer)


@dataclass(frozen=True, slots=True)
class ExecuteRequest:
    """2.2.4.2.1."""

    flags: ExecuteFlags
    rop_buffer: bytes
    max_rop_out: int
    auxiliary_buffer: bytes = b""

    def format(self) -> bytes:
        head = pack("<II", self.flags, len(self.rop_buffer)) + self.rop_buffer
        return head + pack("<I", self.max_rop_out) + _auxiliary(self.auxiliary_buffer)


def parse_execute(body: bytes) -> ExecuteRequest:
    reader = Reader(body)
    flags = ExecuteFlags(reader.u32() & 7)
    return ExecuteRequest(flags, reader.take(reader.u32()), reader.u32(), read_auxiliary(reader))


@dataclass(frozen=True, slots=True)
class ExecuteResponse:
    """2.2.4.2.2. With an error there is no buffer (R669)."""

    error_code: int = 0
    rop_buffer: bytes = b""

    def format(self) -> bytes:
        return pack("<IIII", 0, self.error_code, 0, len(self.rop_buffer)) + self.rop_buffer + _auxiliary(b"")


@dataclass(frozen=True, slots=True)
class AuxiliaryRequest:
    """2.2.4.3.1, 2.2.4.4.1: Disconnect and NotificationWait have nothing else that matters."""

    auxiliary_buffer: bytes = b""


def parse_disconnect(body: bytes) -> AuxiliaryRequest:
    """An empty body will do: some clients read "no body" out of the document."""
    return AuxiliaryRequest(read_auxiliary(Reader(body)) if body else b"")


def parse_notification_wait(body: bytes) -> AuxiliaryRequest:
    reader = Reader(body)
    if body:
        reader.u32()  # Flags: reserved, ignored (R1368)
    return AuxiliaryRequest(read_auxiliary(reader) if body else b"")


def format_disconnect_response(error_code: int = 0) -> bytes:
    """2.2.4.3.2."""
    return pack("<II", 0, error_code) + _auxiliary(b"")


def format_notification_wait_response(event_pending: bool, error_code: int = 0) -> bytes:
    """2.2.4.4.2."""
    return pack("<III", 0, error_code, event_pending) + _auxiliary(b"")


def _auxiliary(data: bytes) -> bytes:
    return pack("<I", len(data)) + data


def read_auxiliary(reader: Reader) -> bytes:
    data = reader.take(reader.u32())
    reader.done()
    return data
