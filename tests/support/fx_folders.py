"""Folders with all that is in them, as strictly as [MS-OXCFXICS] 2.2.4.2 and 2.2.4.3 can be read: of `fx_checker`."""

from __future__ import annotations

from typing import Any

from fx_messages import message_list
from fx_stream import Stream
from fx_tokens import Deviation

_SUBFOLDERS, _NORMAL, _ASSOCIATED = 0x360E000D, 0x360F000D, 0x3610000D
_FOLDER_ID, _NAME_ID, _COMMENT_ID = 0x67480014, 0x3001, 0x3004


def folder_content(s: Stream, announced: bool = True, begun_by: str = "") -> dict[str, Any]:
    """folderContent = [MetaTagDnPrefix] propList ( MetaTagNewFXFolder / folderMessages )
                      [ MetaTagFXDelProp *subFolder ]
    folderContentNoDelProps = propList ( MetaTagNewFXFolder / folderMessagesNoDelProps ) [ *subFolderNoDelProps ]

    `begun_by`: the marker of the folder element that it is in; none, where it is the root."""
    found: dict[str, Any] = {}
    if announced:
        s.has("MetaTagDnPrefix")
    if begun_by == "StartSubFld":  # R1344, R1345, R1347, R1348, R1350, R1351
        found["folder_id"] = s.property(_FOLDER_ID)
        found["name"], found["comment"] = _string(s, _NAME_ID), _string(s, _COMMENT_ID)
    elif not begun_by:  # filters may have taken them (R379, R450)
        for name, id_ in (("name", _NAME_ID), ("comment", _COMMENT_ID)):
            found[name] = _string(s, id_) if s.token is not None and s.token.id == id_ else None
    if s.peek() == "MetaTagEcWarning":  # R3299
        found["warning"] = s.need("MetaTagEcWarning")
    found["properties"] = s.prop_list(lambda token: token.id not in (_NAME_ID, _COMMENT_ID))
    if s.peek() == "MetaTagNewFXFolder":
        found["elsewhere"] = s.need("MetaTagNewFXFolder")
    else:
        found |= _folder_messages(s) if announced else {"messages": message_list(s)}
    found["subfolders"] = _subfolders(s, announced)
    return found


def _folder_messages(s: Stream) -> dict[str, Any]:
    """folderMessages = *2( MetaTagFXDelProp messageList )"""
    found: dict[str, Any] = {}
    while s.peek() == "MetaTagFXDelProp":
        assert s.token is not None
        if s.token.value not in (_NORMAL, _ASSOCIATED) or s.token.value in found:
            break
        which = s.need("MetaTagFXDelProp")
        found[which] = message_list(s)
        if any(listed.get("associated", which == _ASSOCIATED) != (which == _ASSOCIATED) for listed in found[which]):
            raise Deviation("a message of the other kind in the list")
    return {"associated": found.get(_ASSOCIATED), "normal": found.get(_NORMAL)}


def _subfolders(s: Stream, announced: bool) -> list[dict[str, Any]] | None:
    """subFolder = StartSubFld folderContent EndFolder"""
    if announced:
        if s.peek() != "MetaTagFXDelProp":
            return None
        if s.need("MetaTagFXDelProp") != _SUBFOLDERS:
            raise Deviation("MetaTagFXDelProp before subfolders is not theirs (R1113)")
    found = []
    while s.has("StartSubFld"):
        found.append(folder_content(s, announced, "StartSubFld"))
        s.need("EndFolder")
    return found


def top_folder(s: Stream) -> dict[str, Any]:
    """topFolder = [MetaTagDnPrefix] StartTopFld folderContentNoDelProps EndFolder"""
    s.has("MetaTagDnPrefix")
    s.need("StartTopFld")
    found = folder_content(s, announced=False, begun_by="StartTopFld")
    s.need("EndFolder")
    return found


def _string(s: Stream, id_: int) -> Any:
    """Of the type of all strings."""
    return s.property(id_ << 16 | s.expected.strings)
