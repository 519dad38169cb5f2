"""Tables of a message's attachments, as its handle sees them – [MS-OXCMSG] 2.2.3.17, 3.2.5.17."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.objects import Attachment, Key, Properties
from posthouse.protocols.mapi.property_values import PropertyTag
from posthouse.servers.mapi.messages.attachment import attachment_properties
from posthouse.servers.mapi.messages.message import OpenMessage

from .source import Kind, SmallSource


class AttachmentsSource(SmallSource):
    kind = Kind.OTHERS

    def __init__(self, message: OpenMessage) -> None:
        super().__init__(message.logon)
        self._message = message

    async def version(self) -> Any:
        """Attachments are never changed in place: others come in their stead."""
        return tuple(self._message.tree.attachments)

    async def load(self) -> Mapping[int, Attachment]:
        return {one.number: one for one in self._message.tree.attachments}

    def properties(self, key: int, one: Attachment, wanted: Collection[Key]) -> Properties:
        return attachment_properties(one)

    def columns(self) -> Sequence[PropertyTag]:
        return (
            *(tags.PidTagAttachNumber, tags.PidTagAttachSize, tags.PidTagAttachMethod, tags.PidTagRenderingPosition),
            *(tags.PidTagAttachFilename, tags.PidTagAttachLongFilename, tags.PidTagAttachExtension),
            *(tags.PidTagAttachMimeTag, tags.PidTagAttachContentId, tags.PidTagAttachFlags),
            *(tags.PidTagAttachmentHidden, tags.PidTagDisplayName, tags.PidTagCreationTime),
            *(tags.PidTagLastModificationTime, tags.PidTagRecordKey, tags.PidTagObjectType, tags.PidTagAccessLevel),
            *(tags.PidTagAttachDataBinary, tags.PidTagAttachLongPathname, tags.PidTagAttachPathname),
            *(tags.PidTagAttachTag, tags.PidTagAttachEncoding, tags.PidTagAttachAdditionalInformation),
            *(tags.PidTagAttachRendering, tags.PidTagAttachTransportName, tags.PidTagTextAttachmentCharset),
            *(tags.PidTagAttachContentLocation, tags.PidTagAttachContentBase),
            *(tags.PidTagAttachmentLinkId, tags.PidTagAttachmentFlags, tags.PidTagAccess, tags.PidTagInstanceKey),
        )
