"""Commands, bytes ⇄ value; each row cites its clause."""

import contextlib
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posthouse.model.address import Address
from posthouse.model.refusals import BadSyntax
from posthouse.protocols.smtp.commands.auth import Auth, parse_auth_response
from posthouse.protocols.smtp.commands.content import Bdat, Data
from posthouse.protocols.smtp.commands.hello import Ehlo, Helo, Lhlo
from posthouse.protocols.smtp.commands.mail import DeliverBy, Mail
from posthouse.protocols.smtp.commands.query import Expn, Help, Noop, Vrfy
from posthouse.protocols.smtp.commands.rcpt import Rcpt, require_smtputf8
from posthouse.protocols.smtp.commands.session import Quit, Rset, StartTls
from posthouse.protocols.smtp.commands.table import COMMANDS, parse_command
from posthouse.protocols.smtp.replies import BadCommand

ALICE = Address("Alice", "Example.ORG")

ACCEPTED = [
    # RFC 5321 §4.1.1.1, §4.1.3
    (b"EHLO client.example.com", Ehlo("client.example.com")),
    (b"EHLO [192.0.2.1]", Ehlo("[192.0.2.1]")),
    (b"EHLO [IPv6:2001:db8::1]", Ehlo("[IPv6:2001:db8::1]")),
    (b"EHLO my_pc", Ehlo("my_pc")),  # §4.1.4: the name is no reason to refuse
    (b"HELO relay", Helo("relay")),
    (b"ehlo lower.example", Ehlo("lower.example")),  # §2.4: any case
    (b"QUIT  \t ", Quit()),  # §4.1.1: trailing white space
    # RFC 5321 §4.1.1.2
    (b"MAIL FROM:<>", Mail(None)),
    (b"MAIL FROM:<Alice@Example.ORG>", Mail(ALICE)),
    (b"mail from:<Alice@Example.ORG>", Mail(ALICE)),
    (b"MAIL FROM: <Alice@Example.ORG>", Mail(ALICE)),  # real clients: a space after the colon
    (b"MAIL FROM:<Alice@Example.ORG> ", Mail(ALICE)),
    (b"MAIL FROM:<> SIZE=1000000", Mail(None, {"SIZE": 1000000})),  # RFC 1870 §8
    (b"MAIL FROM:<> size=500 body=8bitmime", Mail(None, {"SIZE": 500, "BODY": "8BITMIME"})),
    (b"MAIL FROM:<> BODY=BINARYMIME", Mail(None, {"BODY": "BINARYMIME"})),  # RFC 3030 §4
    (b"MAIL FROM:<>  SIZE=1   BODY=7BIT", Mail(None, {"SIZE": 1, "BODY": "7BIT"})),
    # RFC 3461 §10.1
    (
        b"MAIL FROM:<Alice@Example.ORG> RET=HDRS ENVID=QQ314159",
        Mail(ALICE, {"RET": "HDRS", "ENVID": "QQ314159"}),
    ),
    (b"MAIL FROM:<> ENVID=a+20b+2B+3D", Mail(None, {"ENVID": "a b+="})),  # RFC 3461 §4, xtext
    # RFC 4954 §5
    (b"MAIL FROM:<e=mc2@example.com> AUTH=e+3Dmc2@example.com", None),
    (b"MAIL FROM:<john+@example.org> AUTH=<>", Mail(Address("john+", "example.org"), {"AUTH": "<>"})),
    # RFC 4865, 2852, 6710, 8689, 6531
    (b"MAIL FROM:<> HOLDFOR=86400", Mail(None, {"HOLDFOR": 86400})),
    (
        b"MAIL FROM:<> HOLDUNTIL=2026-11-23T20:00:00Z",
        Mail(None, {"HOLDUNTIL": datetime(2026, 11, 23, 20, tzinfo=UTC)}),
    ),
    (b"MAIL FROM:<> BY=120;R", Mail(None, {"BY": DeliverBy(120, "R", False)})),
    (b"MAIL FROM:<> BY=-5;NT", Mail(None, {"BY": DeliverBy(-5, "N", True)})),
    (b"MAIL FROM:<> MT-PRIORITY=-3", Mail(None, {"MT-PRIORITY": -3})),
    (b"MAIL FROM:<> REQUIRETLS", Mail(None, {"REQUIRETLS": True})),
    (
        "MAIL FROM:<用户@例子.example> SMTPUTF8".encode(),
        Mail(Address("用户", "例子.example"), {"SMTPUTF8": True}),
    ),
    # RFC 5321 §4.1.1.3, §4.1.2
    (b"RCPT TO:<Postmaster>", Rcpt(Address("Postmaster", ""))),
    (b"RCPT TO:<userx@y.foo.org>", Rcpt(Address("userx", "y.foo.org"))),
    (b"RCPT TO:<@hosta.int,@jkl.org:userc@d.bar.org>", Rcpt(Address("userc", "d.bar.org"))),  # §3.6.1
    (b'RCPT TO:<"Joe\\,Smith"@example.org>', Rcpt(Address("Joe,Smith", "example.org"))),
    (b'RCPT TO:<"a> <b"@example.org>', Rcpt(Address("a> <b", "example.org"))),
    (b'RCPT TO:<""@example.org>', Rcpt(Address("", "example.org"))),
    (b"RCPT TO:<a@[192.0.2.1]>", Rcpt(Address("a", "[192.0.2.1]"))),
    (b"RCPT TO:<a@[IPv6:2001:db8::1]>", Rcpt(Address("a", "[IPv6:2001:db8::1]"))),
    (b"RCPT TO:<!#$%&'*+-/=?^_`{|}~@example.org>", Rcpt(Address("!#$%&'*+-/=?^_`{|}~", "example.org"))),
    (b"RCPT TO:<" + b"v" * 200 + b"@example.org>", Rcpt(Address("v" * 200, "example.org"))),  # VERP
    # RFC 3461 §10.1
    (
        b"RCPT TO:<Bob@Example.COM> NOTIFY=SUCCESS ORCPT=rfc822;Bob@Example.COM",
        Rcpt(Address("Bob", "Example.COM"), {"NOTIFY": frozenset({"SUCCESS"}), "ORCPT": "rfc822;Bob@Example.COM"}),
    ),
    (
        b"RCPT TO:<a@b.example> NOTIFY=failure,DELAY",
        Rcpt(Address("a", "b.example"), {"NOTIFY": frozenset({"FAILURE", "DELAY"})}),
    ),
    (
        b"RCPT TO:<a@b.example> NOTIFY=NEVER",
        Rcpt(Address("a", "b.example"), {"NOTIFY": frozenset({"NEVER"})}),
    ),
    # RFC 6533 §3
    (
        rb"RCPT TO:<a@b.example> ORCPT=utf-8;\x{7528}\x{2B}x@b.example",
        Rcpt(Address("a", "b.example"), {"ORCPT": "utf-8;用+x@b.example"}),
    ),
    # RFC 5321 §4.1.1.4 to §4.1.1.10; RFC 3030 §2; RFC 3207 §4; RFC 2033 §4.1
    (b"DATA", Data()),
    (b"BDAT 1000", Bdat(1000)),
    (b"BDAT 86 LAST", Bdat(86, last=True)),
    (b"bdat 0 last", Bdat(0, last=True)),
    (b"RSET", Rset()),
    (b"NOOP", Noop()),
    (b"NOOP anything at all", Noop()),
    (b"HELP", Help()),
    (b"HELP MAIL", Help("MAIL")),
    (b"VRFY Crispin", Vrfy("Crispin", None)),
    (b"VRFY <userc@example.org>", Vrfy("userc@example.org", Address("userc", "example.org"))),
    ("VRFY 用户 SMTPUTF8".encode(), Vrfy("用户", None, smtputf8=True)),
    (b"EXPN Example-People", Expn("Example-People")),
    (b"STARTTLS", StartTls()),
    # RFC 4954 §4
    (b"AUTH PLAIN", Auth("PLAIN")),
    (b"AUTH plain dGVzdAB0ZXN0ADEyMzQ=", Auth("PLAIN", b"test\0test\x001234")),
    (b"AUTH EXTERNAL =", Auth("EXTERNAL", b"")),
]


@pytest.mark.parametrize(("line", "value"), ACCEPTED, ids=lambda row: row[:40] if isinstance(row, bytes) else "")
def test_a_command_in_the_grammar_is_its_value(line, value):
    """RFC 5321 §4.1: the table read forwards."""
    command = parse_command(line)
    if value is not None:
        assert command == value
    assert command.word == line.split()[0].decode().upper()


REFUSED = [
    # 500: RFC 5321 §4.2.4
    (b"", 500),
    (b"FOO", 500),
    (b" MAIL FROM:<>", 500),
    (b"LHLO client.example", 500),  # LMTP only
    (b"MAIL\tFROM:<>", 500),
    (b"NOOP \x00", 500),
    (b"MAIL FROM:<a\r@example.org>", 500),
    (b"RCPT TO:<a\n@example.org>", 500),
    # 501: RFC 5321 §4.3.2
    (b"EHLO", 501),
    (b"EHLO two words", 501),
    (b"HELO <script>", 501),
    (b"EHLO " + b"a" * 256, 501),
    (b"MAIL", 501),
    (b"MAIL FROM", 501),
    (b"MAIL TO:<a@b.example>", 501),
    (b"MAIL FROM:a@b.example", 501),
    (b"MAIL FROM:<a@b.example", 501),
    (b"MAIL FROM:<a>", 501),
    (b"MAIL FROM:<Postmaster>", 501),
    (b"MAIL FROM:<a@b.example>SIZE=1", 501),
    (b"MAIL FROM:<a@b.example>> ", 501),
    (b"MAIL FROM:<.a@b.example>", 501),
    (b"MAIL FROM:<a.@b.example>", 501),
    (b"MAIL FROM:<a..b@b.example>", 501),
    (b"MAIL FROM:<a b@b.example>", 501),
    (b'MAIL FROM:<"a@b.example>', 501),
    (b'MAIL FROM:<"a"b@b.example>', 501),
    (b"MAIL FROM:<a@>", 501),
    (b"MAIL FROM:<@b.example>", 501),
    (b"MAIL FROM:<a@b..example>", 501),
    (b"MAIL FROM:<a@b.example.>", 501),
    (b"MAIL FROM:<a@-b.example>", 501),
    (b"MAIL FROM:<a@b-.example>", 501),
    (b"MAIL FROM:<a@my_host.example>", 501),  # §4.1.2: the underscore is not permitted
    (b"MAIL FROM:<a@" + b"b" * 64 + b".example>", 501),  # RFC 1035 §2.3.4
    (b"MAIL FROM:<a@" + b"b." * 128 + b"example>", 501),
    (b"MAIL FROM:<a@[256.1.1.1]>", 501),
    (b"MAIL FROM:<a@[1.2.3]>", 501),
    (b"MAIL FROM:<a@[IPv6:::g]>", 501),
    (b"MAIL FROM:<a@[IPv6:fe80::1%eth0]>", 501),
    (b"MAIL FROM:<a@[]>", 501),
    (b"MAIL FROM:<a@b.example> =1", 501),
    (b"MAIL FROM:<a@b.example> SIZE", 501),
    (b"MAIL FROM:<a@b.example> SIZE=", 501),
    (b"MAIL FROM:<a@b.example> SIZE=-1", 501),
    (b"MAIL FROM:<a@b.example> SIZE=" + b"1" * 21, 501),
    (b"MAIL FROM:<a@b.example> SIZE=1 SIZE=1", 501),  # duplicates
    (b"MAIL FROM:<a@b.example> SIZE=1 size=2", 501),
    (b"MAIL FROM:<a@b.example> BODY=9BIT", 501),
    (b"MAIL FROM:<a@b.example> SMTPUTF8=yes", 501),
    (b"MAIL FROM:<a@b.example> RET=SOME", 501),  # RFC 3461 §5.1
    (b"MAIL FROM:<a@b.example> ENVID=" + b"x" * 101, 501),
    (b"MAIL FROM:<a@b.example> ENVID=+0", 501),
    (b"MAIL FROM:<a@b.example> ENVID=+0A", 501),
    (b"MAIL FROM:<a@b.example> ENVID=a=b", 501),
    (b"MAIL FROM:<a@b.example> AUTH=nobody", 501),
    (b"MAIL FROM:<a@b.example> HOLDFOR=1234567890", 501),
    (b"MAIL FROM:<a@b.example> HOLDUNTIL=tomorrow", 501),
    (b"MAIL FROM:<a@b.example> BY=0;R", 501),  # RFC 2852 §4
    (b"MAIL FROM:<a@b.example> MT-PRIORITY=10", 501),
    (b"RCPT TO:<>", 501),
    (b"RCPT TO:<a@b.example> NOTIFY=NEVER,FAILURE", 501),  # RFC 3461 §4.1
    (b"RCPT TO:<a@b.example> NOTIFY=SOMETIMES", 501),
    (b"RCPT TO:<a@b.example> ORCPT=a@b.example", 501),
    (b"RCPT TO:<a@b.example> ORCPT=rfc822;" + b"a" * 500, 501),
    (rb"RCPT TO:<a@b.example> ORCPT=utf-8;\x{D800}", 501),
    (b"RCPT TO:<@a,b@c.example>", 501),
    (b"DATA now", 501),
    (b"BDAT", 501),
    (b"BDAT ten", 501),
    (b"BDAT -1", 501),
    (b"BDAT 1 FIRST", 501),
    (b"RSET x", 501),
    (b"QUIT x", 501),
    (b"STARTTLS now", 501),  # RFC 3207 §4
    (b"VRFY", 501),
    (b"EXPN", 501),
    (b"AUTH", 501),
    (b"AUTH PLAIN not_base64", 501),  # RFC 4954 §4
    (b"AUTH PL@IN", 501),
    # 553: RFC 6531 §3.5
    ("MAIL FROM:<ü@example.org>".encode(), 553),
    ("VRFY ü".encode(), 553),
    # 555: RFC 5321 §4.1.1.11
    (b"MAIL FROM:<a@b.example> XYZZY", 555),
    (b"MAIL FROM:<a@b.example> NOTIFY=NEVER", 555),
    (b"RCPT TO:<a@b.example> SIZE=1", 555),
]


@pytest.mark.parametrize(("line", "code"), REFUSED, ids=lambda row: row[:50] if isinstance(row, bytes) else str(row))
def test_a_command_outside_the_grammar_has_its_reply(line, code):
    """RFC 5321 §4.2.4, §4.3.2: what is wrong is answered with the code for it."""
    with pytest.raises(BadCommand) as caught:
        parse_command(line)
    assert caught.value.reply.code == code
    assert caught.value.reply.enhanced.startswith("5.")


def test_a_parameter_of_an_extension_not_offered_is_unknown():
    """RFC 5321 §4.1.1.11: 555 for a parameter of what the EHLO response did not list."""
    line = b"MAIL FROM:<> RET=FULL"
    assert parse_command(line, frozenset({"RET"})) == Mail(None, {"RET": "FULL"})
    with pytest.raises(BadCommand) as caught:
        parse_command(line, frozenset({"SIZE"}))
    assert caught.value.reply.code == 555


def test_lmtp_says_lhlo_and_neither_helo_nor_ehlo():
    """RFC 2033 §4.1."""
    assert parse_command(b"LHLO client.example", lmtp=True) == Lhlo("client.example")
    for line in (b"EHLO client.example", b"HELO client.example"):
        with pytest.raises(BadCommand) as caught:
            parse_command(line, lmtp=True)
        assert caught.value.reply.code == 500


@pytest.mark.parametrize("line", ["RCPT TO:<ü@example.org>", "RCPT TO:<a@bücher.example>"])
def test_an_address_in_utf8_needs_smtputf8_in_its_transaction(line):
    """RFC 6531 §3.5: 553 5.6.7 when MAIL had no SMTPUTF8."""
    command = parse_command(line.encode())
    assert isinstance(command, Rcpt)
    with pytest.raises(BadCommand) as caught:
        require_smtputf8(command)
    assert (caught.value.reply.code, caught.value.reply.enhanced) == (553, "5.6.7")


@pytest.mark.parametrize("line", [b"MAIL FROM:<\xff@example.org> SMTPUTF8", b"MAIL FROM:<a@\xff> SMTPUTF8"])
def test_an_address_is_utf8_or_nothing(line):
    """RFC 6531 §3.3: other 8-bit charsets are no address."""
    with pytest.raises(BadCommand):
        parse_command(line)


def test_the_defaults_of_mail_are_those_of_plain_smtp():
    """A MAIL without parameters means 7BIT, no SMTPUTF8, nothing said of notifications."""
    mail = parse_command(b"MAIL FROM:<>")
    assert isinstance(mail, Mail)
    assert (mail.size, mail.body, mail.smtputf8, mail.ret, mail.envid) == (None, "7BIT", False, "", "")
    assert (mail.auth, mail.hold_for, mail.hold_until, mail.deliver_by, mail.priority) == (None,) * 5
    assert not mail.require_tls


def test_a_sasl_response_is_base64_or_the_wish_to_stop():
    """RFC 4954 §4: `*` cancels with 501, bad base64 is 501 as well."""
    assert parse_auth_response(b"AHRpbQB0YW5zdGFhZnRhbnN0YWFm") == b"\0tim\0tanstaaftanstaaf"
    assert parse_auth_response(b"") == b""
    for line in (b"*", b"?"):
        with pytest.raises(BadCommand) as caught:
            parse_auth_response(line)
        assert caught.value.reply.code == 501


def test_a_password_is_not_shown():
    """Secrets never reach a log through repr()."""
    assert "1234" not in repr(parse_command(b"AUTH PLAIN dGVzdAB0ZXN0ADEyMzQ="))


@given(st.sampled_from(sorted(COMMANDS)), st.binary(max_size=200))
def test_fuzz_arguments(word, args):
    """Whatever follows a command's word: a value or BadSyntax, nothing else."""
    for line in (word.encode() + b" " + args, word.encode() + args):
        with contextlib.suppress(BadSyntax):
            parse_command(line, lmtp=word == "LHLO")


WORDS = (
    rb"""< > @ a . " \ [ ] IPv6: : 1 , = SIZE SMTPUTF8 ORCPT=utf-8; \x{ } + - BY= ;R HOLDUNTIL= 2026-01-01T00:00:00Z"""
)
PIECES = st.sampled_from([*WORDS.split(), b" ", "ü".encode()])


@given(
    st.sampled_from([b"MAIL FROM:", b"RCPT TO:", b"MAIL FROM:<a@b.example> ", b"VRFY "]), st.lists(PIECES, max_size=12)
)
def test_fuzz_paths_and_parameters(start, pieces):
    """Grammar put together at random: a value or BadSyntax; and a value's address can be written and read again."""
    try:
        command = parse_command(start + b"".join(pieces))
    except BadSyntax:
        return
    if isinstance(command, Rcpt) and command.recipient.domain:
        again = parse_command(f"RCPT TO:<{command.recipient}>".encode())
        assert isinstance(again, Rcpt)
        assert again.recipient == command.recipient
