"""Attachments, and messages within messages – [MS-OXCMSG] 2.2.2, 3.1.4."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING

from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.rops.attachment import (
    RopOpenEmbeddedMessageRequest,
    RopOpenEmbeddedMessageResponse,
    RopSaveChangesAttachmentRequest,
    RopSaveChangesAttachmentResponse,
)
from posthouse.protocols.mapi.rops.message import LOGON_CODE_PAGE, MessageOpenMode, SaveFlags
from posthouse.protocols.mapi.rops.stream import StreamOpenMode

from .holder import Holder
from .names import Link
from .refs import Places, Ref

if TYPE_CHECKING:
    from .message import Message


class Method(IntEnum):
    """PidTagAttachMethod ([MS-OXCMSG] 2.2.2.9), those in use."""

    BY_VALUE = 1
    EMBEDDED_MESSAGE = 5
    OLE = 6


@dataclass(frozen=True, slots=True)
class AttachmentInfo:
    """A row of the attachments of a message."""

    number: int
    """By which it is opened."""
    name: str
    media_type: str
    size: int
    """Of its properties together."""
    method: int
    """A Method."""
    content_id: str


COLUMNS = (
    tags.PidTagAttachNumber,
    tags.PidTagAttachLongFilename,
    tags.PidTagAttachMimeTag,
    tags.PidTagAttachSize,
    tags.PidTagAttachMethod,
    tags.PidTagAttachContentId,
)


class Attachment(Holder):
    def __init__(self, link: Link, ref: Ref, message: Ref, number: int) -> None:
        super().__init__(link, ref)
        self._message = message
        self.number = number

    async def pieces(self) -> AsyncIterator[bytes]:
        """Its content, piece by piece."""
        with await self.open_stream(tags.PidTagAttachDataBinary) as stream:
            async for piece in stream.pieces():
                yield piece

    async def read(self) -> bytes:
        return b"".join([piece async for piece in self.pieces()])

    async def write(self, content: bytes | AsyncIterable[bytes]) -> None:
        """Kept by `save`."""
        with await self.open_stream(tags.PidTagAttachDataBinary, StreamOpenMode.CREATE) as stream:
            if isinstance(content, bytes):
                await stream.write(content)
            else:
                async for piece in content:
                    await stream.write(piece)
            await stream.commit()

    async def open_message(self, mode: MessageOpenMode = MessageOpenMode.READ_ONLY) -> Message:
        """The message that is attached."""
        from .message import Message

        ref = Ref()

        def ask(at: Places) -> RopOpenEmbeddedMessageRequest:
            return RopOpenEmbeddedMessageRequest(0, at(self.ref), at(ref), LOGON_CODE_PAGE, mode)

        response = await self.link.session.get(ask, RopOpenEmbeddedMessageResponse)
        if mode is MessageOpenMode.READ_ONLY:
            ref.opener = ask
        return Message(self.link, ref, response.message, response.message_id, within=self.ref)

    async def create_message(self) -> Message:
        """To be saved before the attachment, which is to be saved before its message."""
        return await self.open_message(MessageOpenMode.CREATE)

    async def save(self) -> None:
        """The message that it belongs to must be saved, too."""
        await self.link.session.get(
            lambda at: RopSaveChangesAttachmentRequest(
                0, at(self._message), at(self.ref), SaveFlags.KEEP_OPEN_READ_WRITE
            ),
            RopSaveChangesAttachmentResponse,
        )
