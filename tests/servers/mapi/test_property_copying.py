"""From one object to another. Statements are those of [MS-OXCPRPT]."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
from mapi_folders import FolderSession
from mapi_properties import NOT_FOUND, TOO_LARGE, PropertySession, problem
from mapi_session import LOGON, deliver, imap_folders, imap_subjects, mapi_hub, share

from posthouse.model.rights import Right
from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.property_names import PropertyName
from posthouse.protocols.mapi.property_values import PropertyTag, PropertyType
from posthouse.protocols.mapi.recipients import AddressType, RecipientFlags, RecipientRow
from posthouse.protocols.mapi.rops.attachment import RopGetValidAttachmentsRequest, RopOpenEmbeddedMessageRequest
from posthouse.protocols.mapi.rops.message import (
    LOGON_CODE_PAGE,
    MessageOpenMode,
    RopCreateMessageRequest,
    RopCreateMessageResponse,
    RopReloadCachedInformationRequest,
    RopSaveChangesMessageRequest,
    RopSaveChangesMessageResponse,
    SaveFlags,
)
from posthouse.protocols.mapi.rops.property import (
    CopyFlags,
    RopCopyPropertiesNullDestinationResponse,
    RopCopyPropertiesRequest,
    RopCopyPropertiesResponse,
    RopCopyToNullDestinationResponse,
    RopCopyToRequest,
    RopCopyToResponse,
)
from posthouse.protocols.mapi.rops.recipient import ModifyRecipientRow, RecipientType, RopModifyRecipientsRequest
from posthouse.servers.mapi.errors import ErrorCode
from posthouse.servers.mapi.messages.nesting import MAX_DEPTH
from posthouse.servers.mapi.special_folders import Special
from posthouse.store.objects import ASSOCIATED
from posthouse.testing import MailHub

COMMENT, SUBJECT, IMPORTANCE = tags.PidTagComment, tags.PidTagSubject, tags.PidTagImportance
NORMALIZED, DATA = tags.PidTagNormalizedSubject, tags.PidTagAttachDataBinary
MOVE, NO_OVERWRITE = CopyFlags.MOVE, CopyFlags.NO_OVERWRITE
PLAINLY = CopyFlags(0)
OTHER = PropertyTag(0x6900, PropertyType.BINARY)
OWN = UUID("6ed8da90-450b-101b-98da-00aa003f1305")


@pytest.fixture(scope="module")
def hub() -> Iterator[MailHub]:
    with mapi_hub("alice", "bob") as hub:
        yield hub


class Copies(FolderSession):
    def new_folder(self) -> tuple[int, str]:
        """Its slot and its name."""
        _, slot, name = self.new()
        return slot, name

    def copy_properties(self, source: int, target: int, *wanted: PropertyTag, flags: CopyFlags = PLAINLY) -> Any:
        rop = RopCopyPropertiesRequest(0, source, target, False, flags, wanted)
        return self.get(rop, RopCopyPropertiesResponse).property_problems

    def copy_to(
        self, source: int, target: int, *excluded: PropertyTag, parts: bool = True, flags: CopyFlags = PLAINLY
    ) -> Any:
        rop = RopCopyToRequest(0, source, target, False, parts, flags, excluded)
        return self.get(rop, RopCopyToResponse).property_problems

    def copy_error(self, source: int, target: int, flags: CopyFlags = PLAINLY) -> int:
        return self.error(RopCopyToRequest(0, source, target, False, True, flags, ()))

    def add_recipient(self, message: int, address: str) -> None:
        flags = RecipientFlags.UNICODE | RecipientFlags.EMAIL_ADDRESS | RecipientFlags(AddressType.SMTP)
        row = ModifyRecipientRow(0, RecipientType.TO, RecipientRow(flags, email_address=address))
        self.execute(RopModifyRecipientsRequest(0, message, (), (row,)))

    def parts(self, message: int) -> tuple[int, int]:
        """How many recipients and attachments it has."""
        reloaded, attachments = self.execute(
            RopReloadCachedInformationRequest(0, message, 0), RopGetValidAttachmentsRequest(0, message)
        )
        return reloaded.message.recipient_count, len(attachments.attachment_ids)

    def full_message(self) -> int:
        slot = self.new_message()
        self.set(slot, {SUBJECT: "Re: source", COMMENT: "of the source", IMPORTANCE: 2})
        self.add_recipient(slot, "x@example.net")
        attachment = self.new_attachment(slot)
        self.set(attachment, {DATA: b"data"})
        self.saved_attachment(slot, attachment)
        return slot


@pytest.fixture
def alice(hub: MailHub) -> Copies:
    return Copies(hub, "alice")


def pairs(session: Copies) -> dict[str, tuple[int, int]]:
    """Two of each kind that can be copied."""
    first, second = session.new_message(), session.new_message()
    return {
        "message": (first, second),
        "attachment": (session.new_attachment(first), session.new_attachment(second)),
        "folder": (session.new_folder()[0], session.new_folder()[0]),
    }


# properties that are named


def test_properties_go_to_another_object_of_the_kind(alice):
    """R146, R14901 to R14903, R50003, R500, R15901, R265, R165, R16502, R15204: over what is there."""
    for source, target in pairs(alice).values():
        alice.set(source, {COMMENT: "new", OTHER: b"new"})
        alice.set(target, {COMMENT: "old"})
        assert alice.copy_properties(source, target, COMMENT, OTHER) == ()
        assert alice.values(target, COMMENT, OTHER) == ["new", b"new"]
        assert alice.values(source, COMMENT, OTHER) == ["new", b"new"]


def test_what_is_there_already_is_not_overwritten(alice):
    """R264, R879."""
    for source, target in pairs(alice).values():
        alice.set(source, {COMMENT: "new", OTHER: b"new"})
        alice.set(target, {COMMENT: "old"})
        alice.copy_properties(source, target, COMMENT, OTHER, flags=NO_OVERWRITE)
        assert alice.values(target, COMMENT, OTHER) == ["old", b"new"]


def test_properties_that_are_moved_stay_where_they_were(alice):
    """R159, R501, R50101: as with Exchange; and from folders none are (R881, R882)."""
    for kind, (source, target) in pairs(alice).items():
        alice.set(source, {COMMENT: "new"})
        if kind == "folder":
            rop = RopCopyPropertiesRequest(0, source, target, False, MOVE, (COMMENT,))
            assert alice.error(rop) == ErrorCode.ecNotSupported
            continue
        alice.copy_properties(source, target, COMMENT, flags=MOVE)
        assert (alice.value(source, COMMENT), alice.value(target, COMMENT)) == ("new", "new")


def test_what_could_not_be_copied_is_told(alice):
    """R50006, R166, R167: what is not there, and what only the server sets."""
    source, target = alice.new_message(), alice.new_message()
    alice.set(source, {COMMENT: "new"})
    told = alice.copy_properties(source, target, OTHER, COMMENT, tags.PidTagAccess)
    assert told == (*problem(OTHER, ErrorCode.ecNotFound), *problem(tags.PidTagAccess, ErrorCode.ecComputed, 2))
    assert alice.value(target, COMMENT) == "new"


def test_a_name_is_the_same_in_another_mailbox(hub, alice):
    """R500: where it has another id; between two logons of one session."""
    share(hub, "bob", "INBOX", "alice", Right.LOOKUP | Right.READ | Right.INSERT | Right.WRITE)
    bob, name = PropertySession(hub, "bob"), PropertyName(OWN, "copied")
    bob.ids(PropertyName(OWN, "one"), PropertyName(OWN, "two"))
    mine, theirs = (session.named(name, PropertyType.STRING) for session in (alice, bob))
    assert mine != theirs
    logon, target = alice.slot(), alice.slot()
    alice.log_on("bob", logon, 1)
    inbox = bob.special(Special.INBOX)
    alice.get(RopCreateMessageRequest(1, logon, target, LOGON_CODE_PAGE, inbox, False), RopCreateMessageResponse)
    source = alice.new_message()
    alice.set(source, {mine: "x"})
    assert alice.copy_properties(source, target, mine) == ()
    saved = RopSaveChangesMessageRequest(1, target, target, SaveFlags(0))
    number = alice.get(saved, RopSaveChangesMessageResponse).message_id
    assert bob.value(bob.opened_message(number), theirs) == "x"


def test_nothing_goes_to_nothing(alice):
    """R737, R738, R168, R16801, R170, R739, R740, R196, R19601, R197: the slot is told."""
    source, empty = alice.new_message(), alice.slot()
    [response] = alice.execute(RopCopyPropertiesRequest(0, source, empty, False, PLAINLY, (COMMENT,)))
    assert isinstance(response, RopCopyPropertiesNullDestinationResponse)
    assert (response.return_value, response.dest_handle_index) == (ErrorCode.ecNullDestination, empty)
    [response] = alice.execute(RopCopyToRequest(0, source, empty, False, True, PLAINLY, ()))
    assert isinstance(response, RopCopyToNullDestinationResponse)
    assert (response.return_value, response.dest_handle_index) == (ErrorCode.ecNullDestination, empty)


@pytest.mark.parametrize("kind", ["message", "attachment", "folder"])
def test_nothing_goes_to_itself(alice, kind):
    """MS-OXCROPS R3054, R3058: a failure, and not that of a destination which is not there."""
    source = pairs(alice)[kind][0]
    [response] = alice.execute(RopCopyPropertiesRequest(0, source, source, False, NO_OVERWRITE, (COMMENT,)))
    assert (response.handle_index, response.return_value) == (source, ErrorCode.ecAccessDenied)
    expected = ErrorCode.ecFolderCycle if kind == "folder" else ErrorCode.ecAccessDenied
    assert alice.copy_error(source, source) == expected


@pytest.mark.parametrize("flags", [CopyFlags(4), CopyFlags(0x81), MOVE | NO_OVERWRITE])
def test_there_are_two_flags_and_not_both(alice, flags):
    """R880, R88001, R86501, R86502, R5070505, R5070506, R18401, R18402."""
    source, target = alice.new_message(), alice.new_message()
    assert alice.error(RopCopyPropertiesRequest(0, source, target, False, flags, ())) == ErrorCode.ecInvalidParameter
    assert alice.copy_error(source, target, flags) == ErrorCode.ecInvalidParameter


def test_objects_must_be_of_one_kind(alice):
    """R150, R508, R821, R890: and no logons."""
    kinds = {kind: pair[0] for kind, pair in pairs(alice).items()} | {"logon": LOGON}
    for source in kinds.values():
        for target in kinds.values():
            if source != target or source == LOGON:
                assert alice.copy_error(source, target) == ErrorCode.ecNotSupported
                rop = RopCopyPropertiesRequest(0, source, target, False, PLAINLY, (COMMENT,))
                assert alice.error(rop) == ErrorCode.ecNotSupported


def test_an_asynchronous_copy_is_done_at_once(alice):
    """R153, R504, R178, R50801."""
    source, target = alice.full_message(), alice.new_message()
    [response] = alice.execute(RopCopyToRequest(0, source, target, True, True, PLAINLY, ()))
    assert (type(response), response.return_value) == (RopCopyToResponse, 0)
    assert alice.value(target, COMMENT) == "of the source"


# everything


def test_a_message_is_copied_with_all_its_parts(alice):
    """R171, R17201, R50702, R5070501, R181, R18501, R177, R55, R192, R19201."""
    source, target = alice.full_message(), alice.new_message()
    assert alice.copy_to(source, target) == ()
    assert alice.values(target, SUBJECT, COMMENT, IMPORTANCE) == ["Re: source", "of the source", 2]
    assert alice.value(target, tags.PidTagSearchKey) == alice.value(source, tags.PidTagSearchKey)
    assert alice.parts(target) == (1, 1)
    assert alice.value(alice.opened_attachment(target), DATA) == b"data"
    assert alice.parts(source) == (1, 1)


def test_parts_are_left_where_they_are_not_wanted(alice):
    """R182, R191: all of them, or those that are excluded."""
    source = alice.full_message()
    recipients, attachments = tags.PidTagMessageRecipients, tags.PidTagMessageAttachments
    for excluded, parts, expected in (
        ((), False, (0, 0)),
        ((recipients,), True, (0, 1)),
        ((attachments,), True, (1, 0)),
    ):
        target = alice.new_message()
        alice.copy_to(source, target, COMMENT, *excluded, parts=parts)
        assert alice.values(target, SUBJECT, COMMENT) == ["Re: source", NOT_FOUND]
        assert alice.parts(target) == expected


def test_parts_can_be_named(alice):
    """R500: as the properties that stand for them."""
    source, target = alice.full_message(), alice.new_message()
    assert alice.copy_properties(source, target, tags.PidTagMessageRecipients) == ()
    assert alice.parts(target) == (1, 0)
    assert alice.copy_properties(source, target, tags.PidTagMessageAttachments) == ()
    assert alice.parts(target) == (1, 1)


def test_a_message_that_has_parts_keeps_them_or_gets_others(alice):
    """R624, R625, R5070504."""
    source = alice.full_message()
    for flags, comment, data in ((NO_OVERWRITE, "own", b"own"), (PLAINLY, "of the source", b"data")):
        target = alice.new_message()
        alice.set(target, {COMMENT: "own"})
        attachment = alice.new_attachment(target)
        alice.set(attachment, {DATA: b"own"})
        alice.saved_attachment(target, attachment)
        alice.copy_to(source, target, flags=flags)
        assert alice.value(target, COMMENT) == comment
        assert alice.parts(target) == (1, 1)
        assert alice.value(alice.opened_attachment(target), DATA) == data


def test_a_message_that_is_moved_into_another_stays(alice):
    """R185, R5070502: with all its parts."""
    source, target = alice.full_message(), alice.new_message()
    alice.copy_to(source, target, flags=MOVE)
    assert (alice.value(source, COMMENT), alice.value(target, COMMENT)) == ("of the source", "of the source")
    assert (alice.parts(source), alice.parts(target)) == ((1, 1), (1, 1))


def test_a_copy_is_kept_when_it_is_saved(hub, alice):
    """R849, R5070507: neither the source nor the target before."""
    source, target = alice.full_message(), alice.new_message()
    ids = [alice.saved(slot) for slot in (source, target)]
    alice.copy_to(source, target, flags=MOVE)
    kept = [alice.opened_message(one) for one in ids]
    assert [alice.value(slot, COMMENT) for slot in kept] == ["of the source", NOT_FOUND]
    for slot in (source, target):
        alice.saved(slot)
    kept = [alice.opened_message(one) for one in ids]
    assert [alice.value(slot, COMMENT) for slot in kept] == ["of the source", "of the source"]
    assert [alice.parts(slot) for slot in kept] == [(1, 1), (1, 1)]
    assert "Re: source" in imap_subjects(hub, "alice")


def test_the_body_is_copied_whichever_form_it_has(hub, alice):
    deliver(hub, "alice", body="the body")
    source, target = alice.opened_message(alice.message_ids()[-1], MessageOpenMode.READ_ONLY), alice.new_message()
    alice.set(target, {tags.PidTagHtml: b"<p>other</p>"})
    assert alice.copy_properties(source, target, tags.PidTagBody) == ()
    assert alice.value(target, tags.PidTagBody).startswith("the body")


def test_who_may_only_read_gets_no_copy(hub, alice):
    deliver(hub, "alice")
    readable = alice.opened_message(alice.message_ids()[-1], MessageOpenMode.READ_ONLY)
    assert alice.copy_error(alice.full_message(), readable) == ErrorCode.ecAccessDenied


def test_an_attachment_is_copied_with_the_message_in_it(alice):
    """R17202, R848, R5070508: and kept when both have been saved."""
    message = alice.new_message()
    source, target = alice.new_attachment(message), alice.new_attachment(message)
    inner = alice.message_within(source)
    alice.set(inner, {SUBJECT: "within"})
    alice.saved(inner)
    alice.set(source, {COMMENT: "x"})
    alice.copy_to(source, target)
    assert alice.value(target, tags.PidTagAttachDataObject) == TOO_LARGE
    assert tags.PidTagAttachDataObject in alice.listed(target)
    third = alice.new_attachment(message)
    assert alice.copy_properties(source, third, tags.PidTagAttachDataObject) == ()
    assert alice.value(alice.message_within(third, MessageOpenMode.READ_ONLY), NORMALIZED) == "within"
    copied = alice.message_within(target, MessageOpenMode.READ_ONLY)
    assert (alice.value(copied, NORMALIZED), alice.value(target, COMMENT)) == ("within", "x")
    assert alice.value(target, tags.PidTagAttachNumber) == 1
    alice.saved_attachment(message, target)
    number = alice.saved(message)
    kept = alice.opened_attachment(alice.opened_message(number), 1)
    assert alice.value(alice.message_within(kept, MessageOpenMode.READ_ONLY), NORMALIZED) == "within"


def test_no_message_goes_into_what_is_within_it(alice):
    """R896, R89601, R89604: neither directly nor further down; nor does an attachment."""
    message = alice.full_message()
    alice.saved(message)
    attachment = alice.new_attachment(message)
    inner = alice.message_within(attachment)
    deeper = alice.new_attachment(inner)
    innermost = alice.message_within(deeper)
    for source, target in ((message, inner), (message, innermost), (inner, innermost), (attachment, deeper)):
        assert alice.copy_error(source, target) == ErrorCode.ecMessageCycle
    assert alice.copy_error(innermost, message) == 0


def test_messages_lie_within_each_other_to_some_depth(alice):
    """What was saved can be read again."""
    slot = alice.new_message()
    for _ in range(MAX_DEPTH):
        slot = alice.message_within(alice.new_attachment(slot))
    attachment = alice.new_attachment(slot)
    rop = RopOpenEmbeddedMessageRequest(0, attachment, alice.slot(), LOGON_CODE_PAGE, MessageOpenMode.CREATE)
    assert alice.error(rop) == ErrorCode.ecTooComplex


# folders


def with_folder_below(session: Copies) -> int:
    slot, _ = session.new_folder()
    session.create(slot, "below")
    session.set(slot, {COMMENT: "of the source"})
    return slot


def test_a_folder_is_copied_with_its_folders(hub, alice):
    """R17203, R5070509, R503: at once; its name is its own."""
    source = with_folder_below(alice)
    target, name = alice.new_folder()
    alice.copy_to(source, target)
    assert alice.values(target, COMMENT, tags.PidTagDisplayName) == ["of the source", name]
    assert f"{name}/below" in imap_folders(hub, "alice")


def test_a_folder_is_copied_with_its_messages(hub, alice):
    """R181, R182, R191."""
    deliver(hub, "alice", "carried along")
    source = alice.opened_folder(Special.INBOX)
    for excluded, parts, expected in (
        ((), True, True),
        ((), False, False),
        ((tags.PidTagContainerContents,), True, False),
    ):
        target, name = alice.new_folder()
        alice.copy_to(source, target, *excluded, parts=parts)
        assert ("carried along" in imap_subjects(hub, "alice", name)) is expected


def test_what_a_folder_contains_is_named_like_properties(hub, alice):
    """MS-OXCFOLD R1227, R1228, R1230, R1231: its folders, and what clients keep beside its messages, each by an object;
    what is excluded stays."""
    folder, source, _ = alice.new()
    alice.create(source, "below")
    slot = alice.slot()
    alice.get(RopCreateMessageRequest(0, LOGON, slot, LOGON_CODE_PAGE, folder, True), RopCreateMessageResponse)
    alice.saved(slot)
    folders, associated = PropertyTag(0x360E, PropertyType.OBJECT), PropertyTag(0x3610, PropertyType.OBJECT)
    for excluded in ((), (folders,), (associated,), (folders, associated)):
        copy, target, name = alice.new()
        alice.copy_to(source, target, *excluded)
        assert (f"{name}/below" in imap_folders(hub, "alice")) is (folders not in excluded)
        assert len(alice.asides(copy, ASSOCIATED)) == (associated not in excluded)


def test_no_folder_goes_into_itself(alice):
    """R89602, R89603."""
    source = with_folder_below(alice)
    _, inner = alice.create(source, "inner")
    assert alice.copy_error(source, inner) == ErrorCode.ecFolderCycle
    assert alice.copy_error(source, source) == ErrorCode.ecFolderCycle


def test_a_folder_is_moved_with_all_that_is_in_it(hub, alice):
    """R5070511: it stays itself, with its properties (R5070502), and is empty then."""
    folder, source, _ = alice.new()
    alice.create(source, "below")
    alice.set(source, {COMMENT: "of the source"})
    message, (target, name) = alice.slot(), alice.new_folder()
    rop = RopCreateMessageRequest(0, LOGON, message, LOGON_CODE_PAGE, folder, False)
    alice.get(rop, RopCreateMessageResponse)
    alice.saved(message)
    alice.copy_to(source, target, flags=MOVE)
    wanted = COMMENT, tags.PidTagContentCount, tags.PidTagSubfolders
    assert alice.values(source, *wanted) == ["of the source", 0, False]
    assert alice.values(target, COMMENT, tags.PidTagContentCount, tags.PidTagSubfolders) == ["of the source", 1, True]
    assert f"{name}/below" in imap_folders(hub, "alice")


def test_a_folder_that_is_moved_leaves_what_is_excluded(alice):
    source, (target, _) = with_folder_below(alice), alice.new_folder()
    alice.copy_to(source, target, COMMENT, parts=False, flags=MOVE)
    assert alice.values(source, COMMENT, tags.PidTagSubfolders) == ["of the source", True]
    assert alice.values(target, COMMENT, tags.PidTagSubfolders) == ["", False]


def test_no_folder_is_moved_to_itself(alice):
    """R89602: it would lose what it is to have."""
    source = with_folder_below(alice)
    rop = RopCopyToRequest(0, source, source, False, False, MOVE, ())
    assert alice.error(rop) == ErrorCode.ecFolderCycle
    assert alice.value(source, COMMENT) == "of the source"


def test_folders_of_the_same_name_collide(alice):
    """R897, R899: then nothing is copied."""
    source, (target, _) = with_folder_below(alice), alice.new_folder()
    alice.create(target, "Below")
    assert alice.copy_error(source, target) == ErrorCode.ecDuplicateName
    assert alice.value(target, COMMENT) == ""
