"""A client that asks for properties and sets them, by tags, with what it opens in slots."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from mapi_session import LOGON, MapiSession

from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.property_names import PropertyName
from posthouse.protocols.mapi.property_rows import Missing, read_row
from posthouse.protocols.mapi.property_values import PropertyTag, PropertyType, TaggedValue
from posthouse.protocols.mapi.reader import Reader
from posthouse.protocols.mapi.rops.attachment import (
    AttachmentOpenMode,
    RopCreateAttachmentRequest,
    RopCreateAttachmentResponse,
    RopOpenAttachmentRequest,
    RopOpenAttachmentResponse,
    RopOpenEmbeddedMessageRequest,
    RopOpenEmbeddedMessageResponse,
    RopSaveChangesAttachmentRequest,
    RopSaveChangesAttachmentResponse,
)
from posthouse.protocols.mapi.rops.folder import FolderOpenFlags, RopOpenFolderRequest, RopOpenFolderResponse
from posthouse.protocols.mapi.rops.message import (
    LOGON_CODE_PAGE,
    MessageOpenMode,
    RopCreateMessageRequest,
    RopCreateMessageResponse,
    RopOpenMessageRequest,
    RopOpenMessageResponse,
    RopSaveChangesMessageRequest,
    RopSaveChangesMessageResponse,
    SaveFlags,
)
from posthouse.protocols.mapi.rops.named_property import (
    PropertyIdsFlags,
    RopGetPropertyIdsFromNamesRequest,
    RopGetPropertyIdsFromNamesResponse,
)
from posthouse.protocols.mapi.rops.property import (
    PropertyProblem,
    RopDeletePropertiesRequest,
    RopDeletePropertiesResponse,
    RopGetPropertiesAllRequest,
    RopGetPropertiesAllResponse,
    RopGetPropertiesListRequest,
    RopGetPropertiesListResponse,
    RopGetPropertiesSpecificRequest,
    RopGetPropertiesSpecificResponse,
    RopSetPropertiesRequest,
    RopSetPropertiesResponse,
)
from posthouse.servers.mapi.special_folders import Special

NOT_FOUND, TOO_LARGE = Missing(0x8004010F), Missing(0x8007000E)
KEEP = SaveFlags.KEEP_OPEN_READ_WRITE

Values = Mapping[PropertyTag, Any]


def typed(tag: PropertyTag, kind: int) -> PropertyTag:
    """The same property, in another type."""
    return PropertyTag(tag.id, kind)


def any_type(tag: PropertyTag) -> PropertyTag:
    return typed(tag, PropertyType.UNSPECIFIED)


class PropertySession(MapiSession):
    # what there is to have properties

    def opened_folder(self, special: Special = Special.INBOX) -> int:
        slot = self.slot()
        self.get(RopOpenFolderRequest(0, LOGON, slot, self.special(special), FolderOpenFlags(0)), RopOpenFolderResponse)
        return slot

    def new_message(
        self, code_page: int = LOGON_CODE_PAGE, special: Special = Special.INBOX, *, associated: bool = False
    ) -> int:
        slot = self.slot()
        rop = RopCreateMessageRequest(0, LOGON, slot, code_page, self.special(special), associated)
        self.get(rop, RopCreateMessageResponse)
        return slot

    def saved(self, slot: int) -> Any:
        """The message's id; it stays open for changes."""
        return self.get(RopSaveChangesMessageRequest(0, slot, slot, KEEP), RopSaveChangesMessageResponse).message_id

    def opened_message(
        self,
        message: Any,
        mode: MessageOpenMode = MessageOpenMode.READ_WRITE,
        code_page: int = LOGON_CODE_PAGE,
        special: Special = Special.INBOX,
    ) -> int:
        slot = self.slot()
        rop = RopOpenMessageRequest(0, LOGON, slot, code_page, self.special(special), mode, message)
        self.get(rop, RopOpenMessageResponse)
        return slot

    def new_attachment(self, message: int) -> int:
        slot = self.slot()
        self.get(RopCreateAttachmentRequest(0, message, slot), RopCreateAttachmentResponse)
        return slot

    def opened_attachment(
        self, message: int, number: int = 0, mode: AttachmentOpenMode = AttachmentOpenMode.READ_WRITE
    ) -> int:
        slot = self.slot()
        self.get(RopOpenAttachmentRequest(0, message, slot, mode, number), RopOpenAttachmentResponse)
        return slot

    def saved_attachment(self, message: int, slot: int) -> None:
        self.get(RopSaveChangesAttachmentRequest(0, message, slot, KEEP), RopSaveChangesAttachmentResponse)

    def message_within(self, attachment: int, mode: MessageOpenMode = MessageOpenMode.CREATE) -> int:
        slot = self.slot()
        rop = RopOpenEmbeddedMessageRequest(0, attachment, slot, LOGON_CODE_PAGE, mode)
        self.get(rop, RopOpenEmbeddedMessageResponse)
        return slot

    # properties

    def values(self, slot: int, *wanted: PropertyTag, unicode: bool = True, limit: int = 0) -> list[Any]:
        rop = RopGetPropertiesSpecificRequest(0, slot, limit, unicode, wanted)
        reader = Reader(self.get(rop, RopGetPropertiesSpecificResponse, wanted).row)
        found = list(read_row(reader, wanted))
        reader.done()
        return found

    def value(self, slot: int, tag: PropertyTag) -> Any:
        [found] = self.values(slot, tag)
        return found

    def all_values(self, slot: int, *, unicode: bool = True, limit: int = 0) -> dict[PropertyTag, Any]:
        rop = RopGetPropertiesAllRequest(0, slot, limit, unicode)
        return dict(self.get(rop, RopGetPropertiesAllResponse).property_values)  # type: ignore[arg-type]

    def listed(self, slot: int) -> tuple[PropertyTag, ...]:
        return self.get(RopGetPropertiesListRequest(0, slot), RopGetPropertiesListResponse).property_tags

    def set(self, slot: int, values: Values) -> tuple[PropertyProblem, ...]:
        sent = tuple(TaggedValue(tag, value) for tag, value in values.items())
        return self.get(RopSetPropertiesRequest(0, slot, sent), RopSetPropertiesResponse).property_problems

    def delete(self, slot: int, *wanted: PropertyTag) -> tuple[PropertyProblem, ...]:
        return self.get(RopDeletePropertiesRequest(0, slot, wanted), RopDeletePropertiesResponse).property_problems

    def ids(self, *names: PropertyName, slot: int = LOGON, create: bool = True) -> list[int]:
        flags = PropertyIdsFlags.CREATE if create else PropertyIdsFlags(0)
        [response] = self.execute(RopGetPropertyIdsFromNamesRequest(0, slot, flags, names))
        assert isinstance(response, RopGetPropertyIdsFromNamesResponse), response
        return list(response.property_ids)

    def named(self, name: PropertyName, kind: int) -> PropertyTag:
        [number] = self.ids(name)
        return PropertyTag(number, kind)


def problem(tag: PropertyTag, code: int, place: int = 0) -> tuple[PropertyProblem, ...]:
    return (PropertyProblem(place, tag, code),)


def with_subject(text: str) -> Values:
    return {tags.PidTagSubject: text}


def without(found: Iterable[PropertyTag], *ids: int) -> list[PropertyTag]:
    return [tag for tag in found if tag.id not in ids]
