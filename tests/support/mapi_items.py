"""Items of any class, for tests of what becomes of them: each with named properties of many types, some of them long, a
recipient, a file and a message within."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from mapi_carrying import Carrier
from mapi_properties import KEEP
from mapi_session import LOGON

from posthouse.protocols.mapi import named_tags, tags
from posthouse.protocols.mapi.identifiers import ObjectId
from posthouse.protocols.mapi.moments import file_time
from posthouse.protocols.mapi.property_names import PropertyName
from posthouse.protocols.mapi.property_values import MULTIPLE, PropertyTag, PropertyType
from posthouse.protocols.mapi.recipients import AddressType, RecipientFlags, RecipientRow
from posthouse.protocols.mapi.rops.message import (
    LOGON_CODE_PAGE,
    MessageOpenMode,
    RopCreateMessageRequest,
    RopCreateMessageResponse,
    RopOpenMessageRequest,
    RopOpenMessageResponse,
    RopSaveChangesMessageRequest,
)
from posthouse.protocols.mapi.rops.recipient import (
    ModifyRecipientRow,
    RecipientType,
    RopModifyRecipientsRequest,
    RopModifyRecipientsResponse,
)
from posthouse.protocols.mapi.rops.stream import (
    RopCommitStreamRequest,
    RopOpenStreamRequest,
    RopReadStreamRequest,
    RopReadStreamResponse,
    RopWriteStreamRequest,
    StreamOpenMode,
)

ACME = UUID("5f0f7a3c-2f6e-4a52-9d0e-0c9a3e6a1b11")
WHEN = file_time(1_800_000_000)
CLASSES = (
    *("IPM.Note", "IPM.Appointment", "IPM.Contact", "IPM.DistList", "IPM.Task", "IPM.StickyNote", "IPM.Activity"),
    *("IPM.Post", "IPM.Post.Rss", "IPM.Document.txtfile", "IPM.Schedule.Meeting.Request", "IPM.Acme"),
)
ASSOCIATED = ("IPM.Configuration.Acme", "IPM.Rule.Version2.Message", "IPM.Acme")
NAMED: tuple[tuple[PropertyName, int, Any], ...] = (
    (named_tags.PidLidAppointmentStartWhole.name, PropertyType.TIME, WHEN),
    (named_tags.PidLidAppointmentEndWhole.name, PropertyType.TIME, WHEN + 36_000_000_000),
    (named_tags.PidLidEmail1EmailAddress.name, PropertyType.STRING, "carol@x.example"),
    (named_tags.PidLidTaskStatus.name, PropertyType.INTEGER32, 2),
    (named_tags.PidLidPercentComplete.name, PropertyType.FLOATING64, 0.25),
    (named_tags.PidLidNoteColor.name, PropertyType.INTEGER32, 3),
    (PropertyName(ACME, 7), PropertyType.GUID, ACME),
    (PropertyName(ACME, 8), PropertyType.CURRENCY, 12_345),
    (PropertyName(ACME, "kept"), PropertyType.BINARY, bytes(range(256)) * 20),
    (PropertyName(ACME, "several"), MULTIPLE | PropertyType.STRING, ("eins", "zwei", "日本")),
    (PropertyName(ACME, "numbers"), MULTIPLE | PropertyType.INTEGER32, (1, -2, 3)),
    (PropertyName(ACME, "times"), MULTIPLE | PropertyType.TIME, (WHEN, 0)),
    (PropertyName(ACME, "yes"), PropertyType.BOOLEAN, True),
)
STREAMED = PropertyName(ACME, "streamed")
"""Too long for a response."""
LONG = bytes(range(251)) * 200
NUMBER, MONEY = 3, 7
"""Of NAMED: also of the file, and of the message within."""
DATA = b"\0data" * 9000


class ItemSession(Carrier):
    def columns(self) -> list[PropertyTag]:
        """Of NAMED, as this mailbox numbers them."""
        numbers = self.ids(*(name for name, _, _ in NAMED))
        return [PropertyTag(number, kind) for number, (_, kind, _) in zip(numbers, NAMED, strict=True)]

    def created(self, folder: ObjectId, *, associated: bool) -> int:
        slot = self.slot()
        rop = RopCreateMessageRequest(0, LOGON, slot, LOGON_CODE_PAGE, folder, associated)
        self.get(rop, RopCreateMessageResponse)
        return slot

    def item(self, folder: ObjectId, message_class: str, *, associated: bool = False) -> ObjectId:
        """A new one, of which the class is the subject as well."""
        begin, slot = len(self.handles), self.created(folder, associated=associated)
        columns = self.columns()
        self.set(slot, {tags.PidTagMessageClass: message_class, tags.PidTagSubject: message_class})
        assert self.set(slot, {tag: value for tag, (_, _, value) in zip(columns, NAMED, strict=True)}) == ()
        self.write_all(slot, self.named(STREAMED, PropertyType.BINARY), LONG)
        self._address(slot)
        file, outer = self.new_attachment(slot), self.new_attachment(slot)
        self.set(file, {tags.PidTagAttachMethod: 1, columns[NUMBER]: 9, tags.PidTagAttachLongFilename: "日本.dat"})
        self.write_all(file, tags.PidTagAttachDataBinary, DATA)
        inner = self.message_within(outer)
        self.set(inner, {tags.PidTagMessageClass: message_class, columns[MONEY]: 99})
        self.execute(RopSaveChangesMessageRequest(0, outer, inner, KEEP))
        for attachment in (file, outer):
            self.saved_attachment(slot, attachment)
        made: ObjectId = self.saved(slot)
        self.keep(begin)
        return made

    def _address(self, slot: int) -> None:
        known = RecipientFlags.DISPLAY_NAME | RecipientFlags.EMAIL_ADDRESS | RecipientFlags.UNICODE
        row = RecipientRow(
            known | RecipientFlags(AddressType.SMTP), email_address="dora@x.example", display_name="Dóra, X."
        )
        rop = RopModifyRecipientsRequest(0, slot, (), (ModifyRecipientRow(0, RecipientType.TO, row),))
        self.get(rop, RopModifyRecipientsResponse)

    def opened_item(self, folder: ObjectId, message: ObjectId) -> int:
        slot, mode = self.slot(), MessageOpenMode.READ_WRITE
        self.get(RopOpenMessageRequest(0, LOGON, slot, LOGON_CODE_PAGE, folder, mode, message), RopOpenMessageResponse)
        return slot

    def require_item(self, folder: ObjectId, message: ObjectId, message_class: str) -> None:
        """All of it is there."""
        begin, slot, columns = len(self.handles), self.opened_item(folder, message), self.columns()
        found = self.all_values(slot)
        assert [found.get(tag) for tag in columns] == [value for _, _, value in NAMED], message_class
        assert self.read_all(slot, self.named(STREAMED, PropertyType.BINARY)) == LONG, message_class
        assert self.values(slot, tags.PidTagMessageClass, tags.PidTagSubject) == [message_class, message_class]
        assert self.value(slot, tags.PidTagDisplayTo) == "Dóra, X.", message_class
        file = self.opened_attachment(slot, 0)
        assert self.values(file, columns[NUMBER], tags.PidTagAttachLongFilename) == [9, "日本.dat"], message_class
        assert self.read_all(file, tags.PidTagAttachDataBinary) == DATA, message_class
        inner = self.message_within(self.opened_attachment(slot, 1), mode=MessageOpenMode.READ_WRITE)
        assert self.values(inner, tags.PidTagMessageClass, columns[MONEY]) == [message_class, 99]
        self.keep(begin)

    def write_all(self, holder: int, tag: PropertyTag, data: bytes) -> None:
        stream = self.slot()
        assert self.error(RopOpenStreamRequest(0, holder, stream, tag, StreamOpenMode.CREATE)) == 0
        for at in range(0, len(data), 0x4000):
            self.execute(RopWriteStreamRequest(0, stream, data[at : at + 0x4000]))
        assert self.error(RopCommitStreamRequest(0, stream)) == 0
        self.release(stream)

    def read_all(self, holder: int, tag: PropertyTag) -> bytes:
        stream, found = self.slot(), b""
        assert self.error(RopOpenStreamRequest(0, holder, stream, tag, StreamOpenMode.READ_ONLY)) == 0
        while piece := self.get(RopReadStreamRequest(0, stream, 0x4000, None), RopReadStreamResponse).data:
            found += piece
        self.release(stream)
        return found
