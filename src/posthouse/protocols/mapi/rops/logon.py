"""RopLogon – [MS-OXCROPS] 2.2.3.1, [MS-OXCSTOR] 2.2.1.1."""

from __future__ import annotations

from collections.abc import Set
from datetime import datetime
from typing import Annotated

from posthouse.protocols.mapi.compositions import Items
from posthouse.protocols.mapi.enumerations import Flags
from posthouse.protocols.mapi.fields import FID, U8, U16, U32, U64, Bytes8, Guid
from posthouse.protocols.mapi.reader import Reader
from posthouse.protocols.mapi.structures import Codec, Structure, structure

from .base import RopRequest, RopResponse, rop

FOLDERS = 13
"""Folders whose ids a logon tells."""
WRONG_SERVER = 0x478
"""ecWrongServer."""


class LogonFlags(Flags):
    """2.2.1.1.1."""

    PRIVATE = 0x01
    UNDERCOVER = 0x02
    GHOSTED = 0x04
    SPOOLER_PROCESS = 0x08


class OpenFlags(Flags):
    """2.2.1.1.1."""

    USE_ADMIN_PRIVILEGE = 0x01
    PUBLIC = 0x02
    HOME_LOGON = 0x04
    TAKE_OWNERSHIP = 0x08
    ALTERNATE_SERVER = 0x0100
    IGNORE_HOME_MDB = 0x0200
    NO_MAIL = 0x0400
    USE_PER_MDB_REPLID_MAPPING = 0x0100_0000
    SUPPORT_PROGRESS = 0x2000_0000


class ResponseFlags(Flags):
    """2.2.1.1.3."""

    RESERVED = 0x01
    OWNER_RIGHT = 0x02
    SEND_AS_RIGHT = 0x04
    OOF = 0x10


def _format_essdn(text: str) -> bytes:
    raw = text.replace("\0", "").encode("latin-1", "replace") + b"\0" if text else b""
    return len(raw).to_bytes(2, "little") + raw


_ESSDN = Codec(2, lambda reader, _: reader.take(reader.u16()).partition(b"\0")[0].decode("latin-1"), _format_essdn)


@rop(0xFE)
class RopLogonRequest(RopRequest):
    """It works on no object: the index behind LogonId is where the handle of the logon will stand."""

    logon_flags: Annotated[LogonFlags, U8] = LogonFlags.PRIVATE
    open_flags: Annotated[OpenFlags, U32] = OpenFlags.USE_PER_MDB_REPLID_MAPPING
    store_state: U32 = 0
    """Ignored (R4677)."""
    essdn: Annotated[str, _ESSDN] = ""
    """Whose mailbox."""

    @property
    def output_index(self) -> int | None:
        return self.handle_index

    def public_after(self, before: Set[int]) -> Set[int]:
        """LogonIds that are logons to public folders, when this is another logon."""
        others = before - {self.logon_id}
        return others if LogonFlags.PRIVATE in self.logon_flags else others | {self.logon_id}


@structure
class LogonTime(Structure):
    """2.2.3.1.2.1, UTC."""

    seconds: U8
    minutes: U8
    hour: U8
    day_of_week: U8
    """Sunday is 0."""
    day: U8
    month: U8
    year: U16

    @classmethod
    def of(cls, time: datetime) -> LogonTime:
        weekday = time.isoweekday() % 7
        return cls(time.second, time.minute, time.hour, weekday, time.day, time.month, time.year)


@rop(0xFE)
class RopLogonResponse(RopResponse):
    """Of a private mailbox (2.2.3.1.2)."""

    logon_flags: Annotated[LogonFlags, U8]
    folder_ids: Annotated[tuple[FID, ...], Items(FOLDERS)]
    response_flags: Annotated[ResponseFlags, U8]
    mailbox_guid: Guid
    repl_id: U16
    repl_guid: Guid
    logon_time: LogonTime
    gwart_time: U64 = 0
    store_state: U32 = 0

    @classmethod
    def form_of(cls, reader: Reader) -> type[RopResponse]:
        flags = reader.data[reader.at + 6 : reader.at + 7]
        return cls if flags and flags[0] & LogonFlags.PRIVATE else RopLogonPublicResponse


@rop(0xFE)
class RopLogonPublicResponse(RopResponse):
    """Of public folders (2.2.3.1.3)."""

    logon_flags: Annotated[LogonFlags, U8]
    folder_ids: Annotated[tuple[FID, ...], Items(FOLDERS)]
    repl_id: U16
    repl_guid: Guid
    per_user_guid: Guid


@rop(0xFE, on=WRONG_SERVER)
class RopLogonRedirectResponse(RopResponse):
    """2.2.3.1.4: the mailbox is on another server."""

    logon_flags: Annotated[LogonFlags, U8] = LogonFlags.PRIVATE
    server_name: Bytes8 = b"\0"
    """With its NUL."""
