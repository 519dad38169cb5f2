"""The state machine: every state × every event, every state × every command, and the scenarios of the RFCs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posthouse.protocols.smtp.commands.table import COMMANDS, out_of_sequence, parse_command, split_line
from posthouse.protocols.smtp.machine import (
    COMMAND_STATES,
    TRANSITIONS,
    Event,
    ImpossibleEvent,
    Machine,
    State,
)
from posthouse.protocols.smtp.replies import BadCommand

EVENT_OF = {
    "EHLO": Event.HELLO,
    "HELO": Event.HELLO,
    "LHLO": Event.HELLO,
    "MAIL": Event.MAIL,
    "RCPT": Event.RCPT,
    "DATA": Event.DATA,
    "RSET": Event.RESET,
    "QUIT": Event.CLOSE,
    "STARTTLS": Event.STARTTLS,
    "AUTH": Event.AUTH,
}


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("event", Event)
def test_every_event_in_every_state_ends_in_a_known_state_or_is_our_fault(state, event):
    """What is not in the table is an error, and an error changes nothing."""
    machine = Machine(state)
    if event in TRANSITIONS[state]:
        assert machine.on(event) is TRANSITIONS[state][event]
    else:
        with pytest.raises(ImpossibleEvent):
            machine.on(event)
        assert machine.state is state


@pytest.mark.parametrize("row", COMMANDS.values(), ids=lambda row: row.word)
@pytest.mark.parametrize("state", sorted(COMMAND_STATES, key=lambda state: state.value))
def test_every_command_in_every_state_is_allowed_or_has_its_reply(state, row):
    """RFC 5321 §4.1.4: 503 for a command out of sequence; what is allowed has its place in the machine."""
    reply = out_of_sequence(row, state)
    if reply is not None:
        assert (reply.code, reply.enhanced) == (503, "5.5.1")
    elif row.word == "BDAT":
        assert {Event.CHUNK, Event.END} <= TRANSITIONS[state].keys()
    elif row.word in EVENT_OF:
        assert EVENT_OF[row.word] in TRANSITIONS[state]


@pytest.mark.parametrize("word", ["NOOP", "HELP", "EXPN", "VRFY", "RSET", "QUIT"])
def test_some_commands_are_allowed_at_any_time(word):
    """RFC 5321 §4.1.4: "The NOOP, HELP, EXPN, VRFY, and RSET commands can be used at any time during a session"."""
    assert COMMANDS[word].states == COMMAND_STATES


@given(st.lists(st.sampled_from(sorted(EVENT_OF))))
def test_any_sequence_of_commands_stays_in_known_states(words):
    """Property: a session that asks `out_of_sequence` first never does the impossible."""
    machine = Machine()
    for word in words:
        if machine.state not in COMMAND_STATES:
            exits = [event for event in TRANSITIONS[machine.state] if event is not Event.CLOSE]
            if not exits:
                return
            machine.on(exits[0])
        if out_of_sequence(COMMANDS[word], machine.state) is None:
            machine.on(EVENT_OF[word])
        assert machine.in_transaction == (machine.state in (State.MAIL, State.RCPT, State.DATA, State.CHUNKS))


def run(script):
    """Lines of a client and the state each leads to; `.` ends the data, `!` marks a command that is refused."""
    machine = Machine()
    for line, expected in script:
        if line == b".":
            machine.on(Event.END)
        elif line.startswith(b"!"):
            row, _ = split_line(line[1:])
            assert out_of_sequence(row, machine.state) is not None
        else:
            row, _ = split_line(line)
            assert out_of_sequence(row, machine.state) is None, line
            command = parse_command(line)
            if command.word == "BDAT":
                machine.on(Event.END if command.last else Event.CHUNK)
            elif command.word in EVENT_OF:
                machine.on(EVENT_OF[command.word])
        assert machine.state is expected, line


def test_a_typical_transaction():
    """RFC 5321 appendix D.1."""
    run(
        [
            (b"EHLO bar.com", State.READY),
            (b"MAIL FROM:<Smith@bar.com>", State.MAIL),
            (b"RCPT TO:<Jones@foo.com>", State.RCPT),
            (b"RCPT TO:<Brown@foo.com>", State.RCPT),
            (b"DATA", State.DATA),
            (b".", State.READY),
            (b"QUIT", State.CLOSED),
        ]
    )


def test_an_aborted_transaction():
    """RFC 5321 appendix D.2."""
    run(
        [
            (b"EHLO bar.com", State.READY),
            (b"MAIL FROM:<Smith@bar.com>", State.MAIL),
            (b"RCPT TO:<Jones@foo.com>", State.RCPT),
            (b"RSET", State.READY),
            (b"QUIT", State.CLOSED),
        ]
    )


def test_a_relayed_message():
    """RFC 5321 appendix D.3: with a source route, which is ignored."""
    run(
        [
            (b"EHLO bar.com", State.READY),
            (b"MAIL FROM:<JQP@bar.com>", State.MAIL),
            (b"RCPT TO:<@foo.com:Jones@XYZ.COM>", State.RCPT),
            (b"DATA", State.DATA),
            (b".", State.READY),
            (b"EHLO foo.com", State.READY),
            (b"MAIL FROM:<JQP@bar.com>", State.MAIL),
            (b"RCPT TO:<Jones@XYZ.COM>", State.RCPT),
            (b"DATA", State.DATA),
            (b".", State.READY),
        ]
    )


def test_verifying_and_sending():
    """RFC 5321 appendix D.4."""
    run(
        [
            (b"EHLO bar.com", State.READY),
            (b"VRFY Crispin", State.READY),
            (b"MAIL FROM:<EAK@bar.com>", State.MAIL),
            (b"RCPT TO:<Admin.MRC@foo.com>", State.RCPT),
            (b"DATA", State.DATA),
            (b".", State.READY),
            (b"QUIT", State.CLOSED),
        ]
    )


def test_chunks():
    """RFC 3030 §2, §4.2: DATA after BDAT is out of sequence, RSET clears, LAST ends."""
    run(
        [
            (b"EHLO cnri.reston.va.us", State.READY),
            (b"MAIL FROM:<ned@ymir.claremont.edu> BODY=BINARYMIME", State.MAIL),
            (b"!BDAT 10", State.MAIL),
            (b"RCPT TO:<gvaudre@cnri.reston.va.us>", State.RCPT),
            (b"BDAT 100000", State.CHUNKS),
            (b"!DATA", State.CHUNKS),
            (b"!RCPT TO:<a@b.example>", State.CHUNKS),
            (b"BDAT 324", State.CHUNKS),
            (b"BDAT 0 LAST", State.READY),
            (b"!BDAT 0 LAST", State.READY),
        ]
    )


def test_commands_out_of_sequence_leave_the_state_alone():
    """RFC 5321 §4.1.4, RFC 4954 §4 (no AUTH in a transaction), RFC 3207 §4."""
    run(
        [
            (b"!MAIL FROM:<>", State.GREETED),
            (b"!AUTH PLAIN", State.GREETED),
            (b"!STARTTLS", State.GREETED),
            (b"RSET", State.GREETED),
            (b"HELO bar.com", State.READY),
            (b"!RCPT TO:<a@b.example>", State.READY),
            (b"!DATA", State.READY),
            (b"MAIL FROM:<>", State.MAIL),
            (b"!MAIL FROM:<>", State.MAIL),
            (b"!DATA", State.MAIL),
            (b"!AUTH PLAIN", State.MAIL),
            (b"!STARTTLS", State.MAIL),
            (b"EHLO bar.com", State.READY),
        ]
    )


def test_tls_begins_the_session_anew():
    """RFC 3207 §4.2: after the handshake the client must say EHLO again."""
    machine = Machine(State.READY)
    machine.on(Event.STARTTLS)
    assert machine.on(Event.TLS_UP) is State.GREETED


def test_an_unknown_word_is_500_in_any_state():
    with pytest.raises(BadCommand) as caught:
        split_line(b"XYZZY")
    assert caught.value.reply.code == 500
