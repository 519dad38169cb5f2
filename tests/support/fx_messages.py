"""Messages and what is in them, as strictly as [MS-OXCFXICS] 2.2.4.2 and 2.2.4.3 can be read: of `fx_checker`."""

from __future__ import annotations

from typing import Any

from fx_stream import ErrorHere, Stream
from fx_tokens import Deviation

RECIPIENTS, ATTACHMENTS = 0x0E12000D, 0x0E13000D
_MID, _ROW_ID, _ATTACH_NUMBER = 0x674A0014, 0x30000003, 0x0E210003


def message_content(s: Stream, with_mid: bool = False, announced: bool = False) -> dict[str, Any]:
    """messageContent = [MetaTagDnPrefix] propList messageChildren"""
    s.has("MetaTagDnPrefix")
    found = {"mid": s.property(_MID)} if with_mid else {}
    return found | {"properties": s.prop_list()} | message_children(s, announced)


def message_children(s: Stream, announced: bool) -> dict[str, Any]:
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


def _recipients(s: Stream) -> list[dict[Any, Any]]:
    """recipient = StartRecip propList EndToRecip; R1391, R1392: PidTagRowid is the first."""
    found: dict[int, dict[Any, Any]] = {}
    while s.has("StartRecip"):
        row = s.property(_ROW_ID)
        if row in found:
            raise Deviation(f"recipient {row} twice")
        found[row] = s.prop_list(lambda token: token.id != _ROW_ID >> 16)
        s.need("EndToRecip")
    return [{"row": row, **properties} for row, properties in found.items()]


def _attachments(s: Stream) -> list[dict[str, Any]]:
    """attachment = NewAttach PidTagAttachNumber attachmentContent EndAttach"""
    found: dict[int, dict[str, Any]] = {}
    while s.has("NewAttach"):
        number = s.property(_ATTACH_NUMBER)
        if number in found:
            raise Deviation(f"attachment {number} twice")
        found[number] = attachment_content(s)
        s.need("EndAttach")
    return [{"number": number, **content} for number, content in found.items()]


def attachment_content(s: Stream) -> dict[str, Any]:
    """attachmentContent = [MetaTagDnPrefix] propList [embeddedMessage]
    embeddedMessage = StartEmbed messageContent EndEmbed"""
    s.has("MetaTagDnPrefix")
    found: dict[str, Any] = {"properties": s.prop_list(lambda token: token.tag != _ATTACH_NUMBER), "embedded": None}
    if s.has("StartEmbed"):
        if 0x3701 in found["properties"]:
            raise Deviation("an attachment with data and a message within")
        found["embedded"] = message_content(s)
        s.need("EndEmbed")
    return found


def message_list(s: Stream) -> list[dict[str, Any]]:
    """messageList = *( [MetaTagDnPrefix] [MetaTagEcWarning] [message] )
    message = ( StartMessage / StartFAIMsg ) messageContent EndMessage; R3311: with PidTagMid first"""
    found = []
    while True:
        try:
            if s.is_error():
                raise ErrorHere
            if s.peek() not in ("MetaTagDnPrefix", "MetaTagEcWarning", "StartMessage", "StartFAIMsg"):
                return found
            s.has("MetaTagDnPrefix")
            listed: dict[str, Any] = {}
            if s.peek() == "MetaTagEcWarning":
                listed["warning"] = s.need("MetaTagEcWarning")
            if s.peek() in ("StartMessage", "StartFAIMsg"):
                listed["associated"] = s.peek() == "StartFAIMsg"
                s.step()
                listed |= message_content(s, with_mid=True)
                s.need("EndMessage")
            found.append(listed)
        except ErrorHere:
            s.error_info()
            found.append({"error": s.errors[-1]})
