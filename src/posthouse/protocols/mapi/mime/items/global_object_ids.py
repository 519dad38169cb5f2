"""PidLidGlobalObjectId ⇄ the UID of iCalendar – [MS-OXOCAL] 2.2.1.27, [MS-OXCICAL] 2.1.3.1.1.20.26.

id = class date creation reserved size data     ; data of a foreign UID: "vCal-Uid" %x01.00.00.00 UID %x00
"""

from __future__ import annotations

import re
from datetime import date
from struct import pack

_CLASS = bytes.fromhex("040000008200E00074C5B7101A82E008")
_FOREIGN = b"vCal-Uid\x01\0\0\0"
_HEX = re.compile(r"(?:[0-9A-Fa-f]{2}){41,500}")
_DATA = 40
MAX_UID = 1_024


def global_object_id(uid: str, instance: date | None = None) -> bytes:
    """`instance`: which one of a series."""
    own = bytes.fromhex(uid) if _HEX.fullmatch(uid) else b""
    if not own.startswith(_CLASS):
        data = _FOREIGN + uid.encode("utf-8", "replace")[:MAX_UID] + b"\0"
        own = _CLASS + bytes(20) + pack("<I", len(data)) + data
    day = bytes(4) if instance is None else pack(">HBB", instance.year, instance.month, instance.day)
    return own[:16] + day + own[20:]


def clean_id(found: bytes) -> bytes:
    """PidLidCleanGlobalObjectId: that of the series."""
    return found[:16] + bytes(4) + found[20:]


def uid_of(found: bytes) -> str:
    data = found[_DATA:]
    if found.startswith(_CLASS) and data.startswith(_FOREIGN):
        return data[len(_FOREIGN) :].rstrip(b"\0").decode("utf-8", "replace")
    return clean_id(found).hex().upper()


def instance_of(found: bytes) -> date | None:
    year, month, day = int.from_bytes(found[16:18], "big"), *found[18:20].ljust(2, b"\0")
    try:
        return date(year, month, day)
    except ValueError:
        return None
