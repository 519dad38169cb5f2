"""What a client lacks of the folders below one – [MS-OXCFXICS] 3.2.5.3, 3.2.5.5."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from posthouse.database import Transaction
from posthouse.model.ids import FolderId
from posthouse.model.rights import Right
from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.fast_transfer.chunker import Steps
from posthouse.protocols.mapi.fast_transfer.elements.contents_sync import ExtraFlags
from posthouse.protocols.mapi.fast_transfer.elements.hierarchy_sync import FolderChange, HierarchySync, hierarchy_sync
from posthouse.protocols.mapi.fast_transfer.elements.sync_state import Deletions, SyncState
from posthouse.protocols.mapi.fast_transfer.globsets import Globset, globset_of
from posthouse.protocols.mapi.fast_transfer.idsets import IdSet, idset
from posthouse.protocols.mapi.fast_transfer.pieces import Piece
from posthouse.protocols.mapi.fast_transfer.writer import Writer
from posthouse.protocols.mapi.identifiers import OWN_REPLICA, ObjectId
from posthouse.protocols.mapi.objects import Key, Properties, value_of
from posthouse.protocols.mapi.rops.synchronization import SynchronizationFlags as Wanted
from posthouse.servers.mapi.folders.facts import FolderFacts, descendants
from posthouse.servers.mapi.folders.folder import OpenFolder
from posthouse.servers.mapi.logon import Logon
from posthouse.servers.mapi.versions import format_predecessors
from posthouse.store.accounts import highest_modseq

from .download import Reading
from .selection import Filter
from .state import ClientState, as_state

NOT_OF_FOLDERS: frozenset[Key] = frozenset(
    tag.id
    for tag in (
        *(tags.PidTagEntryId, tags.PidTagParentEntryId, tags.PidTagRecordKey, tags.PidTagStoreRecordKey),
        tags.PidTagStoreEntryId,
        *(tags.PidTagMappingSignature, tags.PidTagObjectType, tags.PidTagAccess, tags.PidTagAccessLevel),
        *(tags.PidTagContentCount, tags.PidTagContentUnreadCount, tags.PidTagAssociatedContentCount),
        *(tags.PidTagMessageSizeExtended, tags.PidTagSubfolders, tags.PidTagFolderChildCount),
        *(tags.PidTagHierRev, tags.PidTagHierarchyChangeNumber, tags.PidTagInternetArticleNumber),
    )
)
"""What is counted, and moves without a change of the folder; what means something only here."""


@dataclass(frozen=True, slots=True)
class HierarchyOrder:
    """What a client asks for."""

    logon: Logon
    folder: FolderId
    flags: Wanted
    extra: ExtraFlags
    wanted: Filter
    state: ClientState
    ended: Callable[[SyncState], SyncState]
    """Hears what the client has when it has got everything."""


def hierarchy_stream(order: HierarchyOrder, reading: Reading, writer: Writer, steps: Steps) -> Iterator[Piece]:
    tx, state, replica = reading.tx, order.state, order.logon.mailbox.replica_guid
    highest = highest_modseq(tx, order.logon.mailbox.account)
    present = _visible(order, tx)
    given, seen = state.given.of(replica), state.seen.of(replica)
    changed = [one for one in present if one.folder.modseq not in seen or one.folder.id not in given]
    here = globset_of(one.folder.id for one in present)
    gone = given - here
    keys = {one.folder.id: _source_key(order, one) for one in present}
    changes = [_change(order, tx, one, keys) for one in changed]
    steps.total = max(len(changes), 1)
    deletes = Wanted.NO_DELETIONS not in order.flags
    sent = idset({replica: globset_of(one.folder.id for one in changed)})
    kept = state.given - idset({replica: gone}) if deletes else state.given
    after = ClientState(kept | sent, state.seen | idset({replica: Globset(((1, highest),))}))
    sync = HierarchySync(
        changes,
        lambda: order.ended(as_state(after, given=True, contents=False)),
        Deletions(idset({OWN_REPLICA: gone})) if deletes else Deletions(IdSet()),
        order.extra,
        Wanted.NO_FOREIGN_IDENTIFIERS in order.flags,
    )
    yield from hierarchy_sync(writer, sync, steps)


def _visible(order: HierarchyOrder, tx: Transaction) -> list[FolderFacts]:
    """Those below it, parents first, as far as the client may know of them. What lies below one that it may not know
    of, it does not see either."""
    logon, root = order.logon, order.folder
    shown, found = {root}, []
    for _, facts in descendants(tx, logon.mailbox.account, root):
        if facts.parent in shown and logon.rights_on(tx, facts.folder.id) & Right.LOOKUP:
            shown.add(facts.folder.id)
            found.append(facts)
    return found


def _source_key(order: HierarchyOrder, facts: FolderFacts) -> bytes:
    own = order.logon.identity.key(facts.folder.id)
    return own if Wanted.NO_FOREIGN_IDENTIFIERS in order.flags else facts.stored.keys.source_key or own


def _change(
    order: HierarchyOrder, tx: Transaction, facts: FolderFacts, source_keys: Mapping[FolderId, bytes]
) -> FolderChange:
    identity, number, keys = order.logon.identity, facts.folder.id, facts.stored.keys
    properties = OpenFolder(order.logon, number).properties(tx)
    return FolderChange(
        ObjectId(OWN_REPLICA, number),
        ObjectId(OWN_REPLICA, facts.parent),
        source_keys.get(facts.parent, b""),
        source_keys[number],
        value_of(properties, tags.PidTagLastModificationTime),
        keys.change_key or identity.key(facts.folder.modseq),
        format_predecessors(identity, keys, facts.folder.modseq),
        facts.name,
        _filtered(properties, order.wanted),
    )


def _filtered(properties: Properties, wanted: Filter) -> Properties:
    return {
        key: value
        for key, value in properties.items()
        if isinstance(key, int) and key not in NOT_OF_FOLDERS and wanted.wants(key)
    }
