"""THREAD, also by UID – RFC 5256 §3, §4; draft-ietf-morg-inthread (REFS).

thread         = "THREAD" SP thread-alg SP search-criteria
thread-alg     = "ORDEREDSUBJECT" / "REFERENCES" / "REFS"

thread-data    = "THREAD" [SP 1*thread-list]
thread-list    = "(" (thread-members / thread-nested) ")"
thread-members = nz-number *(SP nz-number) [SP thread-nested]
thread-nested  = 2*thread-list
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from posthouse.model.ordering import ThreadAlgorithm

from ..grammar import Parser
from ..search import Key
from .sort import search_criteria


@dataclass(frozen=True, slots=True)
class Thread:
    algorithm: ThreadAlgorithm
    key: Key


def parse_thread(p: Parser) -> Thread:
    p.sp()
    start = p.pos
    algorithm = p.choice(ThreadAlgorithm)
    if f"THREAD={algorithm.decode()}" in p.off:
        p.pos = start
        raise p.fail("a threading algorithm")
    p.sp()
    key = search_criteria(p)
    p.end()
    return Thread(algorithm, key)


def format_threads(
    numbers: Sequence[int], roots: Sequence[int], children: Mapping[int, Sequence[int]]
) -> Iterator[bytes]:
    """The response in pieces. Nodes are places in `numbers`; one that is beyond them, at the top, is no message, and
    only its children are told. Depth is no matter: nothing recurses."""
    yield b"* THREAD"
    if roots:
        yield b" "
    for root in roots:
        stack: list[int | bytes] = [b")", root]
        yield b"("
        while stack:
            top = stack.pop()
            if isinstance(top, bytes):
                yield top
                continue
            below = children.get(top, ())
            if top < len(numbers):
                yield b"%d " % numbers[top] if below else b"%d" % numbers[top]
            if len(below) == 1:
                stack.append(below[0])
            else:
                for child in reversed(below):
                    stack += (b")", child, b"(")
    yield b"\r\n"
