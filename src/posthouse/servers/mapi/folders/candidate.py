"""A message that a search looks at."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any

from posthouse.database import Transaction
from posthouse.model.rights import ALL_RIGHTS
from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.matching import Matchable
from posthouse.protocols.mapi.objects import Key, Message, Properties
from posthouse.protocols.mapi.property_values import PropertyTag
from posthouse.servers.mapi.logon import Logon
from posthouse.servers.mapi.messages.bodies import with_body
from posthouse.servers.mapi.messages.properties import computed_properties
from posthouse.servers.mapi.messages.reading import ReadMessage, read_message
from posthouse.servers.mapi.people import People
from posthouse.store.objects import StoredMessage

Keys = Mapping[int, Key | None]
"""Of properties by their ids."""


class Candidate:
    """It is read when something is asked that its row does not tell."""

    def __init__(self, tx: Transaction, logon: Logon, people: People, row: StoredMessage, keys: Keys) -> None:
        self._tx, self._logon, self._people, self._row, self._keys = tx, logon, people, row, keys

    def value(self, tag: PropertyTag) -> Any | None:
        return _value(self._properties, self._keys, tag)

    def parts(self, tag: PropertyTag) -> Iterable[Matchable]:
        tree = self._read.tree
        if tag.id == tags.PidTagMessageRecipients.id:
            return [_Part(one.properties, self._keys) for one in tree.recipients]
        if tag.id == tags.PidTagMessageAttachments.id:
            return [_Part(one.properties, self._keys) for one in tree.attachments]
        return ()

    @cached_property
    def _read(self) -> ReadMessage:
        blobs, account = self._logon.store.blobs, self._logon.mailbox.account
        return read_message(self._tx, blobs, account, self._row, self._people.at(self._tx))

    @cached_property
    def _properties(self) -> Properties:
        read = self._read
        tree: Message = read.tree
        computed = computed_properties(tree, self._logon.mailbox, self._row, read.keys, ALL_RIGHTS)
        return with_body(tree.properties | computed, [key for key in self._keys.values() if key is not None])


class _Part:
    """A recipient or an attachment."""

    def __init__(self, properties: Properties, keys: Keys) -> None:
        self._properties, self._keys = properties, keys

    def value(self, tag: PropertyTag) -> Any | None:
        return _value(self._properties, self._keys, tag)

    def parts(self, tag: PropertyTag) -> Iterable[Matchable]:
        return ()


def _value(properties: Properties, keys: Keys, tag: PropertyTag) -> Any | None:
    key = keys.get(tag.id)
    found = properties.get(key) if key is not None else None
    return None if found is None else found.value
