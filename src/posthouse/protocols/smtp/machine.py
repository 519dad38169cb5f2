"""Which command is allowed when, and where it leads – RFC 5321 §3.3, §4.1.4; RFC 3030 §2; RFC 3207 §4; RFC 4954 §4.

    GREETED ──HELLO──▶ READY ──MAIL──▶ MAIL ──RCPT──▶ RCPT ──DATA──▶ DATA
                         ▲                              │  ◀─╮          │
                         │                            CHUNK  RCPT       │
                         │                              ▼               │
                         │                            CHUNKS ◀─╮ CHUNK  │
                         ╰──────────────── END ─────────┴───────────────╯
    READY ──AUTH──▶ AUTH ──AUTH_END──▶ READY          READY ──STARTTLS──▶ TLS ──TLS_UP──▶ GREETED

An event is what has happened, not what was asked: a command that we refuse is no event and leaves the state as it
was. HELLO and RESET end a transaction. What is not in the table is a fault of the session, `ImpossibleEvent`.
"""

from __future__ import annotations

from enum import Enum, auto


class State(Enum):
    __hash__ = object.__hash__  # each member is one object; Enum's own, in Python, is the dearest part of a transition

    GREETED = auto()
    """220 sent: the client has not said who it is."""
    READY = auto()
    MAIL = auto()
    """A sender, no recipient accepted yet."""
    RCPT = auto()
    DATA = auto()
    """354 sent: what comes is content."""
    CHUNKS = auto()
    """A chunk accepted, and not the last (RFC 3030 §2)."""
    AUTH = auto()
    """334 sent: what comes is SASL."""
    TLS = auto()
    """220 to STARTTLS sent: what comes is the handshake."""
    CLOSED = auto()


class Event(Enum):
    __hash__ = object.__hash__

    HELLO = auto()
    MAIL = auto()
    RCPT = auto()
    DATA = auto()
    CHUNK = auto()
    """A chunk accepted that is not the last."""
    END = auto()
    """The transaction is over, with the message kept or refused."""
    RESET = auto()
    AUTH = auto()
    AUTH_END = auto()
    STARTTLS = auto()
    TLS_UP = auto()
    CLOSE = auto()
    """221 or 421 sent, or the connection lost."""


COMMAND_STATES = frozenset({State.GREETED, State.READY, State.MAIL, State.RCPT, State.CHUNKS})
"""Those in which what comes is a command line."""

TRANSITIONS: dict[State, dict[Event, State]] = {
    State.GREETED: {Event.HELLO: State.READY, Event.RESET: State.GREETED},
    State.READY: {
        Event.HELLO: State.READY,
        Event.RESET: State.READY,
        Event.MAIL: State.MAIL,
        Event.AUTH: State.AUTH,
        Event.STARTTLS: State.TLS,
    },
    State.MAIL: {
        Event.HELLO: State.READY,
        Event.RESET: State.READY,
        Event.END: State.READY,
        Event.RCPT: State.RCPT,
    },
    State.RCPT: {
        Event.HELLO: State.READY,
        Event.RESET: State.READY,
        Event.RCPT: State.RCPT,
        Event.DATA: State.DATA,
        Event.CHUNK: State.CHUNKS,
        Event.END: State.READY,
    },
    State.DATA: {Event.END: State.READY},
    State.CHUNKS: {
        Event.HELLO: State.READY,
        Event.RESET: State.READY,
        Event.CHUNK: State.CHUNKS,
        Event.END: State.READY,
    },
    State.AUTH: {Event.AUTH_END: State.READY},
    State.TLS: {Event.TLS_UP: State.GREETED},
    State.CLOSED: {},
}

for _row in TRANSITIONS.values():
    _row[Event.CLOSE] = State.CLOSED


class ImpossibleEvent(RuntimeError):
    """Our fault: the session reported what cannot have happened."""


class Machine:
    """Where one session stands."""

    __slots__ = ("state",)

    def __init__(self, state: State = State.GREETED) -> None:
        self.state = state

    def on(self, event: Event) -> State:
        try:
            self.state = TRANSITIONS[self.state][event]
        except KeyError:
            raise ImpossibleEvent(f"{event.name} in {self.state.name}") from None
        return self.state

    @property
    def in_transaction(self) -> bool:
        return self.state in (State.MAIL, State.RCPT, State.DATA, State.CHUNKS)
