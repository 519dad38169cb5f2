"""A strict checker of FastTransfer streams, written from the grammar in [MS-OXCFXICS] 2.2.4.2 and 2.2.4.3.

    root = contentsSync / hierarchySync / state / folderContent / messageContent / attachmentContent / messageList
           / topFolder

`check_…` reads a whole stream of that root, raises Deviation at the first thing that should not be there, or is not
where it should be, and returns what it has read as plain dicts and lists. It shares nothing with what it checks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from struct import unpack
from typing import Any

from fx_idsets import check_versions, read_idset
from fx_tokens import IDSET_GIVEN, Deviation, Token, tokens

EID, MESSAGE_SIZE, CN = 1, 2, 4
RECIPIENTS, ATTACHMENTS, SUBFOLDERS, NORMAL, ASSOCIATED = 0x0E12000D, 0x0E13000D, 0x360E000D, 0x360F000D, 0x3610000D
_PARENT_SOURCE_KEY, _SOURCE_KEY, _CHANGE_KEY, _PCL = 0x65E10102, 0x65E00102, 0x65E20102, 0x65E30102
_MODIFIED, _ASSOCIATED, _MID, _SIZE, _CHANGE_NUMBER = 0x30080040, 0x67AA000B, 0x674A0014, 0x0E080003, 0x67A40014
_FOLDER_ID, _PARENT_FOLDER_ID = 0x67480014, 0x67490014
_NAME_ID, _COMMENT_ID, _CLASS_ID, _ROW_ID, _ATTACH_NUMBER = 0x3001, 0x3004, 0x001A, 0x30000003, 0x0E210003
_NOT_IN_CHANGE = {tag >> 16 for tag in (_SOURCE_KEY, _MODIFIED, _CHANGE_KEY, _PCL, _ASSOCIATED, _MID, _SIZE)}
_NOT_IN_CHANGE |= {_CHANGE_NUMBER >> 16, 0x0E69, 0x0E17}
_STATE = {IDSET_GIVEN: "given", 0x67960102: "seen", 0x67DA0102: "seen_fai", 0x67D20102: "read"}
_GONE = {0x67E50102: "deleted", 0x40210102: "no_longer_in_scope", 0x67930102: "expired"}
_READ = {0x402D0102: "read", 0x402E0102: "unread"}


@dataclass
class Expected:
    """How the download was configured."""

    extra_flags: int = 0
    progress: bool = False
    recover: bool = False
    no_foreign_identifiers: bool = False
    partial: bool = False
    no_deletions: bool = False
    ignore_no_longer_in_scope: bool = False
    read_state: bool = True
    strings: int = 0x1F
    """Their type; of 8 bits, or with a code page, as well."""
    code_page: str = "cp1252"


class _Error(Exception):
    """An errorInfo: parsing goes back to the next element around that can go on (R1078)."""


@dataclass
class _Stream:
    source: Iterator[Token]
    expected: Expected
    token: Token | None = None
    errors: list[bytes] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.step()

    def step(self) -> None:
        self.token = next(self.source, None)

    def error_info(self) -> None:
        """errorInfo = FXErrorInfo propList"""
        self.step()
        value = self.property(0x00000102)
        if len(value) != 88 or value[:4] != bytes(4) or value[80:84] != bytes(4):
            raise Deviation("an ExtendedErrorInfo of 88 bytes without auxiliary data (2.2.2.10)")
        self.errors.append(value)

    def peek(self) -> str:
        """The marker or meta-property that comes next, or property, or end."""
        if self.token is None:
            return "end"
        return self.token.marker or self.token.meta or "property"

    def fail(self, wanted: str) -> Exception:
        if self.is_error():
            return _Error()
        return Deviation(f"{wanted} expected, there is {self.token or 'the end'}")

    def is_error(self) -> bool:
        return self.peek() == "FXErrorInfo" and self.expected.recover

    def need(self, wanted: str) -> Any:
        if self.peek() != wanted:
            raise self.fail(wanted)
        assert self.token is not None
        value = self.token.value
        self.step()
        return value

    def has(self, wanted: str) -> bool:
        if self.peek() != wanted:
            return False
        self.step()
        return True

    def property(self, tag: int) -> Any:
        """This one, of this very type, comes next."""
        if self.peek() != "property" or self.token is None or self.token.tag != tag:
            raise self.fail(f"property {tag:08X}")
        value = self.token.value
        self.step()
        return value

    def has_property(self, tag: int) -> bool:
        return self.peek() == "property" and self.token is not None and self.token.tag == tag

    def prop_list(self, allowed: Callable[[Token], bool] | None = None) -> dict[Any, Any]:
        """Values by id or name. R3786: none of 0x6600 to 0x67FF, which no element asked for."""
        found: dict[Any, Any] = {}
        while self.peek() == "property":
            token = self.token
            assert token is not None
            if token.key in found:
                raise Deviation(f"{token.at}: {token.tag:08X} twice")
            if (allowed and not allowed(token)) or token.id == 0 or 0x6600 <= token.id <= 0x67FF or token.id == 0xFFFF:
                raise Deviation(f"{token.at}: {token.tag:08X} must not be here")
            self.string_type(token)
            found[token.key] = token.value
            self.step()
        return found

    def string_type(self, token: Token) -> None:
        """R3447 to R3457: strings are of the type that was asked for; a class may be in 8 bits."""
        wanted = self.expected.strings
        if token.type & ~0x1000 not in (0x1E, 0x1F) and not token.type & 0x8000:
            return
        allowed = {wanted, 0x101F if wanted == 0x84B0 else wanted | 0x1000}
        if wanted == 0x1F and token.id == _CLASS_ID:
            allowed.add(0x1E)
        if token.type not in allowed:
            raise Deviation(f"{token.at}: a string of type {token.type:04X}")


def _whole(root: Callable[[_Stream], Any]) -> Callable[..., Any]:
    def check(data: bytes, expected: Expected | None = None) -> Any:
        expected = expected or Expected()
        stream = _Stream(tokens(data, expected.code_page), expected)
        found = root(stream)
        if stream.token is not None:
            raise stream.fail("the end")
        return found

    return check


# messages


def _message_content(s: _Stream, with_mid: bool = False, announced: bool = False) -> dict[str, Any]:
    """messageContent = [MetaTagDnPrefix] propList messageChildren"""
    s.has("MetaTagDnPrefix")
    found = {"mid": s.property(_MID)} if with_mid else {}
    return found | {"properties": s.prop_list()} | _message_children(s, announced)


def _message_children(s: _Stream, announced: bool) -> dict[str, Any]:
    """messageChildren = [ MetaTagFXDelProp ] [ *recipient ] [ MetaTagFXDelProp ] [ *attachment ]

    `announced`: what is sent has its MetaTagFXDelProp (R2276, R2280)."""
    found: dict[str, Any] = {"recipients": None, "attachments": None}
    told = [s.need("MetaTagFXDelProp")] if s.peek() == "MetaTagFXDelProp" else []
    if told != [ATTACHMENTS]:
        found["recipients"] = _recipients(s)
        told += [s.need("MetaTagFXDelProp")] if s.peek() == "MetaTagFXDelProp" else []
    found["attachments"] = _attachments(s)
    if told not in ([], [RECIPIENTS], [ATTACHMENTS], [RECIPIENTS, ATTACHMENTS]):
        raise Deviation(f"MetaTagFXDelProp {told}")
    for tag, name in ((RECIPIENTS, "recipients"), (ATTACHMENTS, "attachments")):
        if announced and tag not in told:
            if found[name]:
                raise Deviation(f"{name} without their MetaTagFXDelProp")
            found[name] = None
    return found


def _recipients(s: _Stream) -> list[dict[Any, Any]]:
    """recipient = StartRecip propList EndToRecip; R1391, R1392: PidTagRowid is the first."""
    found: dict[int, dict[Any, Any]] = {}
    while s.has("StartRecip"):
        row = s.property(_ROW_ID)
        if row in found:
            raise Deviation(f"recipient {row} twice")
        found[row] = s.prop_list(lambda token: token.id != _ROW_ID >> 16)
        s.need("EndToRecip")
    return [{"row": row, **properties} for row, properties in found.items()]


def _attachments(s: _Stream) -> list[dict[str, Any]]:
    """attachment = NewAttach PidTagAttachNumber attachmentContent EndAttach"""
    found: dict[int, dict[str, Any]] = {}
    while s.has("NewAttach"):
        number = s.property(_ATTACH_NUMBER)
        if number in found:
            raise Deviation(f"attachment {number} twice")
        found[number] = _attachment_content(s)
        s.need("EndAttach")
    return [{"number": number, **content} for number, content in found.items()]


def _attachment_content(s: _Stream) -> dict[str, Any]:
    """attachmentContent = [MetaTagDnPrefix] propList [embeddedMessage]
    embeddedMessage = StartEmbed messageContent EndEmbed"""
    s.has("MetaTagDnPrefix")
    found: dict[str, Any] = {"properties": s.prop_list(lambda token: token.tag != _ATTACH_NUMBER), "embedded": None}
    if s.has("StartEmbed"):
        if 0x3701 in found["properties"]:
            raise Deviation("an attachment with data and a message within")
        found["embedded"] = _message_content(s)
        s.need("EndEmbed")
    return found


def _message_list(s: _Stream) -> list[dict[str, Any]]:
    """messageList = *( [MetaTagDnPrefix] [MetaTagEcWarning] [message] )
    message = ( StartMessage / StartFAIMsg ) messageContent EndMessage; R3311: with PidTagMid first"""
    found = []
    while True:
        try:
            if s.is_error():
                raise _Error
            if s.peek() not in ("MetaTagDnPrefix", "MetaTagEcWarning", "StartMessage", "StartFAIMsg"):
                return found
            s.has("MetaTagDnPrefix")
            listed: dict[str, Any] = {}
            if s.peek() == "MetaTagEcWarning":
                listed["warning"] = s.need("MetaTagEcWarning")
            if s.peek() in ("StartMessage", "StartFAIMsg"):
                listed["associated"] = s.peek() == "StartFAIMsg"
                s.step()
                listed |= _message_content(s, with_mid=True)
                s.need("EndMessage")
            found.append(listed)
        except _Error:
            s.error_info()
            found.append({"error": s.errors[-1]})


# folders


def _folder_content(s: _Stream, announced: bool = True, top: bool = False) -> dict[str, Any]:
    """folderContent = [MetaTagDnPrefix] propList ( MetaTagNewFXFolder / folderMessages )
                      [ MetaTagFXDelProp *subFolder ]
    folderContentNoDelProps = propList ( MetaTagNewFXFolder / folderMessagesNoDelProps ) [ *subFolderNoDelProps ]"""
    found: dict[str, Any] = {}
    if announced:
        s.has("MetaTagDnPrefix")
    if not top:  # R1344, R1345, R1347, R1348, R1350, R1351
        found["folder_id"] = s.property(_FOLDER_ID)
        found["name"], found["comment"] = _string(s, _NAME_ID), _string(s, _COMMENT_ID)
    if s.peek() == "MetaTagEcWarning":  # R3299
        found["warning"] = s.need("MetaTagEcWarning")
    found["properties"] = s.prop_list(lambda token: token.id not in (_NAME_ID, _COMMENT_ID))
    if s.peek() == "MetaTagNewFXFolder":
        found["elsewhere"] = s.need("MetaTagNewFXFolder")
    else:
        found |= _folder_messages(s) if announced else {"messages": _message_list(s)}
    found["subfolders"] = _subfolders(s, announced)
    return found


def _folder_messages(s: _Stream) -> dict[str, Any]:
    """folderMessages = *2( MetaTagFXDelProp messageList )"""
    found: dict[str, Any] = {}
    while s.peek() == "MetaTagFXDelProp":
        assert s.token is not None
        if s.token.value not in (NORMAL, ASSOCIATED) or s.token.value in found:
            break
        which = s.need("MetaTagFXDelProp")
        found[which] = _message_list(s)
        if any(listed.get("associated", which == ASSOCIATED) != (which == ASSOCIATED) for listed in found[which]):
            raise Deviation("a message of the other kind in the list")
    return {"associated": found.get(ASSOCIATED), "normal": found.get(NORMAL)}


def _subfolders(s: _Stream, announced: bool) -> list[dict[str, Any]] | None:
    """subFolder = StartSubFld folderContent EndFolder"""
    if announced:
        if s.peek() != "MetaTagFXDelProp":
            return None
        if s.need("MetaTagFXDelProp") != SUBFOLDERS:
            raise Deviation("MetaTagFXDelProp before subfolders is not theirs (R1113)")
    found = []
    while s.has("StartSubFld"):
        found.append(_folder_content(s, announced))
        s.need("EndFolder")
    return found


def _top_folder(s: _Stream) -> dict[str, Any]:
    """topFolder = [MetaTagDnPrefix] StartTopFld folderContentNoDelProps EndFolder"""
    s.has("MetaTagDnPrefix")
    s.need("StartTopFld")
    found = _folder_content(s, announced=False, top=True)
    s.need("EndFolder")
    return found


def _string(s: _Stream, id_: int) -> Any:
    """Of the type of all strings."""
    return s.property(id_ << 16 | s.expected.strings)


# synchronization


def _contents_sync(s: _Stream) -> dict[str, Any]:
    """contentsSync = [progressTotal] *( [progressPerMessage] messageChange ) [deletions] [readStateChanges] state
    IncrSyncEnd"""
    found: dict[str, Any] = {"progress": _progress_total(s) if s.expected.progress else None, "changes": []}
    seen: set[bytes] = set()
    while (change := _recovered_change(s)) is not None:
        found["changes"].append(change)
        if "header" in change and change["header"][_SOURCE_KEY] in seen:
            raise Deviation("two changes of one message")
        seen.add(change.get("header", {}).get(_SOURCE_KEY, b""))
    allowed = dict(_GONE)
    if s.expected.ignore_no_longer_in_scope:  # R1334
        del allowed[0x40210102]
    found["deletions"] = _idsets(s, "IncrSyncDel", {} if s.expected.no_deletions else allowed)
    found["read_states"] = _idsets(s, "IncrSyncRead", _READ if s.expected.read_state else {})
    found["state"] = _state(s, set(_STATE.values()), {"given", "seen"})
    s.need("IncrSyncEnd")
    found["errors"] = s.errors
    return found


def _recovered_change(s: _Stream) -> dict[str, Any] | None:
    try:
        if s.is_error():
            raise _Error
        if s.peek() not in ("IncrSyncProgressPerMsg", "IncrSyncChg", "IncrSyncGroupInfo"):
            return None
        told = _progress_per_message(s) if s.expected.progress else None  # R1171, R1172
        change = _message_change(s)
        if s.is_error():  # a change has no end of its own: the error is about it
            raise _Error
        if told is not None and told[1] != change["header"][_ASSOCIATED]:
            raise Deviation("progressPerMessage takes the message for one of the other kind (R1382, R1383)")
        return change
    except _Error:
        s.error_info()
        return {"error": s.errors[-1]}


def _progress_total(s: _Stream) -> tuple[int, ...]:
    """progressTotal = IncrSyncProgressMode propList"""
    s.need("IncrSyncProgressMode")
    value = s.property(0x00000102)
    if len(value) != 32:
        raise Deviation("a ProgressInformation of 32 bytes (2.2.2.7)")
    version, padding, fai, fai_size, normal, more_padding, normal_size = unpack("<HHIQIIQ", value)
    if version or padding or more_padding:
        raise Deviation("a ProgressInformation of version 0, with padding of zeros (R222, R223, R232)")
    return fai, fai_size, normal, normal_size


def _progress_per_message(s: _Stream) -> tuple[int, bool]:
    """progressPerMessage = IncrSyncProgressPerMsg propList"""
    s.need("IncrSyncProgressPerMsg")
    return s.property(0x00000003), s.property(0x0000000B)


def _message_change(s: _Stream) -> dict[str, Any]:
    """messageChange = messageChangeFull / messageChangePartial
    messageChangeFull = IncrSyncChg messageChangeHeader IncrSyncMessage propList messageChildren"""
    if s.peek() == "IncrSyncGroupInfo":
        return _message_change_partial(s)
    s.need("IncrSyncChg")
    header = _header(s)
    s.need("IncrSyncMessage")
    found = {"header": header, "properties": s.prop_list(lambda token: token.id not in _NOT_IN_CHANGE)}
    return found | _message_children(s, announced=True)


def _message_change_partial(s: _Stream) -> dict[str, Any]:
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
    return found | _message_children(s, announced=True)


def _group(s: _Stream) -> dict[Any, Any]:
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


def _group_info(s: _Stream) -> tuple[int, list[int]]:
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


def _header(s: _Stream) -> dict[int, Any]:
    """messageChangeHeader: R1352 to R1368."""
    found = {tag: s.property(tag) for tag in (_SOURCE_KEY, _MODIFIED, _CHANGE_KEY, _PCL, _ASSOCIATED)}
    for flag, tag in ((EID, _MID), (MESSAGE_SIZE, _SIZE), (CN, _CHANGE_NUMBER)):
        if s.expected.extra_flags & flag:
            found[tag] = s.property(tag)
    if len(found[_SOURCE_KEY]) != 22:
        raise Deviation("a source key of 22 bytes")
    check_versions(found[_CHANGE_KEY], found[_PCL])
    return found


def _hierarchy_sync(s: _Stream) -> dict[str, Any]:
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
    found["state"] = _state(s, {"given", "seen"}, {"given", "seen"})  # R1209, R1211
    s.need("IncrSyncEnd")
    return found


def _folder_change(s: _Stream) -> dict[int, Any]:
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


def _idsets(s: _Stream, marker: str, allowed: dict[int, str]) -> dict[str, Any]:
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


def _state(s: _Stream, allowed: set[str], required: set[str]) -> dict[str, Any]:
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


check_contents_sync = _whole(_contents_sync)
check_hierarchy_sync = _whole(_hierarchy_sync)
check_state = _whole(lambda s: _state(s, set(_STATE.values()), set()))
check_message_content = _whole(lambda s: _message_content(s, announced=True))
check_attachment_content = _whole(_attachment_content)
check_message_list = _whole(_message_list)
check_folder_content = _whole(_folder_content)
check_top_folder = _whole(_top_folder)
