"""Annotations of messages as a session changes and hears of them – RFC 5257 §3.4, §4.4."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from posthouse.database import Transaction
from posthouse.model.annotations import AnnotationChange, Scope
from posthouse.model.ids import AccountId, FolderId, ModSeq
from posthouse.model.rights import Right
from posthouse.store.annotations import changed_annotations, set_annotations
from posthouse.store.messages import Placed

from .places import Place, require


def require_rights(rights: Right, changes: Iterable[AnnotationChange]) -> None:
    """Who may read has annotations of their own; what is shared only those change who have `n`."""
    for change in changes:
        require(rights, Right.ANNOTATE if change.name.scope is Scope.SHARED else Right.READ)


def annotate_new(
    tx: Transaction, place: Place, placed: Placed, reader: AccountId, changes: tuple[AnnotationChange, ...]
) -> None:
    """A message that was appended in this transaction, with the annotations that came with it (§4.7)."""
    if changes:
        require_rights(place.rights, changes)
        where = (place.account, place.folder.id)
        set_annotations(tx, where, ((placed.uid, placed.uid),), reader, changes, placed.modseq)


NEVER = ModSeq(0)


@dataclass(slots=True)
class AnnotationNews:
    """What a session knows of those in its folder."""

    since: ModSeq = NEVER
    """Up to this modseq it has been told."""
    asked: bool = False
    """By SELECT (ANNOTATE); once NOTIFY was said, that counts."""
    own: ModSeq = NEVER
    """Of its own latest change, which is no news to it."""

    def look(
        self, tx: Transaction, account: AccountId, folder: FolderId, reader: AccountId, next_uid: int
    ) -> Mapping[int, list[str]]:
        """Entries by UID; of messages from `next_uid` on, which the client is not yet told of, nothing."""
        found = changed_annotations(tx, account, folder, reader, self.since, self.own)
        return {uid: entries for uid, entries in found.items() if uid < next_uid}
