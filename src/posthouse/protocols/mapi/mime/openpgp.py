"""What OpenPGP has encrypted – RFC 3156 §4. To MAPI it is a message of two files; it goes on as what it was, for nobody
could read it otherwise.
"""

from __future__ import annotations

from .. import tags
from ..objects import Attachment, Message, value_of
from . import entities
from .bodies import plain_body
from .entities import Entity

CONTROL = "application/pgp-encrypted"
_ARMOR = b"-----BEGIN PGP MESSAGE-----"


def encrypted_of(message: Message, seed: bytes) -> Entity | None:
    """None: it is something else."""
    if len(message.attachments) != 2 or (plain_body(message.properties) or "").strip():
        return None
    control, content = message.attachments
    version, data = _data(control), _data(content)
    kind = (value_of(control.properties, tags.PidTagAttachMimeTag) or "").lower()
    if kind != CONTROL or not version.isascii() or not data.lstrip().startswith(_ARMOR) or not data.isascii():
        return None
    name = value_of(content.properties, tags.PidTagAttachLongFilename) or "encrypted.asc"
    parts = [_plain(CONTROL.encode(), version), _plain(_described(name), data)]
    return entities.multipart("encrypted", parts, seed, [f'protocol="{CONTROL}"'.encode()])


def _data(attachment: Attachment) -> bytes:
    data = value_of(attachment.properties, tags.PidTagAttachDataBinary)
    return data if isinstance(data, bytes) else b""


def _described(name: str) -> bytes:
    return b"; ".join([b"application/octet-stream", *entities.format_param("name", name)])


def _plain(content_type: bytes, data: bytes) -> Entity:
    """As it is: many programs look into it without decoding anything."""
    body = data if data.endswith(b"\n") else data + b"\r\n"
    return Entity([("Content-Type", content_type), ("Content-Transfer-Encoding", b"7bit")], body)
