"""What a parser tells of a stream, besides `Property`, objects.Recipient and objects.Attachment as they are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from ...objects import Attachment, Message, Properties, Recipient
from ..elements.sync_state import Deletions, ReadStateChanges, SyncState
from ..lexer import Property


class Deleted(NamedTuple):
    """MetaTagFXDelProp: drop these subobjects of what is being read; those that are sent follow."""

    subobjects: int
    """Id of PidTagMessageRecipients and the like."""


class Embedded(NamedTuple):
    """Of an attachment that is read by itself."""

    message: Message


class Warned(NamedTuple):
    """MetaTagEcWarning: of the folder, or a message that follows or is missing."""

    code: int


class ListedRead(NamedTuple):
    message: Message
    associated: bool


class FolderBegins(NamedTuple):
    top: bool


class FolderEnds(NamedTuple):
    pass


class ContentElsewhere(NamedTuple):
    """MetaTagNewFXFolder: a FolderReplicaInfo."""

    info: bytes


class ErrorRead(NamedTuple):
    """An ExtendedErrorInfo: the object it stands for is missing."""

    info: bytes


class ProgressRead(NamedTuple):
    """A ProgressInformation."""

    info: bytes


@dataclass(frozen=True, slots=True)
class ChangeRead:
    header: Properties
    message: Message
    deleted: frozenset[int]
    """Ids of the lists of the message that are sent whole."""
    groups: Mapping[int, Properties] | None = None
    """Of a partial change: what they have now, by their index; the message has no properties."""
    mapping: bytes = b""
    """Then a PropertyGroupInfo."""


@dataclass(frozen=True, slots=True)
class FolderChangeRead:
    properties: Properties


Event = (
    Property
    | Recipient
    | Attachment
    | Deleted
    | Embedded
    | Warned
    | ListedRead
    | FolderBegins
    | FolderEnds
    | ContentElsewhere
    | ErrorRead
    | ProgressRead
    | ChangeRead
    | FolderChangeRead
    | Deletions
    | ReadStateChanges
    | SyncState
)
