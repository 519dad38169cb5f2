"""STAT: where in which table, in which order, and for whom – [MS-OXNSPI] 2.2.8."""

from __future__ import annotations

from enum import IntEnum

from posthouse.protocols.mapi.fields import I32, U32
from posthouse.protocols.mapi.structures import Structure, structure


class SortType(IntEnum):
    """2.2.1.10."""

    DISPLAY_NAME = 0
    PHONETIC_DISPLAY_NAME = 3
    DISPLAY_NAME_RO = 0x3E8
    DISPLAY_NAME_W = 0x3E9


class Position(IntEnum):
    """2.2.1.8: what CurrentRec can be besides a row's Minimal Entry ID."""

    BEGINNING_OF_TABLE = 0
    CURRENT = 1
    """Where NumPos is of TotalRecs."""
    END_OF_TABLE = 2


class Resolution(IntEnum):
    """2.2.1.9: what a name is resolved to."""

    UNRESOLVED = 0
    AMBIGUOUS = 1
    RESOLVED = 2


@structure
class Stat(Structure):
    sort_type: U32 = SortType.DISPLAY_NAME
    container_id: U32 = 0
    current_rec: U32 = Position.BEGINNING_OF_TABLE
    delta: I32 = 0
    num_pos: U32 = 0
    total_recs: U32 = 0
    code_page: U32 = 1252
    template_locale: U32 = 0x409
    sort_locale: U32 = 0x409
