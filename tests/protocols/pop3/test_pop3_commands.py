"""Commands of POP3, bytes ⇄ value, and where they are allowed."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posthouse.model.refusals import BadSyntax
from posthouse.protocols.pop3.commands.login import Auth, Pass, Stls, User
from posthouse.protocols.pop3.commands.maildrop import Dele, List, Noop, Retr, Rset, Stat, Top, Uidl
from posthouse.protocols.pop3.commands.session import Capa, Lang, Quit, Utf8
from posthouse.protocols.pop3.commands.table import COMMANDS, out_of_sequence, parse_command, split_line
from posthouse.protocols.pop3.machine import COMMAND_STATES, TRANSITIONS, Event, ImpossibleEvent, Machine, State
from posthouse.protocols.pop3.replies import BadCommand

ACCEPTED = [
    # RFC 1939 §7
    (b"USER mrose", User("mrose")),
    (b"user mrose@example.org ", User("mrose@example.org")),
    ("USER grün".encode(), User("grün")),  # RFC 6856 §2.2
    (b"PASS secret", Pass(b"secret")),
    (b"PASS  a pass phrase ", Pass(b" a pass phrase ")),  # §7: spaces may be part of the password
    (b"PASS \xfcber", Pass(b"\xfcber")),
    (b"TOP 1 10", Top(1, 10)),
    (b"TOP 1 0", Top(1, 0)),
    (b"UIDL", Uidl()),
    (b"UIDL 2", Uidl(2)),
    # RFC 1939 §5, §6
    (b"STAT", Stat()),
    (b"LIST", List()),
    (b"LIST 2", List(2)),
    (b"RETR 1", Retr(1)),
    (b"DELE 1", Dele(1)),
    (b"NOOP", Noop()),
    (b"RSET", Rset()),
    (b"QUIT", Quit()),
    (b"quit ", Quit()),
    # RFC 2449 §5, RFC 2595 §4, RFC 6856 §2.1, §3
    (b"CAPA", Capa()),
    (b"STLS", Stls()),
    (b"UTF8", Utf8()),
    (b"LANG", Lang()),
    (b"LANG *", Lang("*")),
    (b"LANG de-CH", Lang("de-CH")),
    # RFC 5034 §4, §6
    (b"AUTH", Auth()),
    (b"AUTH PLAIN", Auth("PLAIN")),
    (b"AUTH plain dGVzdAB0ZXN0AHRlc3Q=", Auth("PLAIN", b"test\0test\0test")),
    (b"AUTH EXTERNAL =", Auth("EXTERNAL", b"")),
]


@pytest.mark.parametrize(("line", "value"), ACCEPTED)
def test_a_command_in_the_grammar_is_its_value(line, value):
    command = parse_command(line)
    assert command == value
    assert type(command) is type(value)
    assert command.word == line.split()[0].decode().upper()


@pytest.mark.parametrize(
    "line",
    [
        b"", b"XYZZY", b"APOP mrose c4c9334bac560ecc979e58001b3e22fb", b" QUIT", b"USER", b"USER \xff", b"PASS",
        b"PASS ", b"RETR", b"RETR 0", b"RETR -1", b"RETR 1 2", b"RETR one", b"RETR 12345678901", b"DELE", b"LIST x",
        b"TOP", b"TOP 1", b"TOP 0 1", b"TOP 1 -1", b"STAT 1", b"NOOP x", b"QUIT now", b"AUTH PLAIN ?", b"AUTH P!",
        b"LANG a_b",         b"LANG " + b"a" * 9, b"UTF8 x", b"USER a\0b", b"PASS a\rb", b"RETR\t1", b"RETR \xd9\xa1",
    ],
)  # fmt: skip
def test_a_command_outside_the_grammar_has_its_err(line):
    """RFC 1939 §3: an unrecognized, unimplemented or syntactically invalid command gets -ERR."""
    with pytest.raises(BadCommand) as caught:
        parse_command(line)
    assert caught.value.reply.wire.startswith(b"-ERR ")


def test_a_password_is_not_shown():
    """Secrets never reach a log through repr()."""
    assert "secret" not in repr(parse_command(b"PASS secret"))
    assert "test" not in repr(parse_command(b"AUTH PLAIN dGVzdAB0ZXN0AHRlc3Q="))


@given(st.sampled_from(sorted(COMMANDS)), st.binary(max_size=100))
def test_fuzz_arguments(word, args):
    """Whatever follows a command's word: a value or BadSyntax, nothing else."""
    for line in (word.encode() + b" " + args, word.encode() + args):
        with contextlib.suppress(BadSyntax):
            parse_command(line)


EVENT_OF = {"USER": Event.USER, "PASS": Event.LOGIN, "AUTH": Event.AUTH, "STLS": Event.STLS, "QUIT": Event.QUIT}


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("event", Event)
def test_every_event_in_every_state_ends_in_a_known_state_or_is_our_fault(state, event):
    machine = Machine(state)
    if event in TRANSITIONS[state]:
        assert machine.on(event) is TRANSITIONS[state][event]
    else:
        with pytest.raises(ImpossibleEvent):
            machine.on(event)
        assert machine.state is state


@pytest.mark.parametrize("row", COMMANDS.values(), ids=lambda row: row.word)
@pytest.mark.parametrize("state", sorted(COMMAND_STATES, key=lambda state: state.value))
def test_every_command_in_every_state_is_allowed_or_refused(state, row):
    """RFC 1939 §3: a command in an incorrect state gets a negative status."""
    reply = out_of_sequence(row, state)
    if reply is not None:
        assert not reply.ok
    elif row.word in EVENT_OF:
        assert EVENT_OF[row.word] in TRANSITIONS[state]


def test_the_states_of_rfc_1939():
    """RFC 1939 §4 to §6: maildrop commands in TRANSACTION only, login before it only, QUIT from it leads to UPDATE."""
    transaction = {word for word, row in COMMANDS.items() if State.TRANSACTION in row.states}
    before = {word for word, row in COMMANDS.items() if State.AUTHORIZATION in row.states}
    assert transaction == {"STAT", "LIST", "RETR", "DELE", "NOOP", "RSET", "TOP", "UIDL", "CAPA", "LANG", "QUIT"}
    assert before == {"USER", "AUTH", "STLS", "UTF8", "CAPA", "LANG", "QUIT"}
    assert Machine(State.TRANSACTION).on(Event.QUIT) is State.UPDATE
    assert Machine(State.AUTHORIZATION).on(Event.QUIT) is State.CLOSED
    assert Machine(State.TRANSACTION).on(Event.CLOSE) is State.CLOSED  # §6: a lost connection deletes nothing


def test_pass_comes_after_user_alone():
    """RFC 1939 §7; a wrong password leads back to the start."""
    row, _ = split_line(b"PASS x")
    machine = Machine()
    assert out_of_sequence(row, machine.state) is not None
    machine.on(Event.USER)
    assert out_of_sequence(row, machine.state) is None
    machine.on(Event.REFUSED)
    assert out_of_sequence(row, machine.state) is not None


def test_the_example_session_of_rfc_1939():
    """RFC 1939 §10, with USER and PASS for its APOP."""
    machine = Machine()
    for line, expected in [
        (b"USER mrose", State.NAMED),
        (b"PASS tanstaaf", State.TRANSACTION),
        (b"STAT", State.TRANSACTION),
        (b"LIST", State.TRANSACTION),
        (b"RETR 1", State.TRANSACTION),
        (b"DELE 1", State.TRANSACTION),
        (b"RETR 2", State.TRANSACTION),
        (b"DELE 2", State.TRANSACTION),
        (b"QUIT", State.UPDATE),
    ]:
        row, _ = split_line(line)
        assert out_of_sequence(row, machine.state) is None
        if row.word in EVENT_OF:
            machine.on(EVENT_OF[row.word])
        assert machine.state is expected
