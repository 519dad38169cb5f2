"""UIDONLY – RFC 9586: what dialogs cannot show. The rest is in `dialogs/imap/uidonly.txt`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from posthouse.servers.imap.settings import ImapSettings

from .test_compress import compress

ONE = b"Subject: one\r\n\r\nText\r\n"


@pytest.mark.parametrize("off", [False, True])
def test_switched_off(off: bool, make_hub: Callable[..., Any], connect: Callable[..., Any], keys: Any) -> None:
    """Switched off, it is neither advertised nor enabled, and numbers stay what they are."""
    hub = make_hub(ImapSettings(disabled_extensions=("UIDONLY",) if off else ()))
    person = hub.person(keys)
    person.put("INBOX", ONE)
    raw = connect(login=False, to=hub)
    raw.command(b"LOGIN %b secret" % person.address.encode())
    assert (b"UIDONLY" in raw.command(b"CAPABILITY")[0].split()) != off
    assert raw.command(b"ENABLE UIDONLY")[0] == (b"* ENABLED\r\n" if off else b"* ENABLED UIDONLY\r\n")
    raw.command(b"SELECT INBOX")
    assert raw.command(b"FETCH 1 FLAGS")[1].startswith(b"t OK" if off else b"t BAD [UIDREQUIRED]")


def test_compressed(connect: Callable[..., Any], person: Any) -> None:
    """COMPRESS changes nothing about it, nor it about COMPRESS."""
    person.put("INBOX", ONE)
    raw = connect()
    compress(raw)
    raw.command(b"ENABLE UIDONLY")
    raw.command(b"SELECT INBOX")
    assert raw.command(b"UID FETCH 1 (FLAGS)")[0] == b"* 1 UIDFETCH (FLAGS ())\r\n"


def test_many_in_pieces(connect: Callable[..., Any], person: Any) -> None:
    """Each response begins with its own UID, over gaps and beyond one piece of a FETCH."""
    for _ in range(12):
        person.put("INBOX", ONE)
    raw = connect()
    raw.command(b"SELECT INBOX")
    for _ in range(6):
        raw.command(b"UID COPY 1:* INBOX")
    raw.command(b"UID STORE 5,300:310,700 +FLAGS.SILENT (\\Deleted)")
    raw.command(b"EXPUNGE")
    raw.command(b"ENABLE UIDONLY")
    told = raw.command(b"UID FETCH 2:* (RFC822.SIZE)")[0].splitlines()
    there = [uid for uid in range(2, 12 * 64 + 1) if uid not in {5, 700, *range(300, 311)}]
    assert told == [b"* %d UIDFETCH (RFC822.SIZE %d)" % (uid, len(ONE)) for uid in there]
