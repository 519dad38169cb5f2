"""A library that reads and writes a mailbox, as there are for Exchange: it finds its endpoint by Autodiscover, opens
what it works on in the buffer in which it works, and releases it at once."""

from __future__ import annotations

import http.client
from base64 import b64encode
from struct import pack
from xml.etree import ElementTree

from mapi_wire import (
    EMPTY,
    Wire,
    WireClient,
    create_message,
    get_properties,
    modify_recipients,
    open_folder,
    open_message,
    open_stream,
    release,
    rop,
    save_message,
    set_properties,
    table,
    utf16,
    write_stream,
)

from posthouse.testing import MailHub

MESSAGE_CLASS, SUBJECT, BODY, MESSAGE_FLAGS, MID = 0x001A001F, 0x0037001F, 0x1000001F, 0x0E070003, 0x674A0014
ATTACH_METHOD, ATTACH_NAME, ATTACH_DATA = 0x37050003, 0x3707001F, 0x37010102
SPECIAL = {0x36D00102: "IPF.Appointment", 0x36D10102: "IPF.Contact", 0x36D40102: "IPF.Task", 0x36D70102: "IPF.Note"}
"""Properties that have the entry ids of folders, and the classes of these."""
DRAFTS = 0x36D70102
PIECE = 16 * 1024


def recipients(answer: Wire) -> tuple[str, int]:
    """Of a message that was opened: its subject, and how many it is to."""
    answer.ok(0x03)
    answer.take("B")
    subject = answer.typed_text() + answer.typed_text()
    count, columns = answer.take("HH")
    answer.octets(4 * columns)
    for _ in range(answer.take("B")):
        answer.octets(answer.take("BHHH")[3])
    return subject, count


def discover(hub: MailHub, address: str, who: str = "alice") -> tuple[str, str, list[str]]:
    """DN, path of the mailbox's endpoint, and the addresses of other mailboxes."""
    asked = (
        '<?xml version="1.0" encoding="utf-8"?>\n<Autodiscover xmlns="http://schemas.microsoft.com/exchange/autodiscover/'
        f'outlook/requestschema/2006">\n  <Request>\n    <EMailAddress>{address}</EMailAddress>\n'
        "    <AcceptableResponseSchema>http://schemas.microsoft.com/exchange/autodiscover/outlook/responseschema/2006a"
        "</AcceptableResponseSchema>\n  </Request>\n</Autodiscover>\n"
    )
    headers = {
        "Content-Type": "text/xml; charset=utf-8",
        "X-MapiHttpCapability": "1",
        "X-AnchorMailbox": address,
        "Authorization": "Basic " + b64encode(f"{who}@example.org:secret".encode()).decode(),
    }
    connection = http.client.HTTPSConnection("localhost", hub.https.port, timeout=30, context=hub.client_context())
    connection.request("POST", "/Autodiscover/Autodiscover.xml", asked.encode(), headers)
    root = ElementTree.fromstring(connection.getresponse().read())
    connection.close()
    space = "{http://schemas.microsoft.com/exchange/autodiscover/outlook/responseschema/2006a}"
    [protocol] = [one for one in root.iter(f"{space}Protocol") if one.get("Type") == "mapiHttp"]
    url = protocol.findtext(f"{space}MailStore/{space}InternalUrl") or ""
    others = [one.findtext(f"{space}SmtpAddress") or "" for one in root.iter(f"{space}AlternativeMailbox")]
    return root.findtext(f".//{space}LegacyDN") or "", url.partition(str(hub.https.port))[2], others


class Program(WireClient):
    """A library that reads and writes a mailbox, logged on."""

    def __init__(self, hub: MailHub, address: str, who: str = "alice") -> None:
        dn, path, self.others = discover(hub, address, who)
        assert "?MailboxId=" in path
        super().__init__(hub, who, path)
        self.headers = {"X-ClientApplication": "Outlook/15.00.0847.4040"}
        self.post("PING").done()
        self.connected = self.connect(dn)
        answer = self.log_on(dn)
        [self.logon] = answer.handles
        answer.ok(0xFE)
        answer.take("B")
        self.folders = [answer.octets(8) for _ in range(13)]
        self.special = self.found_by_entry_ids()

    def found_by_entry_ids(self) -> dict[int, bytes]:
        """The folders that no logon names, by properties of the Inbox."""
        rops = open_folder(0, 1, self.folders[4]) + get_properties(1, *SPECIAL) + release(1)
        answer = self.execute(rops, self.logon, EMPTY)
        answer.ok(0x02)
        answer.take("BB")
        answer.ok(0x07)
        entries = answer.row(SPECIAL)
        assert [len(entry) for entry in entries] == [46] * len(SPECIAL)
        answer = self.execute(b"".join(rop(0x44, 0) + entry[22:46] for entry in entries), self.logon)
        found = {}
        for tag in SPECIAL:
            answer.ok(0x44)
            found[tag] = answer.octets(8)
        return found

    def subjects(self, folder: bytes) -> dict[str, bytes]:
        """And the ids of messages."""
        rops = open_folder(0, 1, folder) + table(0x05, 1, 2, 0, (MID, SUBJECT), 50) + release(1, 2)
        answer = self.execute(rops, self.logon, EMPTY, EMPTY)
        answer.ok(0x02)
        answer.take("BB")
        answer.ok(0x05)
        count = answer.take("I")
        answer.ok(0x12)
        answer.take("B")
        answer.ok(0x15)
        assert answer.take("BH")[1] == count
        rows = [answer.row((MID, SUBJECT)) for _ in range(count)]
        return {str(subject): pack("<q", number) for number, subject in rows}

    def draft(self, subject: str, *more: tuple[int, bytes], to: str = "bob@example.org") -> int:
        """The handle of a message that is not saved yet."""
        values = (MESSAGE_CLASS, utf16("IPM.Note")), *more, (SUBJECT, utf16(subject)), (BODY, utf16("Text.\n"))
        rops = create_message(0, 1, self.special[DRAFTS]) + set_properties(1, *values) + modify_recipients(1, to)
        answer = self.execute(rops, self.logon, EMPTY)
        answer.ok(0x06)
        assert answer.take("B") == 0  # no id before it is saved
        answer.ok(0x0A)
        assert answer.take("H") == 0
        answer.ok(0x0E)
        answer.done()
        return int(answer.handles[1])

    def saved(self, message: int) -> bytes:
        answer = self.execute(save_message(0) + release(0), message)
        answer.ok(0x0C)
        answer.take("B")
        return answer.octets(8)

    def attach(self, message: int, name: str, data: bytes) -> None:
        """Through a stream, piece by piece; the attachment is saved before its message."""
        named = set_properties(1, (ATTACH_METHOD, pack("<I", 1)), (ATTACH_NAME, utf16(name)))
        rops = rop(0x23, 0, 1) + named + open_stream(1, 2, ATTACH_DATA, 2) + write_stream(2, data[:PIECE])
        answer = self.execute(rops, message, EMPTY, EMPTY)
        answer.ok(0x23)
        assert answer.take("I") == 0
        answer.ok(0x0A)
        answer.take("H")
        answer.ok(0x2B)
        answer.take("I")
        answer.ok(0x2D)
        _, attachment, stream = answer.handles
        for begin in range(PIECE, len(data), PIECE):
            answer = self.execute(write_stream(0, data[begin : begin + PIECE]), stream)
            answer.ok(0x2D)
            assert answer.take("H") == len(data[begin : begin + PIECE])
        rops = rop(0x5D, 0) + release(0) + rop(0x25, 1, 1) + b"\x02" + release(1)
        answer = self.execute(rops, stream, attachment)
        answer.ok(0x5D)
        answer.ok(0x25)
        answer.done()

    def flags(self, folder: bytes, message: bytes) -> int:
        rops = open_message(0, 1, folder, message) + get_properties(1, MESSAGE_FLAGS) + release(1)
        answer = self.execute(rops, self.logon, EMPTY)
        recipients(answer)
        answer.ok(0x07)
        [found] = answer.row([MESSAGE_FLAGS])
        return int(found)
