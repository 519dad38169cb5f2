"""A client of MAPI over HTTP that shares no code with the hub: operations are bytes, as another program makes and reads
them.

    program = WireClient(hub, "alice")
    program.connect(dn)
    answer = program.execute(open_folder(0, 1, inbox) + get_properties(1, DISPLAY_NAME), program.log_on(dn), EMPTY)
    answer.ok(0x02)

Indices are of the table of handles that stands behind the operations.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from struct import calcsize, pack, unpack, unpack_from
from typing import Any

from mapi_http import MapiClient

from posthouse.testing import MailHub

EMPTY = 0xFFFFFFFF
NO_COMPRESSION_NO_XOR = 3
PER_MDB_REPLID_MAPPING = 0x01000000
OWN_CODE_PAGE = 0x0FFF


def utf16(text: str) -> bytes:
    return text.encode("utf-16-le") + b"\0\0"


class Wire:
    """Bytes that are read in order."""

    def __init__(self, data: bytes, handles: Sequence[int] = ()) -> None:
        self.data, self.handles, self.at = data, handles, 0

    def take(self, layout: str) -> Any:
        """One number of this layout, or several."""
        found = unpack_from("<" + layout, self.data, self.at)
        self.at += calcsize("<" + layout)
        return found[0] if len(found) == 1 else found

    def octets(self, size: int) -> bytes:
        self.at += size
        return self.data[self.at - size : self.at]

    def text(self) -> str:
        end = next(at for at in range(self.at, len(self.data), 2) if self.data[at : at + 2] == b"\0\0")
        return self.octets(end + 2 - self.at)[:-2].decode("utf-16-le")

    def typed_text(self) -> str:
        """A TypedString – [MS-OXCDATA] 2.11.7: none, empty, or of characters that take one byte each."""
        kind = self.take("B")
        if kind < 2:
            return ""
        assert kind == 3
        return self.octets(self.data.index(b"\0", self.at) + 1 - self.at)[:-1].decode("latin-1")

    def ok(self, rop: int) -> None:
        """The response of this operation is next, and it has succeeded."""
        found, _, value = self.take("BBI")
        assert (found, value) == (rop, 0), (hex(found), hex(value))

    def error(self, rop: int) -> int:
        found, _, value = self.take("BBI")
        assert found == rop, hex(found)
        return int(value)

    def done(self) -> None:
        assert self.at == len(self.data), self.data[self.at :]

    def value(self, tag: int) -> Any:
        match tag & 0xFFFF:
            case 0x001F:
                return self.text()
            case 0x0102:
                return self.octets(self.take("H"))
            case 0x1102:
                return [self.octets(self.take("H")) for _ in range(self.take("I"))]
        return self.take({0x0003: "I", 0x000B: "?", 0x0014: "q", 0x0040: "Q"}[tag & 0xFFFF])

    def row(self, tags: Iterable[int]) -> list[Any]:
        """A PropertyRow – [MS-OXCDATA] 2.8.1. What is not there is its error, as an exception that nobody raises."""
        if not self.take("B"):
            return [self.value(tag) for tag in tags]
        found = []
        for tag in tags:
            flag = self.take("B")
            found.append(self.value(tag) if not flag else LookupError(self.take("I") if flag == 0x0A else 0))
        return found


class WireClient:
    """Asks for neither compression nor obfuscation, sends no auxiliary buffers, and takes 64 KB at once."""

    def __init__(self, hub: MailHub, who: str, path: str = "/mapi/emsmdb/", logon_id: int = 0) -> None:
        self.http = MapiClient(hub.https.port, path, f"{who}@example.org:secret", hub.client_context())
        self.logon_id = logon_id
        self.headers: dict[str, str | None] = {}
        """Other than usual."""

    def post(self, type: str, body: bytes = b"") -> Wire:
        answer = self.http.post(type, body, headers=self.headers)
        assert (answer.status, answer.code) == (200, 0)
        return Wire(answer.body)

    def connect(self, dn: str, flags: int = 0) -> tuple[int, str]:
        """ErrorCode, and whose mailbox that is."""
        answer = self.post("Connect", dn.encode() + b"\0" + pack("<IIIII", flags, 1252, 0x409, 0x409, 0))
        status, code = answer.take("II")
        assert status == 0
        answer.take("III")
        assert answer.octets(1) == b"\0"
        return code, answer.text()

    def execute(self, rops: bytes, *handles: int) -> Wire:
        """The responses, and the handles that they leave."""
        payload = pack("<H", len(rops) + 2) + rops + pack(f"<{len(handles)}I", *handles)
        buffer = pack("<HHHH", 0, 4, len(payload), len(payload)) + payload
        head = pack("<II", NO_COMPRESSION_NO_XOR, len(buffer))
        answer = self.post("Execute", head + buffer + pack("<II", 0x10000, 0))
        assert answer.take("II") == (0, 0)
        answer.take("I")
        found = Wire(answer.octets(answer.take("I")))
        assert found.take("HH") == (0, 4)
        size, real = found.take("HH")
        assert size == real
        rops_size = found.take("H")
        responses, table = found.octets(rops_size - 2), found.octets(size - rops_size)
        return Wire(responses, unpack(f"<{len(table) // 4}I", table))

    def log_on(self, dn: str, open_flags: int = PER_MDB_REPLID_MAPPING) -> Wire:
        """The whole response: its handles begin with the logon's."""
        name = dn.encode() + b"\0"
        head = pack("<BBBBIIH", 0xFE, self.logon_id, 0, 1, open_flags, 0, len(name))
        return self.execute(head + name, EMPTY)


# operations: RopId, LogonId, indices, and what each has of its own


def rop(id: int, *indices: int) -> bytes:
    return bytes([id, 0, *indices])


def through(logon_id: int, *operations: bytes) -> bytes:
    """The same operations, one after the other, for another logon."""
    return b"".join(one[:1] + bytes([logon_id]) + one[2:] for one in operations)


def release(*indices: int) -> bytes:
    return b"".join(rop(0x01, index) for index in indices)


def open_folder(source: int, target: int, folder: bytes) -> bytes:
    return rop(0x02, source, target) + folder + b"\0"


def open_message(source: int, target: int, folder: bytes, message: bytes, mode: int = 0) -> bytes:
    return rop(0x03, source, target) + pack("<H", OWN_CODE_PAGE) + folder + bytes([mode]) + message


def create_message(source: int, target: int, folder: bytes) -> bytes:
    return rop(0x06, source, target) + pack("<H", OWN_CODE_PAGE) + folder + b"\0"


def save_message(index: int) -> bytes:
    return rop(0x0C, index, index) + b"\x02"


def get_properties(index: int, *tags: int) -> bytes:
    return rop(0x07, index) + pack(f"<HHH{len(tags)}I", 0, 1, len(tags), *tags)


def set_properties(index: int, *values: tuple[int, bytes]) -> bytes:
    data = b"".join(pack("<I", tag) + value for tag, value in values)
    return rop(0x0A, index) + pack("<HH", len(data) + 2, len(values)) + data


def modify_recipients(index: int, *addresses: str) -> bytes:
    """One-off recipients, without columns: type `SMTP` in words, Unicode, the name and what is transmitted alike."""
    rows = [pack("<H", 0x8258) + b"SMTP\0" + utf16(one) + utf16(one) + bytes(3) for one in addresses]
    data = [pack("<IBH", number, 1, len(row)) + row for number, row in enumerate(rows)]
    return rop(0x0E, index) + pack("<HH", 0, len(rows)) + b"".join(data)


def table(id: int, source: int, target: int, flags: int, columns: Sequence[int], count: int) -> bytes:
    """Opened, with its columns, and its first rows."""
    chosen = rop(0x12, target, 0) + pack(f"<H{len(columns)}I", len(columns), *columns)
    return rop(id, source, target, flags) + chosen + query_rows(target, count)


def query_rows(index: int, count: int) -> bytes:
    return rop(0x15, index, 0, 1) + pack("<H", count)


def open_stream(source: int, target: int, tag: int, mode: int = 0) -> bytes:
    return rop(0x2B, source, target) + pack("<IB", tag, mode)


def read_stream(index: int, size: int) -> bytes:
    return rop(0x2C, index) + pack("<H", size)


def write_stream(index: int, data: bytes) -> bytes:
    return rop(0x2D, index) + pack("<H", len(data)) + data


def ids(*messages: bytes) -> bytes:
    return pack("<H", len(messages)) + b"".join(messages)
