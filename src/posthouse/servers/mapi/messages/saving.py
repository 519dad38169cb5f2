"""Saving a message – [MS-OXCMSG] 3.2.5.3.

What is to be kept is made first (`preparing.py`); the rest is one transaction, perhaps somebody else's.
"""

from __future__ import annotations

from dataclasses import dataclass

from posthouse.database import Transaction
from posthouse.model.ids import ContentId, MessageId
from posthouse.model.rights import Right
from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.conflicts import versions_of, without_versions
from posthouse.protocols.mapi.entry_ids import AddressBookEntryId
from posthouse.protocols.mapi.extended_rules import SIZE_LIMIT
from posthouse.protocols.mapi.moments import file_time
from posthouse.protocols.mapi.objects import set_value, value_of
from posthouse.protocols.mapi.property_groups import MARKS, group_of
from posthouse.servers.mapi.errors import ErrorCode, RopError, saving_refused
from posthouse.servers.mapi.owned import needed_to_make, rights_on_message
from posthouse.servers.mapi.people import People
from posthouse.store.content import NewContent, add_content
from posthouse.store.message_status import IN_CONFLICT, SUBMITTED, mark_conflict
from posthouse.store.messages import NewMessage
from posthouse.store.object_changes import create_message, keep_version, update_message
from posthouse.store.objects import NO_KEYS, Keys, StoredMessage

from .message import OpenMessage
from .preparing import Prepared, prepare, was_in_conflict
from .reading import UNMODIFIED, ReadMessage


async def save_message(message: OpenMessage, people: People) -> StoredMessage:
    """Of a folder; returns when it is on disk. ecObjectModified when somebody else has saved it since it was opened."""
    saving = await prepare_saving(message, people)
    row = await message.logon.store.write(saving.write)
    saving.done(row)
    return row


@dataclass(frozen=True, slots=True)
class Saving:
    """A message that is about to be saved."""

    message: OpenMessage
    prepared: Prepared
    force: bool
    number: MessageId | None
    own: bool
    keeps_before: bool
    """What was there before can be recovered: it has versions in conflict that are not kept."""

    @property
    def content(self) -> NewContent | None:
        """None: it stays, or there is none."""
        return self.prepared.content

    def write(self, tx: Transaction) -> StoredMessage:
        """In somebody's transaction. Raises RopError."""
        with saving_refused():
            return self._write(tx)

    def _write(self, tx: Transaction) -> StoredMessage:
        message, prepared = self.message, self.prepared
        account, now = message.logon.mailbox.account, message.logon.store.now()
        if not self.own:
            require_right(tx, message)
        new = _new(tx, prepared) if prepared.content is not None or message.associated else None
        if message.row is not None:
            if self.keeps_before:
                keep_version(tx, account, message.row, now)
            what, touched = (message.row, prepared.form, now), prepared.touched
            row = update_message(tx, account, *what, new=new, flags=prepared.flags, touched=touched, force=self.force)
            if was_in_conflict(message) or versions_of(message.tree):
                mark_conflict(tx, account, row, in_conflict=bool(versions_of(message.tree)))
            return row
        assert message.folder is not None
        assert new is not None
        return create_message(
            tx,
            account,
            message.folder,
            new,
            prepared.form,
            now,
            associated=message.associated,
            message=self.number,
            touched=prepared.touched,
        )

    def done(self, row: StoredMessage) -> None:
        """It is on disk."""
        message = self.message
        message.row = row
        changes, keys = self.prepared.changes, self.prepared.form.keys
        beside = () if changes is None else message.read_from.attachments
        message.read_from = ReadMessage(message.tree, changes, keys, attachments=beside)
        message.changed.clear()
        message.in_conflict = False
        status = value_of(message.tree.properties, tags.PidTagMessageStatus, 0) & ~IN_CONFLICT
        told = IN_CONFLICT if versions_of(message.tree) else 0  # [MS-OXCFXICS] 3.1.5.6.2.1
        set_value(message.tree.properties, tags.PidTagMessageStatus, status | told)


async def prepare_saving(
    message: OpenMessage,
    people: People,
    keys: Keys = NO_KEYS,
    number: MessageId | None = None,
    modified: int | None = None,
    *,
    force: bool = False,
    own: bool = False,
) -> Saving:
    """As `save_message`, up to its transaction. `force`: whoever has saved it meanwhile. `number`, `keys`, `modified`:
    what a client has chosen for it. `own`: it is saved for the hub, whatever the client may do there."""
    _require_size(message)
    _sign(message, modified)
    keeps_before = _chooses(message)
    return Saving(message, await prepare(message, people, keys), force, number, own, keeps_before)


def _chooses(message: OpenMessage) -> bool:
    """Whoever saves a message in conflict, and not just a mark on it, has chosen: versions go."""
    changed = any(group_of(key) != MARKS for key in message.changed)
    if message.in_conflict or not changed or not versions_of(message.tree):
        return False
    message.tree.attachments[:] = without_versions(message.tree).attachments
    return True


def _require_size(message: OpenMessage) -> None:
    """Of the condition of an extended rule ([MS-OXORULE] R1016)."""
    condition = value_of(message.tree.properties, tags.PidTagExtendedRuleMessageCondition, b"")
    if message.associated and len(condition) > SIZE_LIMIT:
        raise RopError(ErrorCode.ecTooBig)


def _sign(message: OpenMessage, modified: int | None) -> None:
    """With when it was changed, and by whom ([MS-OXCPRPT] 2.2.1.5): who brings a version from elsewhere (`modified`)
    says so."""
    properties, mailbox = message.tree.properties, message.logon.mailbox
    now = file_time(message.logon.store.clock()) if modified is None else modified
    set_value(properties, tags.PidTagLastModificationTime, now)
    set_value(properties, tags.PidTagLocalCommitTime, file_time(message.logon.store.clock()))
    if modified is None or tags.PidTagLastModifierName.id not in properties:
        set_value(properties, tags.PidTagLastModifierName, mailbox.user_name)
        set_value(properties, tags.PidTagLastModifierEntryId, AddressBookEntryId(mailbox.user_dn).format())
    told = value_of(properties, tags.PidTagMessageFlags, 0)
    told = told | UNMODIFIED if message.row is None else told & ~UNMODIFIED
    set_value(properties, tags.PidTagMessageFlags, told & ~SUBMITTED)


def require_right(tx: Transaction, message: OpenMessage) -> None:
    """It may have been taken away since the message was opened."""
    if message.folder is None:
        raise RopError(ErrorCode.ecAccessDenied)
    rights = message.logon.rights_on(tx, message.folder)
    needed = needed_to_make(associated=message.associated)
    if message.row is not None:
        needed, rights = Right.WRITE, rights_on_message(tx, message.logon, rights, message.row)
    if needed & ~rights:
        raise RopError(ErrorCode.ecAccessDenied)


def _new(tx: Transaction, prepared: Prepared) -> NewMessage:
    if prepared.content is None:
        return NewMessage(ContentId(0), len(prepared.form.data), prepared.delivered, prepared.flags)
    content = add_content(tx, prepared.content)
    return NewMessage(content, prepared.content.size, prepared.delivered, prepared.flags)
