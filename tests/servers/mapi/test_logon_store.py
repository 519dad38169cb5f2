"""What is asked of a logon about its store. Statements are those of [MS-OXCSTOR]."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from mapi_folders import FolderSession
from mapi_properties import NOT_FOUND, PropertySession, problem
from mapi_public import PublicSession, make_public
from mapi_session import LOGON, MapiSession, account_of, deliver, dn_of, mapi_hub, organisation

from posthouse.protocols.mapi.entry_ids import (
    AddressBookEntryId,
    FolderEntryId,
    MessageEntryId,
    StoreEntryId,
    parse_entry_id,
)
from posthouse.protocols.mapi.error_codes import ErrorCode
from posthouse.protocols.mapi.identifiers import LongTermId, ObjectId
from posthouse.protocols.mapi.property_values import PropertyType
from posthouse.protocols.mapi.rops.folder import FolderType
from posthouse.protocols.mapi.rops.per_user import (
    RopReadPerUserInformationRequest,
    RopReadPerUserInformationResponse,
    RopWritePerUserInformationRequest,
)
from posthouse.protocols.mapi.rops.store import (
    RopGetReceiveFolderRequest,
    RopGetReceiveFolderResponse,
    RopGetReceiveFolderTableRequest,
    RopGetReceiveFolderTableResponse,
    RopIdFromLongTermIdRequest,
    RopIdFromLongTermIdResponse,
    RopLongTermIdFromIdRequest,
    RopLongTermIdFromIdResponse,
    RopSetReceiveFolderRequest,
)
from posthouse.protocols.mapi.tags import (
    PidTagAddressBookMessageId,
    PidTagEntryId,
    PidTagMaximumSubmitMessageSize,
    PidTagStoreEntryId,
    PidTagStoreState,
    PidTagUserEntryId,
)
from posthouse.servers.mapi.special_folders import Special
from posthouse.store.folders import PUBLIC
from posthouse.testing import MailHub


class PublicProperties(PublicSession, PropertySession):
    """With what there is to say of properties."""


@pytest.fixture(scope="module")
def hub() -> Iterator[MailHub]:
    with mapi_hub("alice") as hub:
        make_public(hub, "News")
        deliver(hub, "alice")
        yield hub


@pytest.fixture
def alice(hub: MailHub) -> PropertySession:
    return PropertySession(hub, "alice")


@pytest.fixture
def public(hub: MailHub) -> PublicProperties:
    return PublicProperties(hub, "alice")


def both_ways(session: MapiSession, number: ObjectId, slot: int = LOGON) -> LongTermId:
    found = session.get(RopLongTermIdFromIdRequest(0, slot, number), RopLongTermIdFromIdResponse).long_term_id
    back = session.get(RopIdFromLongTermIdRequest(0, slot, found), RopIdFromLongTermIdResponse)
    assert back.object_id == number
    return found


def test_ids_of_folders_and_messages(hub: MailHub, alice: PropertySession) -> None:
    """R69742, R59718, R59799, R59721, R454, R59724, R449, R450, R466, R467: the ids that entry ids have, there and
    back."""
    folder = both_ways(alice, alice.special(Special.INBOX))
    found = parse_entry_id(alice.value(alice.opened_folder(Special.INBOX), PidTagEntryId))
    assert isinstance(found, FolderEntryId)
    assert found.folder == folder
    [message] = alice.message_ids()
    found = parse_entry_id(alice.value(alice.opened_message(message), PidTagEntryId))
    assert isinstance(found, MessageEntryId)
    assert (found.folder, found.message) == (folder, both_ways(alice, message))


def test_ids_asked_for_through_a_folder(alice: PropertySession, public: PublicProperties) -> None:
    """R59718, R59799, R59724, R449, R466: the same as of the logon that it was opened through."""
    [message] = alice.message_ids()
    inbox = alice.opened_folder(Special.INBOX)
    for number in (alice.special(Special.INBOX), message):
        assert both_ways(alice, number, inbox) == both_ways(alice, number)
    for number in public.folder_ids[:4]:
        assert both_ways(public, number, public.subtree) == both_ways(public, number)


def test_entry_ids_of_stores(hub: MailHub, alice: PropertySession, public: PublicProperties) -> None:
    """MS-OXCMSG R1215, R1216: one for a mailbox and all that is in it, another for the public folders."""
    [message] = alice.message_ids()
    slots = LOGON, alice.opened_folder(Special.INBOX), alice.opened_message(message)
    [own] = {alice.value(slot, PidTagStoreEntryId) for slot in slots}
    found = parse_entry_id(own)
    assert isinstance(found, StoreEntryId)
    assert found.server == organisation(hub).mailbox_name(account_of(hub, "alice"), "example.org")
    assert found.mailbox_dn == dn_of(hub, "alice")
    [other] = {public.value(slot, PidTagStoreEntryId) for slot in (LOGON, public.subtree)}
    found = parse_entry_id(other)
    assert isinstance(found, StoreEntryId)
    assert found.mailbox_dn == ""


def test_what_public_folders_say_of_their_user(hub: MailHub, alice: PropertySession, public: PublicProperties) -> None:
    """R673, R674, R3077, R3078, R59737, R59738, R3093, R3093001, R3093002: who is logged on, as in a mailbox, and that
    there is no offline address book; nobody sets either."""
    user = AddressBookEntryId(dn_of(hub, "alice")).format()
    for session in (alice, public):
        assert session.value(LOGON, PidTagUserEntryId) == user
    assert PidTagUserEntryId.type is PropertyType.BINARY
    assert public.value(LOGON, PidTagAddressBookMessageId) == NOT_FOUND
    root = PublicProperties(hub, "alice")
    for tag, value in ((PidTagUserEntryId, b"x"), (PidTagAddressBookMessageId, 1)):
        with pytest.raises(AssertionError, match="2147942405"):  # ecAccessDenied: nothing of it is theirs to set
            root.set(LOGON, {tag: value})
        assert alice.set(LOGON, {tag: value}) == problem(tag, ErrorCode.ecAccessDenied)
    assert public.value(LOGON, PidTagUserEntryId) == user


@pytest.mark.parametrize("name", [b"IPM.Note.Wanted", b"a", b"IPM. ~x", b"x" * 254])
def test_classes_that_are_told(alice: PropertySession, name: bytes) -> None:
    """R212 to R217, R59801, R309 to R313: what a mailbox says of classes, in any case, is as classes are."""
    folder = alice.special(Special.OUTBOX)
    assert alice.error(RopSetReceiveFolderRequest(0, LOGON, folder, name)) == 0
    asked = name.swapcase() if len(name) > 240 else name.swapcase() + b".Below"
    found = alice.get(RopGetReceiveFolderRequest(0, LOGON, asked), RopGetReceiveFolderResponse)
    assert found.folder_id == folder
    assert found.explicit_message_class.lower() == name.lower()
    table = alice.get(RopGetReceiveFolderTableRequest(0, LOGON), RopGetReceiveFolderTableResponse)
    told = [row[1] for row in table.rows]  # type: ignore[index]
    assert name.lower() in [one.lower() for one in told]
    for one in (found.explicit_message_class, *told):
        assert len(one) + 1 <= 255
        assert all(32 <= byte <= 126 for byte in one)
        assert not one.startswith(b".")
        assert not one.endswith(b".")
        assert b".." not in one
    assert alice.error(RopSetReceiveFolderRequest(0, LOGON, ObjectId(0, 0), name)) == 0


def test_search_folders(hub: MailHub, alice: PropertySession) -> None:
    """R1140, R1141, R1141001, R4001, R1410001: a property says that there are any, and the response to a logon says
    nothing."""
    searcher = FolderSession(hub, "alice")
    assert alice.value(LOGON, PidTagStoreState) == 0
    searcher.create(searcher.open(searcher.special(Special.FINDER)), "Unread", kind=FolderType.SEARCH)
    assert alice.value(LOGON, PidTagStoreState) == 0x01000000
    assert alice.log_on("alice", alice.slot(), 1).store_state == 0


@pytest.mark.parametrize(("octets", "kilobytes"), [(50 * 1024 * 1024, 50 * 1024), (0, NOT_FOUND)])
def test_how_large_a_message_may_be(octets: int, kilobytes: int) -> None:
    """R644, R645, R3057: there is no value where there is no limit."""
    with mapi_hub("alice", limits={"message_size": octets}) as hub:
        assert PropertySession(hub, "alice").value(LOGON, PidTagMaximumSubmitMessageSize) == kilobytes


def test_a_field_that_says_nothing(hub: MailHub, public: PublicProperties) -> None:
    """R527, R552, R553, R597, R598: Reserved of RopReadPerUserInformation, whatever is there."""
    folder = LongTermId(organisation(hub).replica_guid(PUBLIC), public.folder("News").counter)
    assert public.error(RopWritePerUserInformationRequest(0, LOGON, folder, True, 0, b"", None)) == 0
    found = {
        public.get(
            RopReadPerUserInformationRequest(0, LOGON, folder, reserved, 0, 0), RopReadPerUserInformationResponse
        )
        for reserved in (0, 1, 0xFF)
    }
    assert len(found) == 1
