"""A client that knows operations only from the tables of their layouts, and not from what the code declares.

    with each field by its name, as a number or as bytes; what is not named is as in the example
    opened = client.say("RopOpenFolder", InputHandleIndex=0, OutputHandleIndex=2, FolderId=inbox)

Each answer must begin as the table says: with the RopId of its response, the index that the request has named, and a
ReturnValue; and where all its fields have sizes, it must be just so long.
"""

from __future__ import annotations

from typing import Any

from mapi_session import LOGON, MapiSession, oid
from rop_layouts import Form, read_layouts

from posthouse.protocols.mapi.identifiers import ObjectId
from posthouse.protocols.mapi.rop_buffer import RopBuffer
from posthouse.servers.mapi.special_folders import Special

FORMS: dict[str, dict[str, Form]] = {}
for _form in read_layouts():
    FORMS.setdefault(_form.rop, {})[_form.name] = _form
HEAD = 6
NULL_DESTINATION = 0x503
PRIVATE = 1


def u32(number: int) -> bytes:
    return number.to_bytes(4, "little")


class LayoutClient(MapiSession):
    """Its objects are in slots; slot 0 is the logon."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.said: set[str] = set()
        """Operations that have succeeded."""

    def request(self, rop: str, form: str = "request", **values: Any) -> bytes:
        """Of a field that has its size before it, the size follows by itself."""
        parts: list[bytes] = []
        values = {"LogonId": 0, **values}
        for one in FORMS[rop][form].fields:
            sized = one.name.removesuffix("Size")
            given = len(values[sized]) if sized != one.name and sized in values else one.raw
            parts.append(_bytes(values.pop(one.name, given), len(one.raw)))
        assert not values, f"{rop} has no {list(values)}"
        return b"".join(parts)

    def answer(self, rop: str, request: bytes) -> bytes:
        """What comes back, as it is; its head is checked."""
        buffer = self.execute_raw(RopBuffer(request, tuple(self.handles)).format())
        self.handles[:] = buffer.handles
        asked, answered = FORMS[rop]["request"], self.form_of(rop, buffer.rops)
        index = answered.fields[1].name
        assert buffer.rops[0] == answered.fields[0].raw[0], f"{rop}: RopId"
        assert buffer.rops[1] == request[asked.offset(index)], f"{rop}: {index}"
        if answered.size is not None:
            assert len(buffer.rops) == answered.size, f"{rop}: {buffer.rops.hex(' ')} is no {answered.name}"
        return buffer.rops

    def form_of(self, rop: str, response: bytes) -> Form:
        """That of the ReturnValue."""
        forms, code = FORMS[rop], int.from_bytes(response[2:HEAD], "little")
        if rop == "RopLogon" and code == 0:
            return forms["success, a mailbox" if response[HEAD] & PRIVATE else "success, public folders"]
        if code == NULL_DESTINATION and "null destination" in forms:
            return forms["null destination"]
        if code and "failure" in forms:
            return forms["failure"]
        return forms.get("success") or forms["response"]

    def say(self, rop: str, **values: Any) -> dict[str, bytes]:
        """One that must succeed: the fields of its answer, as far as their sizes are known; `rest` has what follows."""
        response = self.answer(rop, self.request(rop, **values))
        assert response[2:HEAD] == bytes(4), f"{rop}: {response[2:HEAD].hex()}"
        self.said.add(rop)
        found, at = {}, 0
        for one in self.form_of(rop, response).fields:
            if one.size is None:
                break
            found[one.name] = response[at : at + one.size]
            at += one.size
        return {**found, "rest": response[at:]}

    def open(self, rop: str, **values: Any) -> int:
        """What it makes; its slot."""
        slot = self.slot()
        self.say(rop, OutputHandleIndex=slot, **values)
        return slot

    def fails(self, rop: str, **values: Any) -> bool:
        """One that must not succeed."""
        return self.answer(rop, self.request(rop, **values))[2:HEAD] != bytes(4)

    # what many need

    def rows(self, folder: int, rop: str = "RopGetContentsTable", flags: int = 0) -> int:
        """How many messages a folder has, or folders below it."""
        slot = self.slot()
        opened = self.say(rop, InputHandleIndex=folder, OutputHandleIndex=slot, TableFlags=flags)
        return int.from_bytes(opened["RowCount"], "little")

    def text(self, slot: int, tag: bytes) -> str:
        """A property that is one."""
        one = {"PropertyTagCount": 1, "PropertyTags": tag}
        row = self.say("RopGetPropertiesSpecific", InputHandleIndex=slot, **one)["rest"]
        assert row[0] == 0
        return row[1:-2].decode("utf-16-le")

    def folder_slot(self, which: Special = Special.INBOX) -> int:
        return self.open("RopOpenFolder", InputHandleIndex=LOGON, FolderId=self.special(which))

    def new_folder(self, name: str = "somewhere", kind: int = 1) -> tuple[bytes, int]:
        """Its id and its slot."""
        slot, above = self.slot(), self.folder_slot(Special.IPM_SUBTREE)
        named = name.encode("utf-16-le") + b"\0\0"
        made = self.say(
            "RopCreateFolder", InputHandleIndex=above, OutputHandleIndex=slot, FolderType=kind, DisplayName=named,
            Comment="a comment\0".encode("utf-16-le"), OpenExisting=1,
        )  # fmt: skip
        return made["FolderId"], slot

    def new_message(self) -> tuple[bytes, int]:
        """Saved; its id and its slot."""
        slot, inbox = self.slot(), self.special(Special.INBOX)
        self.say("RopCreateMessage", InputHandleIndex=LOGON, OutputHandleIndex=slot, FolderId=inbox, AssociatedFlag=0)
        saved = self.say("RopSaveChangesMessage", ResponseHandleIndex=LOGON, InputHandleIndex=slot, SaveFlags=0x0A)
        return saved["MessageId"], slot


def nowhere() -> bytes:
    """The id of nothing."""
    return oid(0xFFFFFF).format()


def values(*tagged: bytes) -> dict[str, bytes | int]:
    """Of a request that sets them."""
    raw = b"".join(tagged)
    return {"PropertyValueSize": 2 + len(raw), "PropertyValueCount": len(tagged), "PropertyValues": raw}


def tags(*listed: bytes) -> dict[str, bytes | int]:
    return {"PropertyTagCount": len(listed), "PropertyTags": b"".join(listed)}


def u48(number: int) -> bytes:
    """As a counter is written."""
    return number.to_bytes(6, "big")


def binary(tag: bytes, value: bytes) -> bytes:
    return tag + len(value).to_bytes(2, "little") + value


def _bytes(value: Any, size: int) -> bytes:
    if isinstance(value, int):
        return value.to_bytes(size, "little")
    return value.format() if isinstance(value, ObjectId) else bytes(value)
