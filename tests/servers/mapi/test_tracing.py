"""`posthouse trace` shows what sessions of MAPI do, operation by operation."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from mapi_properties import PropertySession
from mapi_session import LOGON, mapi_hub, oid

from posthouse.observe.transcript import Wanted
from posthouse.protocols.mapi import tags
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
