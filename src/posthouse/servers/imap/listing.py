"""Which mailboxes a LIST answers with, and how – RFC 9051 §6.3.9, RFC 5258, RFC 6154 §2, RFC 3348."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from posthouse.database import Transaction
from posthouse.model.ids import AccountId
from posthouse.model.rights import ALL_RIGHTS, Right
from posthouse.model.roles import Role
from posthouse.protocols.imap.commands.list import BASE_OPTIONS, List, ReturnOption, SelectOption
from posthouse.protocols.imap.patterns import Matcher, compile_pattern
from posthouse.protocols.imap.responses import format_list
from posthouse.store.folders import SEPARATOR, Folder, list_folders, subscriptions

from .places import Places, is_foreign

USES: dict[Role, bytes] = {role: b"\\" + role.value.encode() for role in Role if role is not Role.INBOX}


@dataclass(frozen=True, slots=True)
class Tree:
    """An account's folders and subscriptions at one moment."""

    folders: dict[str, Folder]
    """By name: one's own with INBOX first, then others'."""
    subscribed: frozenset[str]
    parents: frozenset[str]
    """Names that have others below them."""
    foreign: dict[str, Right] = field(default_factory=dict)
    """What may be done with those that are not one's own."""
    owners: dict[str, AccountId] = field(default_factory=dict)
    """Whose those are."""
    remote: frozenset[str] = frozenset()
    """Names of what is on another host."""

    def attributes(self, name: str) -> list[bytes]:
        folder = self.folders.get(name)
        children = b"\\HasChildren" if name in self.parents else b"\\HasNoChildren"
        if folder is None:
            return [b"\\Noselect", children] if name in self.levels else [b"\\NonExistent"]
        if not self.rights(name) & Right.READ:
            return [b"\\Noselect", children]
        use = self.use(name)
        return [children] if use is None else [children, use]

    def rights(self, name: str) -> Right:
        return self.foreign.get(name, ALL_RIGHTS)

    def use(self, name: str) -> bytes | None:
        """Another's Sent folder is nobody else's (RFC 6154 §2)."""
        folder = self.folders.get(name)
        return None if folder is None or folder.role is None or name in self.foreign else USES.get(folder.role)

    @property
    def levels(self) -> frozenset[str]:
        """Names above others' folders that are none themselves, or none that may be looked up."""
        return frozenset(_above(list(self.foreign)).difference(self.folders)) if self.foreign else frozenset()


def read_tree(tx: Transaction, places: Places, patterns: Sequence[str], remote: bool = False) -> Tree:
    """As much of it as names of these patterns may have to do with. `remote`: also what is on other hosts (RFC 2193
    §3); otherwise no subscription to that either."""
    folders = list_folders(tx, places.account) if remote or not places.home else {}
    above = {folder.parent for folder in folders.values()}
    parents = frozenset([name for name, folder in folders.items() if folder.id in above])
    away = set(folders) if places.home else set[str]()
    foreign: dict[str, Right] = {}
    owners: dict[str, AccountId] = {}
    hidden: list[str] = []
    for account, prefix in places.owners_of(tx, patterns).items():
        is_away = places.host_of(tx, account) != ""
        if is_away and not remote:
            hidden.append(prefix)
            continue
        for path, folder, rights in places.visible(tx, account):
            name = prefix + path
            folders[name], foreign[name], owners[name] = folder, rights, account
            away.update([name] if is_away else ())
    subscribed = [name for name in subscriptions(tx, places.account) if not name.startswith(tuple(hidden))]
    if places.home and not remote:
        subscribed = list(filter(is_foreign, subscribed))
    parents = parents.union(_above(list(foreign)))
    return Tree(folders, frozenset(subscribed), parents, foreign, owners, frozenset(away))


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
    tests = [compile_pattern(pattern) for pattern in joined(reference, patterns)]
    return tests[0] if len(tests) == 1 else lambda name: any(test(name) for test in tests)


def joined(reference: str, patterns: Sequence[str]) -> list[str]:
    """A pattern that begins with the delimiter is absolute (RFC 9051 §6.3.9)."""
    return [one.lstrip(SEPARATOR) if one.startswith(SEPARATOR) else reference + one for one in patterns]


def listed(tree: Tree, command: List) -> Iterator[Listed]:
    matches = matcher(command.reference, command.patterns)
    chosen = [path for path in _names(tree, command) if _is_chosen(tree, command, path)]
    if tree.foreign and not command.select & BASE_OPTIONS:  # levels are told of to whom the folders below are not
        chosen += sorted(tree.levels & _above([path for path in tree.foreign if not matches(path)]))
    recursive = SelectOption.RECURSIVEMATCH in command.select
    info = tuple(option.value for option in SelectOption if option in command.select & BASE_OPTIONS)
    above_any = _above(chosen) if recursive else set[str]()
    above_hidden = _above([path for path in chosen if not matches(path)]) if recursive else set[str]()
    mark = SelectOption.SUBSCRIBED in command.select or ReturnOption.SUBSCRIBED in command.returns
    meets = set(chosen)
    for path in dict.fromkeys((*chosen, *sorted(above_hidden))):
        if matches(path) and (path in meets or path in above_hidden):
            attributes = tree.attributes(path)
            if path in tree.remote:
                attributes = [*attributes, b"\\Remote"]
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
    return SelectOption.SPECIAL_USE not in command.select or tree.use(path) is not None


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
