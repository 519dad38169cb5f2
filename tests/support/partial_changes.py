"""How a client puts a change into its copy of a message – [MS-OXCFXICS] 2.2.4.3.15, R1156, R1157."""

from __future__ import annotations

from struct import unpack
from uuid import UUID

from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.fast_transfer.elements.contents_sync import NO_GROUP
from posthouse.protocols.mapi.fast_transfer.parser.events import ChangeRead
from posthouse.protocols.mapi.objects import Key, Message
from posthouse.protocols.mapi.property_names import PropertyName


def groups_of_mapping(data: bytes) -> list[frozenset[Key]]:
    """PropertyGroupInfo (2.2.2.8): which properties each group has."""
    (count,) = unpack("<I", data[8:12])
    groups, at = [], 12
    for _ in range(count):
        (members,) = unpack("<I", data[at : at + 4])
        at += 4
        found: set[Key] = set()
        for _ in range(members):
            key, at = _member(data, at)
            found.add(key)
        groups.append(frozenset(found))
    assert at == len(data)
    return groups


def _member(data: bytes, at: int) -> tuple[Key, int]:
    (number,) = unpack("<H", data[at + 2 : at + 4])
    if number < 0x8000:
        return number, at + 4
    guid = UUID(bytes_le=data[at + 4 : at + 20])
    kind, value = unpack("<II", data[at + 20 : at + 28])
    if kind == 0:
        return PropertyName(guid, value), at + 28
    return PropertyName(guid, data[at + 28 : at + 28 + value].decode("utf-16le")), at + 28 + value


def applied(change: ChangeRead, before: Message | None) -> Message:
    """The client's message from now on."""
    if change.groups is None:
        return change.message
    assert before is not None, "a partial change of a message that the client does not have (R1136)"
    mapping, properties = groups_of_mapping(change.mapping), dict(before.properties)
    for index, found in change.groups.items():
        if index != NO_GROUP:
            for key in mapping[index]:
                properties.pop(key, None)
            assert found.keys() <= mapping[index]
        properties |= found
    recipients, attachments = before.recipients, before.attachments
    if tags.PidTagMessageRecipients.id in change.deleted:
        recipients = change.message.recipients
    if tags.PidTagMessageAttachments.id in change.deleted:
        attachments = change.message.attachments
    return Message(properties, recipients, attachments)
