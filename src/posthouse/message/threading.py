"""Messages → threads – RFC 5256 §3, THREAD, with its numbers for the steps.

Nodes are numbers: 0 to n-1 the messages in the order of their folder, those behind are dummies, messages that others
refer to and that are not there. Nothing here recurses, for a thread may be as deep as a folder is long.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from posthouse.model.ordering import ThreadAlgorithm

STEPS = 64
"""For each link, on the average, the way up a thread that is looked at for a loop. Threads that take more come in
pieces."""


class Member(NamedTuple):
    """One message, with the keys of `ordering.OrderKeys`."""

    number: int
    sent: int
    subject: str
    is_reply: bool
    message_id: str
    references: str


class Threads(NamedTuple):
    members: Sequence[Member]
    roots: list[int]
    """A root that is no message stands for one that is missing: at least two children."""
    children: dict[int, list[int]]


def make_threads(members: Sequence[Member], algorithm: ThreadAlgorithm) -> Threads:
    """`members` in the order of their folder."""
    if algorithm is ThreadAlgorithm.ORDEREDSUBJECT:
        return _by_subject(members)
    forest = _Forest(members)
    forest.link()
    forest.prune()
    if algorithm is ThreadAlgorithm.REFS:
        forest.sort(forest.newest)
    else:
        forest.sort_roots(forest.age)
        forest.join_subjects()
        forest.sort(forest.age)
    return Threads(members, forest.roots, forest.children)


def _by_subject(members: Sequence[Member]) -> Threads:
    groups: dict[str, list[int]] = {}
    for node in sorted(range(len(members)), key=lambda node: members[node].sent):
        groups.setdefault(members[node].subject, []).append(node)
    return Threads(members, [group[0] for group in groups.values()], {group[0]: group[1:] for group in groups.values()})


class _Forest:
    def __init__(self, members: Sequence[Member]) -> None:
        self.members = members
        self.parent: list[int] = [-1] * len(members)
        self.has_children: list[bool] = [False] * len(members)
        self.children: dict[int, list[int]] = {}
        self.roots: list[int] = []
        self._steps = STEPS * (len(members) + 100)

    # (1)
    def link(self) -> None:
        nodes: dict[str, int] = {}
        for node, member in enumerate(self.members):
            if member.message_id:
                nodes.setdefault(member.message_id, node)
        for node, member in enumerate(self.members):
            last = -1
            for reference in member.references.split(" ") if member.references else ():
                this = nodes.get(reference, -1)
                if this < 0:
                    this = nodes[reference] = self._dummy()
                if last >= 0 and self.parent[this] < 0:
                    self._adopt(last, this)
                last = this
            if self.parent[node] != last:
                self.parent[node] = -1
                if last >= 0:
                    self._adopt(last, node)

    def _dummy(self) -> int:
        self.parent.append(-1)
        self.has_children.append(False)
        return len(self.parent) - 1

    def _adopt(self, parent: int, child: int) -> None:
        """But not where it would make a loop. Who never had a child is nobody's ancestor."""
        if parent == child or (self.has_children[child] and self._is_above(child, parent)):
            return
        self.parent[child] = parent
        self.has_children[parent] = True

    def _is_above(self, ancestor: int, node: int) -> bool:
        while (node := self.parent[node]) >= 0:
            self._steps -= 1
            if node == ancestor or self._steps < 0:
                return True
        return False

    # (2) and (3)
    def prune(self) -> None:
        children: dict[int, list[int]] = {}
        order: list[int] = []
        for node, parent in enumerate(self.parent):
            if parent < 0:
                order.append(node)
            else:
                children.setdefault(parent, []).append(node)
        roots = list(order)
        for node in order:  # grows: the lower come later
            order += children.get(node, ())
        messages = len(self.members)
        for node in reversed(order):
            if node in children and any(child >= messages for child in children[node]):
                children[node] = [
                    kept
                    for child in children[node]
                    for kept in ([child] if child < messages else children.pop(child, ()))
                ]
        self.children = children
        for root in roots:
            kids = children.get(root, ())
            if root >= messages and len(kids) < 2:
                self.roots += kids
            else:
                self.roots.append(root)

    # (4) and (6)
    def age(self, node: int) -> tuple[int, int]:
        """The sent date, then the order of the folder; of a dummy, that of its first child, which is sorted before."""
        if node >= len(self.members):
            node = self.children[node][0]
        return self.members[node].sent, node

    def newest(self, root: int) -> tuple[int, int]:
        """The sent date of the newest message in the thread."""
        found, nodes = (-(1 << 63), -1), [root]
        while nodes:
            node = nodes.pop()
            if node < len(self.members):
                found = max(found, (self.members[node].sent, node))
            nodes += self.children.get(node, ())
        return found

    def sort_roots(self, key: Callable[[int], tuple[int, int]]) -> None:
        for root in self.roots:
            if root >= len(self.members):
                self.children[root].sort(key=self.age)
        self.roots.sort(key=key)

    def sort(self, key: Callable[[int], tuple[int, int]]) -> None:
        for siblings in self.children.values():
            siblings.sort(key=self.age)
        self.roots.sort(key=key)

    # (5)
    def join_subjects(self) -> None:
        table: dict[str, int] = {}
        for root in self.roots:
            subject = self._subject(root)
            if subject and self._is_better(root, table.get(subject, -1)):
                table[subject] = root
        gone: set[int] = set()
        added: list[int] = []
        for root in self.roots:
            subject = self._subject(root)
            if not subject or table[subject] == root:
                continue
            gone.add(root)
            head = table[subject]
            if self._is_dummy(root) and self._is_dummy(head):
                self.children[head] += self.children.pop(root)
            elif self._is_dummy(head) or (self._is_reply(root) and not self._is_reply(head)):
                self.children.setdefault(head, []).append(root)
            else:
                gone.add(head)
                table[subject] = dummy = self._dummy()
                added.append(dummy)
                self.children[dummy] = [head, root]
        self.roots = [root for root in self.roots if root not in gone] + added

    def _is_better(self, root: int, before: int) -> bool:
        """To stand for its subject, (B)(iv)."""
        if before < 0:
            return True
        if self._is_dummy(before):
            return False
        return self._is_dummy(root) or (self._is_reply(before) and not self._is_reply(root))

    def _is_dummy(self, node: int) -> bool:
        return node >= len(self.members)

    def _is_reply(self, node: int) -> bool:
        return not self._is_dummy(node) and self.members[node].is_reply

    def _subject(self, root: int) -> str:
        return self.members[self.children[root][0] if self._is_dummy(root) else root].subject
