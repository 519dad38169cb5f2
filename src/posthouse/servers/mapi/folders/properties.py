"""Properties of folders – [MS-OXCFOLD] 2.2.2, [MS-OXOSFLD] 2.2.

A *computed* one follows from what the store knows; nobody sets it. Some follow as long as no client has set another
value. All others are kept as clients have set them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any, NamedTuple

from posthouse.model.ids import FolderId
from posthouse.model.rights import Right
from posthouse.model.roles import Role
from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.identity import Identity
from posthouse.protocols.mapi.moments import file_time
from posthouse.protocols.mapi.objects import Key, Properties, key_of, set_value, value_of
from posthouse.protocols.mapi.property_values import PropertyTag
from posthouse.servers.mapi.identity import object_id
from posthouse.servers.mapi.logon import Mailbox
from posthouse.servers.mapi.special_folders import Special, own_folder
from posthouse.servers.mapi.versions import format_predecessors
from posthouse.store.folder_objects import Moments
from posthouse.store.objects import ASSOCIATED, DELETED, DELETED_ASSOCIATED

from .facts import FolderFacts
from .member_rights import member_rights

ROOT, GENERIC, SEARCH = range(3)
"""PidTagFolderType."""
IPM, SEARCH_FOLDER, NORMAL, RULES = 1, 2, 4, 8
"""PidTagFolderFlags."""
_MAX32 = 2**31 - 1


class Context(NamedTuple):
    """What a property may follow from."""

    mailbox: Mailbox
    identity: Identity
    facts: FolderFacts


Compute = Callable[[Context], Any]
"""The value; None: there is none."""


def _access(context: Context) -> int:
    """PidTagAccess: modify 1, read 2, delete 4, create hierarchy 8, create contents 0x10, associated contents 0x20."""
    rights = context.facts.rights
    pairs = (
        (Right.WRITE, 0x01),
        (Right.READ, 0x02),
        (Right.DELETE, 0x04),
        (Right.CREATE, 0x08),
        (Right.INSERT, 0x10),
        (Right.ADMINISTER, 0x20),
    )
    return sum(bit for needed, bit in pairs if rights & needed)


def _type(context: Context) -> int:
    if context.facts.folder.id == own_folder(Special.ROOT):
        return ROOT
    return SEARCH if context.facts.is_search else GENERIC


def _flags(context: Context) -> int:
    """2.2.2.2.1.5."""
    facts = context.facts
    kind = SEARCH_FOLDER if facts.is_search else NORMAL
    return kind | (IPM if facts.in_subtree else 0) | (RULES if facts.has_rules else 0)


def _count(*states: int) -> Compute:
    return lambda context: sum(context.facts.asides.get(state, (0, 0))[0] for state in states)


def _octets(context: Context) -> int:
    return context.facts.folder.bytes + context.facts.asides.get(ASSOCIATED, (0, 0))[1]


def _moment(read: Callable[[Moments], int]) -> Compute:
    """When nobody has noted it: that of its making, which its UIDVALIDITY tells."""
    return lambda context: file_time(read(context.facts.moments) or context.facts.folder.uid_validity)


def _predecessors(context: Context) -> bytes:
    return format_predecessors(context.identity, context.facts.stored.keys, context.facts.folder.modseq)


def _modified(context: Context) -> int:
    """Of a change that a client has brought: when it says ([MS-OXCFXICS] 3.1.5.6.2.2). Not before it was made, which is
    noted more exactly."""
    stored = context.facts.stored
    told: int | None = value_of(stored.properties, tags.PidTagLastModificationTime)
    if told is not None and stored.keys.change_key is not None:
        return told
    noted: int = _moment(lambda moments: moments.folder)(context)
    return max(noted, _created(context))


def _created(context: Context) -> int:
    known: int | None = value_of(context.facts.stored.properties, tags.PidTagCreationTime)
    return file_time(context.facts.folder.uid_validity) if known is None else known


def _deleted_on(context: Context) -> int | None:
    return file_time(context.facts.deleted) if context.facts.deleted else None


COMPUTED: Mapping[PropertyTag, Compute] = {
    tags.PidTagFolderId: lambda c: object_id(c.facts.folder.id),
    tags.PidTagParentFolderId: lambda c: object_id(c.facts.parent),
    tags.PidTagDisplayName: lambda c: c.facts.name,
    tags.PidTagFolderType: _type,
    tags.PidTagContentCount: lambda c: c.facts.folder.total,
    tags.PidTagContentUnreadCount: lambda c: c.facts.folder.unseen,
    tags.PidTagAssociatedContentCount: _count(ASSOCIATED),
    tags.PidTagDeletedCountTotal: _count(DELETED, DELETED_ASSOCIATED),
    tags.PidTagDeletedMessageCount: _count(DELETED),
    tags.PidTagDeletedAssociatedMessageCount: _count(DELETED_ASSOCIATED),
    tags.PidTagMessageSizeExtended: _octets,
    tags.PidTagFolderFlags: _flags,
    tags.PidTagDeletedOn: _deleted_on,
    tags.PidTagSubfolders: lambda c: c.facts.has_subfolders,
    tags.PidTagHasRules: lambda c: c.facts.has_rules,
    tags.PidTagRights: lambda c: int(member_rights(c.facts.rights, free_busy=False)),
    tags.PidTagAccess: _access,
    tags.PidTagEntryId: lambda c: c.identity.folder_entry_id(c.facts.folder.id),
    tags.PidTagParentEntryId: lambda c: c.identity.folder_entry_id(c.facts.parent),
    tags.PidTagStoreRecordKey: lambda c: c.mailbox.guid.bytes_le,
    tags.PidTagStoreEntryId: lambda c: c.mailbox.store_entry_id,
    tags.PidTagMappingSignature: lambda c: c.mailbox.replica_guid.bytes_le,
    tags.PidTagSourceKey: lambda c: c.facts.stored.keys.source_key or c.identity.key(c.facts.folder.id),
    tags.PidTagParentSourceKey: lambda c: c.identity.key(c.facts.parent),
    tags.PidTagChangeKey: lambda c: c.facts.stored.keys.change_key or c.identity.key(c.facts.folder.modseq),
    tags.PidTagPredecessorChangeList: lambda c: _predecessors(c),
    tags.PidTagChangeNumber: lambda c: object_id(c.facts.folder.modseq),
    tags.PidTagHierarchyChangeNumber: lambda c: c.facts.moments.branch_modseq & _MAX32,
    tags.PidTagHierRev: _moment(lambda moments: moments.branches),
    tags.PidTagCreationTime: _created,
    tags.PidTagLastModificationTime: lambda c: _modified(c),
    tags.PidTagLocalCommitTime: _moment(lambda moments: moments.folder),
    tags.PidTagLocalCommitTimeMax: _moment(lambda moments: moments.contents),
    tags.PidTagInternetArticleNumber: lambda c: c.facts.folder.next_uid & _MAX32,
}
"""A client's value for one of these is not taken (PidTagDisplayName: it renames the folder)."""

OF_OTHERS = frozenset(
    tag.id
    for tag in (
        *(tags.PidTagAccessLevel, tags.PidTagLastModifierName, tags.PidTagObjectType, tags.PidTagRecordKey),
        tags.PidTagSearchKey,
    )
)
"""That messages have, and no folder ([MS-OXCPRPT] 2.2.1)."""

UNTIL_SET: Mapping[PropertyTag, Compute] = {
    tags.PidTagContainerClass: lambda c: None if c.facts.folder.hidden else "IPF.Note",
    tags.PidTagAttributeHidden: lambda c: False,
}
"""What there is when no client has said anything else."""


_PLACES: Mapping[PropertyTag, Special] = {
    tags.PidTagIpmAppointmentEntryId: Special.CALENDAR,
    tags.PidTagIpmContactEntryId: Special.CONTACTS,
    tags.PidTagIpmJournalEntryId: Special.JOURNAL,
    tags.PidTagIpmNoteEntryId: Special.NOTES,
    tags.PidTagIpmTaskEntryId: Special.TASKS,
}
_ROLES: Mapping[PropertyTag, Role] = {
    tags.PidTagIpmDraftsEntryId: Role.DRAFTS,
    tags.PidTagIpmArchiveEntryId: Role.ARCHIVE,
}
SPECIAL_PLACES = frozenset(
    tag.id
    for tag in (
        *(*_PLACES, *_ROLES),
        *(tags.PidTagRemindersOnlineEntryId, tags.PidTagAdditionalRenEntryIds, tags.PidTagAdditionalRenEntryIdsEx),
        tags.PidTagFreeBusyEntryIds,
    )
)
"""Where special folders are: the Inbox and the root tell it in the same words, whichever of them was told."""
_JUNK = 4
"""Place among PidTagAdditionalRenEntryIds."""
_FREEBUSY = 3
"""Place among PidTagFreeBusyEntryIds."""


def special_places(identity: Identity, roles: Mapping[Role, FolderId]) -> Properties:
    """[MS-OXOSFLD] 2.2.3 to 2.2.7, as long as no client has set them."""
    found: Properties = {}
    for tag, one in _PLACES.items():
        set_value(found, tag, identity.folder_entry_id(own_folder(one)))
    for tag, role in _ROLES.items():
        if role in roles:
            set_value(found, tag, identity.folder_entry_id(roles[role]))
    ren, freebusy = [b""] * 5, [b""] * 4
    if Role.JUNK in roles:
        ren[_JUNK] = identity.folder_entry_id(roles[Role.JUNK])
    freebusy[_FREEBUSY] = identity.folder_entry_id(own_folder(Special.FREEBUSY_DATA))
    set_value(found, tags.PidTagAdditionalRenEntryIds, tuple(ren))
    set_value(found, tags.PidTagFreeBusyEntryIds, tuple(freebusy))
    return found


def folder_properties(mailbox: Mailbox, facts: FolderFacts, wanted: Collection[Key] | None = None) -> Properties:
    """Those of `wanted`, and perhaps others; None: all of them. But not where special folders are."""
    context = Context(mailbox, mailbox.identity, facts)
    found: Properties = {}
    for table, replaced in ((UNTIL_SET, False), (COMPUTED, True)):
        if replaced:
            found |= facts.stored.properties
        for tag, compute in table.items():
            if wanted is None or key_of(tag) in wanted:
                value = compute(context)
                if value is not None:
                    set_value(found, tag, value)
    return found
