"""What a session is asked and what comes of it, for `posthouse trace`. While nobody asks for it, it costs one test for
each request.

A session outlives its connections, so it has a transcript of its own, which begins with the first request after
somebody asked; the bytes around it are in the transcripts of the connections. What Execute carries is told operation by
operation, of any other request what its body says.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

from posthouse.directory import Login
from posthouse.model.refusals import BadSyntax
from posthouse.observe.transcript import Tracer, Transcript
from posthouse.protocols.mapi.error_codes import ErrorCode
from posthouse.protocols.mapi.property_values import PropertyTag
from posthouse.protocols.mapi.rop_buffer import RopBuffer, parse_rop_buffer
from posthouse.protocols.mapi.transcript import Names, show_answer, show_request, show_requests, show_responses

from .logon import Logon
from .requests import Call, RequestType
from .session import MailboxSession
from .tables.table import Table


@dataclass(frozen=True, slots=True)
class OperationsTrace:
    """Of one Execute."""

    transcript: Transcript
    session: MailboxSession
    asked: RopBuffer
    columns: dict[int, Sequence[PropertyTag]]
    """Of the tables that are open, before anything is done."""
    public: frozenset[int]
    """LogonIds of public folders, before anything is done."""

    def begin(self, following: Sequence[RopBuffer]) -> None:
        """`following`: what is packed behind."""
        for buffer in (self.asked, *following):
            self._say("C", show_requests(buffer, self.public, _names(self.session)))

    def answered(self, payloads: Sequence[bytes]) -> None:
        buffers = [parse_rop_buffer(one) for one in payloads]
        self._say("S", show_responses(self.asked, buffers, self.columns, self.public, _names(self.session)))

    def failed(self, code: ErrorCode) -> None:
        self._say("S", iter([f"Execute {code.name}"]))

    def _say(self, who: str, lines: Iterator[str]) -> None:
        for line in lines:
            self.transcript.say(who, line)


@dataclass(frozen=True, slots=True)
class RequestTrace:
    """Of one request of another type."""

    tracing: Tracing
    transcript: Transcript
    row: RequestType[Any]

    def answered(self, body: bytes, session: object | None) -> None:
        """`session`: whose request it was, or who it made."""
        assert self.row.answer is not None
        try:
            line = show_answer(self.row.name, self.row.answer(body))
        except BadSyntax as error:
            line = f"{self.row.name}: {len(body)} bytes that cannot be read: {error}"
        self.transcript.say("S", line)
        if session is not None:
            self.tracing.keep(session, self.transcript)

    def failed(self, status: int) -> None:
        self.transcript.say("S", f"{self.row.name} StatusCode {status:#010x}")


class Tracing:
    """One for a worker."""

    def __init__(self, tracer: Tracer) -> None:
        self._tracer = tracer
        self._transcripts: WeakKeyDictionary[object, tuple[int, Transcript]] = WeakKeyDictionary()

    def operations(
        self, session: MailboxSession, login: Login, asked: RopBuffer, following: Sequence[RopBuffer]
    ) -> OperationsTrace | None:
        """None: nobody wants to see this."""
        transcript = self._transcript(session, login) if self._tracer.active else None
        if transcript is None:
            return None
        trace = OperationsTrace(transcript, session, asked, dict(_columns(session, asked)), session.public)
        trace.begin(following)
        return trace

    def request(self, row: RequestType[Any], call: Call[Any]) -> RequestTrace | None:
        """None: nobody wants to see this, or it is not told here."""
        if not self._tracer.active or row.answer is None:
            return None
        transcript = self._transcript(call.session, call.login)
        if transcript is None:
            return None
        transcript.say("C", show_request(row.name, call.request))
        return RequestTrace(self, transcript, row)

    def keep(self, session: object, transcript: Transcript) -> None:
        """It is this session's."""
        self._transcripts[session] = self._tracer.serial, transcript

    def _transcript(self, session: object | None, login: Login) -> Transcript | None:
        """The session's, until somebody else asks as well; None: one that is about to be made."""
        serial, transcript = self._transcripts.get(session, (0, None)) if session is not None else (0, None)
        if serial != self._tracer.serial:
            transcript = self._tracer.open("mapi", login.address)
            if transcript is not None:
                transcript.identify(login.address)
                if session is not None:
                    self.keep(session, transcript)
        return transcript


def _columns(session: MailboxSession, asked: RopBuffer) -> Iterator[tuple[int, Sequence[PropertyTag]]]:
    for place, handle in enumerate(asked.handles):
        found = session.find(handle)
        if isinstance(found, Table) and found.columns is not None:
            yield place, found.columns.tags


def _names(session: MailboxSession) -> Names:
    """As far as the session has asked for them."""
    return {one.logon_id: one.names.learned for one in session.objects() if isinstance(one, Logon)}
