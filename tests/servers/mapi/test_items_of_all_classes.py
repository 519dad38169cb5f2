"""Items of any class are kept exactly, whichever way they take: saved, copied, moved by IMAP."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
from mapi_properties import KEEP
from mapi_session import imap_of, mapi_hub
from mapi_tables import TableSession

from posthouse.protocols.mapi import named_tags, tags
from posthouse.protocols.mapi.moments import file_time
from posthouse.protocols.mapi.property_names import PropertyName
from posthouse.protocols.mapi.property_values import MULTIPLE, PropertyTag, PropertyType
from posthouse.protocols.mapi.rops.folder import ContentsTableFlags
from posthouse.protocols.mapi.rops.message import (
    LOGON_CODE_PAGE,
    RopCreateMessageRequest,
    RopCreateMessageResponse,
    RopSaveChangesMessageRequest,
)
from posthouse.protocols.mapi.rops.moving import RopMoveCopyMessagesRequest, RopMoveCopyMessagesResponse
from posthouse.testing import MailHub

ACME = UUID("5f0f7a3c-2f6e-4a52-9d0e-0c9a3e6a1b11")
WHEN = file_time(1_800_000_000)
CLASSES = (
    *("IPM.Note", "IPM.Appointment", "IPM.Contact", "IPM.DistList", "IPM.Task", "IPM.StickyNote", "IPM.Activity"),
    *("IPM.Post", "IPM.Post.Rss", "IPM.Document.txtfile", "IPM.Schedule.Meeting.Request", "IPM.Acme"),
)
NAMED: tuple[tuple[PropertyName, int, Any], ...] = (
    (named_tags.PidLidAppointmentStartWhole.name, PropertyType.TIME, WHEN),
    (named_tags.PidLidAppointmentEndWhole.name, PropertyType.TIME, WHEN + 36_000_000_000),
    (named_tags.PidLidEmail1EmailAddress.name, PropertyType.STRING, "carol@x.example"),
    (named_tags.PidLidTaskStatus.name, PropertyType.INTEGER32, 2),
    (named_tags.PidLidPercentComplete.name, PropertyType.FLOATING64, 0.25),
    (named_tags.PidLidNoteColor.name, PropertyType.INTEGER32, 3),
    (PropertyName(ACME, 7), PropertyType.GUID, ACME),
    (PropertyName(ACME, 8), PropertyType.CURRENCY, 12_345),
    (PropertyName(ACME, "kept"), PropertyType.BINARY, bytes(range(256)) * 20),
    (PropertyName(ACME, "several"), MULTIPLE | PropertyType.STRING, ("eins", "zwei", "日本")),
    (PropertyName(ACME, "numbers"), MULTIPLE | PropertyType.INTEGER32, (1, -2, 3)),
    (PropertyName(ACME, "times"), MULTIPLE | PropertyType.TIME, (WHEN, 0)),
    (PropertyName(ACME, "yes"), PropertyType.BOOLEAN, True),
)


@pytest.fixture(scope="module")
def hub() -> Iterator[MailHub]:
    with mapi_hub("alice") as hub:
        yield hub


@pytest.fixture(scope="module")
def alice(hub):
    return TableSession(hub, "alice")


@pytest.fixture(scope="module")
def columns(alice):
    numbers = alice.ids(*(name for name, _, _ in NAMED))
    return [PropertyTag(number, kind) for number, (_, kind, _) in zip(numbers, NAMED, strict=True)]


def filled(alice, slot, columns, message_class):
    values = [value for _, _, value in NAMED]
    alice.set(slot, {tags.PidTagMessageClass: message_class, tags.PidTagSubject: "kept"})
    assert alice.set(slot, dict(zip(columns, values, strict=True))) == ()
    file, outer = alice.new_attachment(slot), alice.new_attachment(slot)
    alice.set(file, {tags.PidTagAttachMethod: 1, tags.PidTagAttachDataBinary: b"\0data", columns[3]: 9})
    inner = alice.message_within(outer)
    alice.set(inner, {tags.PidTagMessageClass: message_class, columns[7]: 99})
    alice.execute(RopSaveChangesMessageRequest(0, outer, inner, KEEP))
    for attachment in (file, outer):
        alice.saved_attachment(slot, attachment)
    return alice.saved(slot)


def require_kept(alice, message, path, columns, message_class):
    slot = alice.opened_in(message, path)
    found = alice.all_values(slot)
    assert [found.get(tag) for tag in columns] == [value for _, _, value in NAMED]
    assert alice.value(slot, tags.PidTagMessageClass) == message_class
    file = alice.opened_attachment(slot, 0)
    assert alice.values(file, tags.PidTagAttachDataBinary, columns[3]) == [b"\0data", 9]
    inner = alice.message_within(alice.opened_attachment(slot, 1), mode=1)
    assert alice.values(inner, tags.PidTagMessageClass, columns[7]) == [message_class, 99]


@pytest.mark.parametrize("message_class", CLASSES)
def test_items_are_kept(alice, hub, columns, message_class):
    """Saved; copied; moved by IMAP, which sees mail of its own kind."""
    folder, source, path = alice.new()
    _, target, there = alice.new()
    slot = alice.slot()
    alice.get(RopCreateMessageRequest(0, 0, slot, LOGON_CODE_PAGE, folder, False), RopCreateMessageResponse)
    message = filled(alice, slot, columns, message_class)
    require_kept(alice, message, path, columns, message_class)
    rop = RopMoveCopyMessagesRequest(0, source, target, (message,), False, True)
    assert alice.get(rop, RopMoveCopyMessagesResponse).partial_completion is False
    [copied] = alice.message_ids(there)
    require_kept(alice, copied, there, columns, message_class)
    with imap_of(hub, "alice") as client:
        client.select_folder(path)
        client.move(client.search(), there)
    moved = alice.message_ids(there)[-1]
    require_kept(alice, moved, there, columns, message_class)


@pytest.mark.parametrize("message_class", ["IPM.Configuration.Acme", "IPM.Rule.Version2.Message", "IPM.Acme"])
def test_associated_items_are_kept(alice, columns, message_class):
    """Of any kind, which no other protocol sees."""
    folder, source, path = alice.new()
    slot = alice.slot()
    alice.get(RopCreateMessageRequest(0, 0, slot, LOGON_CODE_PAGE, folder, True), RopCreateMessageResponse)
    message = filled(alice, slot, columns, message_class)
    require_kept(alice, message, path, columns, message_class)
    table = alice.contents(source, tags.PidTagMessageClass, flags=ContentsTableFlags.ASSOCIATED)
    assert alice.rows(table) == [message_class]
