"""bytes ⇄ value, one row a rule; the examples are those of the RFCs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest

from posthouse.model.flags import Flag, FlagChange, Flags, How
from posthouse.model.ordering import SortCriterion, SortKey, ThreadAlgorithm
from posthouse.model.refusals import BadSyntax
from posthouse.model.rights import ALL_RIGHTS, NO_RIGHTS, Right, parse_rights
from posthouse.protocols.imap.charsets import BadCharset
from posthouse.protocols.imap.commands.acl import (
    DeleteAcl,
    GetAcl,
    Identifier,
    ListRights,
    MyRights,
    SetAcl,
)
from posthouse.protocols.imap.commands.append import Append, MessageReader, Octets, parse_append
from posthouse.protocols.imap.commands.authenticate import Authenticate, format_challenge, parse_response
from posthouse.protocols.imap.commands.cancelupdate import CancelUpdate
from posthouse.protocols.imap.commands.capability import Capability
from posthouse.protocols.imap.commands.check import Check
from posthouse.protocols.imap.commands.close import Close
from posthouse.protocols.imap.commands.comparator import Comparator, matches
from posthouse.protocols.imap.commands.copy import Copy, Move
from posthouse.protocols.imap.commands.create import Create
from posthouse.protocols.imap.commands.delete import Delete
from posthouse.protocols.imap.commands.enable import Enable
from posthouse.protocols.imap.commands.expunge import Expunge
from posthouse.protocols.imap.commands.fetch import Fetch
from posthouse.protocols.imap.commands.id import Id
from posthouse.protocols.imap.commands.idle import Idle, is_done
from posthouse.protocols.imap.commands.language import Language, look_up
from posthouse.protocols.imap.commands.list import List, ReturnOption, SelectOption
from posthouse.protocols.imap.commands.login import Login
from posthouse.protocols.imap.commands.logout import Logout
from posthouse.protocols.imap.commands.lsub import Lsub
from posthouse.protocols.imap.commands.metadata import GetMetadata, SetMetadata
from posthouse.protocols.imap.commands.namespace import Namespace
from posthouse.protocols.imap.commands.noop import Noop
from posthouse.protocols.imap.commands.notify import ARRIVAL_AND_EXPUNGE, EventGroup, EventType, Notify
from posthouse.protocols.imap.commands.rename import Rename
from posthouse.protocols.imap.commands.search import Search
from posthouse.protocols.imap.commands.select import Resync, Select
from posthouse.protocols.imap.commands.sort import Sort
from posthouse.protocols.imap.commands.starttls import StartTls
from posthouse.protocols.imap.commands.status import Status, StatusItem
from posthouse.protocols.imap.commands.store import Store
from posthouse.protocols.imap.commands.subscribe import Subscribe
from posthouse.protocols.imap.commands.table import ANY, AUTHENTICATED, COMMANDS, NOT_AUTHENTICATED, SELECTED
from posthouse.protocols.imap.commands.thread import Thread
from posthouse.protocols.imap.commands.uidbatches import UidBatches
from posthouse.protocols.imap.fetch import Attribute, BodySection, Section, SectionText
from posthouse.protocols.imap.grammar import LiteralHeader, Parser
from posthouse.protocols.imap.mailbox_filter import MailboxFilter, MailboxSource
from posthouse.protocols.imap.returns import PartialRange, Returns, SearchReturn
from posthouse.protocols.imap.search import (
    All,
    DateKey,
    DateOf,
    FlagKey,
    FuzzyKey,
    Not,
    Op,
    Or,
    SequenceKey,
    TextKey,
    Where,
    WithinKey,
)
from posthouse.protocols.imap.search import And as AllOf
from posthouse.protocols.imap.sequence import STAR, SequenceSet

ONE = SequenceSet(((1, 1),))
NAMES = BodySection(Section((), SectionText.HEADER_FIELDS, ("from", "to", "subject")), peek=True)

CASES: list[tuple[bytes, object]] = [
    # RFC 9051 §6.1
    (b"CAPABILITY", Capability()),
    (b"NOOP", Noop()),
    (b"noop ", Noop()),
    (b"LOGOUT", Logout()),
    (b"ID NIL", Id()),
    (b"ID ()", Id()),
    # RFC 2971 §3.1
    (
        b'ID ("name" "sodr" "version" "19.34" "vendor" NIL)',
        Id((("name", "sodr"), ("version", "19.34"), ("vendor", None))),
    ),
    # §6.2
    (b"STARTTLS", StartTls()),
    (b"AUTHENTICATE GSSAPI", Authenticate("GSSAPI")),
    (b"authenticate plain AHRlc3QAdGVzdA==", Authenticate("PLAIN", b"\0test\0test")),  # RFC 4959 §4
    (b"AUTHENTICATE EXTERNAL =", Authenticate("EXTERNAL", b"")),  # RFC 4959 §3
    (b"LOGIN SMITH SESAME", Login("SMITH", "SESAME")),
    (b'LOGIN "a\\"b" "p \\\\ q"', Login('a"b', "p \\ q")),
    (b"LOGIN {11+}\r\nFRED FOOBAR {7+}\r\nfat man", Login("FRED FOOBAR", "fat man")),  # RFC 7888 §3
    (b'LOGIN x "gr\xc3\xbcn"', Login("x", "grün")),
    (b'LOGIN x "gr\xfcn"', Login("x", "grün")),
    (b"LOGIN x ]", Login("x", "]")),
    # §6.3
    (b"ENABLE CONDSTORE X-GOOD-IDEA", Enable(("CONDSTORE", "X-GOOD-IDEA"))),
    (b"SELECT INBOX", Select("INBOX")),
    # RFC 7162
    (b"SELECT x (CONDSTORE)", Select("x", condstore=True)),
    (b"SELECT x (QRESYNC (67890007 20050715194045000))", Select("x", False, True, Resync(67890007, 20050715194045000))),
    (
        b"EXAMINE x (QRESYNC (67890007 90060115194045000 41:211,1:5 (5,10:12 7,14:16)))",
        Select(
            "x",
            True,
            True,
            Resync(67890007, 90060115194045000, ((1, 5), (41, 211)), (((5, 5), (10, 12)), ((7, 7), (14, 16)))),
        ),
    ),
    (b"SELECT x (QRESYNC (1 2 (3 4)))", Select("x", False, True, Resync(1, 2, None, (((3, 3),), ((4, 4),))))),
    (b"SELECT iNbOx", Select("INBOX")),
    (b'SELECT "inbox/Work"', Select("INBOX/Work")),
    (b"SELECT inboxes", Select("inboxes")),
    (b'EXAMINE "blurdybloop"', Select("blurdybloop", read_only=True)),
    (b"EXAMINE ~peter/mail/&U,BTFw-/&ZeVnLIqe-", Select("~peter/mail/台北/日本語", read_only=True)),
    (b"CREATE owatagusiam/", Create("owatagusiam/")),
    (b"CREATE MySpecial (USE (\\Drafts \\Sent))", Create("MySpecial", ("\\Drafts", "\\Sent"))),  # RFC 6154 §5.3
    (b"CREATE plain (USE ())", Create("plain")),
    (b"DELETE foo/bar", Delete("foo/bar")),
    (b"RENAME blurdybloop sarasoop", Rename("blurdybloop", "sarasoop")),
    (b"RENAME INBOX old-mail", Rename("INBOX", "old-mail")),
    (b"SUBSCRIBE #news.comp.mail.mime", Subscribe("#news.comp.mail.mime")),
    (b"UNSUBSCRIBE #news.comp.mail.mime", Subscribe("#news.comp.mail.mime", subscribed=False)),
    (b'LSUB "#news." "comp.mail.*"', Lsub("#news.", "comp.mail.*")),
    (b"NAMESPACE", Namespace()),
    (b"LANGUAGE", Language()),
    (b'LANGUAGE fr-CA "de-*"', Language(("fr-CA", "de-*"))),
    # RFC 4314 §3
    (
        b"SETACL INBOX/Drafts Byron lrswikda",
        SetAcl("INBOX/Drafts", Identifier("Byron"), parse_rights("lrswikda"), ALL_RIGHTS),
    ),
    (b"SETACL INBOX/Drafts Chris +cda", SetAcl("INBOX/Drafts", Identifier("Chris"), parse_rights("kxtea"))),
    (b'SETACL x "-y z" -w', SetAcl("x", Identifier("y z", True), NO_RIGHTS, Right.WRITE)),
    (b'SETACL x anyone ""', SetAcl("x", Identifier("anyone"), NO_RIGHTS, ALL_RIGHTS)),
    (b"SETACL x {3+}\r\n\xc2\xadI l", SetAcl("x", Identifier("I"), Right.LOOKUP, ALL_RIGHTS)),  # SASLprep
    (b"DELETEACL INBOX Fred", DeleteAcl("INBOX", Identifier("Fred"))),
    (b"GETACL INBOX/Drafts", GetAcl("INBOX/Drafts")),
    (b"LISTRIGHTS ~/Mail/saved smith", ListRights("~/Mail/saved", Identifier("smith"))),
    (b"MYRIGHTS INBOX", MyRights("INBOX")),
    (b"COMPARATOR", Comparator()),
    (b'COMPARATOR "cz;*" i;basic', Comparator(("cz;*", "i;basic"))),
    (
        b"STATUS blurdybloop (UIDNEXT MESSAGES UIDNEXT)",
        Status("blurdybloop", (StatusItem.UIDNEXT, StatusItem.MESSAGES)),
    ),
    (b"STATUS x (size deleted)", Status("x", (StatusItem.SIZE, StatusItem.DELETED))),
    (b"STATUS INBOX (APPENDLIMIT)", Status("INBOX", (StatusItem.APPENDLIMIT,))),  # RFC 7889 §3.2
    # RFC 5464 §4.2, §4.3
    (b'GETMETADATA "" /shared/comment', GetMetadata("", ("/shared/comment",))),
    (
        b"GETMETADATA INBOX (MAXSIZE 1024) (/shared/comment /private/comment)",
        GetMetadata("INBOX", ("/shared/comment", "/private/comment"), 0, 1024),
    ),
    (b"GETMETADATA (DEPTH infinity) INBOX /private", GetMetadata("INBOX", ("/private",), 1 << 30)),
    (
        b"GETMETADATA INBOX /private/comment /shared/comment",
        GetMetadata("INBOX", ("/private/comment", "/shared/comment")),
    ),
    (
        b'SETMETADATA INBOX (/private/comment "x" /shared/comment NIL /private/b ~{1+}\r\n\0)',
        SetMetadata("INBOX", (("/private/comment", b"x"), ("/shared/comment", None), ("/private/b", b"\0"))),
    ),
    (b"IDLE", Idle()),
    # NOTIFY: RFC 5465 §3.1, §6, §8
    (b"NOTIFY NONE", Notify(())),
    (
        b"notify set status (selected MessageNew (uid body.peek[header.fields (from to subject)]) MessageExpunge)"
        b" (subtree Lists MessageNew MessageExpunge)",
        Notify(
            (
                EventGroup(MailboxFilter(MailboxSource.SELECTED), ARRIVAL_AND_EXPUNGE, (Attribute.UID, NAMES)),
                EventGroup(MailboxFilter(MailboxSource.SUBTREE, ("Lists",)), ARRIVAL_AND_EXPUNGE),
            ),
            status=True,
        ),
    ),
    (
        b"NOTIFY SET (mailboxes inbox (Messagenew messageExpunge)) (personal (SubscriptionChange))",
        Notify(
            (
                EventGroup(MailboxFilter(MailboxSource.MAILBOXES, ("INBOX",)), ARRIVAL_AND_EXPUNGE),
                EventGroup(MailboxFilter(MailboxSource.PERSONAL), frozenset({EventType.SUBSCRIPTION_CHANGE})),
            )
        ),
    ),
    (
        b'NOTIFY SET (selected-delayed NONE) (mailboxes (a "b c" {1+}\r\nd) FlagChange MessageNew MessageExpunge)',
        Notify(
            (
                EventGroup(MailboxFilter(MailboxSource.SELECTED_DELAYED), frozenset()),
                EventGroup(
                    MailboxFilter(MailboxSource.MAILBOXES, ("a", "b c", "d")),
                    ARRIVAL_AND_EXPUNGE | {EventType.FLAG_CHANGE},
                ),
            )
        ),
    ),
    (b"NOTIFY SET (selected (MessageNew MailboxName)) (personal Nothing)", Notify((), unknown=True)),
    (
        b"SEARCH RETURN (COUNT UPDATE (UID BODY.PEEK[HEADER.FIELDS (from to subject)])) ALL",
        Search(All(), Returns(frozenset({SearchReturn.COUNT, SearchReturn.UPDATE}), None, (Attribute.UID, NAMES))),
    ),
    # LIST: RFC 9051 §6.3.9, RFC 5258, 5819, 6154
    (b'LIST "" ""', List("", ("",))),
    (b"LIST ~/Mail/ %", List("~/Mail/", ("%",))),
    (b'LIST "" "*"', List("", ("*",))),
    (b'LIST "" INB%', List("", ("INB%",))),
    (b'LIST (SUBSCRIBED) "" "*"', List("", ("*",), frozenset({SelectOption.SUBSCRIBED}), extended=True)),
    (b'LIST () "" "%" RETURN (CHILDREN)', List("", ("%",), frozenset(), frozenset({ReturnOption.CHILDREN}), (), True)),
    (
        b'LIST (REMOTE) "" "%" RETURN (CHILDREN)',
        List("", ("%",), frozenset({SelectOption.REMOTE}), frozenset({ReturnOption.CHILDREN}), (), True),
    ),
    (
        b'LIST (REMOTE SUBSCRIBED) "" "*"',
        List("", ("*",), frozenset({SelectOption.REMOTE, SelectOption.SUBSCRIBED}), extended=True),
    ),
    (
        b'LIST (SUBSCRIBED RECURSIVEMATCH) "" "*" RETURN (CHILDREN SUBSCRIBED)',
        List(
            "",
            ("*",),
            frozenset({SelectOption.SUBSCRIBED, SelectOption.RECURSIVEMATCH}),
            frozenset({ReturnOption.CHILDREN, ReturnOption.SUBSCRIBED}),
            (),
            True,
        ),
    ),
    (b'LIST "" ("INBOX" "Drafts" "Sent/%")', List("", ("INBOX", "Drafts", "Sent/%"), extended=True)),
    (
        b'LIST "" % RETURN (STATUS (MESSAGES UNSEEN))',  # RFC 5819 §4
        List(
            "",
            ("%",),
            returns=frozenset({ReturnOption.STATUS}),
            status=(StatusItem.MESSAGES, StatusItem.UNSEEN),
            extended=True,
        ),
    ),
    (
        b'LIST (SPECIAL-USE) "" "*" RETURN (SPECIAL-USE)',
        List("", ("*",), frozenset({SelectOption.SPECIAL_USE}), frozenset({ReturnOption.SPECIAL_USE}), (), True),
    ),
    # §6.4
    (b"CHECK", Check()),
    (b"CLOSE", Close(expunge=True)),
    (b"UNSELECT", Close(expunge=False)),
    (b"EXPUNGE", Expunge()),
    (b"UID EXPUNGE 3000:3002", Expunge(SequenceSet(((3000, 3002),)))),
    (b"COPY 2:4 MEETING", Copy(SequenceSet(((2, 4),)), "MEETING")),
    (b"UID MOVE 42:69 foo", Move(SequenceSet(((42, 69),)), "foo")),  # RFC 6851 §4.3
    (
        b"STORE 2:4 +FLAGS (\\Deleted)",
        Store(SequenceSet(((2, 4),)), FlagChange(How.ADD, Flags(Flag.DELETED))),
    ),
    (
        b"uid store 1 -flags.silent \\Seen $Junk later",
        Store(ONE, FlagChange(How.REMOVE, Flags(Flag.SEEN | Flag.JUNK, frozenset({"later"}))), silent=True),
    ),
    (b"STORE 1 FLAGS ()", Store(ONE, FlagChange(How.SET, Flags()))),
    (
        b"STORE $ +FLAGS.SILENT (\\Deleted)",
        Store(SequenceSet((), True), FlagChange(How.ADD, Flags(Flag.DELETED)), True),
    ),
    (
        b"FETCH 2:4 (FLAGS BODY[HEADER.FIELDS (DATE FROM)])",
        Fetch(
            SequenceSet(((2, 4),)),
            (Attribute.FLAGS, BodySection(Section((), SectionText.HEADER_FIELDS, ("DATE", "FROM")))),
        ),
    ),
    (b"UID FETCH 4827313:* FLAGS", Fetch(SequenceSet(((4827313, STAR),)), (Attribute.FLAGS,))),
    (
        b'SEARCH FLAGGED SINCE 1-Feb-1994 NOT FROM "Smith"',
        Search(
            AllOf(
                (
                    FlagKey(Flag.FLAGGED),
                    DateKey(DateOf.INTERNAL, Op.SINCE, date(1994, 2, 1)),
                    Not(TextKey(Where.FROM, "Smith")),
                )
            )
        ),
    ),
    (
        b"SEARCH RETURN (MIN COUNT) FLAGGED",
        Search(FlagKey(Flag.FLAGGED), Returns(frozenset({SearchReturn.MIN, SearchReturn.COUNT}))),
    ),
    (b"SEARCH UIDAFTER 25000", Search(SequenceKey(SequenceSet(((25001, 4294967295),)), True))),
    (b"SEARCH UIDBEFORE 25000", Search(SequenceKey(SequenceSet(((1, 24999),)), True))),
    (b"SEARCH UIDAFTER 4294967295", Search(SequenceKey(SequenceSet(()), True))),
    (b"SEARCH UIDBEFORE 1", Search(SequenceKey(SequenceSet(()), True))),
    (b"SEARCH OR YOUNGER 60 OLDER 4294967295", Search(Or((WithinKey(True, 60), WithinKey(False, 4294967295))))),
    (
        b"SEARCH RETURN (RELEVANCY) NOT FUZZY ALL",
        Search(Not(FuzzyKey(All())), Returns(frozenset({SearchReturn.RELEVANCY}))),
    ),
    (b"FETCH 1 (UID PREVIEW (LAZY LAZY))", Fetch(ONE, (Attribute.UID, Attribute.PREVIEW))),
    (
        b"UID SEARCH RETURN (PARTIAL 500:1 UPDATE CONTEXT) SEEN",
        Search(
            FlagKey(Flag.SEEN),
            Returns(frozenset({SearchReturn.PARTIAL, SearchReturn.UPDATE, SearchReturn.CONTEXT}), PartialRange(500, 1)),
        ),
    ),
    (
        b"SORT (SUBJECT REVERSE DATE) UTF-8 SEEN",
        Sort((SortCriterion(SortKey.SUBJECT), SortCriterion(SortKey.DATE, True)), FlagKey(Flag.SEEN)),
    ),
    (
        b'UID SORT RETURN (COUNT) (DISPLAYFROM) "us-ascii" SEEN',
        Sort((SortCriterion(SortKey.DISPLAYFROM),), FlagKey(Flag.SEEN), Returns(frozenset({SearchReturn.COUNT}))),
    ),
    (b"THREAD references UTF-8 SEEN", Thread(ThreadAlgorithm.REFERENCES, FlagKey(Flag.SEEN))),
    (b'CANCELUPDATE "B01" "B02"', CancelUpdate((b"B01", b"B02"))),
    (b"UIDBATCHES 2000", UidBatches(2000)),
    (b"UIDBATCHES 2000 ", UidBatches(2000)),
    (b"UIDBATCHES 1000 10:20", UidBatches(1000, (10, 20))),
    (b"UIDBATCHES 1000 20:10", UidBatches(1000, (20, 10))),
    (b"SEARCH RETURN () DELETED", Search(FlagKey(Flag.DELETED), Returns(frozenset({SearchReturn.ALL})))),
    (b"UID SEARCH RETURN (SAVE) UNSEEN", Search(FlagKey(Flag.SEEN, False), Returns(frozenset({SearchReturn.SAVE})))),
    (
        b"SEARCH CHARSET UTF-8 TEXT {12+}\r\n\xd0\xbc\xd0\xb0\xd1\x82\xd1\x8c\xd0\xb2\xd1\x83",
        Search(TextKey(Where.TEXT, "матьву"), None, "UTF-8"),
    ),
    (b'SEARCH CHARSET "iso-8859-1" SUBJECT "\xfc"', Search(TextKey(Where.SUBJECT, "ü"), None, "ISO-8859-1")),
    (
        b"SEARCH SEEN SENTBEFORE 2-Mar-2001",
        Search(AllOf((FlagKey(Flag.SEEN), DateKey(DateOf.SENT, Op.BEFORE, date(2001, 3, 2))))),
    ),
]


@pytest.mark.parametrize(("line", "value"), CASES)
def test_command(parse: Callable[..., Any], line: bytes, value: object) -> None:
    """A command's bytes are this value."""
    assert parse(line) == value


BAD: list[bytes] = [
    b"SETACL INBOX x lrQ",  # RFC 4314 §3.1
    b"SETACL INBOX x lrq",
    b"SETACL INBOX x +-l",
    b"SETACL INBOX x l 0",
    b'SETACL INBOX "" l',
    b"SETACL INBOX - l",
    b"SETACL INBOX {3+}\r\na\x07b l",  # SASLprep prohibits it
    b"DELETEACL INBOX",
    b"MYRIGHTS INBOX x",
    b"NOOP x",
    b"LOGIN x",
    b"LOGIN x y z",
    b"LOGIN  x y",
    b'LOGIN "x y',
    b'LOGIN "x\\y" z',
    b"LOGIN {3+}\r\na\0b c",  # NUL is no CHAR8
    b"AUTHENTICATE PLAIN AHRlc3",
    b"AUTHENTICATE PLAIN ====",
    b"ENABLE",
    b"SELECT",
    b"SELECT INBOX (NONSENSE)",
    b"SELECT INBOX (",
    b"SELECT a*b",
    b"SELECT a b",
    b"SELECT (x)",
    b"SELECT &Jjo",
    b"SELECT &AGE-",  # printable ASCII shifted
    b"SELECT &Jjo-&Jjo-",  # superfluous shift
    b'SELECT "\xff"',
    b"SELECT " + b"x" * 1001,
    b"CREATE x (USE \\Sent)",
    b"CREATE x (COLOUR (red))",
    b"CREATE x ()",
    b"STATUS x",
    b"GETMETADATA INBOX",
    b"GETMETADATA INBOX ()",
    b"GETMETADATA INBOX /comment",
    b"GETMETADATA INBOX /private/x%",
    b"GETMETADATA INBOX /private/" + b"x" * 300,
    b"GETMETADATA (MAXSIZE x) INBOX /private/x",
    b"SETMETADATA INBOX (/private/x)",
    b"SETMETADATA INBOX /private/x NIL",
    b"SETMETADATA INBOX (/private NIL)",
    b"STATUS x ()",
    b"STATUS x (MESSAGES LOWESTMODSEQ)",
    b'LIST (RECURSIVEMATCH) "" "*"',
    b'LIST (REMOTE RECURSIVEMATCH) "" "*"',
    b'LIST (METADATA) "" "*"',
    b'LIST "" % RETURN (METADATA)',
    b'LIST "" % RETURN (METADATA (comment))',
    b'LIST "" () RETURN (CHILDREN)',
    b'LIST "" % RETURN (NOSUCH)',
    b'LIST "" % RETURN STATUS',
    b'LIST "" % CHILDREN',
    b'LIST ""',
    b"EXPUNGE 1",
    b"UID EXPUNGE",
    b"COPY 0 x",
    b"COPY 1:2:3 x",
    b"COPY 1, x",
    b"COPY 4294967296 x",
    b"COPY 01 x",
    b"STORE 1 FLAGS",
    b"STORE 1 =FLAGS (\\Seen)",
    b"STORE 1 FLAGS (\\Recent)",
    b"STORE 1 FLAGS (\\Whatever)",
    b"STORE 1 FLAGS (a  b)",
    b"STORE 1 FLAGS (a(b))",
    b"STORE 1 FLAGS (a]b)",
    b"STORE 1 FLAGS a]b",
    b"STORE 1 (UNCHANGEDSINCE -5) FLAGS (\\Seen)",
    b"STORE 1 (UNCHANGEDSINCE 9223372036854775808) FLAGS (\\Seen)",
    b"STORE 1 FLAGS (" + b"x " * 300 + b"y)",
    b"FETCH 1",
    b"FETCH 1 ()",
    b"FETCH 1 (ALL)",
    b"FETCH 1 (FLAGS) (CHANGEDSINCE -1)",
    b"FETCH 1 (FLAGS) (VANISHED)",
    b"SELECT x (QRESYNC (1 2 3:*))",
    b"SELECT x (QRESYNC (1 2 $))",
    b"SELECT x (QRESYNC (0 2))",
    b"SELECT x (QRESYNC (1 2 (1)))",
    b"FETCH 1 MODSEQS",
    b"FETCH 1 BODY[0]",
    b"FETCH 1 BODY[1.]",
    b"FETCH 1 BODY[MIME]",
    b"FETCH 1 BODY[HEADER.FIELDS ()]",
    b"FETCH 1 BODY[HEADER.FIELDS (a:b)]",
    b"FETCH 1 BODY[99999999999]",
    b"FETCH 1 BODY[4294967296]",
    b"FETCH 1 BODY[]<0>",
    b"FETCH 1 BODY[]<0.0>",
    b"FETCH 1 BODY[]<9223372036854775808.1>",
    b"FETCH 1 BINARY[TEXT]",
    b"FETCH 1 FLAGS[]",
    b"SEARCH",
    b"SEARCH ()",
    b"SEARCH RETURN (MIN)",
    b"SEARCH RETURN (PARTIAL 1:-5) ALL",
    b"SEARCH RETURN ALL",
    b"SEARCH CHARSET UTF-8",
    b"SEARCH OR SEEN",
    b"SEARCH NOT",
    b"SEARCH SINCE 30-Feb-2020",
    b"SEARCH SINCE 1-Foo-2020",
    b'SEARCH SINCE "1-Jan-2020',
    b"SEARCH LARGER -1",
    b"SEARCH YOUNGER 0",
    b'COMPARATOR ""',
    b'LANGUAGE ""',
    b"LANGUAGE" + b" a" * 51,
    b"COMPARATOR" + b" a" * 51,
    b"SEARCH FUZZY",
    b"SEARCH RETURN (RELEVANCY) NOT ALL",
    b"FETCH 1 PREVIEW (LATER)",
    b"SEARCH KEYWORD \\Seen",
    b"SEARCH SUBJECT {1+}\r\n\xff",
    b"SEARCH CHARSET US-ASCII SUBJECT {1+}\r\n\xff",
    b"SEARCH " + b"(" * 60 + b"ALL" + b")" * 60,
    b"SEARCH " + b"NOT " * 60 + b"ALL",
    b"SEARCH " + b"OR " * 60 + b"ALL " * 61,
    b"SEARCH" + b" 1" * 5001,
    b"ID",
    b'ID ("a")',
    b'ID ("a" "b" "c")',
    b"ID (" + b" ".join([b'"k" "v"'] * 31) + b")",
    b'ID ("k" "' + b"v" * 1025 + b'")',
    b"IDLE DONE",
    b"NOTIFY",
    b"NOTIFY SET",
    b"NOTIFY SET STATUS",
    b"NOTIFY NONE SET",
    b"NOTIFY SET ()",
    b"NOTIFY SET (selected)",
    b"NOTIFY SET (selected ())",
    b"NOTIFY SET (selected (MessageNew))",
    b"NOTIFY SET (personal (MessageNew MessageExpunge)",
    b"NOTIFY SET (somewhere NONE)",
    b"NOTIFY SET (subtree NONE)",
    b"NOTIFY SET (mailboxes () NONE)",
    b"NOTIFY SET (selected (MessageNew () MessageExpunge))",
    b"NOTIFY SET (selected (MessageNew (COLOUR) MessageExpunge))",
    b"NOTIFY SET (personal (MailboxName (UID)))",
    b"NOTIFY SET" + b" (personal NONE)" * 51,
    b"ESEARCH IN (selected-delayed) ALL",
    b"SEARCH RETURN (UPDATE ()) ALL",
    b"SEARCH RETURN (COUNT (UID)) ALL",
]


@pytest.mark.parametrize("line", BAD)
def test_bad(parse: Callable[..., Any], line: bytes) -> None:
    """What is not in the grammar is BadSyntax, also an option of an extension that we don't have."""
    with pytest.raises(BadSyntax):
        parse(line)


def test_unknown_charset_is_its_own_refusal(parse: Callable[..., Any]) -> None:
    """A charset that is not supported is NO [BADCHARSET] and not BAD – RFC 9051 §6.4.4; a codec that is none is not."""
    for name in ("X-UNKNOWN", "unicode_escape", "zlib", "idna"):
        with pytest.raises(BadCharset) as raised:
            parse(f'SEARCH CHARSET {name} TEXT "x"'.encode())
        assert raised.value.charset == name.upper()


def test_or_chain_costs_no_depth(parse: Callable[..., Any]) -> None:
    """A client that looks for a thousand Message-IDs nests OR to the right; that is one OR of them all."""
    search = parse(b"SEARCH " + b"OR SUBJECT x " * 1000 + b"SUBJECT x")
    assert len(search.key.keys) == 1001


@pytest.mark.parametrize(
    ("text", "value", "octets"),
    [
        (b" saved-messages (\\Seen) {326}\r\n", Append("saved-messages", Flags(Flag.SEEN)), Octets(LiteralHeader(326))),
        (b" x {0+}\r\n", Append("x"), Octets(LiteralHeader(0, synchronising=False))),
        (b" x () ~{5}\r\n", Append("x"), Octets(LiteralHeader(5, binary=True))),  # RFC 3516 §4.4
        (b" x UTF8 (~{5}\r\n", Append("x"), Octets(LiteralHeader(5, binary=True), utf8=True)),  # RFC 6855 §4
        (
            b' "a b" "17-Jul-1996 02:44:25 -0700" {9}\r\n',
            Append("a b", Flags(), datetime(1996, 7, 17, 2, 44, 25, tzinfo=timezone(-timedelta(hours=7)))),
            Octets(LiteralHeader(9)),
        ),
        (
            b' {3}\r\nfoo (a) " 1-Jan-2000 23:59:60 +0000" {9}\r\n',
            Append("foo", Flags(keywords=frozenset({"a"})), datetime(2000, 1, 1, 23, 59, 59, tzinfo=UTC)),
            Octets(LiteralHeader(9)),
        ),
    ],
)
def test_append(text: bytes, value: Append, octets: Octets) -> None:
    """APPEND is read up to the header of its message's literal."""
    assert MessageReader(parse_append, several=True).read(Parser(text)) == [value, octets]


@pytest.mark.parametrize(
    "text",
    [
        b" x",
        b" x (\\Seen)",
        b' x "message"',
        b" x {5}\r\nhello",
        b' x "32-Jan-2000 00:00:00 +0000" {5}\r\n',
        b' x "01-Jan-2000 00:00:00 +9900" {5}\r\n',
        b' x "01-Jan-2000 00:00:61 +0000" {5}\r\n',
        b" x {9999999999999999999}\r\n",
        b" x (\\Recent) {5}\r\n",
    ],
)
def test_bad_append(text: bytes) -> None:
    """A damaged APPEND is refused before its message is asked for."""
    with pytest.raises(BadSyntax):
        MessageReader(parse_append, several=True).read(Parser(text))


def test_secrets_are_not_shown(parse: Callable[..., Any]) -> None:
    """A password is in no repr, so in no log."""
    assert "SESAME" not in repr(parse(b"LOGIN SMITH SESAME"))
    assert "test" not in repr(parse(b"AUTHENTICATE PLAIN AHRlc3QAdGVzdA=="))


def test_authentication_exchange() -> None:
    """Challenges and responses are base64; `*` gives up – RFC 9051 §6.2.2."""
    assert format_challenge(b"") == b"+ \r\n"
    assert format_challenge(b"salt") == b"+ c2FsdA==\r\n"
    assert parse_response(b"c2FsdA==") == b"salt"
    assert parse_response(b"") == b""
    assert parse_response(b"*") is None
    with pytest.raises(BadSyntax):
        parse_response(b"c2F*")


def test_done() -> None:
    """IDLE ends with DONE in any case – RFC 9051 §6.3.13."""
    assert is_done(b"DONE")
    assert is_done(b"done ")
    assert not is_done(b"a2 NOOP")


def test_names_in_utf8(parse: Callable[..., Any]) -> None:
    """After ENABLE IMAP4rev2 a name is UTF-8, and & is only & – RFC 9051 §5.1, Appendix A.1."""
    assert parse('SELECT "Entwürfe & Co"'.encode(), True) == Select("Entwürfe & Co")
    assert parse(b"SELECT &U,BTFw-", True) == Select("&U,BTFw-")
    assert parse('SELECT "Entwürfe"'.encode()) == Select("Entwürfe")


def test_the_table() -> None:
    """States of RFC 9051 §6, and during which commands no EXPUNGE may be sent – §7.5.1."""
    assert {name for name, row in COMMANDS.items() if row.uses_sequence} == {
        b"FETCH",
        b"STORE",
        b"SEARCH",
        b"SORT",
        b"THREAD",
    }
    assert {name for name, row in COMMANDS.items() if row.uid} == {
        b"UID " + word
        for word in (b"COPY", b"EXPUNGE", b"FETCH", b"MOVE", b"REPLACE", b"SEARCH", b"SORT", b"STORE", b"THREAD")
    }
    assert {name for name, row in COMMANDS.items() if row.by_number} == {
        name.removeprefix(b"UID ") for name, row in COMMANDS.items() if row.uid and name != b"UID EXPUNGE"
    }, "RFC 9586 §3.2"
    assert COMMANDS[b"NOOP"].states == ANY
    assert COMMANDS[b"LOGIN"].states == NOT_AUTHENTICATED
    assert COMMANDS[b"SELECT"].states == AUTHENTICATED
    assert COMMANDS[b"UID FETCH"].states == SELECTED
    assert all(name == row.name == name.upper() for name, row in COMMANDS.items())


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("i;octet", True),
        ("I;Octet", True),
        ("*", True),
        ("i;*", True),
        ("*t", True),
        ("i*o*t", True),
        ("i;octet*", True),
        ("i;oct", False),
        ("*x*", False),
        ("i;octet*t", False),
        ("a*", False),
    ],
)
def test_comparator_patterns(pattern: str, found: bool) -> None:
    """An asterisk stands for anything, also nothing (RFC 4790 §3.2)."""
    assert matches(pattern, "i;octet") is found


def test_languages() -> None:
    """A range is shortened from its end until a language fits (RFC 4647 §3.4)."""
    wanted = ("DE", "de-AT-1996", "de-*", "en-GB", "i-default", "i", "fr", "*")
    assert [look_up(each, ("en", "de", "i-default")) for each in wanted] == [
        *("de", "de", "de", "en", "i-default", None, None, None)
    ]
