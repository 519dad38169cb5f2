"""One look at a folder: which messages there are, and which have gone, for a client that tells what it has.

A client that was here before has all changes up to some number, and lacks later ones at most. If the ids that it has
are those that there must be, only what changed since is read; otherwise the whole folder is.
"""

from __future__ import annotations

from collections.abc import Collection
from contextlib import suppress
from typing import NamedTuple
from uuid import UUID

from posthouse.database import Transaction
from posthouse.model.ids import AccountId, FolderId, MessageId, ModSeq
from posthouse.model.refusals import FolderNotFound
from posthouse.protocols.mapi.fast_transfer.globsets import Globset, globset_of
from posthouse.protocols.mapi.fast_transfer.idsets import IdSet
from posthouse.store.folders import load_folder
from posthouse.store.synchronizing import (
    Present,
    changed_messages,
    fingerprint,
    fingerprint_of,
    messages_of_ids,
    present_messages,
    vanished_messages,
)


class Seen(NamedTuple):
    present: list[Present]
    """All, or at least those of which the client does not have the last change or read state; associated ones too."""
    gone: Globset
    """Of what the client has."""


def look(tx: Transaction, account: AccountId, folder: FolderId, given: Globset, since: ModSeq | None) -> Seen:
    """`since`: the client has all changes up to that; None: whatever the client has, everything is to be seen."""
    beside = present_messages(tx, account, folder, normal=False, associated=True)
    if since is not None:
        with suppress(FolderNotFound):  # it may have gone since the client began
            found = _since(tx, account, folder, given, beside, since)
            if found is not None:
                return found
    present = present_messages(tx, account, folder, normal=True, associated=False) + beside
    return Seen(present, given - globset_of(one.id for one in present))


def look_at(tx: Transaction, account: AccountId, found: Collection[MessageId], given: Globset) -> Seen:
    """At what a search has found."""
    present = messages_of_ids(tx, account, found)
    return Seen(present, given - globset_of(one.id for one in present))


def _since(
    tx: Transaction, account: AccountId, folder: FolderId, given: Globset, beside: list[Present], since: ModSeq
) -> Seen | None:
    """None: the client lacks something else, or has something else."""
    changed = changed_messages(tx, account, folder, since)
    here = {one.id for one in changed}
    gone = globset_of(one for one in vanished_messages(tx, account, folder, since) if one in given and one not in here)
    left = given - gone - globset_of(one.id for one in beside)
    new = [one.id for one in changed if one.id not in given]
    if left.count() + len(new) != load_folder(tx, account, folder).total:
        return None
    if fingerprint_of([*left, *new]) != fingerprint(tx, account, folder):
        return None
    return Seen(changed + beside, gone)


def known_up_to(replica: UUID, *sets: IdSet[UUID]) -> ModSeq | None:
    """Up to which change all of these have every one; None: they do not have the first."""
    ranges = [ids.of(replica).ranges for ids in sets]
    if not all(found and found[0][0] <= 1 for found in ranges):
        return None
    return ModSeq(min(found[0][1] for found in ranges))
