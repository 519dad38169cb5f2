"""What clients cannot say of an object, and of which objects nothing is said. Statements are those of [MS-OXCPRPT]."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

import pytest
from mapi_folders import FolderSession
from mapi_properties import NOT_FOUND, with_subject
from mapi_session import LOGON, deliver, mapi_hub, share

from posthouse.model.rights import Right
from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.property_names import PropertyName
from posthouse.protocols.mapi.property_values import PropertyTag, PropertyType
from posthouse.protocols.mapi.rops.message import RopSaveChangesMessageRequest, SaveFlags
from posthouse.protocols.mapi.rops.named_property import (
    QueryFlags,
    RopQueryNamedPropertiesRequest,
    RopQueryNamedPropertiesResponse,
)
from posthouse.protocols.mapi.rops.property import (
    CopyFlags,
    RopCopyPropertiesRequest,
    RopCopyPropertiesResponse,
    RopCopyToRequest,
    RopCopyToResponse,
)
from posthouse.servers.mapi.errors import ErrorCode
from posthouse.servers.mapi.special_folders import Special
from posthouse.testing import MailHub

READ_ONLY = (tags.PidTagCreationTime, tags.PidTagLastModificationTime, tags.PidTagSearchKey)
DELETE, HIERARCHY, CONTENTS, ASSOCIATED = 0x04, 0x08, 0x10, 0x20


@pytest.fixture(scope="module")
def hub() -> Iterator[MailHub]:
    with mapi_hub("alice", "bob") as hub:
        deliver(hub, "alice")
        yield hub


@pytest.fixture
def alice(hub: MailHub) -> FolderSession:
    return FolderSession(hub, "alice")


def test_what_is_set_in_vain(alice: FolderSession) -> None:
    """R855, R859, R863, R47506, R47507: of a message that there is; each is told as a problem, and stays as it is; the
    handle does not save, and another one does."""
    message = alice.message_ids()[0]
    slot = alice.opened_message(message)
    created, _, key = alice.values(slot, *READ_ONLY)
    wrong = 5, 5, b"sixteen bytes it"
    problems = alice.set(slot, dict(zip(READ_ONLY, wrong, strict=True)))
    assert [one.property_tag for one in problems] == list(READ_ONLY)
    assert alice.error(RopSaveChangesMessageRequest(0, slot, slot, SaveFlags.KEEP_OPEN_READ_WRITE)) == ErrorCode.ecError
    alice.saved(alice.opened_message(message))
    now = alice.values(alice.opened_message(message), *READ_ONLY)
    assert (now[0], now[2]) == (created, key)
    assert now[1] > created


def test_what_was_deleted(alice: FolderSession) -> None:
    """R874, R875: it is not found any more."""
    slot = alice.new_message()
    alice.set(slot, with_subject("for a while"))
    assert alice.delete(slot, tags.PidTagSubject) == ()
    assert alice.values(slot, tags.PidTagSubject) == [NOT_FOUND]


@pytest.mark.parametrize(
    "tag",
    [
        tags.PidTagAccessLevel,  # R2402
        tags.PidTagLastModifierName,  # R3402
        tags.PidTagObjectType,  # R3802
        tags.PidTagRecordKey,  # R5102
        tags.PidTagSearchKey,  # R5502
    ],
)
def test_what_a_logon_does_not_have(alice: FolderSession, tag: PropertyTag) -> None:
    """They do not apply to it."""
    assert alice.values(LOGON, tag) == [NOT_FOUND]


@pytest.mark.parametrize(
    "tag",
    [
        tags.PidTagAccessLevel,  # R2401
        tags.PidTagLastModifierName,  # R3401
        tags.PidTagObjectType,  # R3801
        tags.PidTagRecordKey,  # R5101
        tags.PidTagSearchKey,  # R5501
    ],
)
def test_what_a_folder_does_not_have(alice: FolderSession, tag: PropertyTag) -> None:
    """They do not apply to it, whoever would set them."""
    slot = alice.open(alice.special(Special.INBOX))
    assert alice.values(slot, tag) == [NOT_FOUND]
    value = {PropertyType.INTEGER32: 1, PropertyType.STRING: "x", PropertyType.BINARY: b"x"}[PropertyType(tag.type)]
    assert [problem.error_code for problem in alice.set(slot, {tag: value})] == [ErrorCode.ecComputed]
    assert tag not in alice.listed(slot)


def test_what_may_be_done_with_a_folder(hub: MailHub, alice: FolderSession) -> None:
    """R18 to R21: it may be deleted, and get folders, messages and associated messages, by whoever may do that."""
    _, slot, name = alice.new()
    everything = DELETE | HIERARCHY | CONTENTS | ASSOCIATED
    assert alice.value(slot, tags.PidTagAccess) & everything == everything
    for right, told in (
        (Right.READ, 0),
        (Right.DELETE, DELETE),
        (Right.CREATE, HIERARCHY),
        (Right.INSERT, CONTENTS),
        (Right.ADMINISTER, ASSOCIATED),
    ):
        share(hub, "alice", name, "bob", Right.LOOKUP | right)
        bob = FolderSession(hub, "bob", "alice")
        assert bob.value(bob.open(alice.folder(name)), tags.PidTagAccess) & everything == told


def test_names_of_a_whole_mailbox(alice: FolderSession) -> None:
    """R12904: they are asked of a logon as well, which tells also those that no object has, with their ids."""
    text, number = PropertyName(UUID(int=12904), "of no object"), PropertyName(UUID(int=12904), 0x8123)
    ids = dict(zip((text, number), alice.ids(text, number), strict=True))
    for flags, expected in ((0, (text, number)), (1, (number,)), (2, (text,))):
        rop = RopQueryNamedPropertiesRequest(0, LOGON, QueryFlags(flags), text.guid)
        told = alice.get(rop, RopQueryNamedPropertiesResponse)
        found = dict(zip(told.property_names, told.property_ids, strict=True))
        assert found == {name: ids[name] for name in expected}


def test_no_name_has_the_first_id(alice: FolderSession) -> None:
    """[MS-OXPROPS]: ids of names are greater than 0x8000, and what has one from there on is nothing without a name."""
    slot = alice.new_message()
    for id in (0x8000, 0xFFFE):
        tag = PropertyTag(id, PropertyType.INTEGER32)
        assert [one.property_tag for one in alice.set(slot, {tag: 1})] == [tag]
        assert alice.values(slot, tag) == [NOT_FOUND]


def test_copies_that_need_not_be_waited_for(alice: FolderSession) -> None:
    """R50402, R50802: that they are done already is told by their own answers."""
    source, target = alice.new_message(), alice.new_message()
    alice.set(source, with_subject("copied"))
    one = alice.get(
        RopCopyPropertiesRequest(0, source, target, True, CopyFlags(0), (tags.PidTagSubject,)),
        RopCopyPropertiesResponse,
    )
    whole = alice.get(RopCopyToRequest(0, source, target, True, True, CopyFlags(0), ()), RopCopyToResponse)
    assert (one.property_problems, whole.property_problems) == ((), ())
    assert alice.value(target, tags.PidTagSubject) == "copied"
