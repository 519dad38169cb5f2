"""Objects as streams, out of a mailbox and into one, against a real hub. Statements are those of [MS-OXCFXICS]."""

from __future__ import annotations

from collections.abc import Iterator
from struct import pack
from typing import Any
from uuid import UUID

import fx_checker
import pytest
from mapi_carrying import NO_FLAGS, NONE, UNICODE, Carrier
from mapi_session import LOGON, imap_folders, imap_of, imap_subjects, mapi_hub, oid

from posthouse.model.rights import Right
from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.fast_transfer.elements.messages import ListedMessage, message_list
from posthouse.protocols.mapi.fast_transfer.markers import Marker, MetaTagEcWarning
from posthouse.protocols.mapi.fast_transfer.writer import SendOptions as Sent
from posthouse.protocols.mapi.fast_transfer.writer import Writer
from posthouse.protocols.mapi.objects import Attachment, Message, Recipient, value_of
from posthouse.protocols.mapi.property_names import PropertyName
from posthouse.protocols.mapi.property_rows import Typed
from posthouse.protocols.mapi.property_values import PropertyTag, PropertyType
from posthouse.protocols.mapi.rop_buffer import EMPTY
from posthouse.protocols.mapi.rops.attachment import AttachmentOpenMode, RopOpenAttachmentRequest
from posthouse.protocols.mapi.rops.fast_transfer import (
    CopyToFlags,
    DestinationCopyFlags,
    FolderCopyFlags,
    MessagesCopyFlags,
    PropertiesCopyFlags,
    RopFastTransferDestinationConfigureRequest,
    RopFastTransferDestinationPutBufferExtendedRequest,
    RopFastTransferDestinationPutBufferExtendedResponse,
    RopFastTransferDestinationPutBufferRequest,
    RopFastTransferSourceCopyFolderRequest,
    RopFastTransferSourceCopyMessagesRequest,
    RopFastTransferSourceCopyPropertiesRequest,
    RopFastTransferSourceCopyToRequest,
    RopTellVersionRequest,
    SendOptions,
    SourceOperation,
    TransferStatus,
)
from posthouse.protocols.mapi.rops.folder import FolderType, RopDeleteMessagesRequest, RopDeleteMessagesResponse
from posthouse.protocols.mapi.rops.message import (
    LOGON_CODE_PAGE,
    MessageOpenMode,
    RopOpenMessageRequest,
    RopOpenMessageResponse,
)
from posthouse.protocols.mapi.rops.property import CopyFlags, RopCopyToRequest
from posthouse.servers.mapi.errors import ErrorCode
from posthouse.servers.mapi.fast_transfer.source import ORIGINAL_ENTRY_ID
from posthouse.servers.mapi.messages.nesting import MAX_DEPTH
from posthouse.testing import MailHub

EXPECTED = fx_checker.Expected()


@pytest.fixture(scope="module")
def hub() -> Iterator[MailHub]:
    with mapi_hub("alice", "bob") as hub:
        yield hub


@pytest.fixture
def alice(hub) -> Carrier:
    return Carrier(hub, "alice")


NAME = PropertyName(UUID(int=7), "colour")


def full_message(alice: Carrier) -> int:
    """With all that a message may have."""
    slot = alice.new_message()
    named = alice.named(NAME, PropertyType.STRING)
    alice.set(slot, {tags.PidTagSubject: "rich", tags.PidTagBody: "text\r\n" * 500, named: "grün"})
    attachment = alice.new_attachment(slot)
    alice.set(attachment, {tags.PidTagAttachMethod: 1, tags.PidTagAttachDataBinary: b"\0data" * 3000})
    alice.saved_attachment(slot, attachment)
    outer = alice.new_attachment(slot)
    inner = alice.message_within(outer)
    alice.set(inner, {tags.PidTagSubject: "within"})
    alice.saved(inner)
    alice.saved_attachment(slot, outer)
    return slot


@pytest.mark.parametrize("size", [7, 500, 0x3000])
def test_a_message_to_another(alice, size):
    """R361, R599, R3182, R2089, R2090, R384, R364, R365, R3439, R532, R581, R590, R614, R3174, R3175, R31701, R3182001,
    R318200101, R2030, R971, R2155, R2156, R3178001, R3177, R630: properties, recipients and
    attachments, in buffers of any size, also through handles alone."""
    source, target = full_message(alice), alice.new_message()
    data = alice.copied_to(source)
    fx_checker.check_message_content(data, EXPECTED)
    alice.put(target, data, size=size)
    named = alice.named(NAME, PropertyType.STRING)
    wanted = (tags.PidTagSubject, tags.PidTagBody, named)
    assert alice.values(target, *wanted) == alice.values(source, *wanted)
    first = alice.opened_attachment(target, 0)
    assert alice.value(first, tags.PidTagAttachSize) > 15_000
    second = alice.message_within(alice.opened_attachment(target, 1), mode=MessageOpenMode.READ_ONLY)
    assert alice.value(second, tags.PidTagSubject) == "within"
    alice.saved(target)


def test_what_is_left_out(alice):
    """R379, R3440, R3441, R367, R1165, MS-OXCROPS R3823, R3835: properties and lists that are named, and with a
    Level all lists."""
    source = full_message(alice)
    without = fx_checker.check_message_content(
        alice.copied_to(source, tags.PidTagSubject, tags.PidTagMessageAttachments), EXPECTED
    )
    level = fx_checker.check_message_content(alice.copied_to(source, level=1), EXPECTED)
    assert "within" not in repr(without)
    assert "within" not in repr(level)
    target = alice.new_message()
    alice.put(target, alice.copied_to(source, tags.PidTagBody, tags.PidTagMessageAttachments))
    assert alice.value(target, tags.PidTagSubject) == "rich"
    assert alice.error(_opening(alice, target)) == ErrorCode.ecNotFound


def _opening(alice: Carrier, message: int, number: int = 0):
    return RopOpenAttachmentRequest(0, message, alice.slot(), AttachmentOpenMode.READ_ONLY, number)


def test_what_is_named(alice):
    """R450, R451, R3783, R431, R3120, R2102, R2103, R455, R3464, R3327, R437, R3465, R436, MS-OXCROPS R3858, R3870:
    nothing but the properties and lists that are named."""
    source, target = full_message(alice), alice.new_message()
    data = alice.copied_properties(source, tags.PidTagSubject, tags.PidTagNormalizedSubject)
    fx_checker.check_message_content(data, EXPECTED)
    alice.put(target, data, SourceOperation.COPY_PROPERTIES)
    assert alice.value(target, tags.PidTagSubject) == "rich"
    assert alice.error(_opening(alice, target)) == ErrorCode.ecNotFound
    alice.put(target, alice.copied_properties(source, tags.PidTagMessageAttachments), SourceOperation.COPY_PROPERTIES)
    assert alice.error(_opening(alice, target)) == 0
    flat = alice.copied_properties(source, tags.PidTagSubject, tags.PidTagMessageAttachments, level=1)
    assert fx_checker.check_message_content(flat, EXPECTED)["attachments"] is None


def test_lists_are_replaced(alice):
    """2.2.4.1.5.1: MetaTagFXDelProp takes what the message had of a list."""
    source, target = full_message(alice), full_message(alice)
    alice.put(target, alice.copied_to(source))
    numbers = [number for number in range(6) if alice.error(_opening(alice, target, number)) == 0]
    assert len(numbers) == 2


def test_attachments(alice):
    """R597, R600, R369, R370, R369001, R370001, R441, R441001, R3329: with the message within, whatever the Level
    is."""
    source, target = full_message(alice), alice.new_message()
    for number in (0, 1):
        opened = alice.opened_attachment(source, number)
        data = alice.copied_to(opened)
        assert alice.copied_to(opened, level=1) == data
        named = (tags.PidTagAttachMethod, tags.PidTagAttachDataObject)
        flat, deep = (alice.copied_properties(opened, *named, level=level) for level in (1, 0))
        assert flat == deep
        fx_checker.check_attachment_content(flat, EXPECTED)
        fx_checker.check_attachment_content(data, EXPECTED)
        made = alice.new_attachment(target)
        alice.put(made, data)
        alice.saved_attachment(target, made)
    inner = alice.message_within(alice.opened_attachment(target, 1), mode=MessageOpenMode.READ_ONLY)
    assert alice.value(inner, tags.PidTagSubject) == "within"
    assert alice.value(alice.opened_attachment(target, 0), tags.PidTagAttachMethod) == 1


def test_messages(hub, alice):
    """R3125, R601, R479, R2112, R2113, R487: those that are named, into another folder, also of another mailbox."""
    _, source, path = alice.new()
    ids = alice.fill(path, "one", "two", "three")
    data = alice.copied_messages(source, ids[2], ids[0])
    fx_checker.check_message_list(data, EXPECTED)
    _, target, there = alice.new()
    alice.put(target, data, SourceOperation.COPY_MESSAGES, size=100)
    assert imap_subjects(hub, "alice", there) == ["three", "one"]
    bob = Carrier(hub, "bob")
    _, his, at = bob.new()
    bob.put(his, data, SourceOperation.COPY_MESSAGES)
    assert imap_subjects(hub, "bob", at) == ["three", "one"]


def test_versions_of_messages(alice):
    """R3131 to R3134, R3474, R3475, R3028, R3029, MS-OXCROPS R3797: with SendEntryId the keys of their versions go
    along, and their entry ids."""
    _, source, path = alice.new()
    [message] = alice.fill(path, "one")
    for flags, there in ((0, False), (MessagesCopyFlags.SEND_ENTRY_ID, True)):
        found = repr(fx_checker.check_message_list(alice.copied_messages(source, message, flags=flags), EXPECTED))
        for tag in (tags.PidTagSourceKey, tags.PidTagChangeKey, tags.PidTagPredecessorChangeList, ORIGINAL_ENTRY_ID):
            assert (f" {tag.id}: " in found) == there
        entry_id = alice.identity.message_entry_id(alice.number(path), message.counter)
        assert (repr(entry_id) in found) == there


def test_messages_that_are_not_there(alice):
    """R2088, R3438: passed over with a warning, and the others come."""
    _, source, path = alice.new()
    [message] = alice.fill(path, "one")
    data = alice.copied_messages(source, oid(1 << 30), message)
    fx_checker.check_message_list(data, EXPECTED)
    _, target, there = alice.new()
    alice.put(target, data, SourceOperation.COPY_MESSAGES)
    assert imap_subjects(alice.hub, "alice", there) == ["one"]


def test_what_only_a_store_knows_of_messages(alice):
    """Sizes and marks stay here, also of messages within: Outlook gives up a folder in which it finds them."""
    message = alice.new_message()
    within = alice.new_attachment(message)
    alice.saved(alice.message_within(within))
    alice.saved_attachment(message, within)
    number = alice.saved(message)
    [listed] = fx_checker.check_message_list(alice.copied_messages(alice.opened_folder(), number), EXPECTED)
    copied = fx_checker.check_message_content(alice.copied_to(message), EXPECTED)
    known = tags.PidTagMessageSize, tags.PidTagMessageSizeExtended, tags.PidTagMessageStatus, tags.PidTagRead
    for found in (listed, listed["attachments"][0]["embedded"], copied, copied["attachments"][0]["embedded"]):
        assert not found["properties"].keys() & {tag.id for tag in known}


@pytest.mark.parametrize("best", [0, 1])
def test_bodies(alice, best):
    """R2115, R211501, R2116, R211601, R3118, R3118001, R3118002, R3472, R499, R499001, R499002, R2825, R2826, R3444: in
    the format that they have, whether the best one was asked for or not; those of messages within as well."""
    message = alice.new_message()
    within = alice.new_attachment(message)
    inner = alice.message_within(within)
    for slot in (inner, message):
        alice.set(slot, {tags.PidTagHtml: b"<p>text</p>"})
    alice.saved(inner)
    alice.saved_attachment(message, within)
    number = alice.saved(message)
    data = alice.copied_to(message, flags=CopyToFlags.BEST_BODY if best else NONE)
    alone = fx_checker.check_message_content(data, EXPECTED)
    listed = alice.copied_messages(alice.opened_folder(), number, flags=MessagesCopyFlags.BEST_BODY if best else 0)
    [whole] = fx_checker.check_message_list(listed, EXPECTED)
    for found in (alone, whole, alone["attachments"][0]["embedded"]):
        assert tags.PidTagHtml.id in found["properties"]
        assert tags.PidTagRtfCompressed.id not in found["properties"]


def test_all_bodies_of_messages_in_a_folder(alice):
    """R517: nobody chooses the best one of those that a message has, as for a client that synchronizes."""
    _, source, path = alice.new()
    parts = (f"--x\r\nContent-Type: text/{kind}\r\n\r\n<p>text</p>\r\n" for kind in ("plain", "html"))
    head = "Subject: both\r\nContent-Type: multipart/alternative; boundary=x\r\n\r\n"
    with imap_of(alice.hub, "alice") as client:
        client.append(path, f"{head}{''.join(parts)}--x--\r\n".encode())
    bodies = {tags.PidTagBody.id, tags.PidTagHtml.id}
    [listed] = fx_checker.check_top_folder(alice.copied_folder(source), EXPECTED)["messages"]
    assert bodies <= listed["properties"].keys()
    [change] = alice.contents(source).changes
    assert bodies & change.message.properties.keys() == {tags.PidTagHtml.id}


@pytest.mark.parametrize("flags", [0, FolderCopyFlags.COPY_SUBFOLDERS, FolderCopyFlags.MOVE])
def test_folders(hub, alice, flags):
    """R502, R514 to R516, R602, R2121, R2122, R2124, R3481, R3482, R511, R530, MS-OXCROPS R3765: a folder with its
    messages, and with those below it when this is asked for, or when it is to be moved."""
    _, source, path = alice.new()
    alice.create(source, "below")
    alice.fill(path, "one", "two")
    alice.fill(f"{path}/below", "three")
    data = alice.copied_folder(source, flags)
    fx_checker.check_top_folder(data, EXPECTED)
    _, target, there = alice.new()
    alice.put(target, data, SourceOperation.COPY_FOLDER, size=200)
    assert imap_subjects(hub, "alice", there) == ["one", "two"]
    assert (f"{there}/below" in imap_folders(hub, "alice")) == bool(flags)
    if flags:
        assert imap_subjects(hub, "alice", f"{there}/below") == ["three"]


def test_contents_of_folders(hub, alice):
    """R595, R598, R3440: what is in a folder goes into another, which keeps its name; lists that are named stay."""
    _, source, path = alice.new()
    alice.create(source, "below")
    alice.fill(path, "one")
    alice.set(source, {tags.PidTagComment: "a comment"})
    data = alice.copied_to(source)
    fx_checker.check_folder_content(data, EXPECTED)
    _, above, other = alice.new()
    _, target, name = alice.new(above)
    there = f"{other}/{name}"
    alice.put(target, data)
    assert imap_subjects(hub, "alice", there) == ["one"]
    assert {there, f"{there}/below"} <= imap_folders(hub, "alice")
    assert alice.value(target, tags.PidTagComment) == "a comment"
    data = alice.copied_to(source, tags.PidTagContainerContents, tags.PidTagContainerHierarchy)
    fx_checker.check_folder_content(data, EXPECTED)
    _, empty, other = alice.new()
    alice.put(empty, data, SourceOperation.COPY_PROPERTIES)
    assert imap_subjects(hub, "alice", other) == []
    assert f"{other}/below" not in imap_folders(hub, "alice")


def test_what_a_folder_tells_of_itself(alice):
    """R379, R450, R451, R3786: what was asked for, without its id; of folders below it everything. What is not told
    stays as it is in the folder to which it is copied."""
    _, source, _ = alice.new()
    alice.create(source, "below")
    alice.set(source, {tags.PidTagComment: "of the source"})

    def told(data: bytes) -> tuple[Any, Any, set[int], list[str]]:
        found = fx_checker.check_folder_content(data, EXPECTED)
        below = [one["name"] for one in found["subfolders"] or []]
        return found["name"], found["comment"], set(found["properties"]), below

    name, comment, others, below = told(alice.copied_to(source))
    assert (name, comment, below) == (alice.value(source, tags.PidTagDisplayName), "of the source", ["below"])
    assert tags.PidTagContainerClass.id in others
    without = alice.copied_to(source, tags.PidTagDisplayName, tags.PidTagComment, tags.PidTagContainerClass)
    assert told(without) == (None, None, others - {tags.PidTagContainerClass.id}, ["below"])
    named = alice.copied_properties(source, tags.PidTagContainerClass, tags.PidTagContainerHierarchy)
    assert told(named) == (None, None, {tags.PidTagContainerClass.id}, ["below"])
    _, target, _ = alice.new()
    alice.set(target, {tags.PidTagComment: "of the target"})
    alice.put(target, without)
    alice.put(target, named, SourceOperation.COPY_PROPERTIES)
    assert alice.value(target, tags.PidTagComment) == "of the target"


def test_each_operation_has_its_root(alice):
    """R1203, R3320, R3324 to R3331: what the stream is, depends on the operation and on what it is asked of."""
    _, source, path = alice.new()
    [message] = alice.fill(path, "one")
    rich = full_message(alice)
    part, method, subject = alice.opened_attachment(rich, 0), tags.PidTagAttachMethod, tags.PidTagSubject
    for check, data in (
        (fx_checker.check_top_folder, alice.copied_folder(source)),
        (fx_checker.check_message_list, alice.copied_messages(source, message)),
        (fx_checker.check_folder_content, alice.copied_to(source)),
        (fx_checker.check_folder_content, alice.copied_properties(source, tags.PidTagComment)),
        (fx_checker.check_message_content, alice.copied_to(rich)),
        (fx_checker.check_message_content, alice.copied_properties(rich, subject)),
        (fx_checker.check_attachment_content, alice.copied_to(part)),
        (fx_checker.check_attachment_content, alice.copied_properties(part, method)),
    ):
        assert check(data, EXPECTED)


@pytest.mark.parametrize("unused", [MessagesCopyFlags(0x02), MessagesCopyFlags(0x04)])
def test_unused_flags_of_messages(alice, unused):
    """R496, R497, R2715, R2716: the stream is the same with them."""
    _, source, path = alice.new()
    [message] = alice.fill(path, "one")
    assert alice.copied_messages(source, message, flags=unused) == alice.copied_messages(source, message)


def test_unused_flags_of_one_object(alice):
    """R2707 to R2714: whichever of them is set, the stream is the same."""
    source = full_message(alice)
    for unused in (0x002, 0x004, 0x008, 0x200, 0x400):
        assert alice.copied_to(source, flags=CopyToFlags(unused)) == alice.copied_to(source)
    named = tags.PidTagSubject
    for unused in (0x02, 0x04, 0x08):
        assert alice.copied_properties(source, named, flags=unused) == alice.copied_properties(source, named)


@pytest.mark.parametrize(
    "send",
    [Sent(0), Sent.UNICODE, Sent.FORCE_UNICODE, Sent.USE_CPID, Sent.FOR_UPLOAD, Sent.USE_CPID | Sent.FORCE_UNICODE],
)
def test_forms_of_strings(alice, send):
    """R3447 to R3459, R3781, MS-OXCROPS R3768, R3800, R3829, R3864: whatever form was asked for, it can be put back."""
    _, source, path = alice.new()
    [message] = alice.fill(path, "mail")
    data = alice.copied_messages(source, message, send=SendOptions(int(send)))
    _, target, there = alice.new()
    alice.put(target, data, SourceOperation.COPY_MESSAGES)
    assert imap_subjects(alice.hub, "alice", there) == ["mail"]


def test_extended_buffers(alice):
    """R3183001, R3183021, R3183030, R2156001, R2156002, R318302101, R3183030001, R318303003, R572, R318302601,
    R3183020, R3183024, R3183027, R3183029, R2148, R2149, R2150, R2151, R347: the same, with counts of 32 bits;
    MS-OXCRPC R1111001; MS-OXCROPS R3708026, R3708031."""
    source, target = full_message(alice), alice.new_message()
    slot, data = alice.destination(target), alice.copied_to(source, level=1)
    rop = RopFastTransferDestinationPutBufferExtendedRequest(0, slot, data)
    done = alice.get(rop, RopFastTransferDestinationPutBufferExtendedResponse)
    assert (done.buffer_used_size, done.in_progress_count, done.total_step_count) == (len(data), 0, 1)
    assert done.transfer_status is TransferStatus.PARTIAL  # more may come
    assert done.reserved == 0
    assert alice.error(RopTellVersionRequest(0, slot, (8, 0, 0))) == 0
    assert alice.value(target, tags.PidTagSubject) == "rich"


def test_what_is_no_stream(alice):
    """R2153: what cannot be read fails, then again and again; so does an operation that there is not. R3183, R3183031,
    R3183032: no more is told as used than there was."""
    target = alice.new_message()
    for kind in (RopFastTransferDestinationPutBufferRequest, RopFastTransferDestinationPutBufferExtendedRequest):
        [failed] = alice.execute(kind(0, alice.destination(target), b"\xff" * 100))
        assert failed.return_value == ErrorCode.ecFormatError
        assert failed.buffer_used_size <= 100
    slot = alice.destination(target)
    bad = RopFastTransferDestinationPutBufferRequest(0, slot, b"\xff" * 100)
    good = RopFastTransferDestinationPutBufferRequest(0, slot, b"")
    assert [alice.error(rop) for rop in (bad, good)] == [ErrorCode.ecFormatError] * 2
    unknown = RopFastTransferDestinationConfigureRequest(0, target, alice.slot(), SourceOperation(9), NO_FLAGS)
    assert alice.error(unknown) == ErrorCode.ecInvalidParameter
    list_into_message = RopFastTransferDestinationConfigureRequest(
        *(0, target, alice.slot(), SourceOperation.COPY_MESSAGES, NO_FLAGS)
    )
    assert alice.error(list_into_message) == ErrorCode.ecNotSupported
    assert alice.error(RopFastTransferDestinationPutBufferRequest(0, target, b"")) == ErrorCode.ecNotSupported


def test_a_folder_with_too_many_properties(alice):
    """R262501: it fails before they fill the hub's memory, and what follows fails as well."""
    _, target, _ = alice.new()
    slot, value = alice.destination(target, SourceOperation.COPY_FOLDER), bytes(1 << 20)
    properties = (PropertyTag(0x3F80 + number, PropertyType.BINARY).format() for number in range(6))
    data = pack("<I", Marker.START_TOP_FLD) + b"".join(tag + pack("<I", len(value)) + value for tag in properties)
    parts = (data[at : at + 0x7000] for at in range(0, len(data), 0x7000))
    codes = [alice.error(RopFastTransferDestinationPutBufferRequest(0, slot, part)) for part in parts]
    taken = codes.index(ErrorCode.ecMemory)
    assert codes == [0] * taken + [ErrorCode.ecMemory] * (len(codes) - taken)
    assert 4 << 20 < taken * 0x7000 < 5.1 * (1 << 20)


def test_into_a_search_folder(alice):
    """What finds messages elsewhere has none of its own."""
    _, source, path = alice.new()
    [message] = alice.fill(path, "one")
    _, search, _ = alice.new(kind=FolderType.SEARCH)
    slot, data = alice.destination(search, SourceOperation.COPY_MESSAGES), alice.copied_messages(source, message)
    rop = RopFastTransferDestinationPutBufferRequest(0, slot, data)
    assert alice.error(rop) == ErrorCode.ecSearchFolder


def test_flags_without_a_name(alice):
    """R2096, R2101, R2105, R2111, R2120, R2131, R2134, R3492, R3445, R3463, R3466, R3470, R3479, R3483, R3487,
    R3492001, R42001, R42002, R42201, R42202: the operation fails; those without a meaning are let pass (R397 to R401,
    R469 to R471). MS-OXCROPS R3666, R3826, R3861."""
    source = full_message(alice)
    folder = alice.subtree
    for known, flags in ((True, 0x60E), (False, 0x100)):
        rop = RopFastTransferSourceCopyToRequest(0, source, alice.slot(), 0, CopyToFlags(flags), UNICODE, ())
        assert (alice.error(rop) == 0) == known
    for known, bits in ((True, 0x0E), (False, 0x40)):
        slot, copy = alice.slot(), PropertiesCopyFlags(bits)
        properties = RopFastTransferSourceCopyPropertiesRequest(0, source, slot, 0, copy, UNICODE, ())
        tree = RopFastTransferSourceCopyFolderRequest(0, folder, slot, FolderCopyFlags(bits), UNICODE)
        into = RopFastTransferDestinationConfigureRequest(
            *(0, source, slot, SourceOperation.COPY_TO, DestinationCopyFlags(bits))
        )
        assert [alice.error(rop) == 0 for rop in (properties, tree, into)] == [known] * 3
    for known, bits in ((True, 0x37), (False, 0x08), (False, 0x40)):
        copy_flags = MessagesCopyFlags(bits)
        rop = RopFastTransferSourceCopyMessagesRequest(0, folder, alice.slot(), (), copy_flags, UNICODE)
        assert alice.error(rop) == (0 if known else ErrorCode.ecInvalidParameter)
    for known, bits in ((True, 0x61), (False, 0x80)):
        slot, options = alice.slot(), SendOptions(bits)
        for rop in (
            RopFastTransferSourceCopyToRequest(0, source, slot, 0, NONE, options, ()),
            RopFastTransferSourceCopyPropertiesRequest(0, source, slot, 0, PropertiesCopyFlags(0), options, ()),
            RopFastTransferSourceCopyMessagesRequest(0, folder, slot, (), MessagesCopyFlags(0), options),
            RopFastTransferSourceCopyFolderRequest(0, folder, slot, FolderCopyFlags(0), options),
        ):
            assert (alice.error(rop) == 0) == known


@pytest.mark.parametrize("level", [0, 1])
def test_what_was_deleted_does_not_go_out(alice, level):
    """R387, R388: of a folder that was opened as such, whatever the Level is."""
    _, source, path = alice.new()
    gone, _ = alice.fill(path, "gone", "here")
    alice.get(RopDeleteMessagesRequest(0, source, False, False, (gone,)), RopDeleteMessagesResponse)
    for data in (alice.copied_to(source, level=level), alice.copied_folder(source)):
        assert "gone".encode("utf-16-le") not in data
    assert ("here".encode("utf-16-le") in alice.copied_to(source, level=level)) == (not level)


def test_filters_of_attachments(alice):
    """R1054: what is left out of an attachment, or named."""
    message = full_message(alice)
    opened, data = alice.opened_attachment(message, 0), tags.PidTagAttachDataBinary
    assert b"\0data" * 10 in alice.copied_to(opened)
    assert b"\0data" not in alice.copied_to(opened, data)
    assert b"\0data" not in alice.copied_properties(opened, tags.PidTagAttachMethod)


@pytest.mark.parametrize("flags", [NO_FLAGS, DestinationCopyFlags.MOVE])
def test_a_move_into_a_message(alice, flags):
    """R612, R613: as far as the destination is concerned a move is as a copy."""
    source, target, slot = full_message(alice), alice.new_message(), alice.slot()
    rop = RopFastTransferDestinationConfigureRequest(0, target, slot, SourceOperation.COPY_TO, flags)
    assert alice.error(rop) == 0
    assert alice.error(RopFastTransferDestinationPutBufferRequest(0, slot, alice.copied_to(source, level=1))) == 0
    assert alice.values(target, tags.PidTagSubject, tags.PidTagBody) == ["rich", "text\r\n" * 500]


def test_a_move_of_one_object(alice):
    """R3442, R3442001, R3442003: RopFastTransferSourceCopyTo has no flag Move any more."""
    rop = RopFastTransferSourceCopyToRequest(0, full_message(alice), alice.slot(), 0, CopyToFlags.MOVE, UNICODE, ())
    assert alice.error(rop) == ErrorCode.ecInvalidParameter


def test_rights(hub, alice):
    """R2088, R2091: what may not be read does not go out, and folders that somebody may not know of are not there; and
    nothing comes into a folder where nothing may be put."""
    folder, slot, path = alice.new()
    alice.create(slot, "secret")
    alice.fill(path, "hers")
    data = alice.copied_folder(slot)
    listed = alice.copied_messages(slot, *alice.message_ids(path))
    alice.share_folder(folder, "bob", Right.LOOKUP | Right.READ)
    bob = Carrier(hub, "bob", "alice")
    his = bob.open(folder)
    for session, opened, below in ((alice, slot, ["secret"]), (bob, his, [])):
        whole = fx_checker.check_top_folder(session.copied_folder(opened, FolderCopyFlags.COPY_SUBFOLDERS), EXPECTED)
        assert [one["name"] for one in whole["subfolders"] or []] == below
    assert "hers" in repr(bob.copied_folder(his).decode("utf-16-le", "replace"))
    for stream, operation in ((listed, SourceOperation.COPY_MESSAGES), (data, SourceOperation.COPY_FOLDER)):
        into = bob.destination(his, operation)
        rop = RopFastTransferDestinationPutBufferRequest(0, into, stream)
        assert bob.error(rop) == ErrorCode.ecAccessDenied
    assert imap_subjects(hub, "alice", path) == ["hers"]


def test_moves_of_what_may_not_be_deleted(hub, alice):
    """R467, R468, R494, R495, R2104, R2114, R2667, R2669, R2631, R3437, R3438, R34381, R1168: with Move, messages
    that the client may read and not delete do not go out, but warnings in their places. R3793, R3793001, R525002,
    R3142002, R118202, R2813: for a folder as a whole the flag makes no difference."""
    folder, slot, path = alice.new()
    alice.fill(path, "hers")
    ids = alice.message_ids(path)
    alice.share_folder(folder, "bob", Right.LOOKUP | Right.READ)
    bob = Carrier(hub, "bob", "alice")
    his, list_of, messages = bob.open(folder), tags.PidTagContainerContents, MessagesCopyFlags.MOVE
    warning = MetaTagEcWarning.format() + ErrorCode.ecAccessDenied.to_bytes(4, "little")
    for move, whole in (
        (bob.copied_messages(his, *ids, flags=messages), bob.copied_messages(his, *ids)),
        (
            bob.copied_properties(his, list_of, flags=PropertiesCopyFlags.MOVE),
            bob.copied_properties(his, list_of),
        ),
    ):
        assert ("hers".encode("utf-16-le") in move, warning in move) == (False, True)
        assert ("hers".encode("utf-16-le") in whole, warning in whole) == (True, False)
    assert alice.copied_messages(slot, *ids, flags=messages) == alice.copied_messages(slot, *ids)
    none = bob.slot()
    copy_to = RopFastTransferSourceCopyToRequest(0, his, none, 0, CopyToFlags.MOVE, UNICODE, ())
    assert (bob.error(copy_to), bob.handles[none]) == (ErrorCode.ecInvalidParameter, EMPTY)
    with_all = FolderCopyFlags.COPY_SUBFOLDERS
    assert bob.copied_folder(his, with_all | FolderCopyFlags.MOVE) == bob.copied_folder(his, with_all)


def test_properties_of_types_that_they_cannot_have(hub, alice):
    """A recipient whose name is a number, and a subject of bytes: they are left out, and the rest is taken."""
    number, data = PropertyType.INTEGER32, PropertyType.BINARY
    name = tags.PidTagDisplayName.id
    recipient = Recipient(0, {name: Typed(number, 7), tags.PidTagSmtpAddress.id: Typed(data, b"x")})
    inner = Message({tags.PidTagSubject.id: Typed(number, 1)}, [recipient])
    properties = {tags.PidTagSubject.id: Typed(data, b"x"), tags.PidTagNormalizedSubject.id: Typed(number, 3)}
    message = Message(properties, [recipient], [Attachment(0, {name: Typed(number, 5)}, inner)])
    _, target, path = alice.new()
    alice.put(target, stream_of(message), SourceOperation.COPY_MESSAGES)
    assert len(alice.message_ids(path)) == 1
    assert len(imap_subjects(hub, "alice", path)) == 1


def stream_of(*messages: Message) -> bytes:
    """A list of them."""
    writer = Writer(Sent.UNICODE, 1252, lambda name: None)
    pieces = message_list(writer, [ListedMessage(oid(number), one) for number, one in enumerate(messages, 5)])
    return b"".join(bytes(piece.data) for piece in pieces)


def test_messages_as_deep_as_they_may_lie(alice):
    """What a client can make by hand it can also copy, as a stream and from message to message; one level more is too
    much for all of them."""
    deepest = Message({tags.PidTagSubject.id: Typed(PropertyType.STRING, "deepest")})
    for _ in range(MAX_DEPTH):
        deepest = Message({}, attachments=[Attachment(0, {}, deepest)])
    folder, slot, path = alice.new()
    alice.put(slot, stream_of(deepest), SourceOperation.COPY_MESSAGES)
    [number] = alice.message_ids(path)
    message, other, third = alice.slot(), alice.new_message(), alice.new_message()
    opening = RopOpenMessageRequest(0, LOGON, message, LOGON_CODE_PAGE, folder, MessageOpenMode.READ_WRITE, number)
    alice.get(opening, RopOpenMessageResponse)
    alice.put(other, alice.copied_to(message))
    assert alice.error(RopCopyToRequest(0, message, third, False, True, CopyFlags(0), ())) == 0
    for one in (message, other, third):
        for _ in range(MAX_DEPTH):
            one = alice.message_within(alice.opened_attachment(one), MessageOpenMode.READ_ONLY)
        assert alice.value(one, tags.PidTagSubject) == "deepest"
    within = alice.message_within(alice.new_attachment(alice.new_message()))
    assert alice.error(RopCopyToRequest(0, message, within, False, True, CopyFlags(0), ())) == ErrorCode.ecTooComplex
    too_deep = stream_of(Message({}, attachments=[Attachment(0, {}, deepest)]))
    for target, data, operation, error in (
        (slot, too_deep, SourceOperation.COPY_MESSAGES, ErrorCode.ecFormatError),
        (within, alice.copied_to(message), SourceOperation.COPY_TO, ErrorCode.ecTooComplex),
    ):
        rop = RopFastTransferDestinationPutBufferRequest(0, alice.destination(target, operation), data)
        assert alice.error(rop) == error


def test_recipients_of_reports(alice):
    """Outlook gives up a folder in which a report has recipients; of all other messages they come."""
    text = PropertyType.STRING
    people = {tags.PidTagDisplayName.id: Typed(text, "x"), tags.PidTagSmtpAddress.id: Typed(text, "x@example.net")}
    classes = "IPM.Note", "REPORT.IPM.Note.NDR"
    _, slot, _ = alice.new()
    messages = (Message({tags.PidTagMessageClass.id: Typed(text, one)}, [Recipient(0, people)]) for one in classes)
    alice.put(slot, stream_of(*messages), SourceOperation.COPY_MESSAGES)
    found = [one.message for one in alice.contents(slot).changes]
    assert [value_of(one.properties, tags.PidTagMessageClass) for one in found] == list(classes)
    assert [len(one.recipients) for one in found] == [1, 0]
