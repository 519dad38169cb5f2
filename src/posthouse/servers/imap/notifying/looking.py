"""What has changed since a session last looked, read in one snapshot; nothing is changed by it.

Each account tells by its change counter whether there is anything to look at. Folders whose messages have changed are
read by row; names, rights and subscriptions all together, when a hint, a folder's own modseq or the number of folders
says that they may be others now.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from posthouse.database import Transaction
from posthouse.directory import generation
from posthouse.model.ids import AccountId, ModSeq
from posthouse.model.refusals import FolderNotFound, LimitReached
from posthouse.protocols.imap.commands.notify import EventType
from posthouse.store.accounts import highest_modseq
from posthouse.store.folders import Folder, changed_folders, count_folders, load_folder, subscriptions
from posthouse.store.metadata import SERVER, MetadataChange, MetadataState, metadata_changes, metadata_state

from ..listing import Tree, read_tree
from ..places import Places
from .known import Key, Known, know
from .scope import Scope

MAX_MAILBOXES = 5_000
"""That one session may watch."""
MAX_CHARACTERS = 1_000_000
"""Of their names."""
MAX_ACCOUNTS = 200
"""The same of those whose folders they are."""
OF_METADATA = frozenset({EventType.MAILBOX_METADATA_CHANGE, EventType.SERVER_METADATA_CHANGE})


class TooMuch(LimitReached):
    """More than one session may watch."""

    default = "Too many mailboxes to watch"


class Counter(NamedTuple):
    """Where an account stands."""

    modseq: ModSeq
    folders: int
    """How many it has: one that was deleted leaves nothing else behind."""


@dataclass(frozen=True, slots=True)
class State:
    """Up to where a session has looked."""

    counters: Mapping[AccountId, Counter]
    hub: ModSeq
    """Of what is annotated of the server for everybody."""
    directory: int
    """Its generation: who is in a group may change what may be seen."""


@dataclass(frozen=True, slots=True)
class Structure:
    """All names, and what of them is wanted."""

    tree: Tree
    known: dict[Key, Known]
    accounts: frozenset[AccountId]
    """One's own, and all whose folders the names may be of."""
    gone: Mapping[Key, bool]
    """Mailboxes that were there before; True: they still are, but may not be looked up any more."""


@dataclass(frozen=True, slots=True)
class Look:
    state: State
    folders: list[tuple[Key, Folder]]
    """Where messages may have changed; not with a structure, which has them all."""
    annotations: list[MetadataChange]
    structure: Structure | None = None


def look(
    tx: Transaction,
    places: Places,
    scope: Scope,
    since: State,
    before: Mapping[Key, Known],
    doubtful: Iterable[Key],
    *,
    stale: bool,
) -> Look:
    """`doubtful`: mailboxes that may have changed earlier. `stale`: names or rights have changed, or may have. Raises
    `TooMuch`."""
    moved = {account: modseq for account in since.counters if (modseq := _moved(tx, account, since)) is not None}
    changed = {account: changed_folders(tx, account, since.counters[account].modseq) for account in moved}
    counters = {account: Counter(modseq, count_folders(tx, account)) for account, modseq in moved.items()}
    directory = _generation(tx, scope)
    annotations = list(_annotations(tx, places.account, scope, since, moved))
    hub = max([since.hub, *(one.modseq for one in annotations if _is_of_hub(one, places.account))])
    if stale or directory != since.directory or any(_restructured(since, counters, changed, one) for one in moved):
        structure = look_at_names(tx, places, scope, before)
        return Look(State(_count(tx, structure.accounts), hub, directory), [], annotations, structure)
    folders = [((account, folder.id), folder) for account, found in changed.items() for folder in found]
    folders += _load(tx, set(doubtful).difference([key for key, _ in folders]))
    return Look(State({**since.counters, **counters}, hub, directory), folders, annotations)


def _moved(tx: Transaction, account: AccountId, since: State) -> ModSeq | None:
    """To where its counter has; None where it stands."""
    modseq = highest_modseq(tx, account)
    return modseq if modseq != since.counters[account].modseq else None


def _restructured(
    since: State, counters: Mapping[AccountId, Counter], changed: Mapping[AccountId, list[Folder]], account: AccountId
) -> bool:
    known = since.counters[account]
    return counters[account].folders != known.folders or any(one.modseq > known.modseq for one in changed[account])


def _load(tx: Transaction, keys: Iterable[Key]) -> Iterable[tuple[Key, Folder]]:
    for key in keys:
        try:
            yield key, load_folder(tx, *key)
        except FolderNotFound:
            continue  # a look at all names tells


def _annotations(
    tx: Transaction, own: AccountId, scope: Scope, since: State, moved: Collection[AccountId]
) -> Iterable[MetadataChange]:
    if scope.wanted.isdisjoint(OF_METADATA):
        return
    of_server = EventType.SERVER_METADATA_CHANGE in scope.wanted
    for account in sorted({*moved, own} if of_server else moved):
        known = MetadataState(since.counters[account].modseq, since.hub)
        for change in metadata_changes(tx, account, own, known):
            if account == own or change.folder != SERVER:
                yield change


def _is_of_hub(change: MetadataChange, own: AccountId) -> bool:
    return change.folder == SERVER and change.account != own


def look_at_names(tx: Transaction, places: Places, scope: Scope, before: Mapping[Key, Known]) -> Structure:
    patterns = ["INBOX", *scope.patterns(subscriptions(tx, places.account))]
    accounts = frozenset({places.account, *places.owners_of(tx, patterns)})
    tree = read_tree(tx, places, patterns)
    names = EventType.MAILBOX_NAME in scope.wanted
    known: dict[Key, Known] = {}
    there: set[Key] = set()
    for name, folder in tree.folders.items():
        key = (tree.owners.get(name, places.account), folder.id)
        there.add(key)
        events = scope.events(name, tree.subscribed)
        if events or names:  # of what is renamed the old name is told, whatever it was
            known[key] = know(name, folder, events, tree.rights(name))
    _require_few(known, tree.subscribed if scope.follows_subscriptions else (), accounts)
    missing = [
        key for key in before.keys() - there if key[0] in accounts or scope.events(before[key].name, tree.subscribed)
    ]
    return Structure(tree, known, accounts, {key: _is_there(tx, places, key) for key in missing})


def _require_few(known: Mapping[Key, Known], subscribed: Collection[str], accounts: Collection[AccountId]) -> None:
    """They are remembered for as long as the session lasts."""
    if len(accounts) > MAX_ACCOUNTS:
        raise TooMuch
    names = [one.name for one in known.values()]
    for some in (names, subscribed):
        if len(some) > MAX_MAILBOXES or sum(map(len, some)) > MAX_CHARACTERS:
            raise TooMuch


def _is_there(tx: Transaction, places: Places, key: Key) -> bool:
    return key[0] != places.account and any(True for _ in _load(tx, [key]))


def first_look(tx: Transaction, places: Places, scope: Scope) -> tuple[State, Structure]:
    """Where a NOTIFY SET begins. Raises `TooMuch`."""
    structure = look_at_names(tx, places, scope, {})
    hub = metadata_state(tx, places.account).hub
    return State(_count(tx, structure.accounts), hub, _generation(tx, scope)), structure


def _generation(tx: Transaction, scope: Scope) -> int:
    return generation(tx) if scope.reaches_others else 0


def _count(tx: Transaction, accounts: Iterable[AccountId]) -> dict[AccountId, Counter]:
    return {one: Counter(highest_modseq(tx, one), count_folders(tx, one)) for one in sorted(accounts)}
