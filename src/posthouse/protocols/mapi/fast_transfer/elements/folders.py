"""Folders with all that is in them – [MS-OXCFXICS] 2.2.4.3.6, 2.2.4.3.7."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from ...identifiers import ObjectId
from ...objects import Properties
from ...property_values import PropertyTag
from ...tags import (
    PidTagComment,
    PidTagContainerContents,
    PidTagContainerHierarchy,
    PidTagDisplayName,
    PidTagFolderAssociatedContents,
    PidTagFolderId,
)
from ..markers import Marker, MetaTagEcWarning, MetaTagNewFXFolder
from ..pieces import Piece, binary, marker, number, object_id
from ..structures import ExtendedErrorInfo, FolderReplicaInfo
from ..writer import Writer
from .messages import ListedMessage, deleted, message_list

Messages = Iterable[ListedMessage | ExtendedErrorInfo]


@dataclass(frozen=True, slots=True)
class FolderContent:
    """None for a list: it is filtered out."""

    folder_id: ObjectId
    display_name: str | None
    comment: str | None = ""
    """None for either: it is filtered out."""
    properties: Properties = field(default_factory=dict)
    """The others, filtered."""
    associated: Messages | None = None
    normal: Messages | None = None
    subfolders: Iterable[FolderContent] | None = None
    elsewhere: FolderReplicaInfo | None = None
    """Of a public folder whose messages are not here: instead of them (R3301)."""
    warning: int | None = None


_LEFT_OUT = frozenset(tag.id for tag in (PidTagFolderId, PidTagDisplayName, PidTagComment))


def top_folder(writer: Writer, folder: FolderContent) -> Iterator[Piece]:
    """Of RopFastTransferSourceCopyFolder: nothing in it tells the receiver to drop what it has."""
    yield marker(Marker.START_TOP_FLD)
    yield from _properties(writer, folder)
    yield from _contents(writer, folder, announced=False)
    yield marker(Marker.END_FOLDER)


def folder_content(writer: Writer, folder: FolderContent) -> Iterator[Piece]:
    """Of the folder itself, which no marker begins: its id stays here (R3786), its name is a property among the others,
    which may be filtered out (R379, R450)."""
    yield from _folder(writer, folder, announced=True)


def _folder(writer: Writer, folder: FolderContent, announced: bool) -> Iterator[Piece]:
    for tag, value in ((PidTagDisplayName, folder.display_name), (PidTagComment, folder.comment)):
        if value is not None:
            yield from writer.property(tag.id, tag.type, value)
    yield from _properties(writer, folder)
    yield from _contents(writer, folder, announced)


def _properties(writer: Writer, folder: FolderContent) -> Iterator[Piece]:
    if folder.warning is not None:
        yield number(MetaTagEcWarning, folder.warning)
    yield from writer.properties(folder.properties, _LEFT_OUT)


def _contents(writer: Writer, folder: FolderContent, announced: bool) -> Iterator[Piece]:
    if folder.elsewhere is not None:
        yield binary(MetaTagNewFXFolder, folder.elsewhere.format())
    else:
        yield from _messages(writer, PidTagFolderAssociatedContents, folder.associated, announced)
        yield from _messages(writer, PidTagContainerContents, folder.normal, announced)
    if folder.subfolders is None:
        return
    if announced:
        yield deleted(PidTagContainerHierarchy)
    for child in folder.subfolders:
        yield marker(Marker.START_SUB_FLD)
        yield object_id(PidTagFolderId, child.folder_id)  # then name, comment, warning (R1344, R1347, R1350, R3299)
        yield from _folder(writer, child, announced)
        yield marker(Marker.END_FOLDER)


def _messages(writer: Writer, which: PropertyTag, messages: Messages | None, announced: bool) -> Iterator[Piece]:
    if messages is not None:
        if announced:
            yield deleted(which)
        yield from message_list(writer, messages)
