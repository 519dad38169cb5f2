"""Messages: read, written, sent – [MS-OXCMSG] 3.1.4, [MS-OXOMSG] 3.1.4."""

from __future__ import annotations

from collections.abc import Iterable
from mimetypes import guess_type

from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.code_pages import codec_of
from posthouse.protocols.mapi.identifiers import ObjectId, folder_server_id
from posthouse.protocols.mapi.rops.attachment import (
    AttachmentOpenMode,
    AttachmentTableFlags,
    RopCreateAttachmentRequest,
    RopCreateAttachmentResponse,
    RopDeleteAttachmentRequest,
    RopGetAttachmentTableRequest,
    RopGetAttachmentTableResponse,
    RopOpenAttachmentRequest,
    RopOpenAttachmentResponse,
)
from posthouse.protocols.mapi.rops.message import (
    OpenedMessage,
    RopSaveChangesMessageRequest,
    RopSaveChangesMessageResponse,
    SaveFlags,
)
from posthouse.protocols.mapi.rops.message_status import ReadFlags, RopSetMessageReadFlagRequest
from posthouse.protocols.mapi.rops.recipient import (
    RopModifyRecipientsRequest,
    RopReadRecipientsRequest,
    RopReadRecipientsResponse,
    RopRemoveAllRecipientsRequest,
)
from posthouse.protocols.mapi.rops.sending import RopSubmitMessageRequest
from posthouse.protocols.mapi.rtf_compressed import decompress_rtf

from .attachment import COLUMNS, Attachment, AttachmentInfo, Method
from .holder import Holder
from .names import Link
from .recipients import Recipient, format_recipients, read_recipient
from .refs import Places, Ref
from .table import open_table

KEEP = SaveFlags.KEEP_OPEN_READ_WRITE
RECIPIENTS_AT_ONCE = 100
UTF_8 = 65001


class Message(Holder):
    """What is changed is kept by `save`."""

    def __init__(
        self,
        link: Link,
        ref: Ref,
        opened: OpenedMessage | None = None,
        id: ObjectId | None = None,
        *,
        within: Ref | None = None,
    ) -> None:
        """`opened`: None of a new one. `within`: the attachment that it is in."""
        super().__init__(link, ref)
        self._opened, self._within = opened, within
        self.id = id
        """None: of a new one that has not been saved."""

    # reading

    @property
    def subject(self) -> str:
        """As it was opened."""
        if self._opened is None:
            return ""
        return "".join(
            part if isinstance(part, str) else (part or b"").decode("latin-1")
            for part in (self._opened.subject_prefix, self._opened.normalized_subject)
        )

    async def text(self) -> str:
        """The body without its form, whichever it was written in; empty: there is none."""
        return await self.value(tags.PidTagBody) or ""

    async def html(self) -> str:
        """The body as HTML."""
        raw, code_page = await self.get(tags.PidTagHtml, tags.PidTagInternetCodepage)
        return (raw or b"").decode(_codec(code_page), "replace")

    async def rtf(self) -> bytes:
        """The body as RTF, not compressed."""
        raw = await self.value(tags.PidTagRtfCompressed)
        return decompress_rtf(raw) if raw else b""

    async def recipients(self) -> list[Recipient]:
        """As they were when the message was opened; of a new one, none."""
        opened = self._opened
        if opened is None:
            return []
        columns = opened.recipient_columns
        found = [read_recipient(row.recipient_type, row.recipient_row, columns) for row in opened.recipient_rows]
        if len(found) >= opened.recipient_count:
            return found
        found, last = [], -1
        while len(found) < opened.recipient_count:
            rows = (await self._read_recipients(last + 1)).recipient_rows
            if not rows or rows[-1].row_id <= last:
                break
            found += [read_recipient(row.recipient_type, row.recipient_row, columns) for row in rows]
            last = rows[-1].row_id
        return found

    async def _read_recipients(self, first: int) -> RopReadRecipientsResponse:
        return await self.link.session.get(
            lambda at: RopReadRecipientsRequest(0, at(self.ref), first), RopReadRecipientsResponse
        )

    async def attachments(self) -> list[AttachmentInfo]:
        table = await open_table(
            self.link,
            self.ref,
            lambda of, at: RopGetAttachmentTableRequest(0, of, at, AttachmentTableFlags.UNICODE),
            RopGetAttachmentTableResponse,
        )
        with table:
            await table.columns(*COLUMNS)
            return [
                AttachmentInfo(number, name or "", media_type or "", size or 0, method or 0, content_id or "")
                async for number, name, media_type, size, method, content_id in table.rows()
            ]

    async def open_attachment(self, number: int, mode: AttachmentOpenMode = AttachmentOpenMode.READ_ONLY) -> Attachment:
        ref = Ref()

        def ask(at: Places) -> RopOpenAttachmentRequest:
            return RopOpenAttachmentRequest(0, at(self.ref), at(ref), mode, number)

        await self.link.session.get(ask, RopOpenAttachmentResponse)
        if mode is AttachmentOpenMode.READ_ONLY:
            ref.opener = ask
        return Attachment(self.link, ref, self.ref, number)

    # writing

    async def set_subject(self, text: str) -> None:
        await self.set({tags.PidTagSubject: text})

    async def set_body(self, *, text: str | None = None, html: str | None = None) -> None:
        """One of them: the server makes the other forms of it."""
        if html is not None:
            await self.set({tags.PidTagInternetCodepage: UTF_8})
            await self.set({tags.PidTagHtml: html.encode()})
        if text is not None:
            await self.set({tags.PidTagBody: text})

    async def set_recipients(self, recipients: Iterable[Recipient]) -> None:
        """These and no others."""
        rows = format_recipients(recipients)
        asks = [rows[begin : begin + RECIPIENTS_AT_ONCE] for begin in range(0, len(rows), RECIPIENTS_AT_ONCE)]
        await self.link.session.perform(
            lambda at: RopRemoveAllRecipientsRequest(0, at(self.ref)),
            *(lambda at, some=some: RopModifyRecipientsRequest(0, at(self.ref), (), some) for some in asks),
        )

    async def attach(self, name: str, content: bytes, media_type: str = "") -> AttachmentInfo:
        """`media_type`: by default what the name tells."""
        kind = media_type or guess_type(name)[0] or "application/octet-stream"
        with await self.create_attachment() as attachment:
            await attachment.set(
                {
                    tags.PidTagAttachMethod: int(Method.BY_VALUE),
                    tags.PidTagAttachLongFilename: name,
                    tags.PidTagAttachMimeTag: kind,
                }
            )
            await attachment.write(content)
            await attachment.save()
            return AttachmentInfo(attachment.number, name, kind, len(content), Method.BY_VALUE, "")

    async def create_attachment(self) -> Attachment:
        """Empty, for whatever `attach` does not do."""
        ref = Ref()
        response = await self.link.session.get(
            lambda at: RopCreateAttachmentRequest(0, at(self.ref), at(ref)), RopCreateAttachmentResponse
        )
        return Attachment(self.link, ref, self.ref, response.attachment_id)

    async def delete_attachment(self, number: int) -> None:
        await self.link.session.perform(lambda at: RopDeleteAttachmentRequest(0, at(self.ref), number))

    async def save(self) -> ObjectId:
        """All that was changed, its id from now on."""
        response = await self.link.session.get(
            lambda at: RopSaveChangesMessageRequest(0, at(self._within or self.ref), at(self.ref), KEEP),
            RopSaveChangesMessageResponse,
        )
        self.id = response.message_id
        return response.message_id

    async def submit(self) -> None:
        """Save it, and send it to its recipients; it is in Sent Items then."""
        await self.set({tags.PidTagSentMailSvrEID: folder_server_id(self.link.sent_items)})
        await self.save()
        await self.link.session.perform(lambda at: RopSubmitMessageRequest(0, at(self.ref)))

    async def mark(self, *, read: bool) -> None:
        """At once."""
        flags = ReadFlags.rfSuppressReceipt if read else ReadFlags.rfClearReadFlag
        await self.link.session.perform(lambda at: RopSetMessageReadFlagRequest(0, at(self.ref), at(self.ref), flags))


def _codec(code_page: int | None) -> str:
    return codec_of(code_page or UTF_8) or "utf-8"
