"""Annotations of folders and of the server (RFC 5464): named values, shared or private to one reader.

    set_metadata(tx, account, folder, reader, {"/private/comment": b"mine", "/shared/old": None})
    get_metadata(tx, account, folder, reader, ["/private/comment"])    →    {"/private/comment": b"mine"}

`folder` is `SERVER` for what belongs to no folder. `reader` is who asks: what is private is theirs alone, also in the
folder of another. Names are without regard to case, and kept in lower case. All values of one call are set, or none.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from posthouse.database import Queries, Transaction
from posthouse.model.hints import Hint
from posthouse.model.ids import AccountId, FolderId, ModSeq
from posthouse.model.refusals import FolderNotFound, LimitReached, MessageTooLarge

SQL = Queries(__package__, "metadata.sql")
ACCOUNTS = Queries(__package__, "accounts.sql")

SERVER = FolderId(0)
HUB = AccountId(0)
"""Whose what is shared of the server's is."""
EVERYBODY = AccountId(0)
ANY_FOLDER = FolderId((1 << 63) - 1)

MAX_VALUE = 65_536
"""Bytes of one value."""
MAX_ENTRIES = 500
"""Of one folder, or of the server, shared or private."""
MAX_BYTES = 16 * 1024 * 1024
"""Of all values of an account."""
REMEMBERED = 200
"""Removals of an account that other sessions can be told of."""
INFINITY = 1 << 30


class ValueTooLong(MessageTooLarge):
    default = f"A value has at most {MAX_VALUE} octets"


class TooManyEntries(LimitReached):
    default = "Too many annotations"


@dataclass(frozen=True, slots=True)
class MetadataState:
    """Where the two counters stand: the account's, and that of what is shared of the server's."""

    account: ModSeq
    hub: ModSeq


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a name is kept: the first columns of the table's key."""

    account: AccountId
    folder: FolderId
    reader: AccountId


def _place(account: AccountId, folder: FolderId, reader: AccountId, name: str) -> _Place:
    if name.startswith("/private/"):
        return _Place(account, folder, reader)
    return _Place(account if folder != SERVER else HUB, folder, EVERYBODY)


def get_metadata(
    tx: Transaction, account: AccountId, folder: FolderId, reader: AccountId, names: Iterable[str], depth: int = 0
) -> dict[str, bytes]:
    """The values that there are, by name; with `depth`, also of names so many levels below (RFC 5464 §4.2.2)."""
    sizes = find_metadata(tx, account, folder, reader, names, depth)
    return {name: value for name in sizes if (value := read_metadata(tx, account, folder, reader, name)) is not None}


def find_metadata(
    tx: Transaction, account: AccountId, folder: FolderId, reader: AccountId, names: Iterable[str], depth: int = 0
) -> dict[str, int]:
    """The same, but sizes in place of values."""
    found: dict[str, int] = {}
    known: dict[_Place, dict[str, int]] = {}
    for name in dict.fromkeys(map(str.lower, names)):
        place = _place(account, folder, reader, name + "/")
        if place not in known:
            known[place] = dict(tx.all(SQL.entries, (place.account, place.folder, place.reader)))
        below = [entry for entry in sorted(known[place]) if _is_within(entry, name, depth)]
        found.update({entry: known[place][entry] for entry in below})
    return found


def _is_within(entry: str, name: str, depth: int) -> bool:
    return entry == name or (depth > 0 and entry.startswith(name + "/") and entry.count("/", len(name)) <= depth)


def read_metadata(tx: Transaction, account: AccountId, folder: FolderId, reader: AccountId, name: str) -> bytes | None:
    name = name.lower()
    place = _place(account, folder, reader, name)
    row = tx.one(SQL.get, (place.account, place.folder, place.reader, name))
    return None if row is None else bytes(row[0])


def set_metadata(
    tx: Transaction, account: AccountId, folder: FolderId, reader: AccountId, values: Mapping[str, bytes | None]
) -> MetadataState:
    """None removes an entry. The modseqs of the change. `ValueTooLong`, `TooManyEntries`."""
    row = tx.one(ACCOUNTS.change, (account,))
    if row is None:
        raise FolderNotFound
    modseq = ModSeq(row[0])
    places = {name.lower(): _place(account, folder, reader, name.lower()) for name in values}
    shared = any(place.account == HUB for place in places.values())
    of_hub = ModSeq(tx.all(SQL.next_of_hub)[0][0]) if shared else ModSeq(0)
    for name, value in ((name.lower(), value) for name, value in values.items()):
        _set(tx, places[name], name, value, of_hub if places[name].account == HUB else modseq)
    for place in set(places.values()):
        _require_room(tx, place)
    for owner in {place.account for place in places.values()}:
        tx.run(SQL.forget_removed, (owner, owner, REMEMBERED))
    tx.notify(Hint(account, folder, modseq))
    if shared:
        tx.notify(Hint(HUB, SERVER, of_hub))
    return MetadataState(modseq, of_hub)


def _set(tx: Transaction, place: _Place, name: str, value: bytes | None, modseq: ModSeq) -> None:
    key = (place.account, place.folder, place.reader, name)
    if value is None:
        tx.run(SQL.remove, (modseq, *key))
        return
    if len(value) > MAX_VALUE:
        raise ValueTooLong
    tx.run(SQL.set, (*key, value, len(value), modseq))


def _require_room(tx: Transaction, place: _Place) -> None:
    """After the change, which a refusal undoes."""
    if len(tx.all(SQL.entries, (place.account, place.folder, place.reader))) > MAX_ENTRIES:
        raise TooManyEntries
    ((size,),) = tx.all(SQL.size, (place.account,))
    if size > MAX_BYTES:
        raise TooManyEntries


@dataclass(frozen=True, slots=True)
class MetadataChange:
    account: AccountId
    """`HUB` for what is shared of the server's."""
    folder: FolderId
    name: str
    modseq: ModSeq
    """Of the account's counter, or of the hub's."""


def metadata_state(tx: Transaction, account: AccountId) -> MetadataState:
    highest = [ModSeq(tx.all(SQL.highest, owner)[0][0]) for owner in ((account, ANY_FOLDER), (HUB, SERVER))]
    return MetadataState(*highest)


def metadata_changes(
    tx: Transaction, account: AccountId, reader: AccountId, since: MetadataState
) -> list[MetadataChange]:
    """What was set or removed in the account, and of the server's, as far as the reader may know of it."""
    return [
        MetadataChange(owner, FolderId(folder), entry, ModSeq(modseq))
        for owner, known, last in ((account, since.account, ANY_FOLDER), (HUB, since.hub, SERVER))
        for folder, entry, modseq in tx.all(SQL.changed, (owner, known, reader, last))
    ]


def copy_metadata(tx: Transaction, account: AccountId, source: FolderId, target: FolderId, modseq: ModSeq) -> None:
    """RENAME INBOX: the annotations are both here and there (RFC 5464 §4.1)."""
    tx.run(SQL.copy, (target, modseq, account, source))


def forget_metadata(tx: Transaction, account: AccountId, folder: FolderId) -> None:
    tx.run(SQL.forget_folder, (account, folder))


def forget_reader(tx: Transaction, reader: AccountId) -> None:
    """What is private to an account that is removed, wherever it is."""
    tx.run(SQL.forget_reader, (reader,))
