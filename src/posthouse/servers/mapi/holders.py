"""What has properties: logons, folders, messages, attachments. All of them are asked in the same words; which
properties there are, and what setting one means, each knows by itself.

A value may also be written into a stream. It is seen through the holder's handle from then on; where it goes then is
the holder's, as that of every other change: a message keeps it until it is saved, a folder until the stream is
committed or released ([MS-OXCPRPT] 3.2.5.13).
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Collection, Mapping
from typing import Protocol

from posthouse.protocols.mapi.objects import Key, Properties

from .errors import ErrorCode
from .logon import Logon
from .session import ServerObject


class Written(Protocol):
    """What stands in a stream."""

    def properties(self) -> Properties:
        """The property that it is the value of, and what this one needs beside it."""


class PropertyHolder(ServerObject):
    persists_at_once = False
    """What is changed is on disk, and not only in this object."""

    def __init__(self, logon: Logon) -> None:
        super().__init__(logon.logon_id)
        self.logon = logon
        self.codec: str | None = None
        """Of its strings of 8 bits; None: of those that the client has anywhere."""
        self.written: dict[Key, Written] = {}
        """By streams, and not yet among the properties."""
        self.memory = logon.memory.another()
        """What it holds, as far as it is in memory alone."""

    @property
    def is_writable(self) -> bool:
        """As far as it was opened so."""
        return True

    @abstractmethod
    async def read(self, wanted: Collection[Key] | None) -> Properties:
        """Those of `wanted` that there are, and perhaps others; None: all. In the types in which they are kept."""

    @abstractmethod
    async def change(self, new: Properties, gone: Collection[Key]) -> Mapping[Key, ErrorCode]:
        """Set and remove. What cannot be is told, and the rest is done; to remove what is not there is no problem.
        Raises RopError when nothing can be."""

    def tried(self, refused: Collection[Key]) -> None:
        """A client has asked to set what it may not. Most holders forget it; what is refused was told."""

    async def current(self, wanted: Collection[Key] | None) -> Properties:
        """As `read`, with what has been written into streams."""
        if not self.persists_at_once:
            await self.settle()
            return await self.read(wanted)
        found = await self.read(wanted)
        for written in self.written.values():
            found |= written.properties()
        return found

    def close(self) -> None:
        self.memory.give_back()

    async def settle(self) -> Mapping[Key, ErrorCode]:
        """What has been written into streams becomes values of properties; which of them could not."""
        if not self.written:
            return {}
        new: Properties = {}
        for written in self.written.values():
            new |= written.properties()
        self.written.clear()
        return await self.change(new, ())
