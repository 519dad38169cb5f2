"""What is to go from one object to another – [MS-OXCPRPT] 2.2.10.1, 2.2.11.1."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from posthouse.protocols.mapi.objects import Key, Properties


@dataclass(frozen=True, slots=True)
class Selection:
    keys: Collection[Key] | None
    """Of properties; None: all that can be set."""
    without: Collection[Key] = ()
    sub_objects: bool = True
    """Also recipients, attachments, a message within, a folder's contents, each by the property that stands for it."""
    moves: bool = False
    """What is in a folder; properties stay where they were."""
    overwrites: bool = True
    """What the target has already."""

    def takes(self, key: Key) -> bool:
        return key not in self.without and (self.keys is None or key in self.keys)

    def takes_part(self, key: int, has_already: bool) -> bool:
        """`key`: of the property that stands for it."""
        return self.sub_objects and self.takes(key) and (self.overwrites or not has_already)

    def of(self, properties: Properties) -> Properties:
        return {key: value for key, value in properties.items() if self.takes(key)}
