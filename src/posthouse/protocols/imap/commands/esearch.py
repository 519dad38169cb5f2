"""ESEARCH – RFC 7377 (MULTISEARCH).

esearch             = "ESEARCH" [SP esearch-source-opts] [search-return-opts] SP search-program
esearch-source-opts = "IN" SP "(" source-mbox ")"
source-mbox         = filter-mailboxes *(SP filter-mailboxes)
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from ..grammar import Parser
from ..mailbox_filter import SELECTED, MailboxFilter, MailboxSource, mailbox_filter
from ..returns import ALL, Returns, SearchReturn, return_options
from ..search import Key
from .search import search_program_with_charset

_IN = re.compile(rb" IN (?=\()", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Esearch:
    sources: tuple[MailboxFilter, ...]
    key: Key
    returns: Returns = ALL


def parse_esearch(p: Parser) -> Esearch:
    sources: tuple[MailboxFilter, ...] = (SELECTED,)
    if _IN.match(p.text, p.pos):
        p.match(_IN, "IN")
        sources = p.items(_source)
    returns = return_options(p, "CONTEXT=SEARCH") or ALL
    if SearchReturn.SAVE in returns.options and any(source != SELECTED for source in sources):
        raise p.fail("SAVE for the selected mailbox alone")
    p.sp()
    _, key = search_program_with_charset(p)
    p.end()
    return Esearch(sources, key, returns)


def _source(p: Parser) -> MailboxFilter:
    start = p.pos
    source = mailbox_filter(p)
    if source.source is MailboxSource.SELECTED_DELAYED:
        p.pos = start
        raise p.fail("mailboxes to search")
    return source
