"""HTML → the text that a reader sees, roughly: for previews and searches. Linear, and no parser of HTML."""

from __future__ import annotations

import html
import re

_HIDDEN = re.compile(r"<(script|style|head|title)\b", re.I)
_TAG = re.compile(r"<(?:!--|[a-z/!?])", re.I)
_BLOCK = re.compile(
    r"</?(?:p|br|div|tr|td|th|li|ul|ol|h[1-6]|table|hr|blockquote|pre|body|html|section|article)\b", re.I
)


def strip_markup(text: str) -> str:
    """Tags away, block tags as spaces, entities resolved; scripts, styles and the head are not shown."""
    shown: list[str] = []
    at = 0
    lowered = ""
    while True:
        found = _TAG.search(text, at)
        if found is None:
            shown.append(text[at:])
            break
        start = found.start()
        shown.append(text[at:start])
        hidden = _HIDDEN.match(text, start)
        if hidden:
            if len(lowered) != len(text):
                lowered = text.lower() if len(text.lower()) == len(text) else text
            at = behind(lowered, f"</{hidden[1].lower()}", start)
            at = behind(text, ">", at)
        elif text.startswith("<!--", start):
            at = behind(text, "-->", start)
        else:
            if _BLOCK.match(text, start):
                shown.append(" ")
            at = behind(text, ">", start)
    return html.unescape("".join(shown))


def behind(text: str, what: str, start: int) -> int:
    """Where what follows begins: the end of the text when it is not there."""
    found = text.find(what, start)
    return len(text) if found < 0 else found + len(what)
