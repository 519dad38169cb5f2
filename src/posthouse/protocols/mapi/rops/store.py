"""Operations on a logon – [MS-OXCROPS] 2.2.3, [MS-OXCSTOR] 2.2.1."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from struct import pack
from typing import ClassVar, NamedTuple

from posthouse.protocols.mapi.identifiers import LongTermId, ObjectId, read_long_term_id, read_object_id
from posthouse.protocols.mapi.moments import file_time
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


@dataclass(frozen=True, slots=True)
class RopGetReceiveFolderTableRequest(RopRequest):
    """2.2.3.4."""

    ROP_ID: ClassVar[int] = 0x68

    @classmethod
    def parse(cls, logon_id: int, handle_index: int, reader: Reader) -> RopGetReceiveFolderTableRequest:
        return cls(logon_id, handle_index)


class ReceiveFolder(NamedTuple):
    """A row: PidTagFolderId, PidTagMessageClass, PidTagLastModificationTime."""

    folder_id: ObjectId
    message_class: bytes
    modified: int
    """Seconds since 1970."""

    def format(self) -> bytes:
        """As a StandardPropertyRow."""
        return b"\0" + self.folder_id.format() + self.message_class + b"\0" + pack("<Q", file_time(self.modified))


@dataclass(frozen=True, slots=True)
class RopGetReceiveFolderTableResponse:
    input_handle_index: int
    rows: Sequence[ReceiveFolder]

    def format(self) -> bytes:
        head = pack("<BBII", RopGetReceiveFolderTableRequest.ROP_ID, self.input_handle_index, 0, len(self.rows))
        return head + b"".join(row.format() for row in self.rows)


@dataclass(frozen=True, slots=True)
class RopGetStoreStateRequest(RopRequest):
    """2.2.3.5."""

    ROP_ID: ClassVar[int] = 0x7B

    @classmethod
    def parse(cls, logon_id: int, handle_index: int, reader: Reader) -> RopGetStoreStateRequest:
        return cls(logon_id, handle_index)


@dataclass(frozen=True, slots=True)
class RopGetOwningServersRequest(RopRequest):
    """2.2.3.6."""

    folder_id: ObjectId

    ROP_ID: ClassVar[int] = 0x42

    @classmethod
    def parse(cls, logon_id: int, handle_index: int, reader: Reader) -> RopGetOwningServersRequest:
        return cls(logon_id, handle_index, read_object_id(reader))

    def format_rest(self) -> bytes:
        return self.folder_id.format()


@dataclass(frozen=True, slots=True)
class RopPublicFolderIsGhostedRequest(RopRequest):
    """2.2.3.7."""

    folder_id: ObjectId

    ROP_ID: ClassVar[int] = 0x45

    @classmethod
    def parse(cls, logon_id: int, handle_index: int, reader: Reader) -> RopPublicFolderIsGhostedRequest:
        return cls(logon_id, handle_index, read_object_id(reader))

    def format_rest(self) -> bytes:
        return self.folder_id.format()


@dataclass(frozen=True, slots=True)
class RopPublicFolderIsGhostedResponse:
    """Of a folder that is here: nothing follows."""

    input_handle_index: int

    def format(self) -> bytes:
        return pack("<BBIB", RopPublicFolderIsGhostedRequest.ROP_ID, self.input_handle_index, 0, 0)
