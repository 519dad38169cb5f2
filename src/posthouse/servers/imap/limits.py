"""How many messages one command may work on – RFC 9738 (MESSAGELIMIT, SAVELIMIT).

Beyond that it works on the newest ones, and is answered with the lowest UID of those: below it the client goes on. What
is done wholly or not at all, and what makes no sense of a part, is refused.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from posthouse.model.refusals import LimitReached
from posthouse.protocols.imap import codes
from posthouse.protocols.imap import search as keys

from .replies import Done
from .selected import Selected
from .view import Spans, span_count

if TYPE_CHECKING:
    from .session import Session


class TooManyMessages(LimitReached):
    """Nothing was done."""

    default = "Too many messages for one command"

    def __init__(self, limit: int, lowest: int = 0) -> None:
        """`lowest`: the UID down to which it would have gone; 0 where there is none."""
        super().__init__()
        self.code = codes.messagelimit(limit, lowest)


def bounded(session: Session, spans: Spans) -> tuple[Spans, int]:
    """As many of the newest as may be, and the lowest UID of them; 0: that is all."""
    limit = session.server.capabilities.message_limit
    if not limit or span_count(spans) <= limit:
        return spans, 0
    some = newest(spans, limit)
    return some, _lowest(session, some)


def require_few(session: Session, spans: Spans, limit: int) -> None:
    """`limit` 0: there is none."""
    if limit and span_count(spans) > limit:
        raise TooManyMessages(limit, _lowest(session, newest(spans, limit)))


def with_limit(session: Session, done: Done) -> Done:
    """Tells where the command stopped, beside another code in a response of its own (RFC 9738 §3.1)."""
    if not session.cut:
        return done
    text = "Only the newest messages were processed"
    code = codes.messagelimit(session.server.capabilities.message_limit, session.cut)
    if done.status == b"OK" and not done.code:
        return replace(done, text=text, code=code)
    session.connection.untagged(b"NO", text, code)
    return done


def newest(spans: Spans, limit: int) -> Spans:
    some: Spans = []
    for start, stop in reversed(spans):
        some.append((max(start, stop - limit), stop))
        limit -= stop - some[-1][0]
        if not limit:
            break
    return some[::-1]


def _lowest(session: Session, spans: Spans) -> int:
    return session.folder.view.uid(spans[0][0] + 1)


def looked_at(selected: Selected, key: keys.Key) -> Spans:
    """The messages which a search must look at: all but those that a set at its top leaves out."""
    match key:
        case keys.And(several):
            spans = [(0, selected.view.exists)]
            for one in several:
                spans = _both(spans, looked_at(selected, one))
            return spans
        case keys.SequenceKey(messages, by_uid):
            return selected.spans(messages, by_uid)
        case _:
            return [(0, selected.view.exists)]


def _both(one: Spans, other: Spans) -> Spans:
    """Both ascending."""
    common: Spans = []
    at = 0
    for start, stop in one:
        while at < len(other) and other[at][0] < stop:
            span = (max(start, other[at][0]), min(stop, other[at][1]))
            if span[0] < span[1]:
                common.append(span)
            if other[at][1] > stop:
                break
            at += 1
    return common
