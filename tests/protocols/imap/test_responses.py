"""Responses as bytes; the examples are those of RFC 9051 §7 where it has one."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posthouse.model.flags import FLAG_NAMES, Flag, Flags
from posthouse.protocols.imap import codes
from posthouse.protocols.imap import responses as r
from posthouse.protocols.imap.commands.status import StatusItem
from posthouse.protocols.imap.grammar import Parser
from posthouse.protocols.imap.strings import astring, literal8, literal_header, nstring, string, without_nul

LINES: list[tuple[bytes, bytes]] = [
    (  # the example of RFC 10022 §3.1
        r.format_uidbatches(b"A143", [(215295, 99696), (99695, 20351), (20350, 7830), (7829, 1)]),
        b'* UIDBATCHES (TAG "A143") 215295:99696,99695:20351,20350:7830,7829:1\r\n',
    ),
    # the examples of RFC 9585 §4; a tag with a bracket would end the code
    (r.format_untagged(b"OK", "x", codes.inprogress(b"tag", 0, 0)), b'* OK [INPROGRESS ("tag" NIL NIL)] x\r\n'),
    (r.format_untagged(b"OK", "x", codes.inprogress(b"tag", 175, 1000)), b'* OK [INPROGRESS ("tag" 175 1000)] x\r\n'),
    (r.format_untagged(b"OK", "x", codes.inprogress(b"t]g", 9, 9)), b"* OK [INPROGRESS (NIL 8 9)] x\r\n"),
    (r.format_uidbatches(b"A302", []), b'* UIDBATCHES (TAG "A302")\r\n'),
    (r.format_tagged(b"A1", b"OK", "NOOP completed"), b"A1 OK NOOP completed\r\n"),
    (
        r.format_tagged(b"A1", b"NO", "No such mailbox", codes.TRYCREATE),
        b"A1 NO [TRYCREATE] No such mailbox\r\n",
    ),
    (r.format_tagged(b"A1", b"BAD", "a\r\nb\0c ü"), b"A1 BAD a??b?c ?\r\n"),
    (r.format_untagged(b"BYE", "See you", codes.UNAVAILABLE), b"* BYE [UNAVAILABLE] See you\r\n"),
    (
        r.format_untagged(b"OK", "Limited", codes.permanentflags(r.flag_list(Flag.SEEN | Flag.DELETED, ["\\*"]))),
        b"* OK [PERMANENTFLAGS (\\Deleted \\Seen \\*)] Limited\r\n",
    ),
    (r.format_untagged(b"OK", "x", codes.uidvalidity(3857529045)), b"* OK [UIDVALIDITY 3857529045] x\r\n"),
    (r.format_untagged(b"OK", "x", codes.uidnext(4392)), b"* OK [UIDNEXT 4392] x\r\n"),
    (r.format_untagged(b"OK", "x", codes.unseen(12)), b"* OK [UNSEEN 12] x\r\n"),
    (
        r.format_tagged(b"A003", b"OK", "done", codes.appenduid(38505, ((3955, 3955),))),
        b"A003 OK [APPENDUID 38505 3955] done\r\n",
    ),
    (
        r.format_tagged(b"A004", b"OK", "done", codes.copyuid(38505, b"304,319:320", b"3956:3958")),
        b"A004 OK [COPYUID 38505 304,319:320 3956:3958] done\r\n",
    ),
    (
        r.format_tagged(b"a", b"NO", "x", codes.badcharset(["US-ASCII", "UTF-8"])),
        b"a NO [BADCHARSET (US-ASCII UTF-8)] x\r\n",
    ),
    (
        r.format_untagged(b"OK", "hi", codes.capability(["IMAP4rev1", "IMAP4rev2"])),
        b"* OK [CAPABILITY IMAP4rev1 IMAP4rev2] hi\r\n",
    ),
    (r.format_continuation("Ready for literal data"), b"+ Ready for literal data\r\n"),
    (r.format_capability(["STARTTLS", "IMAP4rev2"]), b"* CAPABILITY STARTTLS IMAP4rev2\r\n"),
    (r.format_enabled(["CONDSTORE"]), b"* ENABLED CONDSTORE\r\n"),
    (r.format_enabled([]), b"* ENABLED\r\n"),
    (r.format_id(None), b"* ID NIL\r\n"),
    (r.format_id({"name": "Posthouse", "os": None}), b'* ID ("name" "Posthouse" "os" NIL)\r\n'),
    (
        r.format_list([b"\\Noselect"], "~/Mail/foo"),
        b'* LIST (\\Noselect) "/" ~/Mail/foo\r\n',
    ),
    (r.format_list([], "NIL"), b'* LIST () "/" "NIL"\r\n'),
    (r.format_list([], ""), b'* LIST () "/" ""\r\n'),
    (r.format_list([], "a", delimiter=None), b"* LIST () NIL a\r\n"),
    (r.format_list([], "Entwürfe"), b'* LIST () "/" Entw&APw-rfe\r\n'),
    (r.format_list([], "Entwürfe & Co", utf8=True), '* LIST () "/" "Entwürfe & Co"\r\n'.encode()),
    (r.format_list([], "Sent Mail", word=b"LSUB"), b'* LSUB () "/" "Sent Mail"\r\n'),
    (
        r.format_list([b"\\NonExistent"], "Fruit", child_info=[b"SUBSCRIBED"]),
        b'* LIST (\\NonExistent) "/" Fruit ("CHILDINFO" ("SUBSCRIBED"))\r\n',
    ),
    (r.format_list([], "NewMailbox", old_name="old mail"), b'* LIST () "/" NewMailbox ("OLDNAME" ("old mail"))\r\n'),
    (
        r.format_list([], "b", child_info=[b"SUBSCRIBED", b"SPECIAL-USE"], old_name="a"),
        b'* LIST () "/" b ("CHILDINFO" ("SUBSCRIBED" "SPECIAL-USE") "OLDNAME" (a))\r\n',
    ),
    (
        r.format_namespace([("", "/")], [("Users/", "/")], []),
        b'* NAMESPACE (("" "/")) (("Users/" "/")) NIL\r\n',
    ),
    (
        r.format_namespace([("", "/")], [("Users/", "/")], [], False, {"Users/": "Büros/"}),
        b'* NAMESPACE (("" "/")) (("Users/" "/" "TRANSLATION" ("B&APw-ros/"))) NIL\r\n',
    ),
    (
        r.format_namespace([("", "/"), ("#mh/", "/")], [], [("#x.", None)]),
        b'* NAMESPACE (("" "/")("#mh/" "/")) NIL (("#x." NIL))\r\n',
    ),
    (
        r.format_status("blurdybloop", [(StatusItem.MESSAGES, 231), (StatusItem.UIDNEXT, 44292)]),
        b"* STATUS blurdybloop (MESSAGES 231 UIDNEXT 44292)\r\n",
    ),
    (r.format_status("INBOX", [(StatusItem.APPENDLIMIT, None)]), b"* STATUS INBOX (APPENDLIMIT NIL)\r\n"),
    (r.format_search([2, 3, 6]), b"* SEARCH 2 3 6\r\n"),
    (r.format_search([]), b"* SEARCH\r\n"),
    (
        r.format_esearch(b"A282", False, least=2, count=3),
        b'* ESEARCH (TAG "A282") MIN 2 COUNT 3\r\n',
    ),
    (
        r.format_esearch(b"A285", True, least=7, most=3800, everything=((7, 9), (3800, 3800)), count=4),
        b'* ESEARCH (TAG "A285") UID MIN 7 MAX 3800 ALL 7:9,3800 COUNT 4\r\n',
    ),
    (r.format_esearch(b"A286", False, everything=()), b'* ESEARCH (TAG "A286")\r\n'),
    (r.format_flags(r.flag_list(Flag.ANSWERED)), b"* FLAGS (\\Answered)\r\n"),
    (r.format_exists(23), b"* 23 EXISTS\r\n"),
    (r.format_recent(0), b"* 0 RECENT\r\n"),
    (r.format_expunge(44), b"* 44 EXPUNGE\r\n"),
    (r.format_fetch(23, b"FLAGS (\\Seen) RFC822.SIZE 44827"), b"* 23 FETCH (FLAGS (\\Seen) RFC822.SIZE 44827)\r\n"),
]


@pytest.mark.parametrize(("line", "expected"), LINES)
def test_line(line: bytes, expected: bytes) -> None:
    """A response is these bytes."""
    assert line == expected


@pytest.mark.parametrize(
    ("data", "plain", "utf8"),
    [
        (b"", b'""', b'""'),
        (b"a b", b'"a b"', b'"a b"'),
        (b'say "\\"', b'"say \\"\\\\\\""', b'"say \\"\\\\\\""'),
        (b"a\r\nb", b"{4}\r\na\r\nb", b"{4}\r\na\r\nb"),
        ("ü".encode(), b"{2}\r\n\xc3\xbc", b'"\xc3\xbc"'),
        (b"x" * 1001, b"{1001}\r\n" + b"x" * 1001, b"{1001}\r\n" + b"x" * 1001),
    ],
)
def test_strings(data: bytes, plain: bytes, utf8: bytes) -> None:
    """Pitfall 7: eight bits are quoted only for a session that enabled UTF-8 – RFC 9051 §4.3."""
    assert string(data) == plain
    assert string(data, utf8=True) == utf8
    assert nstring(data) == plain


def test_atoms_and_nil() -> None:
    """An atom where it can be, and never the word NIL for a string."""
    assert [astring(data) for data in (b"INBOX", b"a]", b"a*b", b"nil", b"")] == [
        b"INBOX",
        b"a]",
        b'"a*b"',
        b'"nil"',
        b'""',
    ]
    assert nstring(None) == b"NIL"


def test_literals() -> None:
    """Pitfall 6: NUL goes out in a literal8, or is replaced without a change of length – RFC 9051 §4.3.1."""
    assert literal8(b"a\0b") == b"~{3}\r\na\0b"
    assert literal_header(5) + literal_header(6, binary=True) == b"{5}\r\n~{6}\r\n"
    assert without_nul(b"a\0b") == b"a\x80b"


@given(st.binary(max_size=50).filter(lambda data: b"\0" not in data), st.booleans())
def test_strings_are_read_back(data: bytes, utf8: bool) -> None:
    """Any octets survive being written and parsed."""
    assert Parser(string(data, utf8)).string() == data
    assert Parser(astring(data, utf8)).astring() == data


@given(
    st.lists(st.sampled_from(list(FLAG_NAMES)), unique=True), st.lists(st.sampled_from(["a", "b", "$x"]), unique=True)
)
def test_flag_lists_are_read_back(system: list[Flag], keywords: list[str]) -> None:
    """Flags that can be set are written as they are parsed."""
    bits = Flag(sum(system))
    assert Parser(r.flag_list(bits, keywords)).flag_list() == Flags(bits, frozenset(keywords))


def test_flag_list_of_names_alone() -> None:
    """No stray space without a system flag, or without a keyword."""
    assert [r.flag_list(0), r.flag_list(0, ["a"]), r.flag_list(1, []), r.flag_list(1, iter([]))] == [
        b"()",
        b"(a)",
        b"(\\Seen)",
        b"(\\Seen)",
    ]


def test_internaldate() -> None:
    """date-time: a day of two places, padded with a space – RFC 9051 §9, date-day-fixed."""
    assert r.format_internaldate(837596665) == b'"17-Jul-1996 09:44:25 +0000"'
    assert r.format_internaldate(837596665, -7 * 60) == b'"17-Jul-1996 02:44:25 -0700"'
    assert r.format_internaldate(0, 90) == b'" 1-Jan-1970 01:30:00 +0130"'
    assert r.format_internaldate(-1) == b'"31-Dec-1969 23:59:59 +0000"'
    assert r.format_internaldate(10**15)[:13] == b'"31-Dec-9999 '


@given(
    st.datetimes(min_value=datetime(2, 1, 1), max_value=datetime(9998, 12, 31)),
    st.integers(-14 * 60, 14 * 60),
)
def test_dates_are_read_back(moment: datetime, east: int) -> None:
    """The moment and the zone survive."""
    moment = moment.replace(microsecond=0, tzinfo=timezone(timedelta(minutes=east)))
    written = r.format_internaldate(round(moment.timestamp()), east)
    assert Parser(written).date_time() == moment
