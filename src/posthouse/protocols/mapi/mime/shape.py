"""Which parts of a message are its body, and which its attachments – [MS-OXCMAIL] 2.2.3.3, 2.2.3.4.

Of alternatives each form is remembered. What stands side by side is one body when it is text: programs put a picture
between two texts, and mailing lists a footer behind one. A part that has a name, or says that it is an attachment, is
one.

A shape is made from the entities of a message, or from its BODYSTRUCTURE when only a list asks.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from posthouse.message.entity import Entity
from posthouse.message.params import Params, param, param_text, parse_disposition

from .content_classes import class_of_content

_PLAIN = (b"text/plain", b"text/enriched", b"text/richtext")
_TEXT = (*_PLAIN, b"text/html")
_CALENDAR = b"text/calendar"
SIGNED_CLASS = "IPM.Note.SMIME.MultipartSigned"
APPLE_DOUBLE, APPLE_FILE = b"multipart/appledouble", b"application/applefile"


@dataclass(slots=True)
class Node:
    kind: bytes
    """`text/plain`, in lower case."""
    params: Params
    disposition: bytes
    """In lower case; empty when there is none."""
    named: bool
    children: list[Node] = field(default_factory=list)
    entity: Entity | None = None
    """None when it was made from a structure."""

    @property
    def is_html(self) -> bool:
        return self.kind == b"text/html"


@dataclass(slots=True)
class Body:
    """Parts that are one text, in order; in `rich` those of the richest form."""

    rich: list[Node] = field(default_factory=list)
    plain: list[Node] = field(default_factory=list)
    calendar: Node | None = None
    attachments: list[Node] = field(default_factory=list)

    @property
    def has_html(self) -> bool:
        return any(node.is_html for node in self.rich)


def body_of(root: Node) -> Body:
    body = Body()
    _add(root, body, True)
    return body


def _add(node: Node, body: Body, first: bool) -> None:
    """What stands behind what `body` has already."""
    if node.kind == b"multipart/alternative" and node.children:
        _append(_alternatives(node.children), body)
    elif is_apple_double(node):
        body.attachments.append(node)
    elif node.children:
        related = node.kind == b"multipart/related"
        for place, child in enumerate(node.children):
            if related and place and not child.children:
                body.attachments.append(child)
            else:
                _add(child, body, first and not place)
    elif _is_text(node, first):
        _append(Body([node], [node] if node.kind in _PLAIN else []), body)
    elif node.kind == _CALENDAR and body.calendar is None and node.disposition != b"attachment":
        body.calendar = node
    elif not node.kind.startswith(b"multipart/"):
        body.attachments.append(node)


def is_apple_double(node: Node) -> bool:
    """One file in two parts: what only a Macintosh knows of it, and its data (RFC 1740 §4)."""
    kinds = [child.kind for child in node.children] if node.kind == APPLE_DOUBLE else []
    if len(kinds) != 2 or kinds[0] != APPLE_FILE:
        return False
    return kinds[1] != APPLE_FILE and not kinds[1].startswith((b"multipart/", b"message/"))


def _is_text(node: Node, first: bool) -> bool:
    return node.kind in _TEXT and node.disposition in (b"", b"inline") and (first or not node.named)


def _append(more: Body, body: Body) -> None:
    """A plain form of the whole there is only when each piece has one."""
    all_plain = (not body.rich or bool(body.plain)) and (not more.rich or bool(more.plain))
    body.plain = body.plain + more.plain if all_plain else []
    body.rich += more.rich
    body.calendar = body.calendar or more.calendar
    body.attachments += more.attachments


def _alternatives(children: Iterable[Node]) -> Body:
    """The last of each form counts, for it is the best (RFC 2046 §5.1.4). Other texts say the same once more."""
    found = Body()
    for child in children:
        if child.children:
            inner = body_of(child)
            found.attachments += inner.attachments
            found.calendar = inner.calendar or found.calendar
            found.plain = inner.plain or found.plain
            if inner.has_html:
                found.rich = inner.rich
        elif child.kind == b"text/html":
            found.rich = [child]
        elif child.kind in _PLAIN:
            found.plain = found.plain if found.plain and child.kind != b"text/plain" else [child]
        elif child.kind == _CALENDAR:
            found.calendar = child
        elif not child.kind.startswith((b"text/", b"multipart/")):
            found.attachments.append(child)
    found.rich = found.rich or found.plain
    return found


# From entities
def node_of(entity: Entity) -> Node:
    value = entity.fields.get(b"content-disposition")
    parsed = None if value is None else parse_disposition(value)
    disposition, params = parsed or (b"", [])
    content = entity.content
    named = _is_named(params, b"filename") or _is_named(content.media.params, b"name")
    children = [node_of(child) for child in entity.children] if entity.multipart else []
    return Node(content.kind, content.media.params, disposition.lower(), named, children, entity)


def _is_named(params: Params, name: bytes) -> bool:
    return any(key.lower().rstrip(b"*") == name and value for key, value in params)


# From BODYSTRUCTURE
_TOKEN = re.compile(rb' *(?:([()])|"((?:[^"\\]|\\.)*+)"|\{(\d+)\}\r\n|([^ ()"]+))', re.S)
_PAIR = re.compile(rb"\\(.)", re.S)
_DEEPEST = 400
"""Lists within each other: more than a structure of ours has."""


def node_of_structure(structure: bytes) -> Node:
    """Of what `message.structure` made, and of nothing else."""
    return _node(_parse(structure))


def _parse(structure: bytes) -> list[Any]:
    stack: list[list[Any]] = [[]]
    at = 0
    while found := _TOKEN.match(structure, at):
        at = found.end()
        bracket, quoted, literal, atom = found.groups()
        if bracket == b"(" and len(stack) < _DEEPEST:
            inner: list[Any] = []
            stack[-1].append(inner)
            stack.append(inner)
        elif bracket == b")" and len(stack) > 1:
            stack.pop()
        elif literal is not None:
            stack[-1].append(structure[at : at + int(literal)])
            at += int(literal)
        elif bracket is None:
            stack[-1].append(_PAIR.sub(rb"\1", quoted) if quoted is not None else None if atom == b"NIL" else atom)
    return stack[0][0] if stack[0] else []


def _node(part: list[Any]) -> Node:
    if part and isinstance(part[0], list):
        count = next((i for i, item in enumerate(part) if not isinstance(item, list)), len(part))
        kind = b"multipart/" + part[count].lower()
        return Node(kind, _params(part[count + 1]), *_disposition(part[count + 2]), [_node(p) for p in part[:count]])
    kind = part[0].lower() + b"/" + part[1].lower()
    more = 8 if kind.startswith(b"text/") else 10 if kind in (b"message/rfc822", b"message/global") else 7
    params = _params(part[2])
    disposition, named = _disposition(part[more + 1])
    return Node(kind, params, disposition, named or _is_named(params, b"name"))


def _params(value: list[bytes] | None) -> Params:
    return list(zip(value[::2], value[1::2], strict=False)) if value else []


def _disposition(value: list[Any] | None) -> tuple[bytes, bool]:
    return (value[0].lower(), _is_named(_params(value[1]), b"filename")) if value else (b"", False)


# What kind of message it is
def class_of(root: Node, content_class: str) -> str:
    """PidTagMessageClass, as far as the root of the message tells ([MS-OXCMAIL] 2.2.3.2.1)."""
    if is_encrypted(root):
        return "IPM.Note.SMIME"
    if is_signed(root):
        return SIGNED_CLASS
    return class_of_content(content_class)


def is_encrypted(root: Node) -> bool:
    """Or signed so that nobody reads it without a key: one part of CMS."""
    if root.kind in (b"application/pkcs7-mime", b"application/x-pkcs7-mime"):
        return True
    name = param_text(root.params, b"name") or ""
    return root.kind == b"application/octet-stream" and name.lower().endswith(".p7m")


def is_signed(root: Node) -> bool:
    """By S/MIME, so that it can be read. Signatures by OpenPGP are attachments: Outlook would call them broken."""
    protocol = (param(root.params, b"protocol") or b"").lower()
    return root.kind == b"multipart/signed" and bool(root.children) and protocol in _SIGNATURES


_SIGNATURES = (b"application/pkcs7-signature", b"application/x-pkcs7-signature")


def is_report(root: Node) -> bool:
    return root.kind == b"multipart/report" and bool(root.children)
