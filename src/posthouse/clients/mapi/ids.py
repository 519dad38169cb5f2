"""Identifiers in rows are numbers; operations take them apart – [MS-OXCDATA] 2.2.1."""

from __future__ import annotations

from posthouse.protocols.mapi.identifiers import ObjectId, read_object_id
from posthouse.protocols.mapi.reader import Reader


def object_id(number: int) -> ObjectId:
    """Of a value of PidTagFolderId, PidTagMid, …"""
    return read_object_id(Reader(number.to_bytes(8, "little", signed=True)))
