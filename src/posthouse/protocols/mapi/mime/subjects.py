"""Subjects and their prefixes – [MS-OXCMAIL] 2.2.3.2.6.1, [MS-OXCMSG] 2.2.1.9, 2.2.1.10."""

from __future__ import annotations

import re
from functools import lru_cache

LONGEST = 253
"""UTF-16 units of prefix and normalized subject together (MS-OXCMSG R60, R66)."""

_PREFIX = re.compile(r"[^\d:\s]{1,3}: ")


@lru_cache(maxsize=4096)
def split_subject(subject: str) -> tuple[str, str]:
    """The prefix with its colon and space, or empty, and the normalized subject. Together they are the subject, or as
    much of it as may be."""
    subject = shorten(subject.strip())
    found = _PREFIX.match(subject)
    return (found[0], subject[found.end() :]) if found else ("", subject)


def shorten(subject: str) -> str:
    """So that it may be a subject, or the topic of a conversation."""
    if len(subject) * 2 <= LONGEST:
        return subject
    return subject.encode("utf-16-le", "replace")[: 2 * LONGEST].decode("utf-16-le", "ignore")
