"""S/MIME, kept byte for byte in one attachment – [MS-OXOSMIME] 2.1, [MS-OXCMAIL] 2.2.3.8."""

from __future__ import annotations

from posthouse.message.headers import unfold
from posthouse.message.source import Source
from posthouse.message.words import decode_header

from .. import named_tags
from ..objects import Message, set_value
from .attachments import new_attachment
from .shape import Node
from .texts import content_of

NAME = "SMIME.p7m"
SIGNED = "multipart/signed"
_TYPE = b"Content-Type: "


def keep_encrypted(source: Source, root: Node, message: Message) -> None:
    """The CMS itself, out of its transfer encoding. There is no body: nobody can read it."""
    data, _ = content_of(source, root)
    message.attachments = [new_attachment(0, data, NAME, root.kind.decode("ascii", "replace"))]
    entity = root.entity
    assert entity is not None
    told = decode_header(entity.fields.get(b"content-type", b""))[:1000]
    if told:
        set_value(message.properties, named_tags.PidNameContentType, told)


def keep_signed(source: Source, root: Node, message: Message) -> None:
    """The signed multipart as it came, below its own Content-Type. The body is shown besides."""
    entity = root.entity
    assert entity is not None
    head = _TYPE + unfold(entity.fields.get(b"content-type", b"")) + b"\r\n\r\n"
    data = head + source[entity.body_start : entity.end]
    message.attachments = [new_attachment(0, data, NAME, SIGNED)]
