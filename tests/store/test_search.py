"""Searches – RFC 9051 §6.4.4."""

from __future__ import annotations

from datetime import date

import pytest

from posthouse.model.flags import Flag, Flags
from posthouse.model.ids import ModSeq
from posthouse.store.criteria import (
    All,
    And,
    Body,
    HasFlag,
    HasKeyword,
    Header,
    InternalDate,
    ModSeqFrom,
    Not,
    Or,
    SavedDate,
    SentDate,
    Size,
    Subject,
    Text,
    UidIn,
    When,
)
from posthouse.store.folders import INBOX
from posthouse.store.search import search

DAY = 86_400
PLAIN = (
    b"From: Ann <ann@example.org>\r\nSubject: Plain words\r\nDate: Mon, 6 Nov 2023 23:30:00 -0500\r\n\r\n"
    b"The quick fox\r\n"
)
ENCODED = (
    b"From: =?utf-8?q?J=C3=BCrgen?= <j@example.org>\r\nTo: ann@example.org\r\n"
    b"Subject: =?iso-8859-1?q?Gr=FC=DFe?= aus =?utf-8?b?S8O2bG4=?=\r\nX-Odd: here\r\n"
    b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
    b"Sch=C3=B6ne Gr=C3=BC=\r\n=C3=9Fe from K=C3=96LN\r\n"
)
PARTS = (
    b"From: c@example.org\r\nSubject: parts\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
    b"preamble\r\n--b\r\nContent-Type: text/html; charset=iso-8859-15\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    b"PGI+UHJpY2U6IDUgpCBlYWNoPC9iPg==\r\n"
    b"--b\r\nContent-Type: image/png; name=picture.png\r\nContent-Transfer-Encoding: base64\r\n\r\nc2VjcmV0\r\n"
    b"--b\r\nContent-Type: message/rfc822\r\n\r\nSubject: =?utf-8?q?inn=C3=A8r?=\r\n\r\nnested body\r\n--b--\r\n"
)
BROKEN = b"Subject: no date\r\n folded on\r\n\r\nbare 8 bit: \xc3\xa9t\xc3\xa9\r\n"


@pytest.fixture
def filled(shelf):
    """1 PLAIN, 2 ENCODED, 3 PARTS, 4 BROKEN; internal dates a day apart."""
    flags = [
        Flags(Flag.SEEN),
        Flags(Flag.SEEN | Flag.FLAGGED, frozenset(["Later"])),
        Flags(),
        Flags(Flag.DELETED, frozenset(["later", "laterOn"])),
    ]
    with shelf.database.transaction() as tx:
        for number, (data, flag) in enumerate(zip((PLAIN, ENCODED, PARTS, BROKEN), flags, strict=True)):
            shelf.now = 1_700_000_000 + number * 10 * DAY
            shelf.put(tx, data, flags=flag, date=1_700_000_000 + number * DAY)
    return shelf


def find(shelf, criteria, **limits):
    with shelf.database.snapshot() as tx:
        return list(search(tx, shelf.blobs, shelf.account, INBOX, criteria, **limits))


D14, D15 = date(2023, 11, 14), date(2023, 11, 15)  # 1 700 000 000 is 2023-11-14 22:13 UTC

CASES = [
    (All(), [1, 2, 3, 4]),
    (And(()), [1, 2, 3, 4]),
    (Or(()), []),
    (HasFlag(Flag.SEEN), [1, 2]),
    (HasFlag(Flag.SEEN | Flag.FLAGGED), [2]),
    (Not(HasFlag(Flag.SEEN)), [3, 4]),
    (HasKeyword("LATER"), [2, 4]),
    (HasKeyword("lateron"), [4]),
    (Not(HasKeyword("later")), [1, 3]),
    (HasKeyword("late"), []),
    (UidIn(((2, 3), (9, 4_294_967_295))), [2, 3]),
    (Not(UidIn(((2, 3),))), [1, 4]),
    (Not(UidIn(tuple((n, n) for n in range(2, 40, 2)))), [1, 3]),
    (UidIn(tuple((n, n) for n in range(1, 400, 2))), [1, 3]),
    (UidIn(()), []),
    (Size(True, len(PARTS) - 1), [3]),
    (Size(False, len(BROKEN)), []),
    (Size(False, len(BROKEN) + 1), [4]),
    (InternalDate(When.ON, D14), [1]),
    (InternalDate(When.BEFORE, D15), [1]),
    (InternalDate(When.SINCE, D15), [2, 3, 4]),
    (SavedDate(When.SINCE, date(2023, 11, 25)), [3, 4]),
    (SentDate(When.ON, date(2023, 11, 6)), [1]),  # as written, though it is the 7th in UTC
    (SentDate(When.SINCE, date(2000, 1, 1)), [1]),
    (Not(SentDate(When.SINCE, date(2000, 1, 1))), [2, 3, 4]),
    (Subject("PLAIN w"), [1]),
    (Subject("gr\u00fc\u00dfe AUS k\u00d6ln"), [2]),
    (Subject("GR\u00dcSSE"), [2]),
    (Subject("date folded"), [4]),
    (Subject("%"), []),
    (Subject(""), [1, 2, 3, 4]),
    (Header("from", "ann"), [1]),
    (Header("From", "J\u00dcRGEN"), [2]),
    (Header("From", "example"), [1, 2, 3]),
    (Header("to", "ANN@"), [2]),
    (Header("X-Odd", "HER"), [2]),
    (Header("X-Odd", ""), [2]),
    (Header("to", ""), [2]),
    (Header("subject", ""), [1, 2, 3, 4]),
    (Header("subject", "date folded"), [4]),
    (Header("x-none", ""), []),
    (Header("content-type", "boundary=B"), [3]),
    (Body("QUICK fox"), [1]),
    (Body("plain"), []),
    (Body("sch\u00f6ne gr\u00fc\u00dfe"), [2]),
    (Body("k\u00f6ln"), [2]),
    (Body("5 \u20ac each"), [3]),
    (Body("price"), [3]),
    (Body("secret"), []),
    (Body("INN\u00c8R"), [3]),
    (Body("nested"), [3]),
    (Body("\u00c9T\u00c9"), [4]),
    (Body("preamble"), []),
    (Body(""), [1, 2, 3, 4]),
    (Text("plain words"), [1]),
    (Text("J\u00fcrgen"), [2]),
    (Text("picture.png"), [3]),
    (Text("x-odd: here"), [2]),
    (Text("date folded"), [4]),
    (Text("example.org"), [1, 2, 3]),
    (Or((Body("fox"), HasFlag(Flag.DELETED))), [1, 4]),
    (Or((Body("fox"), Header("To", "ann"), Subject("parts"))), [1, 2, 3]),
    (Not(Or((Body("fox"), HasFlag(Flag.DELETED)))), [2, 3]),
    (And((Not(Body("fox")), HasFlag(Flag.SEEN))), [2]),
    (And((Or((Not(And((Text("fox"), HasFlag(Flag.SEEN)))), UidIn(((1, 1),)))), UidIn(((1, 2),)))), [1, 2]),
    (Or((*(Subject(f"no such {n}") for n in range(3000)), Subject("parts"))), [3]),
    (Or((*(Header("message-id", f"no such {n}") for n in range(3000)), Header("from", "ann"))), [1]),
]


def test_criteria(filled):
    """Each criterion finds what RFC 9051 §6.4.4 says, alone and joined."""
    wrong = [(criteria, got, want) for criteria, want in CASES if (got := find(filled, criteria)) != want]
    assert wrong == []


def test_pieces(filled, monkeypatch):
    """How many rows, UIDs, bodies and bytes are looked at together changes nothing."""
    for name, value in (("PIECE_UIDS", 2), ("PIECE_ROWS", 2), ("PIECE_BYTES", 500), ("MAX_PASSES", 1)):
        monkeypatch.setattr(f"posthouse.store.search.{name}", value)
    test_criteria(filled)


def test_large_messages(shelf):
    """A message that is a blob is searched piece by piece, across the edges of pieces."""
    text = ("Zeile für Zeile\r\n" * 20_000).encode()
    head = b"Subject: large\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
    with shelf.database.transaction() as tx:
        shelf.put(tx, head + text + "ganz am Ende: Ärger\r\n".encode())
    assert find(shelf, Body("am ende: ÄRGER")) == [1]
    assert find(shelf, Body("zeile\r\nZEILE")) == [1]
    assert find(shelf, Or((Text("not there"), Body("nöt there")))) == []


def test_limits_and_modseq(filled):
    """A search may be confined to some UIDs, and to what changed since (RFC 7162 §3.1.5)."""
    assert find(filled, All(), low=2, high=3) == [2, 3]
    with filled.database.snapshot() as tx:
        (modseq,) = tx.one("SELECT modseq FROM message WHERE uid = 3") or (0,)
    assert find(filled, ModSeqFrom(ModSeq(modseq))) == [3, 4]
