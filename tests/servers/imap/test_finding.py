"""Searching and languages, where a dialog cannot show it: extensions switched off, namespaces with translations."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from posthouse.servers.imap.settings import ImapSettings

OFF = [
    ("WITHIN", b"SEARCH YOUNGER 60"),
    ("CONDSTORE", b"FETCH 1 (FLAGS) (CHANGEDSINCE 1)"),
    ("CONDSTORE", b"STORE 1 (UNCHANGEDSINCE 99) FLAGS ()"),
    ("CONDSTORE", b"SEARCH MODSEQ 1"),
    ("CONDSTORE", b"FETCH 1 MODSEQ"),
    ("CONDSTORE", b"STATUS INBOX (HIGHESTMODSEQ)"),
    ("QRESYNC", b"SELECT INBOX (CONDSTORE)"),
    ("PREVIEW", b"FETCH 1 PREVIEW"),
    ("PARTIAL", b"UID FETCH 1:* FLAGS (PARTIAL -1:-2)"),
    ("PARTIAL", b"UID SEARCH RETURN (PARTIAL -1:-2) ALL"),
    ("SAVEDATE", b"FETCH 1 SAVEDATE"),
    ("OBJECTID", b"FETCH 1 EMAILID"),
    ("OBJECTID", b"SEARCH THREADID x"),
    ("OBJECTID", b"STATUS INBOX (MAILBOXID)"),
    ("SAVEDATE", b"SEARCH SAVEDON 1-Feb-2024"),
    ("SAVEDATE", b"SEARCH SAVEDATESUPPORTED"),
    ("SORT", b"SORT (DATE) UTF-8 ALL"),
    ("SORT", b"UID SORT (DATE) UTF-8 ALL"),
    ("I18NLEVEL=2", b"COMPARATOR"),
    ("LANGUAGE", b"LANGUAGE"),
    ("COMPRESS=DEFLATE", b"COMPRESS DEFLATE"),
    ("UNAUTHENTICATE", b"UNAUTHENTICATE"),
    ("SEARCH=FUZZY", b"SEARCH FUZZY TEXT x"),
    ("ANNOTATE-EXPERIMENT-1", b"FETCH 1 (ANNOTATION (/comment value))"),
    ("ANNOTATE-EXPERIMENT-1", b'STORE 1 ANNOTATION (/comment (value.priv "x"))'),
    ("ANNOTATE-EXPERIMENT-1", b"SEARCH ANNOTATION /comment value NIL"),
    ("ANNOTATE-EXPERIMENT-1", b"SORT (ANNOTATION /comment value.priv) UTF-8 ALL"),
    ("ANNOTATE-EXPERIMENT-1", b"SELECT INBOX (ANNOTATE)"),
    ("MAILBOX-REFERRALS", b'RLIST "" "*"'),
    ("MAILBOX-REFERRALS", b'RLSUB "" "*"'),
]


@pytest.mark.parametrize(("extension", "command"), OFF, ids=[command.decode() for _, command in OFF])
def test_switched_off(
    extension: str, command: bytes, make_hub: Callable[..., Any], connect: Callable[..., Any], keys: Any
) -> None:
    """What is switched off is neither advertised nor understood, and is there otherwise."""
    for disabled in ((), tuple(name for name, _ in OFF)):
        hub = make_hub(ImapSettings(disabled_extensions=disabled))
        person = hub.person(keys)
        person.put("INBOX", b"Subject: one\r\n\r\nText\r\n")
        raw = connect(login=False, to=hub)
        raw.command(b"LOGIN %b secret" % person.address.encode())
        raw.command(b"SELECT INBOX")
        assert (extension.encode() in raw.command(b"CAPABILITY")[0].split()) == (not disabled)
        assert raw.command(command)[1].startswith(b"t BAD" if disabled else b"t OK")


FAMILIES = [
    ("SORT", b"SORT (DATE) UTF-8 ALL"),
    ("SORT", b"UID SORT RETURN (COUNT) (DISPLAYFROM) UTF-8 ALL"),
    ("THREAD", b"THREAD REFERENCES UTF-8 ALL"),
    ("THREAD", b"UID THREAD REFS UTF-8 ALL"),
    ("THREAD", b"UID THREAD ORDEREDSUBJECT UTF-8 ALL"),
    ("CONTEXT", b"SEARCH RETURN (UPDATE) ALL"),
    ("CONTEXT", b"SORT RETURN (CONTEXT) (DATE) UTF-8 ALL"),
    ("CONTEXT", b'CANCELUPDATE "t"'),
]
MEMBERS = {
    "SORT": {"SORT", "SORT=DISPLAY", "ESORT", "CONTEXT=SORT"},
    "THREAD": {"THREAD=ORDEREDSUBJECT", "THREAD=REFERENCES", "THREAD=REFS"},
    "CONTEXT": {"CONTEXT=SEARCH", "CONTEXT=SORT"},
}


@pytest.mark.parametrize(("family", "command"), FAMILIES, ids=[command.decode() for _, command in FAMILIES])
def test_switched_off_by_one_name(
    family: str, command: bytes, make_hub: Callable[..., Any], connect: Callable[..., Any], keys: Any
) -> None:
    """One name takes all of its capabilities along, and what they offer is refused; nothing else goes."""
    advertised = []
    for disabled in ((), (family,)):
        hub = make_hub(ImapSettings(disabled_extensions=disabled))
        person = hub.person(keys)
        person.put("INBOX", b"Subject: one\r\n\r\nText\r\n")
        raw = connect(login=False, to=hub)
        raw.command(b"LOGIN %b secret" % person.address.encode())
        raw.command(b"SELECT INBOX")
        advertised.append(set(raw.command(b"CAPABILITY")[0].decode().split()))
        if disabled:
            assert raw.command(command)[-1].startswith(b"t BAD")
    assert advertised[0] - advertised[1] == MEMBERS[family]
