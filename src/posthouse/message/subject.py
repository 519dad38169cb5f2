"""The base subject: what is left of a subject without `Re:`, `[list]`, `(fwd)` and the like – RFC 5256 §2.1, §5.

    subject         = *subj-leader [subj-middle] *subj-trailer
    subj-refwd      = ("re" / ("fw" ["d"])) *WSP [subj-blob] ":"
    subj-blob       = "[" *BLOBCHAR "]" *WSP
    subj-fwd        = "[fwd:" subject "]"
    subj-leader     = (*subj-blob subj-refwd) / WSP
    subj-trailer    = "(fwd)" / WSP

The grammar is ambiguous; the procedure of §2.1 decides.
"""

from __future__ import annotations

import re

_NOT_BARE = re.compile(r"[\t\r\n\[\]():]|  |\A | \Z")
"""Without any of these there is nothing to remove."""
_SPACES = re.compile(r"[ \t\r\n]+")
_BLOB = re.compile(r"\[[^\[\]]*+\][ \t]*+")
_LEADER = re.compile(
    r"(?:\[[^\[\]]*+\][ \t]*+)*+(?:re|fwd|fw)[ \t]*+(?:\[[^\[\]]*+\][ \t]*+)?+:", re.IGNORECASE | re.ASCII
)
_FORWARD = "[fwd:"
_TRAILER = "(fwd)"


def base_subject(subject: str) -> tuple[str, bool]:
    """From a decoded subject: its base, and whether something was removed that makes it a reply or a forward."""
    if _NOT_BARE.search(subject) is None:
        return subject, False
    text = _SPACES.sub(" ", subject)  # (1)
    is_reply = False
    while True:
        text, trailed = _without_trailers(text)
        text, led = _without_leaders(text)
        is_reply = is_reply or trailed or led
        if not (text[: len(_FORWARD)].lower() == _FORWARD and text.endswith("]")):
            return text, is_reply
        text, is_reply = text[len(_FORWARD) : -1], True  # (6)


def _without_trailers(text: str) -> tuple[str, bool]:
    """(2)"""
    found = False
    while True:
        text = text.rstrip(" ")
        if text[-len(_TRAILER) :].lower() != _TRAILER:
            return text, found
        text, found = text[: -len(_TRAILER)], True


def _without_leaders(text: str) -> tuple[str, bool]:
    """(3) to (5)"""
    at, found = 0, False
    while True:
        if text.startswith(" ", at):
            at += 1
        elif leader := _LEADER.match(text, at):
            at, found = leader.end(), True
        elif (blob := _BLOB.match(text, at)) and blob.end() < len(text):
            at = blob.end()
        else:
            return text[at:], found
