"""What others have done to annotations, told to a session that has said ENABLE METADATA – RFC 5464 §4.4.2."""

from __future__ import annotations

from posthouse.database import Transaction
from posthouse.model.ids import AccountId, ModSeq
from posthouse.protocols.imap.responses import format_metadata_changes
from posthouse.store.folders import list_folders
from posthouse.store.metadata import (
    HUB,
    SERVER,
    MetadataChange,
    MetadataState,
    metadata_changes,
)


class MetadataNews:
    """One session's knowledge."""

    __slots__ = ("_own", "state")

    def __init__(self) -> None:
        self.state: MetadataState | None = None
        """None: it does not want to know."""
        self._own: set[tuple[bool, ModSeq]] = set()
        """Its own changes, which are no news to it: whether of the hub's, and the modseq."""

    def on_own_change(self, made: MetadataState) -> None:
        if self.state is not None:
            self._own |= {(False, made.account), (True, made.hub)}

    def take(self, state: MetadataState, changes: list[tuple[str, MetadataChange]], utf8: bool) -> list[bytes]:
        """What to say of the changes."""
        self.state = state
        names: dict[str, list[str]] = {}
        for path, change in changes:
            if (change.account == HUB, change.modseq) not in self._own:
                names.setdefault(path, []).append(change.name)
        self._own.clear()
        return [format_metadata_changes(path, entries, utf8) for path, entries in names.items()]


def look(
    tx: Transaction, account: AccountId, since: MetadataState
) -> tuple[MetadataState, list[tuple[str, MetadataChange]]]:
    """Changes with the paths of their folders, in one snapshot."""
    changes = metadata_changes(tx, account, account, since)
    if not changes:
        return since, []
    account_modseq = max([since.account, *(one.modseq for one in changes if one.account != HUB)])
    hub_modseq = max([since.hub, *(one.modseq for one in changes if one.account == HUB)])
    paths = {folder.id: path for path, folder in list_folders(tx, account).items()}
    paths[SERVER] = ""
    named = [(paths[change.folder], change) for change in changes if change.folder in paths]
    return MetadataState(ModSeq(account_modseq), ModSeq(hub_modseq)), named
