"""How a row is named when something is told of it – [MS-OXCNOTIF] 2.2.1.4.1.2, TableRowFolderID on.

A folder by its id; a message by the folder that it is in, its id, and the number of the row among those of the same
message; the header row of a category by the folder of the table and its PidTagInstID.
"""

from __future__ import annotations

from collections.abc import Mapping

from posthouse.model.ids import FolderId
from posthouse.protocols.mapi.identifiers import OWN_REPLICA, ObjectId, read_object_id
from posthouse.protocols.mapi.reader import Reader
from posthouse.protocols.mapi.rops.notification_data import NotificationFlags, TableEventType, TableModified
from posthouse.servers.mapi.tables.categories import category_id
from posthouse.servers.mapi.tables.lines import instance_of_line, key_of_line

_NOWHERE = ObjectId(0, 0)
"""Before the first row."""
_Name = tuple[ObjectId, ObjectId | None, int | None]


class FolderRows:
    flags = NotificationFlags.TABLE_MODIFIED
    start: _Name = _NOWHERE, None, None

    def name(self, line: int) -> _Name:
        return _id(line), None, None


class MessageRows:
    flags = NotificationFlags.TABLE_MODIFIED | NotificationFlags.M
    start: _Name = _NOWHERE, _NOWHERE, 0

    def __init__(self, folder: FolderId, elsewhere: Mapping[int, FolderId]) -> None:
        """`elsewhere`: messages that are in other folders than the table's."""
        self._folder, self._elsewhere = folder, elsewhere

    def name(self, line: int) -> _Name:
        if line < 0:
            raw = category_id(-line).to_bytes(8, "little")
            return _id(self._folder), read_object_id(Reader(raw)), 0
        key = key_of_line(line)
        return _id(self._elsewhere.get(key, self._folder)), _id(key), instance_of_line(line)


Rows = FolderRows | MessageRows


def deleted(rows: Rows, line: int) -> TableModified:
    return TableModified(rows.flags, TableEventType.TABLE_ROW_DELETED, *rows.name(line))


def placed(rows: Rows, line: int, behind: int | None, row: bytes, *, new: bool) -> TableModified:
    """`behind`: the line before it."""
    kind = TableEventType.TABLE_ROW_ADDED if new else TableEventType.TABLE_ROW_MODIFIED
    above = rows.start if behind is None else rows.name(behind)
    return TableModified(rows.flags, kind, *rows.name(line), *above, row)


def _id(number: int) -> ObjectId:
    return ObjectId(OWN_REPLICA, number)
