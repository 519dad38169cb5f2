"""LIST patterns – RFC 9051 §6.3.9: `*` matches anything, `%` anything but the hierarchy delimiter.

A pattern is matched by moving a set of positions in it (the bits of one int) along the name, one step a character: the
work is the length of the name whatever the pattern: `*a*a*a*a*b` costs no more than `ab`. What nearly all patterns are
(`*`, `%`, one name, a prefix) needs no steps at all.
"""

from __future__ import annotations

from collections.abc import Callable

from .mailbox_names import DELIMITER

Matcher = Callable[[str], bool]


def compile_pattern(pattern: str, delimiter: str = DELIMITER) -> Matcher:
    """The pattern (reference and name joined, as text) → a test for names."""
    pattern = _simplify(pattern)
    wild = sum(pattern.count(c) for c in "*%")
    if wild == 0:
        return pattern.__eq__
    if pattern == "*":
        return lambda name: True
    if wild == 1 and pattern[-1] in "*%":
        return _prefix(pattern[:-1], delimiter if pattern[-1] == "%" else "")
    return _general(pattern, delimiter)


def _simplify(pattern: str) -> str:
    """Of several wildcards in a row one is left: the widest."""
    simple: list[str] = []
    for c in pattern:
        if c in "*%" and simple and simple[-1] in "*%":
            if c == "*":
                simple[-1] = "*"
        else:
            simple.append(c)
    return "".join(simple)


def _prefix(prefix: str, stop: str) -> Matcher:
    if not stop:
        return lambda name: name.startswith(prefix)
    return lambda name: name.startswith(prefix) and name.find(stop, len(prefix)) < 0


def _general(pattern: str, delimiter: str) -> Matcher:
    """Bit i is set while the first i elements of the pattern match what was read of the name."""
    literal: dict[str, int] = {}
    stars = percents = 0
    for i, c in enumerate(pattern):
        if c == "*":
            stars |= 1 << i
        elif c == "%":
            percents |= 1 << i
        else:
            literal[c] = literal.get(c, 0) | 1 << i
    wild, done = stars | percents, 1 << len(pattern)

    def matches(name: str) -> bool:
        at = 1 | (1 & wild) << 1
        for c in name:
            at = (at & literal.get(c, 0)) << 1 | at & (stars if c == delimiter else wild)
            if not at:
                return False
            at |= (at & wild) << 1
        return bool(at & done)

    return matches
