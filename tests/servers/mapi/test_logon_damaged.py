"""Logons when what a mailbox is kept in cannot be read. Statements are those of [MS-OXCSTOR]."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from secrets import token_hex

import apsw
import pytest
from mapi_session import LOGON, PER_MDB, MapiSession, dn_of, mapi_hub

from posthouse.directory import set_attributes
from posthouse.protocols.mapi.rops.logon import LogonFlags, RopLogonRequest, RopLogonResponse
from posthouse.servers.mapi.errors import ErrorCode
from posthouse.testing import MailHub


@contextmanager
def damaged(hub: MailHub, table: str) -> Iterator[None]:
    """Bytes of a table are others on the disk, for a while."""
    path: Path = hub.running.store.database.path
    connection = apsw.Connection(str(path))
    [(size,)] = connection.execute("PRAGMA page_size")
    pages = [page for (page,) in connection.execute("SELECT rootpage FROM sqlite_schema WHERE tbl_name = ?", (table,))]
    connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)
    with path.open("r+b") as file:
        kept: dict[int, bytes] = {}
        for page in pages:
            file.seek((page - 1) * size)
            kept[page] = file.read(size)
            file.seek((page - 1) * size)
            file.write(b"\xaa" * size)
    try:
        forget_pages(hub)
        yield
    finally:
        with path.open("r+b") as file:
            for page, data in kept.items():
                file.seek((page - 1) * size)
                file.write(data)
        connection.close()
        forget_pages(hub)


def forget_pages(hub: MailHub) -> None:
    """Whoever reads reads from the file again after a change, whatever it is."""
    hub.write(lambda tx: set_attributes(tx, "alice@example.org", {"title": token_hex(4)}))


@pytest.mark.parametrize("table", ["folder", "folder_object"])
def test_a_damaged_mailbox_is_no_mailbox_to_log_on_to(table: str) -> None:
    """R167, R168, R3100, R3108: whoever logs on is told so, the session goes on, and works when all is mended."""
    with mapi_hub("alice", "bob") as hub:
        alice = MapiSession(hub, "alice")
        request = RopLogonRequest(0, LOGON, LogonFlags.PRIVATE, PER_MDB, 0, dn_of(hub, "alice"))
        with damaged(hub, table):
            bob = MapiSession(hub, "bob", log_on=False)
            bobs = RopLogonRequest(0, LOGON, LogonFlags.PRIVATE, PER_MDB, 0, dn_of(hub, "bob"))
            for session, rop in ((bob, bobs), (alice, request), (alice, request)):
                assert session.error(rop) == ErrorCode.ecLoginFailure
        assert alice.get(request, RopLogonResponse).folder_ids == alice.folder_ids
