"""Changes without what stayed as it was, against a real hub. Statements are those of [MS-OXCFXICS]."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from mapi_session import LOGON, imap_of, mapi_hub, oid
from mapi_sync import ALL, LATER, NOTHING, Replica, Synced, SyncSession, predecessors, source_key
from partial_changes import applied, groups_of_mapping

from posthouse.model.ids import ModSeq
from posthouse.protocols.mapi import named_tags, tags
from posthouse.protocols.mapi.fast_transfer.elements.contents_sync import NO_GROUP
from posthouse.protocols.mapi.fast_transfer.elements.sync_state import SyncState
from posthouse.protocols.mapi.fast_transfer.parser.events import ChangeRead
from posthouse.protocols.mapi.fast_transfer.predecessors import predecessors_of
from posthouse.protocols.mapi.objects import Message, value_of
from posthouse.protocols.mapi.property_groups import ATTACHMENTS, BODY, MAPPING, MARKS, RECIPIENTS, SUBJECT
from posthouse.protocols.mapi.property_values import PropertyTag, TaggedValue
from posthouse.protocols.mapi.recipients import AddressType, RecipientFlags, RecipientRow
from posthouse.protocols.mapi.restrictions import Property, RelOp
from posthouse.protocols.mapi.rops.fast_transfer import SendOptions
from posthouse.protocols.mapi.rops.folder import (
    FolderType,
    RopSetSearchCriteriaRequest,
    RopSetSearchCriteriaResponse,
    SearchRequestFlags,
)
from posthouse.protocols.mapi.rops.message import (
    LOGON_CODE_PAGE,
    MessageOpenMode,
    RopOpenMessageRequest,
    RopOpenMessageResponse,
)
from posthouse.protocols.mapi.rops.recipient import ModifyRecipientRow, RecipientType, RopModifyRecipientsRequest
from posthouse.protocols.mapi.rops.synchronization import SynchronizationFlags
from posthouse.protocols.mapi.rops.synchronization_upload import ImportFlag
from posthouse.servers.mapi.identity import counter_of
from posthouse.store.group_changes import GroupChanges
from posthouse.testing import MailHub
from posthouse.testing.hub import Account

PARTIAL = SendOptions.UNICODE | SendOptions.PARTIAL_ITEM
BIG = "x" * 8_000
"""A body."""
NOBODY = predecessors_of([])
NAMED = RecipientFlags.DISPLAY_NAME | RecipientFlags.EMAIL_ADDRESS | RecipientFlags.UNICODE
SMTP = NAMED | RecipientFlags(AddressType.SMTP)


@pytest.fixture(scope="module")
def hub() -> Iterator[MailHub]:
    with mapi_hub("alice") as hub:
        yield hub


class Client:
    """One client's copy of a folder with one message, and the hands by which others change that."""

    def __init__(self, hub: MailHub) -> None:
        self.alice = SyncSession(hub, "alice")
        self.folder, self.slot, self.path = self.alice.new()
        self.message: Message | None = None
        self.state: SyncState = NOTHING

    def look(self, **options: Any) -> Synced:
        found = self.alice.contents(self.slot, self.state, send=options.pop("send", PARTIAL), **options)
        for change in found.changes:
            self.message, self.header = applied(change, self.message), change.header
        self.state = found.state
        return found

    def changed(self) -> ChangeRead:
        [change] = self.look().changes
        return change

    def is_right(self) -> bool:
        """Whether the copy is what a client gets that has nothing."""
        [change] = self.alice.contents(self.slot).changes
        assert self.message is not None
        assert self.message.properties == change.message.properties
        return self.message == change.message

    def opened(self) -> int:
        [change, *_] = self.alice.contents(self.slot).changes
        number, slot = counter_of(value_of(change.header, tags.PidTagMid)), self.alice.slot()
        rop = (0, LOGON, slot, LOGON_CODE_PAGE, self.folder, MessageOpenMode.READ_WRITE, oid(number or 0))
        self.alice.get(RopOpenMessageRequest(*rop), RopOpenMessageResponse)
        return slot

    def flag(self, flag: str) -> None:
        with imap_of(self.alice.hub, "alice") as imap:
            imap.select_folder(self.path)
            imap.add_flags(imap.search(), [flag])

    def bring(self, values: dict[PropertyTag, Any], *, known: Any = None, modified: int = LATER) -> None:
        """A version of another client that has kept a copy."""
        known = predecessors(self.header) if known is None else known
        collector = self.alice.collector(self.slot)
        rop = self.alice.importing(collector, source_key(self.header), Replica().change(), known, modified=modified)
        self.alice.bring(rop, values)


@pytest.fixture
def client(hub):
    """Has a message that came as mail, with a large body."""
    found = Client(hub)
    account = Account(hub, found.alice.account, "alice@example.org", "secret")
    account.add_message(f"Subject: mail\r\n\r\n{BIG}\r\n".encode(), found.path)
    found.look()
    return found


def as_it_was(client: Client) -> dict[PropertyTag, Any]:
    assert client.message is not None
    properties = client.message.properties.items()
    return {PropertyTag(key, one.type): one.value for key, one in properties if isinstance(key, int)}


def saving(what: Callable[[Client, int], object]) -> Callable[[Client], None]:
    """Another client, in online mode, opens the message, does that, and saves it."""

    def change(client: Client) -> None:
        message = client.opened()
        what(client, message)
        client.alice.saved(message)
        client.alice.release(message)

    return change


def put(tag: PropertyTag, value: Any) -> Callable[[Client], None]:
    return saving(lambda client, message: client.alice.set(message, {tag: value}))


def categorize(client: Client, message: int) -> None:
    name = named_tags.PidNameKeywords
    client.alice.set(message, {client.alice.named(name.name, name.type): ("Blue",)})


def address(client: Client, message: int) -> None:
    row = RecipientRow(SMTP, email_address="x@example.org", display_name="x")
    rop = RopModifyRecipientsRequest(0, message, (), (ModifyRecipientRow(0, RecipientType.TO, row),))
    assert client.alice.error(rop) == 0


def attach(client: Client, message: int) -> None:
    slot = client.alice.new_attachment(message)
    client.alice.set(slot, {tags.PidTagAttachDataBinary: b"data", tags.PidTagAttachMethod: 1})
    client.alice.saved_attachment(message, slot)


@pytest.mark.parametrize(
    ("change", "groups"),
    [
        (lambda client: client.flag("\\Flagged"), {MARKS}),
        (lambda client: client.flag("Blue"), {MARKS}),
        (put(tags.PidTagFlagStatus, 2), {MARKS}),
        (saving(categorize), {MARKS}),
        (put(tags.PidTagSubject, "RE: another"), {MARKS, SUBJECT}),
        (put(tags.PidTagBody, "another"), {MARKS, BODY}),
        (saving(address), {MARKS, RECIPIENTS}),
        (saving(attach), {MARKS, ATTACHMENTS}),
        (put(tags.PidTagComment, "in no group"), {MARKS, NO_GROUP}),
        (lambda client: client.bring({**as_it_was(client), tags.PidTagFlagStatus: 2}), {MARKS, NO_GROUP}),
    ],
    ids=["imap flag", "imap keyword", "flag", "category", "subject", "body", "to", "attachment", "none", "brought"],
)
def test_only_what_has_changed(client, change, groups):
    """R1153, R1154, R1919 to R1923, R1925, R1928, R1915, R1916, R2062, R2070, R3305, R3305001, R3306, R3310, R3434: the
    groups in which something changed, and the client's message is what it would get whole."""
    change(client)
    came = client.changed()
    assert came.groups is not None
    assert came.groups.keys() == groups
    assert (tags.PidTagMessageRecipients.id in came.deleted) == (RECIPIENTS in groups)
    assert (tags.PidTagMessageAttachments.id in came.deleted) == (ATTACHMENTS in groups)
    assert client.is_right()
    assert client.look().is_empty


def test_changes_add_up(client):
    """R1925: of each group there is the number of its last change; a client gets those that it has not seen."""
    put(tags.PidTagBody, "another")(client)
    seen = client.state
    client.look()
    before = client.message
    put(tags.PidTagSubject, "one")(client)
    client.flag("\\Flagged")
    put(tags.PidTagSubject, "two")(client)
    assert set(client.changed().groups) == {MARKS, SUBJECT}
    assert client.is_right()
    client.state, client.message = seen, before
    assert set(client.changed().groups) == {MARKS, SUBJECT, BODY}
    assert client.is_right()


def test_what_goes_away(client):
    """R1921, R1370, R1371: a property that is deleted from a group is not in the group; where there is no group to tell
    that it has gone, the message comes whole."""
    put(tags.PidTagFlagStatus, 2)(client)
    client.look()
    saving(lambda one, message: one.alice.delete(message, tags.PidTagFlagStatus))(client)
    assert set(client.changed().groups) == {MARKS}
    assert client.message.properties.get(tags.PidTagFlagStatus.id) is None
    put(tags.PidTagComment, "comment")(client)
    client.look()
    saving(lambda one, message: one.alice.delete(message, tags.PidTagComment))(client)
    assert client.changed().groups is None
    assert client.is_right()
    put(tags.PidTagSubject, "after")(client)
    assert set(client.changed().groups) == {MARKS, SUBJECT}


def test_it_is_cheaper(client):
    """R1919, R1117: a mark on a message with a large body does not bring that again; the mapping of groups is told
    before it is used."""
    client.flag("\\Flagged")
    came = client.look()
    [change] = came.changes
    assert len(came.data) < 5_000 < len(BIG)
    named = [key for group in groups_of_mapping(change.mapping) for key in group]
    assert len(named) == len(set(named))
    assert tags.PidTagSubject.id in groups_of_mapping(change.mapping)[SUBJECT]
    assert named_tags.PidNameKeywords.name in groups_of_mapping(change.mapping)[MARKS]


def test_messages_that_another_version_of_the_hub_kept(client):
    """R1930: of a message whose groups were counted by another mapping a client gets everything, until it is saved
    again: then its groups are those of today."""
    known = "UPDATE message_object SET group_changes = ? WHERE account_id = ?"
    put(tags.PidTagSubject, "before")(client)
    older = GroupChanges(MAPPING + 1, ModSeq(0), (ModSeq(1),) * 3).format()
    client.alice.hub.write(lambda tx: tx.run(known, (older, client.alice.account)))
    assert client.changed().groups is None
    put(tags.PidTagSubject, "after")(client)
    client.look()
    put(tags.PidTagSubject, "and again")(client)
    assert set(client.changed().groups) == {MARKS, SUBJECT}
    assert client.is_right()


def test_one_mapping_for_all(client):
    """R1924: two messages, changed in different groups, are told by the same mapping."""
    account = Account(client.alice.hub, client.alice.account, "alice@example.org", "secret")
    account.add_message(b"Subject: another\r\n\r\ntext\r\n", client.path)
    came = client.alice.contents(client.slot, client.state)
    state = came.state
    client.flag("\\Flagged")
    put(tags.PidTagSubject, "one")(client)
    first, second = client.alice.contents(client.slot, state, send=PARTIAL).changes
    assert first.groups.keys() != second.groups.keys()
    assert first.mapping == second.mapping


def test_where_it_must_be_whole(client):
    """R1135, R1136, R2070: a client that does not ask for less, or does not have the message."""
    before = client.state
    for state, options in (
        (before, {"send": SendOptions.UNICODE}),
        (SyncState(None, before.seen, before.seen_fai, before.read), {}),
    ):
        client.flag("\\Flagged")
        client.state = state
        [change] = client.look(**options).changes
        assert change.groups is None


@pytest.mark.parametrize("kind", ["restriction", "search folder"])
def test_what_comes_and_goes_is_whole(client, kind):
    """2.2.4.3.11: of a message that was out of scope for a while the client has not seen all of which it has the
    numbers, and gets everything when it comes again."""
    subject, slot = tags.PidTagSubject, client.slot
    wanted = Property(RelOp.EQ, subject, TaggedValue(subject, "mail"))
    options: dict[str, Any] = {"restriction": wanted} if kind == "restriction" else {}
    if not options:
        _, slot, _ = client.alice.new(kind=FolderType.SEARCH)
        rop = RopSetSearchCriteriaRequest(0, slot, wanted, (client.folder,), SearchRequestFlags.RESTART_SEARCH)
        client.alice.get(rop, RopSetSearchCriteriaResponse)
    quiet = ALL | SynchronizationFlags.NO_DELETIONS
    first = client.alice.contents(slot, send=PARTIAL, **options)
    put(subject, "another")(client)
    put(tags.PidTagBody, "changed")(client)
    away = client.alice.contents(slot, first.state, flags=quiet, send=PARTIAL, **options)
    assert (away.is_empty, away.state.given) == (True, first.state.given)
    put(subject, "mail")(client)
    [change] = client.alice.contents(slot, away.state, send=PARTIAL, **options).changes
    assert value_of(applied(change, first.changes[0].message).properties, tags.PidTagBody) == "changed"


def test_associated_messages_are_whole(hub):
    """R1137: what no other protocol sees."""
    client = Client(hub)
    rop = client.alice.importing(
        *(client.alice.collector(client.slot), client.alice.new_key(), Replica().change(), NOBODY),
        modified=LATER,
        flag=ImportFlag.ASSOCIATED,
    )
    client.alice.bring(rop, {tags.PidTagMessageClass: "IPM.x", tags.PidTagSubject: "one"})
    client.look()
    put(tags.PidTagSubject, "two")(client)
    assert client.changed().groups is None


@pytest.mark.parametrize("written", [1, 2 * LATER], ids=["here", "there"])
@pytest.mark.parametrize("method", [0, 1], ids=["versions", "last"])
def test_what_comes_of_a_conflict_is_whole(client, written, method):
    """R1138: whoever has another version gets all of each that there is, or of the one that stays."""
    client.alice.set(client.slot, {tags.PidTagResolveMethod: method})
    known = predecessors(client.header)
    put(tags.PidTagSubject, "here")(client)
    client.look()
    client.bring({**as_it_was(client), tags.PidTagSubject: "there"}, known=known, modified=written)
    assert [one.groups for one in client.look().changes] == [None] * (2 - method)
    put(tags.PidTagSubject, "everywhere")(client)
    assert (client.changed().groups is None) == (method == 0)


def test_what_a_client_has_made(hub):
    """R1925: also of messages that did not come as mail."""
    client = Client(hub)
    collector = client.alice.collector(client.slot)
    rop = client.alice.importing(collector, client.alice.new_key(), Replica().change(), NOBODY, modified=LATER)
    client.alice.bring(rop, {tags.PidTagMessageClass: "IPM.Note", tags.PidTagSubject: "mine", tags.PidTagBody: BIG})
    client.look()
    client.flag("\\Flagged")
    assert set(client.changed().groups) == {MARKS}
    client.bring({**as_it_was(client), tags.PidTagSubject: "yours"}, modified=2 * LATER)
    assert {MARKS, SUBJECT} <= set(client.changed().groups)
    assert client.is_right()
