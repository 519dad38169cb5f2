"""Messages go elsewhere, or once more: within a mailbox, or into that of another logon of the session –
[MS-OXCFOLD] 3.2.5.6. What is carried has new ids, also when it is moved.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

from posthouse.database import Transaction
from posthouse.model.ids import AccountId, FolderId
from posthouse.model.ranges import count
from posthouse.model.refusals import FolderNotFound, OverQuota
from posthouse.model.rights import FLAG_RIGHTS, OF_MESSAGES, Right
from posthouse.protocols.mapi.identifiers import ObjectId
from posthouse.servers.mapi.errors import ErrorCode, RopError
from posthouse.servers.mapi.logon import Logon
from posthouse.store import messages
from posthouse.store.accounts import lock_account
from posthouse.store.aside_copies import carry_asides
from posthouse.store.creators import note_creator
from posthouse.store.deletion import Chosen, choose
from posthouse.store.messages import Where
from posthouse.store.transfer import transfer

from .deleting import whereabouts
from .facts import FolderFacts
from .folder import OpenFolder


@dataclass(frozen=True, slots=True)
class Carriage:
    """Whether what is carried goes away where it was, when this is, seconds since 1970, and who makes it in the folder
    of somebody else (`Logon.creator`)."""

    moves: bool
    now: int
    creator: AccountId
    on_copied: Callable[[FolderId, FolderId], None] = lambda made, original: None
    """Hears of new folders, and which they are copies of, within one mailbox."""

    def messages(self, tx: Transaction, source: Where, chosen: Chosen, target: Where, rights: Right) -> int:
        """How many there were. `rights`: on the target."""
        try:
            carried = self._contents(tx, source, chosen, target, rights) if chosen.uids else 0
            return carried + carry_asides(tx, source, chosen, target, self.now, rights=rights, moves=self.moves)
        except OverQuota:
            raise RopError(ErrorCode.ecQuotaExceeded) from None
        except FolderNotFound:
            raise RopError(ErrorCode.ecNotFound) from None

    def _contents(self, tx: Transaction, source: Where, chosen: Chosen, target: Where, rights: Right) -> int:
        if source[0] != target[0] or rights & FLAG_RIGHTS != FLAG_RIGHTS:
            copied = transfer(tx, source, chosen.uids, target, self.now, rights=rights, moves=self.moves)
        else:
            carry = messages.move if self.moves else messages.copy
            copied = carry(tx, *source, chosen.uids, target[1], self.now)
        if self.creator:
            note_creator(tx, *target, copied.target, self.creator)
        return count(copied.source)


def carry_messages(
    tx: Transaction, source: OpenFolder, target: OpenFolder, ids: Collection[ObjectId], carriage: Carriage
) -> bool:
    """True: not all of them were there, or may be read or taken away."""
    lock(tx, source.logon, target)
    facts = into(tx, target, Right.INSERT)
    needed = Right.READ | OF_MESSAGES if carriage.moves else Right.READ
    done = 0
    for folder, wanted in whereabouts(tx, source.logon, source.facts(tx), ids, needed).items():
        chosen = choose(tx, source.account, folder, wanted)
        where = (source.account, folder), chosen, (target.account, target.folder)
        done += carriage.messages(tx, *where, facts.rights)
    return done < len(set(ids))


def lock(tx: Transaction, source: Logon, target: OpenFolder) -> None:
    """Both accounts in one order, so that two at a time never wait for each other."""
    for account in sorted({source.mailbox.account, target.account}):
        lock_account(tx, account)


def into(tx: Transaction, target: OpenFolder, needed: Right) -> FolderFacts:
    facts = target.require(tx, needed)
    if facts.is_search:
        raise RopError(ErrorCode.ecSearchFolder)
    return facts
