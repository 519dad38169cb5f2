"""States – RFC 1939 §3 to §6, RFC 2595 §4, RFC 5034 §4.

    AUTHORIZATION ──USER──▶ NAMED ──LOGIN──▶ TRANSACTION ──QUIT──▶ UPDATE ──CLOSE──▶ CLOSED
          │ ▲                 │ REFUSED ▶ AUTHORIZATION
          │ ╰── SASL ◀─AUTH───┤
          ╰──── TLS  ◀─STLS───╯

AUTHORIZATION has a second shape, NAMED, after USER: there alone PASS is allowed (§7). SASL and TLS are those in which
what comes is no command. UPDATE is only entered from TRANSACTION: QUIT before login closes (§4), and so does a lost
connection, without deleting anything (§6).
"""

from __future__ import annotations

from enum import Enum, auto


class State(Enum):
    AUTHORIZATION = auto()
    NAMED = auto()
    SASL = auto()
    TLS = auto()
    TRANSACTION = auto()
    UPDATE = auto()
    CLOSED = auto()


class Event(Enum):
    USER = auto()
    AUTH = auto()
    """The exchange has begun."""
    STLS = auto()
    TLS_UP = auto()
    LOGIN = auto()
    """By PASS or SASL: the maildrop is locked and open."""
    REFUSED = auto()
    """PASS or SASL did not lead to a login."""
    QUIT = auto()
    CLOSE = auto()
    """The connection is over, or must be."""


_UNNAMED = {
    Event.USER: State.NAMED,
    Event.AUTH: State.SASL,
    Event.STLS: State.TLS,
    Event.LOGIN: State.TRANSACTION,
    Event.REFUSED: State.AUTHORIZATION,
    Event.QUIT: State.CLOSED,
}

TRANSITIONS: dict[State, dict[Event, State]] = {
    State.AUTHORIZATION: dict(_UNNAMED),
    State.NAMED: dict(_UNNAMED),
    State.SASL: {Event.LOGIN: State.TRANSACTION, Event.REFUSED: State.AUTHORIZATION},
    State.TLS: {Event.TLS_UP: State.AUTHORIZATION},
    State.TRANSACTION: {Event.QUIT: State.UPDATE},
    State.UPDATE: {},
    State.CLOSED: {},
}
for _row in TRANSITIONS.values():
    _row[Event.CLOSE] = State.CLOSED

COMMAND_STATES = frozenset({State.AUTHORIZATION, State.NAMED, State.TRANSACTION})


class ImpossibleEvent(RuntimeError):
    """Our fault: the session reported what cannot have happened."""


class Machine:
    """Where one session stands."""

    __slots__ = ("state",)

    def __init__(self, state: State = State.AUTHORIZATION) -> None:
        self.state = state

    def on(self, event: Event) -> State:
        try:
            self.state = TRANSITIONS[self.state][event]
        except KeyError:
            raise ImpossibleEvent(f"{event.name} in {self.state.name}") from None
        return self.state
