"""Which mailboxes a LIST answers with, and how – RFC 9051 §6.3.9, RFC 5258, RFC 6154 §2, RFC 3348."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from posthouse.database import Transaction
from posthouse.model.ids import AccountId, FolderId
from posthouse.model.roles import Role
from posthouse.protocols.imap.commands.list import BASE_OPTIONS, List, ReturnOption, SelectOption
from posthouse.protocols.imap.patterns import Matcher, compile_pattern
from posthouse.protocols.imap.responses import format_list
from posthouse.store.folders import SEPARATOR, Folder, list_folders, subscriptions

USES: dict[Role, bytes] = {role: b"\\" + role.value.encode() for role in Role if role is not Role.INBOX}


@dataclass(frozen=True, slots=True)
class Tree:
    """An account's folders and subscriptions at one moment."""

    folders: dict[str, Folder]
    """By path, INBOX first."""
    subscribed: frozenset[str]
    parents: frozenset[FolderId]

    def attributes(self, path: str) -> list[bytes]:
        folder = self.folders.get(path)
        if folder is None:
            return [b"\\NonExistent"]
        children = b"\\HasChildren" if folder.id in self.parents else b"\\HasNoChildren"
        return [children] if folder.role is None or folder.role not in USES else [children, USES[folder.role]]


def read_tree(tx: Transaction, account: AccountId) -> Tree:
    folders = list_folders(tx, account)
    parents = frozenset([folder.parent for folder in folders.values()])
    return Tree(folders, frozenset(subscriptions(tx, account)), parents)


@dataclass(frozen=True, slots=True)
class Listed:
    path: str
    folder: Folder | None
    attributes: list[bytes]
    child_info: tuple[bytes, ...] = ()
    word: bytes = b"LIST"

    def format(self, utf8: bool) -> bytes:
        return format_list(self.attributes, self.path, utf8, child_info=self.child_info, word=self.word)


def matcher(reference: str, patterns: tuple[str, ...]) -> Matcher:
    """Whether any of the patterns, each behind the reference, has the name."""
    tests = [compile_pattern(_join(reference, pattern)) for pattern in patterns]
    return tests[0] if len(tests) == 1 else lambda name: any(test(name) for test in tests)


def _join(reference: str, pattern: str) -> str:
    """A pattern that begins with the delimiter is absolute (RFC 9051 §6.3.9)."""
    return pattern.lstrip(SEPARATOR) if pattern.startswith(SEPARATOR) else reference + pattern


def listed(tree: Tree, command: List) -> Iterator[Listed]:
    matches = matcher(command.reference, command.patterns)
    chosen = [path for path in _names(tree, command) if _is_chosen(tree, command, path)]
    recursive = SelectOption.RECURSIVEMATCH in command.select
    info = tuple(option.value for option in SelectOption if option in command.select & BASE_OPTIONS)
    above_any = _above(chosen) if recursive else set[str]()
    above_hidden = _above([path for path in chosen if not matches(path)]) if recursive else set[str]()
    mark = SelectOption.SUBSCRIBED in command.select or ReturnOption.SUBSCRIBED in command.returns
    meets = set(chosen)
    for path in dict.fromkeys((*chosen, *sorted(above_hidden))):
        if matches(path) and (path in meets or path in above_hidden):
            attributes = tree.attributes(path)
            if mark and path in tree.subscribed:
                attributes = [*attributes, b"\\Subscribed"]
            yield Listed(path, tree.folders.get(path), attributes, info if path in above_any else ())


def _names(tree: Tree, command: List) -> Iterator[str]:
    """All names there are: a subscription may be to one that has no folder."""
    yield from tree.folders
    if SelectOption.SUBSCRIBED in command.select:
        yield from sorted(tree.subscribed.difference(tree.folders))


def _is_chosen(tree: Tree, command: List, path: str) -> bool:
    """Whether a name meets the selection criteria."""
    if SelectOption.SUBSCRIBED in command.select and path not in tree.subscribed:
        return False
    folder = tree.folders.get(path)
    return SelectOption.SPECIAL_USE not in command.select or (folder is not None and folder.role in USES)


def _above(paths: list[str]) -> set[str]:
    """The names of all that is above these paths."""
    above: set[str] = set()
    for path in paths:
        while SEPARATOR in path:
            path = path.rpartition(SEPARATOR)[0]
            if path in above:
                break
            above.add(path)
    return above


def lsub(tree: Tree, reference: str, pattern: str) -> Iterator[Listed]:
    """IMAP4rev1's (RFC 3501 §6.3.9): `%` shows also what is not subscribed but has subscriptions below."""
    matches = matcher(reference, (pattern,))
    parents = _above([path for path in tree.subscribed if not matches(path)]) if "%" in pattern else set[str]()
    for path in sorted(tree.subscribed | parents):
        if matches(path):
            attributes = [] if path in tree.subscribed else [b"\\Noselect"]
            yield Listed(path, tree.folders.get(path), attributes, word=b"LSUB")
