"""Synchronizations, as strictly as [MS-OXCFXICS] 2.2.4.2 and 2.2.4.3 can be read: of `fx_checker`."""

from __future__ import annotations

from struct import unpack
from typing import Any

from fx_idsets import check_versions, read_idset
from fx_messages import message_children
from fx_stream import ErrorHere, Stream
from fx_tokens import IDSET_GIVEN, Deviation

EID, MESSAGE_SIZE, CN = 1, 2, 4
_PARENT_SOURCE_KEY, _SOURCE_KEY, _CHANGE_KEY, _PCL = 0x65E10102, 0x65E00102, 0x65E20102, 0x65E30102
_MODIFIED, _ASSOCIATED, _MID, _SIZE, _CHANGE_NUMBER = 0x30080040, 0x67AA000B, 0x674A0014, 0x0E080003, 0x67A40014
_FOLDER_ID, _PARENT_FOLDER_ID, _NAME_ID = 0x67480014, 0x67490014, 0x3001
_NOT_IN_CHANGE = {tag >> 16 for tag in (_SOURCE_KEY, _MODIFIED, _CHANGE_KEY, _PCL, _ASSOCIATED, _MID, _SIZE)}
_NOT_IN_CHANGE |= {_CHANGE_NUMBER >> 16, 0x0E69, 0x0E17}
_STATE = {IDSET_GIVEN: "given", 0x67960102: "seen", 0x67DA0102: "seen_fai", 0x67D20102: "read"}
_GONE = {0x67E50102: "deleted", 0x40210102: "no_longer_in_scope", 0x67930102: "expired"}
_READ = {0x402D0102: "read", 0x402E0102: "unread"}


def contents_sync(s: Stream) -> dict[str, Any]:
    """contentsSync = [progressTotal] *( [progressPerMessage] messageChange ) [deletions] [readStateChanges] state
    IncrSyncEnd"""
    found: dict[str, Any] = {"progress": _progress_total(s) if s.expected.progress else None, "changes": []}
    while (change := _recovered_change(s)) is not None:
        _require_conflict(change, found["changes"])
        found["changes"].append(change)
    allowed = dict(_GONE)
    if s.expected.ignore_no_longer_in_scope:  # R1334
        del allowed[0x40210102]
    found["deletions"] = _idsets(s, "IncrSyncDel", {} if s.expected.no_deletions else allowed)
    found["read_states"] = _idsets(s, "IncrSyncRead", _READ if s.expected.read_state else {})
    found["state"] = state(s, set(_STATE.values()), {"given", "seen"})
    s.need("IncrSyncEnd")
    found["errors"] = s.errors
    return found


def _recovered_change(s: Stream) -> dict[str, Any] | None:
    try:
        if s.is_error():
            raise ErrorHere
        if s.peek() not in ("IncrSyncProgressPerMsg", "IncrSyncChg", "IncrSyncGroupInfo"):
            return None
        told = _progress_per_message(s) if s.expected.progress else None  # R1171, R1172
        change = _message_change(s)
        if s.is_error():  # a change has no end of its own: the error is about it
            raise ErrorHere
        if told is not None and told[1] != change["header"][_ASSOCIATED]:
            raise Deviation("progressPerMessage takes the message for one of the other kind (R1382, R1383)")
        return change
    except ErrorHere:
        s.error_info()
        return {"error": s.errors[-1]}


def _progress_total(s: Stream) -> tuple[int, ...]:
    """progressTotal = IncrSyncProgressMode propList"""
    s.need("IncrSyncProgressMode")
    value = s.property(0x00000102)
    if len(value) != 32:
        raise Deviation("a ProgressInformation of 32 bytes (2.2.2.7)")
    version, padding, fai, fai_size, normal, more_padding, normal_size = unpack("<HHIQIIQ", value)
    if version or padding or more_padding:
        raise Deviation("a ProgressInformation of version 0, with padding of zeros (R222, R223, R232)")
    return fai, fai_size, normal, normal_size


def _progress_per_message(s: Stream) -> tuple[int, bool]:
    """progressPerMessage = IncrSyncProgressPerMsg propList"""
    s.need("IncrSyncProgressPerMsg")
    return s.property(0x00000003), s.property(0x0000000B)


def _message_change(s: Stream) -> dict[str, Any]:
    """messageChange = messageChangeFull / messageChangePartial
    messageChangeFull = IncrSyncChg messageChangeHeader IncrSyncMessage propList messageChildren"""
    if s.peek() == "IncrSyncGroupInfo":
        return _message_change_partial(s)
    s.need("IncrSyncChg")
    header = _header(s)
    s.need("IncrSyncMessage")
    found = {"header": header, "properties": s.prop_list(lambda token: token.id not in _NOT_IN_CHANGE)}
    return found | message_children(s, announced=True)


def _require_conflict(change: dict[str, Any], before: list[dict[str, Any]]) -> None:
    """Two changes of one message are versions that are in conflict, whole, one behind the other (R1138, R1817)."""
    same = [one for one in before if _key(one) is not None and _key(one) == _key(change)]
    if not same:
        return
    if same != before[-len(same) :] or any("groups" in one for one in (*same, change)):
        raise Deviation("two changes of one message")
    lists = [_newest(one["header"][_PCL]) for one in (*same, change)]
    if any(_includes(lists[-1], one) or _includes(one, lists[-1]) for one in lists[:-1]):
        raise Deviation("two versions of a message that are not in conflict")


def _newest(predecessors: bytes) -> dict[bytes, bytes]:
    """Of each namespace of a PredecessorChangeList (2.2.2.3)."""
    found, at = {}, 0
    while at < len(predecessors):
        size = predecessors[at]
        found[predecessors[at + 1 : at + 17]] = predecessors[at + 17 : at + 1 + size]
        at += 1 + size
    return found


def _includes(one: dict[bytes, bytes], other: dict[bytes, bytes]) -> bool:
    """3.1.5.6.1"""
    return all(guid in one and one[guid] >= number for guid, number in other.items())


def _key(change: dict[str, Any]) -> bytes | None:
    found: bytes | None = change.get("header", {}).get(_SOURCE_KEY)
    return found


def _message_change_partial(s: Stream) -> dict[str, Any]:
    """messageChangePartial = groupInfo MetaTagIncrSyncGroupId IncrSyncChgPartial messageChangeHeader
    *( MetaTagIncrementalSyncMessagePartial propList ) messageChildren"""
    if not s.expected.partial:
        raise Deviation("a partial change that nobody asked for (R1135)")
    mapping = _group_info(s)
    found: dict[str, Any] = {"mapping": mapping, "group": s.need("MetaTagIncrSyncGroupId"), "groups": {}}
    s.need("IncrSyncChgPartial")
    found["header"] = _header(s)
    if found["header"][_ASSOCIATED]:
        raise Deviation("a partial change of an FAI message (R1137)")
    while s.peek() == "MetaTagIncrementalSyncMessagePartial":
        index = s.need("MetaTagIncrementalSyncMessagePartial")
        found["groups"][index] = _group(s)
    return found | message_children(s, announced=True)


def _group(s: Stream) -> dict[Any, Any]:
    """R1370, R1371: an empty group has 0x00000003 with 0, no other has."""
    if s.has_property(0x00000003):
        if s.property(0x00000003):
            raise Deviation("0x00000003 of an empty group is 0 (R1371)")
        if s.peek() == "property":
            raise Deviation("an empty group has properties (R1370)")
        return {}
    found = s.prop_list(lambda token: token.id not in _NOT_IN_CHANGE)
    if not found:
        raise Deviation("an empty group without 0x00000003 (R1370)")
    return found


def _group_info(s: Stream) -> tuple[int, list[int]]:
    """groupInfo = IncrSyncGroupInfo propList; PropertyGroupInfo: 2.2.2.8"""
    s.need("IncrSyncGroupInfo")
    value = s.property(0x00000102)
    group, reserved, count = unpack("<III", value[:12])
    at, sizes = 12, []
    for _ in range(count):
        (members,) = unpack("<I", value[at : at + 4])
        at += 4
        for _ in range(members):
            at = _after_group_property(value, at)
        sizes.append(members)
    if reserved or not count or 0 in sizes or at != len(value):
        raise Deviation("a PropertyGroupInfo (R242, R245, R250)")
    return group, sizes


def _after_group_property(value: bytes, at: int) -> int:
    (id_,) = unpack("<H", value[at + 2 : at + 4])
    at += 4
    if id_ < 0x8000:
        return at
    kind, number = unpack("<II", value[at + 16 : at + 24])
    if kind > 1:
        raise Deviation(f"kind {kind} of a name (R256)")
    if kind and (number % 2 or not number):
        raise Deviation(f"a name of {number} bytes (R26201)")
    return at + 24 + kind * number


def _header(s: Stream) -> dict[int, Any]:
    """messageChangeHeader: R1352 to R1368."""
    found = {tag: s.property(tag) for tag in (_SOURCE_KEY, _MODIFIED, _CHANGE_KEY, _PCL, _ASSOCIATED)}
    for flag, tag in ((EID, _MID), (MESSAGE_SIZE, _SIZE), (CN, _CHANGE_NUMBER)):
        if s.expected.extra_flags & flag:
            found[tag] = s.property(tag)
    if len(found[_SOURCE_KEY]) != 22:
        raise Deviation("a source key of 22 bytes")
    check_versions(found[_CHANGE_KEY], found[_PCL])
    return found


def hierarchy_sync(s: Stream) -> dict[str, Any]:
    """hierarchySync = *folderChange [deletions] state IncrSyncEnd; R1128, R1129: each once, parents first."""
    changes = []
    while s.has("IncrSyncChg"):
        changes.append(_folder_change(s))
    keys = [change[_SOURCE_KEY >> 16] for change in changes]
    if len(set(keys)) != len(keys):
        raise Deviation("two changes of one folder (R1128)")
    for at, change in enumerate(changes):
        if change[_PARENT_SOURCE_KEY >> 16] in keys[at:]:
            raise Deviation("a child before its parent (R1129)")
    allowed = {} if s.expected.no_deletions else {0x67E50102: "deleted"}  # R1333, R1337002
    found = {"changes": changes, "deletions": _idsets(s, "IncrSyncDel", allowed)}
    found["state"] = state(s, {"given", "seen"}, {"given", "seen"})  # R1209, R1211
    s.need("IncrSyncEnd")
    return found


def _folder_change(s: Stream) -> dict[int, Any]:
    """folderChange = IncrSyncChg propList: R1088 to R109701. The order is free."""
    expected, found = s.expected, {}
    required = {_PARENT_SOURCE_KEY, _SOURCE_KEY, _MODIFIED, _CHANGE_KEY, _PCL, _NAME_ID << 16 | expected.strings}
    if expected.extra_flags & EID:
        required.add(_FOLDER_ID)
    if expected.no_foreign_identifiers or expected.extra_flags & EID:
        required.add(_PARENT_FOLDER_ID)
    tags = set()
    while s.peek() == "property":
        token = s.token
        assert token is not None
        s.string_type(token)
        if token.id in found or token.name is not None or (0x6600 <= token.id <= 0x67FF and token.tag not in required):
            raise Deviation(f"{token.at}: {token.tag:08X} must not be here")
        found[token.id] = token.value
        tags.add(token.tag)
        s.step()
    if required - tags:
        raise Deviation(f"a folder without {[f'{tag:08X}' for tag in required - tags]}")
    if len(found[_SOURCE_KEY >> 16]) != 22 or len(found[_PARENT_SOURCE_KEY >> 16]) not in (0, 22):
        raise Deviation("source keys of 22 bytes, or none of the parent (R1127)")
    check_versions(found[_CHANGE_KEY >> 16], found[_PCL >> 16])
    return found


def _idsets(s: Stream, marker: str, allowed: dict[int, str]) -> dict[str, Any]:
    """R1063, R1337, R3316 to R3319: at least one, no others; R1946: with REPLIDs."""
    if not s.has(marker):
        return {}
    found: dict[str, Any] = {}
    while s.peek() == "property":
        assert s.token is not None
        name = allowed.get(s.token.tag)
        if name is None or name in found:
            raise s.fail(f"after {marker}, one of {sorted(allowed.values())}")
        found[name] = read_idset(s.property(s.token.tag), with_guids=False)
        if not found[name]:
            raise Deviation(f"an empty set {name}")
    if not found:
        raise Deviation(f"nothing after {marker}")
    return found


def state(s: Stream, allowed: set[str], required: set[str]) -> dict[str, Any]:
    """state = IncrSyncStateBegin propList IncrSyncStateEnd; R1209 to R1212, R1945: with REPLGUIDs."""
    s.need("IncrSyncStateBegin")
    found: dict[str, Any] = {}
    while s.peek() == "property":
        assert s.token is not None
        name = _STATE.get(s.token.tag)
        if name not in allowed or name in found:
            raise s.fail(f"in a state, one of {sorted(allowed)}")
        found[name] = read_idset(s.property(s.token.tag), with_guids=True)
    if required - set(found):
        raise Deviation(f"a state without {required - set(found)}")
    s.need("IncrSyncStateEnd")
    return found


def any_state(s: Stream) -> dict[str, Any]:
    """By itself it may have any of the four."""
    return state(s, set(_STATE.values()), set())
