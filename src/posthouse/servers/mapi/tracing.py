"""What a session's operations are and what comes of them, for `posthouse trace`. While nobody asks for it, it costs one
test for each Execute.

A session outlives its connections, so it has a transcript of its own, which begins with the first Execute after
somebody asked; the requests around them are in the transcripts of the connections.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from posthouse.directory import Login
from posthouse.observe.transcript import Tracer, Transcript
from posthouse.protocols.mapi.error_codes import ErrorCode
from posthouse.protocols.mapi.property_values import PropertyTag
from posthouse.protocols.mapi.rop_buffer import RopBuffer, parse_rop_buffer
from posthouse.protocols.mapi.transcript import show_requests, show_responses

from .session import MailboxSession
from .tables.table import Table


@dataclass(frozen=True, slots=True)
class Trace:
    """Of one Execute."""

    transcript: Transcript
    asked: RopBuffer
    columns: dict[int, Sequence[PropertyTag]]
    """Of the tables that are open, before anything is done."""
    public: frozenset[int]
    """LogonIds of public folders, before anything is done."""

    def begin(self) -> None:
        self._say("C", show_requests(self.asked, self.public))

    def answered(self, payloads: Sequence[bytes]) -> None:
        buffers = [parse_rop_buffer(one) for one in payloads]
        self._say("S", show_responses(self.asked, buffers, self.columns, self.public))

    def failed(self, code: ErrorCode) -> None:
        self._say("S", iter([f"Execute {code.name}"]))

    def _say(self, who: str, lines: Iterator[str]) -> None:
        for line in lines:
            self.transcript.say(who, line)


class Tracing:
    """One for a worker."""

    def __init__(self, tracer: Tracer) -> None:
        self._tracer = tracer
        self._transcripts: WeakKeyDictionary[MailboxSession, tuple[int, Transcript]] = WeakKeyDictionary()

    def begin(self, session: MailboxSession, login: Login, asked: RopBuffer) -> Trace | None:
        """None: nobody wants to see this."""
        if not self._tracer.active:
            return None
        transcript = self._transcript(session, login)
        if transcript is None:
            return None
        trace = Trace(transcript, asked, dict(_columns(session, asked)), session.public)
        trace.begin()
        return trace

    def _transcript(self, session: MailboxSession, login: Login) -> Transcript | None:
        """The session's, until somebody else asks as well."""
        serial, transcript = self._transcripts.get(session, (0, None))
        if serial != self._tracer.serial:
            transcript = self._tracer.open("mapi", login.address)
            if transcript is not None:
                transcript.identify(login.address)
                self._transcripts[session] = self._tracer.serial, transcript
        return transcript


def _columns(session: MailboxSession, asked: RopBuffer) -> Iterator[tuple[int, Sequence[PropertyTag]]]:
    for place, handle in enumerate(asked.handles):
        found = session.find(handle)
        if isinstance(found, Table) and found.columns is not None:
            yield place, found.columns.tags
