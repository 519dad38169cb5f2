"""Operations on a logon – [MS-OXCROPS] 2.2.3, [MS-OXCSTOR] 2.2.1."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from posthouse.protocols.mapi.compositions import CountedBy
from posthouse.protocols.mapi.fields import FID, U16, U32, Ansi, Counted32, LongTerm, Maybe, RowOf
from posthouse.protocols.mapi.property_rows import Cell
from posthouse.protocols.mapi.property_values import PropertyTag, PropertyType
from posthouse.protocols.mapi.structures import Structure, count_of, structure
from posthouse.protocols.mapi.tags import PidTagFolderId, PidTagLastModificationTime, PidTagMessageClass

from .base import RopRequest, RopResponse, rop

RECEIVE_FOLDER_COLUMNS = (
    PidTagFolderId,
    PropertyTag(PidTagMessageClass.id, PropertyType.STRING8),
    PidTagLastModificationTime,
)
"""R211."""


@rop(0x27)
class RopGetReceiveFolderRequest(RopRequest):
    """2.2.3.2."""

    message_class: Ansi = b""


@rop(0x27)
class RopGetReceiveFolderResponse(RopResponse):
    folder_id: FID
    explicit_message_class: Ansi


@rop(0x26)
class RopSetReceiveFolderRequest(RopRequest):
    """2.2.3.3."""

    folder_id: FID
    message_class: Ansi


@rop(0x26)
class RopSetReceiveFolderResponse(RopResponse):
    """Nothing but the prefix."""


@rop(0x68)
class RopGetReceiveFolderTableRequest(RopRequest):
    """2.2.3.4."""


@rop(0x68)
class RopGetReceiveFolderTableResponse(RopResponse):
    rows: Counted32[Annotated[Sequence[Cell], RowOf(*RECEIVE_FOLDER_COLUMNS)]]


@rop(0x7B)
class RopGetStoreStateRequest(RopRequest):
    """2.2.3.5."""


@rop(0x7B)
class RopGetStoreStateResponse(RopResponse):
    store_state: U32


@structure
class Servers(Structure):
    """Those that have replicas of a public folder."""

    servers_count: U16 = count_of("servers")
    cheap_servers_count: U16
    """The first so many cost least."""
    servers: Annotated[tuple[Ansi, ...], CountedBy("servers_count")]


@rop(0x42)
class RopGetOwningServersRequest(RopRequest):
    """2.2.3.6."""

    folder_id: FID


@rop(0x42)
class RopGetOwningServersResponse(RopResponse):
    owning_servers: Servers


@rop(0x45)
class RopPublicFolderIsGhostedRequest(RopRequest):
    """2.2.3.7."""

    folder_id: FID


@rop(0x45)
class RopPublicFolderIsGhostedResponse(RopResponse):
    ghosted: Maybe[Servers] = None
    """IsGhosted, and who has it."""


@rop(0x43)
class RopLongTermIdFromIdRequest(RopRequest):
    """2.2.3.8."""

    object_id: FID


@rop(0x43)
class RopLongTermIdFromIdResponse(RopResponse):
    long_term_id: LongTerm


@rop(0x44)
class RopIdFromLongTermIdRequest(RopRequest):
    """2.2.3.9."""

    long_term_id: LongTerm


@rop(0x44)
class RopIdFromLongTermIdResponse(RopResponse):
    object_id: FID
