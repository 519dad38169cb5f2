"""`posthouse trace` shows what sessions of MAPI do, operation by operation."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from mapi_book import BookClient
from mapi_news import NewsSession
from mapi_properties import PropertySession
from mapi_session import LOGON, deliver, mapi_hub, oid

from posthouse.observe.transcript import Wanted
from posthouse.protocols.mapi import named_tags, tags
from posthouse.protocols.mapi.address_book import objects
from posthouse.protocols.mapi.address_book.stat import Stat
from posthouse.protocols.mapi.mailbox import ConnectRequest
from posthouse.protocols.mapi.named_tags import PS_PUBLIC_STRINGS
from posthouse.protocols.mapi.property_names import PropertyName
from posthouse.protocols.mapi.property_values import PropertyType
from posthouse.protocols.mapi.rops.folder import RopGetContentsTableRequest, RopOpenFolderRequest
from posthouse.protocols.mapi.rops.table import (
    AsynchronousFlags,
    QueryRowsFlags,
    RopQueryRowsRequest,
    RopSetColumnsRequest,
)
from posthouse.testing import MailHub

SECRET = "a love letter"


@contextmanager
def traced(hub: MailHub, **wanted: str) -> Iterator[list[str]]:
    """What is said of sessions, without the time."""
    lines: list[str] = []
    number = hub.running.tracer.start(Wanted(**wanted), lambda line: lines.append(line.partition(" ")[2]))
    yield lines
    hub.running.tracer.stop(number)


def test_operations_and_their_outcome() -> None:
    """Of a session that is older than the trace; bodies are not shown."""
    with mapi_hub("alice") as hub:
        alice = PropertySession(hub)
        with traced(hub, protocol="mapi") as lines:
            slot = alice.new_message()
            alice.set(slot, {tags.PidTagSubject: "Hello", tags.PidTagBody: SECRET})
            assert alice.error(RopOpenFolderRequest(0, LOGON, alice.slot(), oid(4711))) != 0
        text = "\n".join(lines)
        assert " alice@example.org C: RopCreateMessage handle_index=0(" in text
        assert " alice@example.org C: RopSetProperties handle_index=1(" in text
        assert 'PidTagSubject="Hello", PidTagBody=<13 characters>' in text
        assert " alice@example.org S: RopSetProperties ecSuccess" in text
        assert " alice@example.org S: RopOpenFolder ecNotFound" in text
        assert SECRET not in text
        assert {line.partition(" ")[0] for line in lines} == {"mapi-1"}
        said = len(lines)
        alice.new_message()
        assert len(lines) == said


def test_rows_of_a_table_that_was_open_before() -> None:
    """Their columns are known, though nobody looked when they were set."""
    with mapi_hub("alice") as hub:
        alice = PropertySession(hub)
        alice.saved(alice.new_message())
        folder, table = alice.opened_folder(), alice.slot()
        alice.execute(
            RopGetContentsTableRequest(0, folder, table),
            RopSetColumnsRequest(0, table, AsynchronousFlags(0), (tags.PidTagMessageClass,)),
        )
        with traced(hub) as lines:
            alice.execute(
                RopQueryRowsRequest(0, table, QueryRowsFlags(0), True, 10), columns=(tags.PidTagMessageClass,)
            )
        assert any(line.endswith('S:   {PidTagMessageClass="IPM.Note"}') for line in lines)


def test_named_properties() -> None:
    """By the names that the session has asked for, as the documents call them."""
    with mapi_hub("alice") as hub:
        alice = PropertySession(hub)
        tag = alice.named(named_tags.PidLidReminderSet.name, PropertyType.BOOLEAN)
        own = alice.named(PropertyName(PS_PUBLIC_STRINGS, "colour"), PropertyType.STRING)
        with traced(hub, protocol="mapi") as lines:
            slot = alice.new_message()
            alice.set(slot, {tag: True, own: "red"})
            alice.values(slot, own)
        text = "\n".join(lines)
        assert 'property_values=[PidLidReminderSet=true, PS_PUBLIC_STRINGS/colour="red"]' in text
        assert 'row={PS_PUBLIC_STRINGS/colour="red"}' in text


def test_requests_around_operations() -> None:
    """Connect and what else a session is asked, with what comes of it, in one transcript."""
    with mapi_hub("alice") as hub:
        with traced(hub, protocol="mapi") as lines:
            alice = PropertySession(hub)
            alice.client.post("Connect", ConnectRequest("/o=nobody").format())
            alice.client.post("Disconnect", bytes(4))
        text = [line.partition(" ")[2].partition(" ")[2] for line in lines]
        assert text[0].startswith('C: Connect user_dn="/o=')
        assert text[1].startswith("S: Connect ecSuccess polls_max=60000")
        assert 'display_name="alice' in text[1]
        assert any(line.startswith("C: RopLogon") for line in text)
        assert 'C: Connect user_dn="/o=nobody" flags=0' in "\n".join(text)
        assert any(line.startswith("S: Connect ecUnknownUser") for line in text)
        assert {line.partition(" ")[0] for line in lines[:4]} == {"mapi-1"}


def test_waiting() -> None:
    """NotificationWait, and that something has come."""
    with mapi_hub("alice") as hub:
        alice = NewsSession(hub)
        alice.register()
        with traced(hub, protocol="mapi") as lines:
            deliver(hub, "alice")
            assert alice.wait()
        text = "\n".join(lines)
        assert " C: NotificationWait auxiliary_buffer=" in text
        assert " S: NotificationWait ecSuccess event_pending=true" in text


def test_the_address_book() -> None:
    """Its requests and rows, as those of the mailbox."""
    with mapi_hub("alice", "bob") as hub, traced(hub, protocol="mapi") as lines:
        client = BookClient(hub)
        client.rows(Stat(), 2, tags.PidTagDisplayName)
        client.error(objects.GetPropsRequest(0, Stat(code_page=1200)))
        client.http.post("Unbind", bytes(8))
    text = "\n".join(lines)
    assert " C: Bind flags=0 state=Stat(sort_type=0 container_id=0 current_rec=0" in text
    assert " S: Bind ecSuccess server_guid=" in text
    assert "explicit_table=[] row_count=2 columns=[PidTagDisplayName]" in text
    assert 'rows=2\nmapi-1 alice@example.org S:   {PidTagDisplayName="alice"}\n' in text
    assert " S: GetProps ecInvalidObject code_page=1200" in text
    assert " S: Unbind UnbindSuccess" in text
    assert {line.partition(" ")[0] for line in lines} == {"mapi-1"}


def test_only_who_is_wanted() -> None:
    """By account, by protocol."""
    with mapi_hub("alice", "bob") as hub:
        alice, bob = PropertySession(hub), PropertySession(hub, "bob")
        with traced(hub, account="bob@example.org") as of_bob, traced(hub, protocol="imap") as of_imap:
            alice.new_message()
            bob.new_message()
        assert any("RopCreateMessage" in line for line in of_bob)
        assert not any("alice" in line for line in of_bob)
        assert of_imap == []


def test_binary_bodies_are_not_printed() -> None:
    """A trace of the connection itself shows the header fields, and how many bytes there were."""
    with mapi_hub("alice") as hub, traced(hub, protocol="https") as lines:
        PropertySession(hub).new_message()
        text = "\n".join(lines)
        assert "C: X-RequestType: Execute" in text or "C: x-requesttype: Execute" in text
        assert "bytes that are no text]" in text
        assert "\\x00" not in text
        assert "Basic " not in text.replace("Basic realm", "")
