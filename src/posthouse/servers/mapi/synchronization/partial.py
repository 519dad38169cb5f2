"""Changes of messages without what stayed as it was – [MS-OXCFXICS] 3.2.5.7, 2.2.4.3.11, 2.2.4.3.15.

Of each message that clients have saved, the last change of each group of properties is known. A client that has the
message, and all changes up to some of these, gets the groups that changed since. What flags and keywords tell, and who
changed the message, it always gets.
"""

from __future__ import annotations

from functools import cached_property

from posthouse.protocols.mapi.fast_transfer.elements.contents_sync import NO_GROUP, FullChange, PartialChange
from posthouse.protocols.mapi.fast_transfer.elements.messages import Children
from posthouse.protocols.mapi.fast_transfer.globsets import Globset
from posthouse.protocols.mapi.fast_transfer.structures import PropertyGroupInfo
from posthouse.protocols.mapi.fast_transfer.writer import Writer
from posthouse.protocols.mapi.objects import Properties
from posthouse.protocols.mapi.property_groups import (
    ATTACHMENTS,
    MAPPING,
    MARKS,
    RECIPIENTS,
    REST,
    group_of,
    property_group_info,
)
from posthouse.store.group_changes import GroupChanges
from posthouse.store.objects import StoredMessage

from .order import Order


class PartialChanges:
    """Of one download."""

    def __init__(self, order: Order, writer: Writer) -> None:
        replica, state = order.logon.mailbox.replica_guid, order.state
        self._given, self._seen, self._writer = state.given.of(replica), state.seen.of(replica), writer
        # a client whose messages come and go with a restriction may have missed changes that it has numbers of
        self._possible = order.partial and order.restriction is None and order.found is None

    def groups(self, row: StoredMessage, known: GroupChanges | None) -> frozenset[int] | None:
        """Those that the client lacks of a message; None: it must get all of it (R1135 to R1138)."""
        if not self._possible or row.is_associated or row.id not in self._given:
            return None
        return missing(known, self._seen)

    def change(self, whole: FullChange, groups: frozenset[int]) -> PartialChange:
        parts: dict[int, Properties] = {place: {} for place in sorted(groups)}
        for key, value in whole.message.properties.items():
            place = group_of(key)
            if place in parts:
                parts[place][key] = value
        numbered = [(NO_GROUP if place == REST else place, properties) for place, properties in parts.items()]
        wanted = whole.children
        children = Children(wanted.recipients and RECIPIENTS in groups, wanted.attachments and ATTACHMENTS in groups)
        return PartialChange(whole.header, self._mapping, numbered, whole.message, children)

    @cached_property
    def _mapping(self) -> PropertyGroupInfo:
        return property_group_info(self._writer.id_of)


def missing(known: GroupChanges | None, seen: Globset) -> frozenset[int] | None:
    """Groups whose last change is not in `seen`; None: others may have changed as well."""
    if known is None or known.mapping != MAPPING or (known.since and known.since not in seen):
        return None
    changed = {place for place, number in enumerate(known.numbers) if number and number not in seen}
    return None if len(changed) > REST else frozenset({MARKS, *changed})
