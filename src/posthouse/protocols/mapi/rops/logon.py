"""RopLogon – [MS-OXCROPS] 2.2.3.1, [MS-OXCSTOR] 2.2.1.1."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import IntFlag
from struct import pack
from typing import ClassVar
from uuid import UUID

from posthouse.protocols.mapi.identifiers import ObjectId
from posthouse.protocols.mapi.reader import Reader

from .base import RopRequest

FOLDERS = 13
"""Folders whose ids a logon tells."""


class LogonFlags(IntFlag):
    PRIVATE = 0x01
    UNDERCOVER = 0x02
    GHOSTED = 0x04


class OpenFlags(IntFlag):
    USE_ADMIN_PRIVILEGE = 0x01
    PUBLIC = 0x02
    HOME_LOGON = 0x04
    TAKE_OWNERSHIP = 0x08
    ALTERNATE_SERVER = 0x0100
    IGNORE_HOME_MDB = 0x0200
    NO_MAIL = 0x0400
    USE_PER_MDB_REPLID_MAPPING = 0x0100_0000
    SUPPORT_PROGRESS = 0x2000_0000


class ResponseFlags(IntFlag):
    RESERVED = 0x01
    OWNER_RIGHT = 0x02
    SEND_AS_RIGHT = 0x04
    OOF = 0x10


@dataclass(frozen=True, slots=True)
class RopLogonRequest(RopRequest):
    """It works on no object: the index behind LogonId is where the handle of the logon will stand."""

    logon_flags: LogonFlags = LogonFlags.PRIVATE
    open_flags: OpenFlags = OpenFlags.USE_PER_MDB_REPLID_MAPPING
    store_state: int = 0
    """Ignored (R4677)."""
    essdn: str = ""
    """Whose mailbox."""

    ROP_ID: ClassVar[int] = 0xFE

    @classmethod
    def parse(cls, logon_id: int, handle_index: int, reader: Reader) -> RopLogonRequest:
        logon_flags, open_flags = LogonFlags(reader.u8() & 7), OpenFlags(reader.u32() & sum(OpenFlags))
        state, essdn = reader.u32(), reader.take(reader.u16()).partition(b"\0")[0]
        return cls(logon_id, handle_index, logon_flags, open_flags, state, essdn.decode("latin-1"))

    def format_rest(self) -> bytes:
        essdn = self.essdn.encode("ascii", "replace") + b"\0" if self.essdn else b""
        return pack("<BIIH", self.logon_flags, self.open_flags, self.store_state, len(essdn)) + essdn

    @property
    def output_index(self) -> int | None:
        return self.handle_index


@dataclass(frozen=True, slots=True)
class RopLogonResponse:
    """Of a private mailbox (2.2.3.1.2)."""

    output_handle_index: int
    logon_flags: LogonFlags
    folder_ids: Sequence[ObjectId]
    response_flags: ResponseFlags
    mailbox_guid: UUID
    replica: int
    replica_guid: UUID
    logon_time: datetime
    """UTC."""
    gwart_time: int = 0

    def format(self) -> bytes:
        return b"".join(
            (
                pack("<BBIB", RopLogonRequest.ROP_ID, self.output_handle_index, 0, self.logon_flags),
                *(one.format() for one in self.folder_ids),
                pack("<B", self.response_flags),
                self.mailbox_guid.bytes_le,
                pack("<H", self.replica),
                self.replica_guid.bytes_le,
                format_logon_time(self.logon_time),
                pack("<QI", self.gwart_time, 0),
            )
        )


def format_logon_time(time: datetime) -> bytes:
    """2.2.3.1.2.1: Sunday is 0."""
    weekday = time.isoweekday() % 7
    return pack("<BBBBBBH", time.second, time.minute, time.hour, weekday, time.day, time.month, time.year)
