"""Programs that are not Outlook and work with Exchange 2016 and 2019: what they send, in its order and with its flags,
and what they read of the answers. They chain operations through one buffer, and open, work and release at once."""

from __future__ import annotations

from collections.abc import Iterator
from struct import pack
from uuid import UUID

import pytest
from mapi_program import (
    ATTACH_DATA,
    ATTACH_METHOD,
    ATTACH_NAME,
    DRAFTS,
    PIECE,
    SPECIAL,
    SUBJECT,
    Program,
    discover,
    recipients,
)
from mapi_session import deliver, imap_subjects, mapi_hub, share
from mapi_wire import (
    EMPTY,
    PER_MDB_REPLID_MAPPING,
    WireClient,
    create_message,
    get_properties,
    ids,
    modify_recipients,
    open_folder,
    open_message,
    open_stream,
    query_rows,
    read_stream,
    release,
    rop,
    save_message,
    set_properties,
    table,
    through,
    utf16,
)

from posthouse.model.rights import ALL_RIGHTS
from posthouse.testing import MailHub

HAS_ATTACHMENTS, DISPLAY_TO, ATTACH_NUMBER = 0x0E1B000B, 0x0E04001F, 0x0E210003
SENT_MAIL, DELETE_AFTER_SUBMIT = 0x674000FB, 0x0E01000B
DISPLAY_NAME, CONTAINER_CLASS, CONTENT_COUNT, SUBFOLDERS = 0x3001001F, 0x3613001F, 0x36020003, 0x360A000B
FOLDER_ID, PARENT, OWNER = 0x67480014, 0x67490014, 0x661B0102
UNSENT, READ = 0x8, 0x1


@pytest.fixture(scope="module")
def hub() -> Iterator[MailHub]:
    with mapi_hub("alice", "bob", "shared") as hub:
        yield hub


@pytest.fixture(scope="module")
def alice(hub: MailHub) -> Program:
    return Program(hub, "alice@example.org")


def test_a_mailbox_is_found_and_described(alice: Program) -> None:
    """From an address to the properties of a mailbox; nothing goes in auxiliary buffers."""
    assert alice.connected == (0, "alice")
    answer = alice.execute(get_properties(0, DISPLAY_NAME, OWNER), alice.logon)
    answer.ok(0x07)
    name, owner = answer.row([DISPLAY_NAME, OWNER])
    assert name == "alice"
    assert owner[28:].lower().startswith(b"/o=")
    answer.done()


def test_names_of_properties(alice: Program) -> None:
    """A name that the mailbox does not know has 0 in its place, and an id without a name one byte; neither is an error,
    nor the end of what can be read."""
    location = b"\0" + UUID("00062002-0000-0000-c000-000000000046").bytes_le + pack("<I", 0x8208)
    unknown = utf16("no-such-property")
    invented = b"\1" + UUID("00020329-0000-0000-c000-000000000046").bytes_le + bytes([len(unknown)]) + unknown
    [known] = ids_of(alice, 2, location)
    assert known >= 0x8000
    assert ids_of(alice, 0, location, invented) == (known, 0)
    answer = alice.execute(rop(0x55, 0) + pack("<4H", 3, known, SUBJECT >> 16, 0xFFFE), alice.logon)
    answer.ok(0x55)
    assert answer.take("H") == 3
    assert answer.octets(21) == location
    assert answer.octets(21)[17:] == pack("<I", SUBJECT >> 16)
    assert answer.octets(1) == b"\xff"
    answer.done()


def ids_of(alice: Program, flags: int, *names: bytes) -> tuple[int, ...]:
    """`flags`: 2 gives an id to what has none."""
    answer = alice.execute(rop(0x56, 0) + pack("<BH", flags, len(names)) + b"".join(names), alice.logon)
    answer.ok(0x56)
    assert answer.take("H") == len(names)
    return tuple(answer.take("H") for _ in names)


def test_folders_page_by_page_and_all_at_once(alice: Program) -> None:
    """The columns are said once, and the folder is released with its first page; the deep table names the same folders,
    each below its parent, and the special ones have their classes in it."""
    columns = FOLDER_ID, PARENT, DISPLAY_NAME, CONTAINER_CLASS, CONTENT_COUNT, SUBFOLDERS
    paged, deep = {}, {}
    for flags, count, found in (0, 4, paged), (4, 100, deep):
        rops = open_folder(0, 1, alice.folders[3]) + table(0x04, 1, 2, flags, columns, count) + release(1)
        answer = alice.execute(rops, alice.logon, EMPTY, EMPTY)
        answer.ok(0x02)
        answer.take("BB")
        answer.ok(0x04)
        total = answer.take("I")
        answer.ok(0x12)
        answer.take("B")
        handle = answer.handles[2]
        while True:
            answer.ok(0x15)
            _, rows = answer.take("BH")
            for _ in range(rows):
                row = answer.row(columns)
                found[pack("<q", row[0])] = row[1:]
            if not rows:
                break
            answer = alice.execute(query_rows(0, count), handle)
        alice.execute(release(0), handle).done()
        assert len(found) == total
    assert paged.keys() <= deep.keys()
    assert alice.folders[4] in paged
    for tag, number in alice.special.items():
        assert deep[number][2] == SPECIAL[tag]
        assert pack("<q", deep[number][0]) == alice.folders[3]


def test_a_draft_with_an_attachment(alice: Program) -> None:
    """Nothing is there before the message is saved; then it is as it was written."""
    data, drafts = bytes(range(250)) * 160, alice.special[DRAFTS]
    message = alice.draft("With a file")
    alice.attach(message, "probe.bin", data)
    assert "With a file" not in alice.subjects(drafts)
    number = alice.saved(message)
    assert alice.subjects(drafts)["With a file"] == number
    columns = ATTACH_NUMBER, ATTACH_METHOD, ATTACH_NAME
    rops = open_message(0, 1, drafts, number) + get_properties(1, HAS_ATTACHMENTS, DISPLAY_TO)
    rops += table(0x21, 1, 2, 0x40, columns, 50) + release(2, 1)
    answer = alice.execute(rops, alice.logon, EMPTY, EMPTY)
    assert recipients(answer) == ("With a file", 1)
    answer.ok(0x07)
    assert answer.row([HAS_ATTACHMENTS, DISPLAY_TO]) == [True, "bob@example.org"]
    answer.ok(0x21)  # without a count
    answer.ok(0x12)
    answer.take("B")
    answer.ok(0x15)
    assert answer.take("BH")[1] == 1
    assert answer.row(columns) == [0, 1, "probe.bin"]
    assert read_attachment(alice, drafts, number) == data


def read_attachment(alice: Program, folder: bytes, message: bytes) -> bytes:
    """What was opened on the way to the stream stays open until it is read; a piece that is short is the last."""
    rops = open_message(0, 1, folder, message) + rop(0x22, 1, 2) + bytes(5) + open_stream(2, 3, ATTACH_DATA)
    answer = alice.execute(rops + read_stream(3, PIECE), alice.logon, EMPTY, EMPTY, EMPTY)
    recipients(answer)
    answer.ok(0x22)
    answer.ok(0x2B)
    size, stream, found = answer.take("I"), answer.handles[3], b""
    while True:
        answer.ok(0x2C)
        piece = answer.octets(answer.take("H"))
        found += piece
        if len(piece) < PIECE:
            break
        answer = alice.execute(read_stream(0, PIECE), stream)
    assert size == len(found)
    return found


def test_what_is_done_with_a_message(alice: Program) -> None:
    """Recipients are replaced in one buffer; marks of reading; a message to nobody is refused and stays; one that is
    moved has another id, which nobody tells."""
    drafts, trash = alice.special[DRAFTS], alice.folders[7]
    number = alice.saved(alice.draft("To be moved"))
    rops = open_message(0, 1, drafts, number, 1) + rop(0x0D, 1) + bytes(4) + modify_recipients(1, "carol@example.org")
    answer = alice.execute(rops + save_message(1) + release(1), alice.logon, EMPTY)
    assert recipients(answer) == ("To be moved", 1)
    answer.ok(0x0D)
    answer.ok(0x0E)
    answer.ok(0x0C)
    for flags, expected in (0x01, READ), (0x05, 0):
        rops = open_folder(0, 1, drafts) + rop(0x66, 1) + bytes([0, flags]) + ids(number) + release(1)
        answer = alice.execute(rops, alice.logon, EMPTY)
        answer.ok(0x02)
        answer.take("BB")
        answer.ok(0x66)
        assert answer.take("B") == 0
        assert alice.flags(drafts, number) & (READ | UNSENT) == expected | UNSENT
    rops = open_message(0, 1, drafts, number, 1) + rop(0x0D, 1) + bytes(4) + save_message(1) + rop(0x32, 1) + b"\0"
    answer = alice.execute(rops + release(1), alice.logon, EMPTY)
    recipients(answer)
    answer.ok(0x0D)
    answer.ok(0x0C)
    answer.octets(9)
    assert answer.error(0x32) == 0x467
    assert alice.flags(drafts, number) & UNSENT
    rops = open_folder(0, 1, drafts) + open_folder(0, 2, trash) + rop(0x33, 1, 2) + ids(number) + bytes(2)
    answer = alice.execute(rops + release(1, 2), alice.logon, EMPTY, EMPTY)
    for _ in range(2):
        answer.ok(0x02)
        answer.take("BB")
    answer.ok(0x33)
    assert answer.take("B") == 0
    assert "To be moved" not in alice.subjects(drafts)
    moved = alice.subjects(trash)["To be moved"]
    assert moved != number
    rops = open_folder(0, 1, trash) + rop(0x1E, 1) + bytes(2) + ids(moved) + release(1)
    answer = alice.execute(rops, alice.logon, EMPTY)
    answer.ok(0x02)
    answer.take("BB")
    answer.ok(0x1E)
    assert answer.take("B") == 0
    assert "To be moved" not in alice.subjects(trash)


@pytest.mark.parametrize(("keeps", "deletes", "left"), [(0, 0, "Drafts"), (1, 0, "Sent"), (0, 1, ""), (1, 1, "")])
def test_sending(hub: MailHub, alice: Program, keeps: bool, deletes: bool, left: str) -> None:
    """[MS-OXOMSG] 3.3.5.1.3: saved, submitted and released in one buffer. A folder for what was sent moves the message
    there, that it is to be deleted counts for more, and with neither it stays."""
    subject = f"Sent {keeps} {deletes}"
    place = (SENT_MAIL, pack("<HB", 21, 1) + alice.folders[6] + bytes(12))
    gone = (DELETE_AFTER_SUBMIT, b"\1")
    message = alice.draft(subject, *([place] if keeps else []), *([gone] if deletes else []))
    answer = alice.execute(save_message(0) + rop(0x32, 0) + b"\0" + release(0), message)
    answer.ok(0x0C)
    answer.octets(9)
    answer.ok(0x32)
    answer.done()
    assert subject in imap_subjects(hub, "bob")
    assert [
        path for path in ("Drafts", "Sent", "Trash") if subject in imap_subjects(hub, "alice", path)
    ] == left.split()


def test_a_shared_mailbox(hub: MailHub) -> None:
    """Who may administer the Inbox of a mailbox is told of it by its address, asks for its DN and endpoint, and
    connects in its name with their own password."""
    assert Program(hub, "alice@example.org").others == []
    share(hub, "shared", "INBOX", "alice", ALL_RIGHTS)
    deliver(hub, "shared", "For all of us")
    [address] = Program(hub, "alice@example.org").others
    dn, path, _ = discover(hub, address)
    assert path != discover(hub, "alice@example.org")[1]
    program = WireClient(hub, "alice", path)
    assert program.connect(dn) == (0, "shared")
    answer = program.log_on(dn)
    answer.ok(0xFE)
    answer.take("B")
    inbox = answer.octets(13 * 8)[32:40]
    rops = open_folder(0, 1, inbox) + table(0x05, 1, 2, 0, (SUBJECT,), 50) + release(1, 2)
    answer = program.execute(rops, answer.handles[0], EMPTY, EMPTY)
    assert utf16("For all of us") in answer.data
    assert WireClient(hub, "bob", path).connect(dn)[0] == 0x80070005


def test_a_tool_that_knows_its_handles(hub: MailHub) -> None:
    """A connection for each request, cookies kept, no counter in X-ClientInfo; the logon's handle is taken to be what
    Exchange makes of the LogonId; a message is sent without being saved, with columns that rows have fields for."""
    dn, path, _ = discover(hub, "alice@example.org")
    tool = WireClient(hub, "alice", path, logon_id=0x8F)
    tool.headers = {
        "Connection": "close",
        "X-User-Identity": "alice@example.org",
        "X-ClientInfo": "{2F94A2BF-A2E6-4CCC-BF98-B5F22C542226}",
        "X-ClientApplication": "Outlook/15.0.4815.1002",
    }
    assert tool.connect(dn)[0] == 0
    answer = tool.log_on(dn, PER_MDB_REPLID_MAPPING | 0xC)
    answer.ok(0xFE)
    answer.take("B")
    outbox = answer.octets(13 * 8)[40:48]
    columns = 0x0FFE0003, 0x39000003, 0x3003001F, 0x3A710003, 0x39050003, 0x5FF6001F, 0x5FFD0003, 0x5FFF0003
    values = (
        pack("<II", 6, 0) + utf16("bob@example.org") + pack("<II", 0, 0x40000000) + utf16("Self") + pack("<II", 1, 0)
    )
    row = pack("<H", 0x23B) + utf16("bob@example.org") + utf16("Self") * 2 + pack("<HB", 8, 0) + values
    to_bob = pack("<H8IH", 8, *columns, 1) + pack("<IBH", 1, 1, len(row)) + row
    written = create_message(0, 1, outbox), set_properties(1, (SUBJECT, utf16("At once"))), rop(0x0E, 1) + to_bob
    answer = tool.execute(through(0x8F, *written, rop(0x32, 1) + b"\0"), 0x8F000000, EMPTY)
    answer.ok(0x06)
    answer.take("B")
    answer.ok(0x0A)
    answer.take("H")
    answer.ok(0x0E)
    answer.ok(0x32)
    assert "At once" in imap_subjects(hub, "bob")
