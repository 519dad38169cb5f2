"""The text of a message, out of its parts: decoded, of one character set, in one piece – [MS-OXBBODY] 2.1."""

from __future__ import annotations

import re

from posthouse.message.charsets import is_known, to_text
from posthouse.message.decode import decode_lenient
from posthouse.message.source import Source

from .html import declare_utf_8, html_of_text
from .shape import Body, Node

UTF_8 = 65001
"""PidTagInternetCodepage of what is made here."""

_META = re.compile(rb"<meta\b[^>]{0,300}?charset\s*=\s*[\"']?\s*([-\w:.]{1,40})", re.I)
_HEAD = 8_192
"""Bytes in which a document tells its character set."""
_ENRICHED = re.compile(r"<(<)|<param>[^<]*</param>|</?[a-z][^<>]{0,60}>", re.I)
_LINE_END = re.compile(r"\r\n|\r|\n")


def plain_of(source: Source, body: Body) -> str | None:
    if not body.plain:
        return None
    return "".join([_ended(_plain(source, node)) for node in body.plain[:-1]]) + _plain(source, body.plain[-1])


def html_of(source: Source, body: Body) -> str | None:
    """None when no part is HTML."""
    if not body.has_html:
        return None
    pieces = [_html(source, node) if node.is_html else html_of_text(_plain(source, node), False) for node in body.rich]
    return pieces[0] if len(pieces) == 1 else "<br>\r\n".join(pieces)


def _ended(text: str) -> str:
    return text if text.endswith("\n") or not text else text + "\r\n"


def _plain(source: Source, node: Node) -> str:
    data, charset = content_of(source, node)
    text = _LINE_END.sub("\r\n", to_text(data, charset).replace("\0", ""))
    if node.kind != b"text/plain":
        text = _ENRICHED.sub(lambda found: found[1] or "", text)
    return text.removeprefix("\ufeff")


def _html(source: Source, node: Node) -> str:
    """What the document itself says of its character set counts where the header says nothing; then it must tell the
    truth about the new one."""
    data, charset = content_of(source, node)
    if data.startswith(b"\xef\xbb\xbf"):
        charset = "utf-8"
    elif not charset or not is_known(charset):
        found = _META.search(data, 0, _HEAD)
        charset = found[1].decode("ascii", "replace").lower() if found else charset
    return declare_utf_8(to_text(data, charset).replace("\0", "").removeprefix("\ufeff"))


def content_of(source: Source, node: Node) -> tuple[bytes, str]:
    """Decoded bytes, and the name of their character set."""
    entity = node.entity
    assert entity is not None
    encoding = entity.encoding.name.decode("ascii", "replace")
    return decode_lenient(source[entity.body_start : entity.end], encoding), entity.content.charset.decode("ascii")
