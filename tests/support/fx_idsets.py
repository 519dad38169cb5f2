"""Serialized IDSETs and change lists, as strictly as [MS-OXCFXICS] 2.2.2.3, 2.2.2.4 can be read: of `fx_checker`."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from fx_tokens import Deviation


def read_idset(data: bytes, with_guids: bool) -> dict[Any, list[tuple[int, int]]]:
    """Ranges by replica: ascending, apart, with nothing between or behind the parts."""
    size = 16 if with_guids else 2
    found: dict[Any, list[tuple[int, int]]] = {}
    at, before = 0, b""
    while at < len(data):
        raw = data[at : at + size]
        order = raw if with_guids else raw[::-1]
        if len(raw) < size or (order <= before and found):
            raise Deviation(f"IDSET {at}: replicas are in ascending order (R181, R186)")
        before = order
        replica = UUID(bytes_le=raw) if with_guids else int.from_bytes(raw, "little")
        if not replica:
            raise Deviation(f"IDSET {at}: REPLID 0")
        found[replica], at = _globset(data, at + size)
    return found


def _globset(data: bytes, at: int) -> tuple[list[tuple[int, int]], int]:
    ranges: list[tuple[int, int]] = []
    stack: list[bytes] = []

    def take(size: int) -> bytes:
        nonlocal at
        at += size
        if at > len(data):
            raise Deviation(f"GLOBSET {at}: ends early")
        return data[at - size : at]

    def add(low: bytes, high: bytes) -> None:
        ranges.append((int.from_bytes(low, "big"), int.from_bytes(high, "big")))

    while command := take(1)[0]:
        common = b"".join(stack)
        if 1 <= command <= 6 - len(common):
            pushed = take(command)
            if len(common + pushed) == 6:
                add(common + pushed, common + pushed)
            else:
                stack.append(pushed)
        elif command == 0x50 and stack:
            stack.pop()
        elif command == 0x52:
            size = 6 - len(common)
            add(common + take(size), common + take(size))
        elif command == 0x42 and len(common) == 5:
            start, mask = take(2)
            for low in [start, *(start + 1 + bit for bit in range(8) if mask & 1 << bit)]:
                if low > 0xFF:
                    raise Deviation(f"GLOBSET {at}: a bitmask over the end of its block")
                add(common + bytes([low]), common + bytes([low]))
        else:
            raise Deviation(f"GLOBSET {at}: command {command:02X}")
    if stack:
        raise Deviation(f"GLOBSET {at}: bytes left on the stack (R1989)")
    last = 0
    for low, high in ranges:
        if low > high or low <= last:
            raise Deviation(f"GLOBSET {at}: not from the lowest to the highest, each once (R214, R1936)")
        last = high
    if not ranges:
        raise Deviation(f"GLOBSET {at}: a replica without members")
    return ranges, at


def check_versions(change_key: bytes, predecessors: bytes) -> None:
    """R157, R169, R2737, R65: a list is in the order of its namespaces, each once; it has the change key in it."""
    found: dict[bytes, bytes] = {}
    at, before = 0, b""
    while at < len(predecessors):
        size = predecessors[at]
        xid = predecessors[at + 1 : at + 1 + size]
        if len(xid) != size or not 17 <= size <= 24:
            raise Deviation(f"PCL {at}: an XID of {size} bytes")
        if xid[:16] <= before and found:
            raise Deviation(f"PCL {at}: namespaces ascend (R169)")
        before = xid[:16]
        found[before] = xid[16:]
        at += 1 + size
    if not 17 <= len(change_key) <= 24:
        raise Deviation("an XID of 17 to 24 bytes as change key (R157)")
    own = found.get(change_key[:16])
    if own is None or len(own) != len(change_key) - 16 or own < change_key[16:]:
        raise Deviation("the list of predecessors does not have the change key (R65)")
