"""Structures that are values of properties in a stream – [MS-OXCFXICS] 2.2.2.7 to 2.2.2.10."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from struct import pack
from uuid import UUID

from ..identifiers import LongTermId
from ..property_names import PropertyName
from ..property_values import PropertyTag
from ..reader import format_unicode

_GID = 22


@dataclass(frozen=True, slots=True)
class ProgressInformation:
    """About all changes that follow (2.2.2.7): how many, and how many bytes."""

    fai_count: int = 0
    fai_size: int = 0
    normal_count: int = 0
    normal_size: int = 0

    def format(self) -> bytes:
        return pack("<HHIQIIQ", 0, 0, self.fai_count, self.fai_size, self.normal_count, 0, self.normal_size)


@dataclass(frozen=True, slots=True)
class GroupProperty:
    tag: PropertyTag
    name: PropertyName | None = None
    """Exactly when the tag's id stands for one."""

    def format(self) -> bytes:
        """A name's kind and size have 32 bits here, its text has no NUL (2.2.2.8.1.1)."""
        if self.name is None:
            return self.tag.format()
        guid, name = self.name.guid.bytes_le, self.name.name
        if isinstance(name, int):
            return self.tag.format() + guid + pack("<II", 0, name)
        text = format_unicode(name)[:-2]
        return self.tag.format() + guid + pack("<II", 1, len(text)) + text


@dataclass(frozen=True, slots=True)
class PropertyGroupInfo:
    """Which properties change together (2.2.2.8)."""

    group_id: int
    groups: Sequence[Sequence[GroupProperty]]
    """At least one, each of at least one."""

    def format(self) -> bytes:
        parts = [pack("<III", self.group_id, 0, len(self.groups))]
        for group in self.groups:
            parts.append(pack("<I", len(group)))
            parts.extend(member.format() for member in group)
        return b"".join(parts)


@dataclass(frozen=True, slots=True)
class FolderReplicaInfo:
    """Where the content of a public folder is (2.2.2.9)."""

    folder: LongTermId
    servers: Sequence[str]
    """Their distinguished names, the cheapest first; at least one."""
    cheap: int
    """How many of them are the cheapest."""

    def format(self) -> bytes:
        names = b"".join(server.encode("ascii", "replace") + b"\0" for server in self.servers)
        return pack("<II", 0, 0) + self.folder.format() + pack("<II", len(self.servers), self.cheap) + names


@dataclass(frozen=True, slots=True)
class ExtendedErrorInfo:
    """Why an object is missing in a stream (2.2.2.10)."""

    error_code: int
    folder: tuple[UUID, int] | None = None
    message: tuple[UUID, int] | None = None

    def format(self) -> bytes:
        head = pack("<HHI", 0, 0, self.error_code)
        return head + _gid(self.folder) + b"\0\0" + _gid(self.message) + b"\0\0" + bytes(24) + pack("<II", 0, 0)


def _gid(found: tuple[UUID, int] | None) -> bytes:
    """Zero when there was none in context."""
    return bytes(_GID) if found is None else found[0].bytes_le + found[1].to_bytes(6, "big")
