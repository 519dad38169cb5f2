"""What a client asks for when it synchronizes a folder's messages – [MS-OXCFXICS] 2.2.3.2.1.1."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from posthouse.model.ids import FolderId, MessageId
from posthouse.protocols.mapi.fast_transfer.elements.contents_sync import ExtraFlags
from posthouse.protocols.mapi.fast_transfer.elements.sync_state import SyncState
from posthouse.protocols.mapi.objects import Key
from posthouse.protocols.mapi.restrictions import Restriction
from posthouse.protocols.mapi.rops.synchronization import SynchronizationFlags as Wanted
from posthouse.servers.mapi.logon import Logon
from posthouse.servers.mapi.people import People

from .selection import Filter
from .state import ClientState


@dataclass(frozen=True, slots=True)
class Order:
    logon: Logon
    people: People
    folder: FolderId
    found: Collection[MessageId] | None
    """Of a search folder: what is in it, wherever that is."""
    flags: Wanted
    extra: ExtraFlags
    wanted: Filter
    restriction: Restriction | None
    names: Mapping[int, Key]
    """Of the properties that the restriction asks for, by their ids."""
    state: ClientState
    partial: bool
    """The client takes changes of messages without what stayed as it was (SendOptions.PARTIAL_ITEM)."""
    recovers: bool
    """The client can do without a message that cannot be read (SendOptions.RECOVER_MODE)."""
    ended: Callable[[SyncState], SyncState]
    """Hears what the client has when it has got everything."""
