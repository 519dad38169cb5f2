"""Which conversation a message belongs to – [MS-OXOMSG] 2.2.1.2, 2.2.1.3; [MS-OXCMAIL] 2.1.3.2.

Most mail has no Thread-Index, and replies of most clients lose it. What all of them keep is the message id with which
a thread began, in References; so that is what a conversation is known by, and a Thread-Index is kept as the index of a
message alone. Only of a reply without any References does it tell the conversation. What has not even an id of its own,
like a draft, belongs to the messages about the same topic.
"""

from __future__ import annotations

import binascii
import re
from hashlib import blake2b, md5
from struct import pack

from posthouse.message.fields import Values
from posthouse.message.headers import unfold
from posthouse.message.limits import MAX_ID
from posthouse.message.words import tolerant_base64

from .. import tags
from ..moments import file_time
from ..objects import Properties, value_of

HEADER = 22
"""Bytes of a conversation index before its blocks, one for each reply."""
_BLOCK = 5
_MAX_INDEX = 4_096
_TOPIC = 255
"""Units of UTF-16 of a topic that tell which conversation it is."""


def read_index(value: bytes | None) -> bytes:
    """Of Thread-Index; empty when that is none."""
    if value is None:
        return b""
    try:
        index = tolerant_base64(unfold(value)[: 2 * _MAX_INDEX])[:_MAX_INDEX]
    except binascii.Error:
        return b""
    whole = len(index) >= HEADER and (len(index) - HEADER) % _BLOCK == 0
    return index if whole and index[0] == 1 else b""


def format_index(index: bytes) -> bytes:
    return binascii.b2a_base64(index, newline=False)


def conversation_id(fields: Values, message_id: str, index: bytes) -> bytes:
    """16 bytes, or none: nothing to know it by."""
    root = thread_root(fields)
    if not root and len(index) > HEADER:
        return index[6:HEADER]
    root = root or message_id
    return blake2b(root.strip("<>").encode("utf-8", "replace"), digest_size=16).digest() if root else index[6:HEADER]


def conversation_of(properties: Properties) -> bytes:
    """The same for a message that a client made: as others know it when a header of theirs tells, else as [MS-OXOMSG]
    2.2.1.2 has it. Empty: nothing to know it by. Where an index is to tell it, and there is none, it is the first of a
    conversation of its own."""
    told = {b"references": tags.PidTagInternetReferences, b"in-reply-to": tags.PidTagInReplyToId}
    fields = {name: (value_of(properties, tag) or "").encode("utf-8", "replace") for name, tag in told.items()}
    index: bytes = value_of(properties, tags.PidTagConversationIndex) or b""
    message_id: str = value_of(properties, tags.PidTagInternetMessageId) or ""
    if message_id or thread_root(fields):
        return conversation_id(fields, message_id, index)
    tracked = value_of(properties, tags.PidTagConversationIndexTracking)
    if tracked and len(index) >= HEADER and index[0] == 1:
        return index[6:HEADER]
    return id_of_topic(topic_of(properties) or "") or (_of_its_own(properties) if tracked else b"")


def _of_its_own(properties: Properties) -> bytes:
    """Its copies have the same."""
    key: bytes = value_of(properties, tags.PidTagSearchKey) or b""
    return blake2b(key, digest_size=16).digest() if key else b""


def topic_of(properties: Properties) -> str | None:
    """What a client's message is about, as it says or by its subject (2.2.1.5)."""
    topic: str | None = value_of(properties, tags.PidTagConversationTopic)
    return value_of(properties, tags.PidTagNormalizedSubject) if topic is None else topic


def id_of_topic(topic: str) -> bytes:
    """Letters count as their capitals, and no letter as two. Empty: messages about nothing have nothing in common."""
    if not topic:
        return b""
    letters = (letter if len(letter.upper()) > 1 else letter.upper() for letter in topic.split("\0", 1)[0][:_TOPIC])
    units = "".join(letters).encode("utf-16-le", "surrogatepass")[: 2 * _TOPIC]
    return md5(units, usedforsecurity=False).digest()


def thread_root(fields: Values) -> str:
    """The message id of the first message, without brackets; empty when this one may be the first."""
    for name in (b"references", b"in-reply-to"):
        value = fields.get(name)
        found = None if value is None else _ID.search(value)
        if found:
            return found[1][:MAX_ID].decode("utf-8", "replace")
    return ""


_ID = re.compile(rb"<([^<>\s\0]++)>")


def make_index(conversation: bytes, sent: float) -> bytes:
    """For a message that came without one: the upper six bytes of the moment, of which the first is 1, then the
    conversation."""
    return b"\x01" + pack(">Q", file_time(sent) & (1 << 64) - 1)[1:6] + conversation
