"""What has properties: logons, folders, messages, attachments. All of them are asked in the same words; which
properties there are, and what setting one means, each knows by itself."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Collection, Mapping

from posthouse.protocols.mapi.objects import Key, Properties

from .errors import ErrorCode
from .logon import Logon
from .session import ServerObject


class PropertyHolder(ServerObject):
    def __init__(self, logon: Logon) -> None:
        super().__init__(logon.logon_id)
        self.logon = logon

    @abstractmethod
    async def read(self, wanted: Collection[Key] | None) -> Properties:
        """Those of `wanted` that there are, and perhaps others; None: all. In the types in which they are kept."""

    @abstractmethod
    async def change(self, new: Properties, gone: Collection[Key]) -> Mapping[Key, ErrorCode]:
        """Set and remove. What cannot be is told, and the rest is done; to remove what is not there is no problem.
        Raises RopError when nothing can be."""
