"""Delegates, as clients set them up and act for others. Sections are those of [MS-OXODLGT]."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from mapi_book import BookClient, mid_of
from mapi_guests import GuestSession
from mapi_permissions import NOTHING, modifying
from mapi_sending import last, written
from mapi_session import LOGON, account_of, dn_of, imap_folders, mapi_hub

from posthouse.directory import DELEGATE, links
from posthouse.model.rights import NO_RIGHTS
from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.address_book.objects import ModLinkAttRequest
from posthouse.protocols.mapi.entry_ids import FolderEntryId, MessageEntryId, parse_entry_id
from posthouse.protocols.mapi.identifiers import ObjectId
from posthouse.protocols.mapi.property_values import PropertyTag
from posthouse.protocols.mapi.rops.message import (
    LOGON_CODE_PAGE,
    MessageOpenMode,
    RopCreateMessageRequest,
    RopCreateMessageResponse,
    RopOpenMessageRequest,
    RopOpenMessageResponse,
)
from posthouse.protocols.mapi.rops.permission import MemberRights as Rights
from posthouse.protocols.mapi.rops.permission import ModifyPermissionsFlags
from posthouse.protocols.mapi.rops.property import RopGetPropertiesListRequest
from posthouse.protocols.mapi.rops.sending import RopSubmitMessageRequest
from posthouse.protocols.mapi.rops.store import RopGetReceiveFolderRequest, RopGetReceiveFolderResponse
from posthouse.servers.mapi.errors import ErrorCode
from posthouse.servers.mapi.special_folders import Special
from posthouse.testing import MailHub

EDITOR = (
    Rights.FOLDER_VISIBLE
    | Rights.READ_ANY
    | Rights.CREATE
    | Rights.EDIT_ANY
    | Rights.EDIT_OWNED
    | Rights.DELETE_ANY
    | Rights.DELETE_OWNED
)
"""2.2.3: what the role is."""
PUBLIC_DELEGATES = 0x8015000D
PRIVATE = 2
"""PidTagSensitivity."""
ALICE, BOB = "alice <alice@example.org>", "bob <bob@example.org>"
FREE_BUSY = tags.PidTagFreeBusyEntryIds


@pytest.fixture(scope="module")
def hub() -> Iterator[MailHub]:
    with mapi_hub("alice", "bob", "carol") as hub:
        yield hub


@pytest.fixture(scope="module")
def alice(hub: MailHub) -> GuestSession:
    """The delegator: bob and carol are her delegates, and bob alone may see what is private."""
    alice = GuestSession(hub, "alice")
    for special in (Special.CALENDAR, Special.TASKS, Special.FREEBUSY_DATA):
        grant(alice, special, "bob", "carol")
    return alice


def grant(alice: GuestSession, special: Special, *names: str) -> None:
    """4.1.5: the role of an editor, in place of all that was there."""
    slot = alice.open(alice.special(special))
    changes = [alice.adding(name, EDITOR) for name in names]
    assert alice.modify(slot, *changes, flags=ModifyPermissionsFlags.REPLACE_ROWS) == 0


def settings(alice: GuestSession) -> dict[PropertyTag, Any]:
    """2.2.2.2, of two delegates."""
    return {
        tags.PidTagMessageClass: "IPM.Microsoft.ScheduleData.FreeBusy",
        tags.PidTagSubject: "LocalFreebusy",
        tags.PidTagScheduleInfoDelegatorWantsCopy: True,
        tags.PidTagScheduleInfoDelegatorWantsInfo: True,
        tags.PidTagScheduleInfoDontMailDelegates: True,
        tags.PidTagScheduleInfoDelegateNamesW: ("bob", "carol"),
        tags.PidTagScheduleInfoDelegateNames: ("bob", "carol"),
        tags.PidTagScheduleInfoDelegateEntryIds: (alice.entry_id("bob"), alice.entry_id("carol")),
        tags.PidTagDelegateFlags: (1, 0),
        tags.PidTagScheduleInfoAutoAcceptAppointments: False,
        tags.PidTagScheduleInfoDisallowRecurringAppts: False,
        tags.PidTagScheduleInfoDisallowOverlappingAppts: True,
        tags.PidTagFreeBusyCountMonths: 2,
        tags.PidTagFreeBusyRangeTimestamp: 133_000_000_000_000_000,
    }


def created(
    session: GuestSession, folder: ObjectId, values: dict[PropertyTag, Any], *, aside: bool = False
) -> ObjectId:
    slot = session.slot()
    rop = RopCreateMessageRequest(0, LOGON, slot, LOGON_CODE_PAGE, folder, aside)
    session.get(rop, RopCreateMessageResponse)
    assert session.set(slot, values) == ()
    message: ObjectId = session.saved(slot)
    session.release(slot)
    return message


def delegate(hub: MailHub, name: str = "bob") -> GuestSession:
    return GuestSession(hub, name, "alice")


def told_places(session: GuestSession) -> list[FolderEntryId | MessageEntryId | None]:
    """3.2.4.1: of PidTagFreeBusyEntryIds, as the root tells it to a delegate."""
    root = session.open(session.special(Special.ROOT))
    return [parse_entry_id(one) if one else None for one in session.value(root, FREE_BUSY)]  # type: ignore[misc]


# 3.1.4: the delegator


@pytest.mark.parametrize("aside", [False, True], ids=["message", "associated message"])
def test_the_delegate_information_object(hub: MailHub, alice: GuestSession, aside: bool) -> None:
    """2.2.1, 2.2.2, 4.1.3, [MS-OXOSFLD] 2.2.6: made by the delegator's client, kept as it is, found and read by the
    delegates, and by nobody else; no other protocol shows it."""
    folder, wanted = alice.special(Special.FREEBUSY_DATA), settings(alice)
    assert alice.value(alice.open(folder), tags.PidTagDisplayName) == "Freebusy Data"
    message = created(alice, folder, wanted, aside=aside)
    identity = alice.identity
    places = (
        *(b"", identity.message_entry_id(folder.counter, message.counter), b""),
        identity.folder_entry_id(folder.counter),
    )
    alice.set(alice.open(alice.special(Special.INBOX)), {FREE_BUSY: places})
    for name in ("bob", "carol"):
        session = delegate(hub, name)
        _, found, _, place = told_places(session)
        assert isinstance(found, MessageEntryId)
        assert isinstance(place, FolderEntryId)
        assert (found.folder.counter, found.message.counter) == (place.folder.counter, message.counter)
        slot = session.slot()
        mode, where = MessageOpenMode.BEST_ACCESS, ObjectId(1, found.folder.counter)
        rop = RopOpenMessageRequest(0, LOGON, slot, LOGON_CODE_PAGE, where, mode, ObjectId(1, found.message.counter))
        assert session.get(rop, RopOpenMessageResponse).message.normalized_subject == "LocalFreebusy"
        assert dict(zip(wanted, session.values(slot, *wanted), strict=True)) == wanted
    assert not {path for path in imap_folders(hub, "bob") if "Freebusy" in path}
    alice.share_folder(folder, "carol", NO_RIGHTS)
    assert delegate(hub, "carol").open_error(folder) == ErrorCode.ecNotFound
    grant(alice, Special.FREEBUSY_DATA, "bob", "carol")


def test_to_send_on_behalf_is_one_list(hub: MailHub, alice: GuestSession) -> None:
    """3.1.4.3.1, 4.1.2: whom the address book names is whom the hub lets send, from the next message on."""
    bob = GuestSession(hub, "bob")

    def sends() -> int:
        slot = written(bob, "carol@example.org")
        from_her = {
            tags.PidTagSentRepresentingName: "alice",
            tags.PidTagSentRepresentingAddressType: "EX",
            tags.PidTagSentRepresentingEmailAddress: dn_of(hub, "alice"),
        }
        bob.set(slot, from_her)
        return bob.error(RopSubmitMessageRequest(0, slot))

    book, mid = BookClient(hub), mid_of(hub, "alice@example.org")
    assert sends() == ErrorCode.ecSendAsDenied
    assert book.ask(ModLinkAttRequest(0, PUBLIC_DELEGATES, mid, (alice.entry_id("bob"),))).error_code == 0
    assert hub.read(lambda tx: links(tx, account_of(hub, "alice"), DELEGATE)) == ["bob@example.org"]
    assert sends() == 0
    assert (last(hub, "carol")["From"], last(hub, "carol")["Sender"]) == (ALICE, BOB)
    assert last(hub, "bob", "Sent")["From"] == ALICE
    assert book.ask(ModLinkAttRequest(1, PUBLIC_DELEGATES, mid, (alice.entry_id("bob"),))).error_code == 0
    assert sends() == ErrorCode.ecSendAsDenied


# 3.2.4: the delegate


def test_an_appointment_in_the_calendar_of_the_other(hub: MailHub, alice: GuestSession) -> None:
    """4.2.3: found through the root, made by the delegate, seen by both; each reads who has changed it last."""
    bob = delegate(hub)
    root = bob.open(bob.special(Special.ROOT))
    place = parse_entry_id(bob.value(root, tags.PidTagIpmAppointmentEntryId))
    assert isinstance(place, FolderEntryId)
    calendar = ObjectId(1, place.folder.counter)
    values = {tags.PidTagMessageClass: "IPM.Appointment", tags.PidTagSubject: "made by bob"}
    message = created(bob, calendar, values)
    assert alice.value(alice.opened_of(calendar, message), tags.PidTagLastModifierName) == "bob"
    hers = created(alice, calendar, values)
    slot = bob.opened_of(calendar, hers)
    bob.set(slot, {tags.PidTagSubject: "moved by bob"})
    bob.saved(slot)
    opened = alice.opened_of(calendar, hers)
    assert alice.values(opened, tags.PidTagSubject, tags.PidTagLastModifierName) == ["moved by bob", "bob"]
    for special in (Special.INBOX, Special.CONTACTS, Special.NOTES, Special.JOURNAL):
        assert bob.open_error(bob.special(special)) == ErrorCode.ecNotFound


def test_where_mail_of_the_other_arrives(hub: MailHub, alice: GuestSession) -> None:
    """[MS-OXCSTOR] 3.2.5.2: a delegate is told, whether they may look in there or not."""
    found = delegate(hub).get(RopGetReceiveFolderRequest(0, LOGON, b"IPM.Note"), RopGetReceiveFolderResponse)
    assert found.folder_id == alice.special(Special.INBOX)


def test_what_is_private_is_the_clients_to_hide(hub: MailHub, alice: GuestSession) -> None:
    """3.2.4.2, [MS-OXCPERM] MS-OXCPERM R143: whoever may read a folder may read all of it. The delegate's client finds
    what is private, and in the flags whether to show it."""
    calendar = alice.special(Special.CALENDAR)
    values = {tags.PidTagMessageClass: "IPM.Appointment", tags.PidTagSubject: "doctor", tags.PidTagSensitivity: PRIVATE}
    message = created(alice, calendar, values)
    for name in ("bob", "carol"):
        session = delegate(hub, name)
        table = session.contents(session.open(calendar), tags.PidTagSubject, tags.PidTagSensitivity)
        assert ["doctor", PRIVATE] in [list(row) for row in session.all_rows(table)]
        assert session.value(session.opened_of(calendar, message), tags.PidTagSensitivity) == PRIVATE


def test_who_is_no_delegate_any_more(hub: MailHub, alice: GuestSession) -> None:
    """3.1.4.3: what is open shows nothing more, and neither does another logon."""
    slot = alice.open(alice.special(Special.TASKS))
    carol = delegate(hub, "carol")
    tasks = carol.open(alice.special(Special.TASKS))
    for special in (Special.CALENDAR, Special.TASKS, Special.FREEBUSY_DATA):
        grant(alice, special, "bob")
    assert alice.modify(slot, modifying(0, NOTHING)) == 0
    assert carol.error(RopGetPropertiesListRequest(0, tasks)) == ErrorCode.ecNotFound
    again = GuestSession(hub, "carol", "alice")
    assert again.open_error(alice.special(Special.TASKS)) == ErrorCode.ecNotFound
