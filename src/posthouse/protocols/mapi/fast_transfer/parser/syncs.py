"""Synchronizations, as a client reads them – [MS-OXCFXICS] 2.2.4.2.

contentsSync  = [progressTotal] *( [progressPerMessage] messageChange ) [deletions] [readStateChanges] state
                IncrSyncEnd
hierarchySync = *folderChange [deletions] state IncrSyncEnd
"""

from __future__ import annotations

from posthouse.model.refusals import BadSyntax

from ...objects import Message, Properties
from ...property_values import PropertyTag, PropertyType
from ..elements.sync_state import Deletions, ReadStateChanges, SyncState
from ..idsets import parse_replguid_idset, parse_replid_idset
from ..markers import (
    Marker,
    MetaTagCnsetRead,
    MetaTagCnsetSeen,
    MetaTagCnsetSeenFAI,
    MetaTagIdsetDeleted,
    MetaTagIdsetExpired,
    MetaTagIdsetGiven,
    MetaTagIdsetNoLongerInScope,
    MetaTagIdsetRead,
    MetaTagIdsetUnread,
    MetaTagIncrementalSyncMessagePartial,
    MetaTagIncrSyncGroupId,
)
from .events import ChangeRead, Deleted, FolderChangeRead, ProgressRead
from .messages import apply_to, message_children, whole_message
from .source import OBJECT_COST, Production, Quiet, Recover, Source, error_info


def contents_sync(source: Source) -> Production[None]:
    """Goes on behind an errorInfo."""
    if source.token is Marker.INCR_SYNC_PROGRESS_MODE:
        yield None
        yield ProgressRead((yield from source.structure()))
    while source.token in _CHANGES:
        try:
            yield (yield from _message_change(source))
        except Recover:
            yield (yield from error_info(source))
        source.budget.renew()
    yield from _ending(source)


_CHANGES = (
    Marker.INCR_SYNC_PROGRESS_PER_MSG,
    Marker.INCR_SYNC_CHG,
    Marker.INCR_SYNC_GROUP_INFO,
    Marker.FX_ERROR_INFO,
)


def hierarchy_sync(source: Source) -> Production[None]:
    while source.token is Marker.INCR_SYNC_CHG:
        yield None
        yield FolderChangeRead((yield from source.prop_list(internal=True)))
        source.budget.renew()
    yield from _ending(source)


def state(source: Source) -> Production[None]:
    """state = IncrSyncStateBegin propList IncrSyncStateEnd"""
    yield from source.need(Marker.INCR_SYNC_STATE_BEGIN)
    found = yield from source.prop_list(internal=True)
    yield from source.need(Marker.INCR_SYNC_STATE_END)
    tags = (MetaTagIdsetGiven, MetaTagCnsetSeen, MetaTagCnsetSeenFAI, MetaTagCnsetRead)
    yield SyncState(*(parse_replguid_idset(_bytes(found, tag)) if tag.id in found else None for tag in tags))


def _ending(source: Source) -> Production[None]:
    if source.token is Marker.INCR_SYNC_DEL:
        yield None
        gone = yield from source.prop_list(internal=True)
        tags = (MetaTagIdsetDeleted, MetaTagIdsetNoLongerInScope, MetaTagIdsetExpired)
        yield Deletions(*(parse_replid_idset(_bytes(gone, tag)) for tag in tags))
    if source.token is Marker.INCR_SYNC_READ:
        yield None
        changed = yield from source.prop_list(internal=True)
        yield ReadStateChanges(
            *(parse_replid_idset(_bytes(changed, tag)) for tag in (MetaTagIdsetRead, MetaTagIdsetUnread))
        )
    yield from state(source)
    yield from source.need(Marker.INCR_SYNC_END)


def _message_change(source: Source) -> Quiet[ChangeRead]:
    """messageChangeFull = IncrSyncChg messageChangeHeader IncrSyncMessage propList messageChildren"""
    if source.token is Marker.INCR_SYNC_PROGRESS_PER_MSG:
        yield None
        yield from source.prop_list()
    if source.token is Marker.INCR_SYNC_GROUP_INFO:
        return (yield from _message_change_partial(source))
    yield from source.need(Marker.INCR_SYNC_CHG)
    header = yield from source.prop_list(internal=True)
    yield from source.need(Marker.INCR_SYNC_MESSAGE)
    deleted: set[int] = set()
    message = yield from whole_message(source, deleted)
    _no_error(source)
    return ChangeRead(header, message, frozenset(deleted))


def _message_change_partial(source: Source) -> Quiet[ChangeRead]:
    """messageChangePartial = groupInfo MetaTagIncrSyncGroupId IncrSyncChgPartial messageChangeHeader
    *( MetaTagIncrementalSyncMessagePartial propList ) messageChildren"""
    yield None
    mapping = yield from source.structure()
    yield from source.number(MetaTagIncrSyncGroupId)
    yield from source.need(Marker.INCR_SYNC_CHG_PARTIAL)
    header = yield from source.prop_list(internal=True)
    groups: dict[int, Properties] = {}
    while source.is_meta(MetaTagIncrementalSyncMessagePartial):
        index = yield from source.number(MetaTagIncrementalSyncMessagePartial)
        source.budget.spend(OBJECT_COST)
        groups[index] = yield from source.prop_list()
    message, deleted = Message(), set()
    for event in message_children(source, 0):
        if event is None:
            yield None
        elif isinstance(event, Deleted):
            deleted.add(event.subobjects)
        else:
            apply_to(message, event)
    _no_error(source)
    return ChangeRead(header, message, frozenset(deleted), groups, mapping)


def _no_error(source: Source) -> None:
    """A change has no marker at its end: an errorInfo there is about it."""
    if source.token is Marker.FX_ERROR_INFO:
        raise Recover


def _bytes(found: Properties, tag: PropertyTag) -> bytes:
    value = found.get(tag.id)
    if value is None:
        return b""
    if value.type != PropertyType.BINARY or not isinstance(value.value, bytes):
        raise BadSyntax("a set of identifiers")
    return value.value
