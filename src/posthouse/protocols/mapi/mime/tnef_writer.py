"""Properties and attachments → TNEF – [MS-OXTNEF] 2.1. The grammar is in `tnef`, which reads it back.

Everything that can be a property is one, in Unicode; older attributes are only those that a reader looks for before it
looks at properties. Of a stream without more than the reader's bounds, the reader makes the same again.
"""

from __future__ import annotations

from struct import pack
from typing import Any
from uuid import UUID

from .. import tags
from ..objects import Key, Properties, value_of
from ..property_rows import Typed
from ..property_values import MULTIPLE, PropertyType, format_value
from ..reader import format_unicode
from .apple import MAC_BINARY
from .tnef import (
    ATTACH_DATA,
    ATTACH_TITLE,
    ATTACHMENT_PROPS,
    CLASSES,
    FIXED,
    IMESSAGE,
    MESSAGE_CLASS,
    MSG_PROPS,
    OEM_CODE_PAGE,
    RECIP_TABLE,
    RENDER_DATA,
    SIGNATURE,
    Tnef,
    TnefAttachment,
)

_VERSION = 0x00089006
_MESSAGE, _ATTACHMENT = 1, 2
_KEY = 1
"""Any number but nought will do (2.1.3.1)."""
_WESTERN = 1252
_STORAGE = UUID("0000000B-0000-0000-C000-000000000046")
"""IStorage: what an OLE object is given as."""
_FILE, _OLE = 1, 2
_WHERE_NO_TEXT_IS = 0xFFFFFFFF
_OLD_CLASSES = {new: old for old, new in CLASSES.items()}


def format_tnef(found: Tnef) -> bytes:
    """Subject and text are to be among the properties. Values that TNEF has no form for are left out."""
    stream = [
        pack("<IH", SIGNATURE, _KEY),
        _attribute(_MESSAGE, _VERSION, pack("<I", 0x00010000)),
        _attribute(_MESSAGE, OEM_CODE_PAGE, pack("<II", _WESTERN, 0)),
    ]
    if found.message_class:
        name = _OLD_CLASSES.get(found.message_class, found.message_class)
        stream.append(_attribute(_MESSAGE, MESSAGE_CLASS, _oem(name)))
    if found.recipients:
        rows = pack("<I", len(found.recipients)) + b"".join(map(_list, found.recipients))
        stream.append(_attribute(_MESSAGE, RECIP_TABLE, rows))
    if found.properties:
        stream.append(_attribute(_MESSAGE, MSG_PROPS, _list(found.properties)))
    stream += [attribute for attachment in found.attachments for attribute in _attachment(attachment)]
    return b"".join(stream)


def _attribute(level: int, number: int, data: bytes) -> bytes:
    return pack("<BII", level, number, len(data)) + data + pack("<H", sum(data) & 0xFFFF)


def _oem(text: str) -> bytes:
    return text.encode("cp1252", "replace") + b"\0"


def _attachment(found: TnefAttachment) -> list[bytes]:
    """attAttachRendData begins each, attAttachment ends it (2.1.3)."""
    typed = found.properties.get(tags.PidTagAttachDataBinary.id)
    kind = _OLE if typed is not None and typed.type == PropertyType.OBJECT else _FILE
    flags = int(value_of(found.properties, tags.PidTagAttachEncoding) == MAC_BINARY)
    parts = [_attribute(_ATTACHMENT, RENDER_DATA, pack("<HIHHI", kind, _WHERE_NO_TEXT_IS, 0, 0, flags))]
    if found.title:
        parts.append(_attribute(_ATTACHMENT, ATTACH_TITLE, _oem(found.title)))
    if found.data:
        parts.append(_attribute(_ATTACHMENT, ATTACH_DATA, found.data))
    more = () if found.embedded is None else (_embedded(found.embedded),)
    if found.properties or more:
        parts.append(_attribute(_ATTACHMENT, ATTACHMENT_PROPS, _list(found.properties, *more)))
    return parts


def _embedded(found: Tnef) -> bytes:
    data = IMESSAGE.bytes_le + format_tnef(found)
    return tags.PidTagAttachDataObject.format() + pack("<I", 1) + _padded(data)


# Properties
def _list(properties: Properties, *more: bytes) -> bytes:
    values = [_property(key, typed) for key, typed in properties.items() if can_be_written(typed)]
    return pack("<I", len(values) + len(more)) + b"".join((*values, *more))


def can_be_written(typed: Typed) -> bool:
    if typed.type == PropertyType.OBJECT:
        return isinstance(typed.value, bytes)
    return typed.type & ~MULTIPLE in _WRITTEN


_WRITTEN = frozenset((*FIXED, PropertyType.STRING, PropertyType.BINARY))


def _property(key: Key, typed: Typed) -> bytes:
    return pack("<H", typed.type) + _key(key) + _value(typed)


_NAMED = 0x8000
"""Any id from here on says that a name follows, which is what counts."""


def _key(key: Key) -> bytes:
    if isinstance(key, int):
        return pack("<H", key)
    head = pack("<H", _NAMED) + key.guid.bytes_le
    if isinstance(key.name, int):
        return head + pack("<II", 0, key.name)
    return head + pack("<I", 1) + _padded(format_unicode(key.name))


def _value(typed: Typed) -> bytes:
    kind, several = typed.type & ~MULTIPLE, typed.type & MULTIPLE
    values: tuple[Any, ...] = typed.value if several else (typed.value,)  # type: ignore[assignment]
    counted = several or kind not in FIXED
    head = pack("<I", len(values)) if counted else b""
    return head + b"".join([_one(kind, value) for value in values])


def _one(kind: int, value: Any) -> bytes:
    if kind in FIXED:
        return format_value(kind, value).ljust(FIXED[PropertyType(kind)], b"\0")
    if kind == PropertyType.STRING:
        return _padded(format_unicode(value.replace("\0", "")))
    return _padded(_STORAGE.bytes_le + value if kind == PropertyType.OBJECT else value)


def _padded(data: bytes) -> bytes:
    return pack("<I", len(data)) + data + bytes(-len(data) % 4)
