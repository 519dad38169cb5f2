"""Named searches – RFC 5466: FILTER stands for what its annotation of the server says."""

from __future__ import annotations

from posthouse.database import Transaction
from posthouse.model.ids import AccountId
from posthouse.model.refusals import BadSyntax, Refusal
from posthouse.protocols.imap import search as keys
from posthouse.protocols.imap.grammar import Parser
from posthouse.protocols.imap.search_keys import search_program
from posthouse.store.metadata import SERVER, get_metadata

MAX_PASSES = 5
"""Filters within filters; RFC 5466 §3.1 asks for 3, and what goes deeper counts as a loop."""
MAX_FILTERS = 100
"""In one search, over all depths."""


class UndefinedFilter(Refusal):
    """There is no such filter, it is no search, or it leads back to itself."""

    default = "There is no such filter"

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name


def names_filters(key: keys.Key) -> bool:
    return keys.any_key(key, lambda one: isinstance(one, keys.FilterKey))


def resolve_filters(tx: Transaction, reader: AccountId, off: frozenset[str], key: keys.Key) -> keys.Key:
    """The same key without filters."""
    return _Resolver(tx, reader, off).resolve(key, 0)


class _Resolver:
    def __init__(self, tx: Transaction, reader: AccountId, off: frozenset[str]) -> None:
        self._tx, self._reader, self._off = tx, reader, off
        self._count = 0

    def resolve(self, key: keys.Key, depth: int) -> keys.Key:
        match key:
            case keys.And(several):
                return keys.And(tuple([self.resolve(one, depth) for one in several]))
            case keys.Or(several):
                return keys.Or(tuple([self.resolve(one, depth) for one in several]))
            case keys.Not(one):
                return keys.Not(self.resolve(one, depth))
            case keys.FuzzyKey(one):
                return keys.FuzzyKey(self.resolve(one, depth))
            case keys.FilterKey(name):
                self._count += 1
                if depth >= MAX_PASSES or self._count > MAX_FILTERS:
                    raise UndefinedFilter(name)
                return self.resolve(self._parsed(name), depth + 1)
        return key

    def _parsed(self, name: str) -> keys.Key:
        """What is one's own comes before what is shared (§3.2)."""
        entries = [f"/{kind}/filters/values/{name.lower()}" for kind in ("private", "shared")]
        values = get_metadata(self._tx, self._reader, SERVER, self._reader, entries)
        value = next((values[entry] for entry in entries if entry in values), None)
        try:
            return search_program(Parser(value or b"", utf8=True, off=self._off))
        except BadSyntax:
            raise UndefinedFilter(name) from None
