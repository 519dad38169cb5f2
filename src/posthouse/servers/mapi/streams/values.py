"""A property's value as the bytes of a stream, and back – [MS-OXCPRPT] 2.2.14.

A text has no zero at its end. Of which form it is says the type that the client names.
"""

from __future__ import annotations

from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.objects import Key, Properties, set_value
from posthouse.protocols.mapi.property_rows import Typed
from posthouse.protocols.mapi.property_values import PropertyTag, PropertyType, TaggedValue
from posthouse.servers.mapi.errors import ErrorCode, RopError
from posthouse.servers.mapi.values import UTF_8, Strings, kept, tells_utf_8, typed_as

_BYTES = (PropertyType.BINARY, PropertyType.OBJECT)
STREAMED = (*_BYTES, PropertyType.STRING, PropertyType.STRING8)


def as_bytes(tag: PropertyTag, key: Key, properties: Properties, codec: str) -> bytes | None:
    """None: there is no such value."""
    if tag.type in _BYTES:
        found = properties.get(key)
        return found.value if found is not None and found.type in _BYTES and isinstance(found.value, bytes) else None
    told = typed_as(PropertyTag(tag.id, PropertyType.STRING), key, properties, Strings(codec))
    if told is None or not isinstance(told.value, str):
        return None
    return told.value.encode(_codec(tag, codec), "surrogatepass" if tag.type == PropertyType.STRING else "replace")


def as_property(tag: PropertyTag, key: Key, data: bytes, codec: str) -> Properties:
    """ecUnexpectedType when a property of that id cannot have such a value."""
    if tag.type == PropertyType.OBJECT:
        return {key: Typed(tag.type, data)}
    if tag.type == PropertyType.BINARY:
        value = kept(TaggedValue(tag, data), codec)
    else:
        text = data.decode(_codec(tag, codec), "replace").rstrip("\0")
        value = kept(TaggedValue(PropertyTag(tag.id, PropertyType.STRING), text), codec)
    if value is None:
        raise RopError(ErrorCode.ecUnexpectedType)
    made: Properties = {key: value}
    if tells_utf_8(tag):
        set_value(made, tags.PidTagInternetCodepage, UTF_8)
    return made


def _codec(tag: PropertyTag, codec: str) -> str:
    return "utf-16-le" if tag.type == PropertyType.STRING else codec
