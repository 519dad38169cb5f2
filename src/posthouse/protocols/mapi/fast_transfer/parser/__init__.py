"""From buffers to values: for uploads, and for clients – [MS-OXCFXICS] 2.2.4.2, 2.2.4.4.

The root of the grammar is known beforehand, from the operation. Productions read as the grammar is written; buffers may
end anywhere in them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from posthouse.model.refusals import BadSyntax

from ..lexer import Budget, Lexer, Property, Token
from ..markers import MetaTagDnPrefix
from .events import Event
from .source import Production, Recover, Source


class Parser:
    def __init__(self, root: Callable[[Source], Production[None]], code_page: int, limit: int) -> None:
        """`limit`: bytes that one object may take in memory, of lists and synchronizations each of their objects. Some
        of them go for each property and part, however small."""
        budget = Budget(limit)
        self._lexer = Lexer(code_page, budget)
        self._source = Source(budget)
        self._run = root(self._source)
        self._failure: BadSyntax | None = None

    def feed(self, data: bytes) -> Iterator[Event]:
        """BadSyntax, then again and again. All events are to be taken before the next buffer comes. Some come
        late, with the first bytes of what follows, or when the stream ends."""
        if self._failure is not None:
            raise self._failure
        try:
            for token in self._lexer.feed(data):
                yield from self._go_on(token)
        except BadSyntax as failure:
            self._failure = failure
            raise

    def finish(self) -> Iterator[Event]:
        """The stream ends here; BadSyntax, when it cannot."""
        if self._failure is not None:
            raise self._failure
        self._lexer.done()
        yield from self._go_on(None)

    def _go_on(self, token: Token | None) -> Iterator[Event]:
        if isinstance(token, Property) and token.key == MetaTagDnPrefix.id:
            return  # R3292, wherever it is
        self._source.token = token
        try:
            for event in self._run:
                if event is None:
                    return
                yield event
        except Recover:
            raise BadSyntax("no error where none can be left out") from None
        if token is not None:
            raise BadSyntax("the end")
