"""Operations on a logon – [MS-OXCROPS] 2.2.3, [MS-OXCSTOR] 2.2.1."""

from __future__ import annotations

from dataclasses import dataclass
from struct import pack
from typing import ClassVar

from posthouse.protocols.mapi.identifiers import LongTermId, ObjectId, read_long_term_id, read_object_id
from posthouse.protocols.mapi.reader import Reader

from .base import RopRequest


@dataclass(frozen=True, slots=True)
class RopGetReceiveFolderRequest(RopRequest):
    """2.2.3.2."""

    message_class: bytes = b""

    ROP_ID: ClassVar[int] = 0x27

    @classmethod
    def parse(cls, logon_id: int, handle_index: int, reader: Reader) -> RopGetReceiveFolderRequest:
        return cls(logon_id, handle_index, reader.ansi())

    def format_rest(self) -> bytes:
        return self.message_class + b"\0"


@dataclass(frozen=True, slots=True)
class RopGetReceiveFolderResponse:
    input_handle_index: int
    folder_id: ObjectId
    explicit_message_class: bytes

    def format(self) -> bytes:
        head = pack("<BBI", RopGetReceiveFolderRequest.ROP_ID, self.input_handle_index, 0)
        return head + self.folder_id.format() + self.explicit_message_class + b"\0"


@dataclass(frozen=True, slots=True)
class RopLongTermIdFromIdRequest(RopRequest):
    """2.2.3.8."""

    object_id: ObjectId

    ROP_ID: ClassVar[int] = 0x43

    @classmethod
    def parse(cls, logon_id: int, handle_index: int, reader: Reader) -> RopLongTermIdFromIdRequest:
        return cls(logon_id, handle_index, read_object_id(reader))

    def format_rest(self) -> bytes:
        return self.object_id.format()


@dataclass(frozen=True, slots=True)
class RopLongTermIdFromIdResponse:
    input_handle_index: int
    long_term_id: LongTermId

    def format(self) -> bytes:
        head = pack("<BBI", RopLongTermIdFromIdRequest.ROP_ID, self.input_handle_index, 0)
        return head + self.long_term_id.format()


@dataclass(frozen=True, slots=True)
class RopIdFromLongTermIdRequest(RopRequest):
    """2.2.3.9."""

    long_term_id: LongTermId

    ROP_ID: ClassVar[int] = 0x44

    @classmethod
    def parse(cls, logon_id: int, handle_index: int, reader: Reader) -> RopIdFromLongTermIdRequest:
        return cls(logon_id, handle_index, read_long_term_id(reader))

    def format_rest(self) -> bytes:
        return self.long_term_id.format()


@dataclass(frozen=True, slots=True)
class RopIdFromLongTermIdResponse:
    input_handle_index: int
    object_id: ObjectId

    def format(self) -> bytes:
        head = pack("<BBI", RopIdFromLongTermIdRequest.ROP_ID, self.input_handle_index, 0)
        return head + self.object_id.format()
