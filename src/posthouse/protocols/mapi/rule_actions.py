"""What rules do – [MS-OXORULE] 2.2.5: values of PropertyType.RULE_ACTION.

Sizes have 16 bits in standard rules; in extended rules (`extended_rules.py`) they have 32, and folders and messages are
told by entry ids.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from struct import Struct
from typing import Annotated

from posthouse.model.refusals import BadSyntax

from .enumerations import Choice, Flags
from .fields import FID, MID, U8, U32, Bool8, Bytes16, Bytes32, Counted16, Counted32, Guid, Rest
from .property_values import EXTENDED, ROP, Form, TaggedValue, read_plain_value
from .reader import Reader
from .structures import Codec, Structure, structure

PlainValue = Annotated[TaggedValue, Codec(4, lambda reader, _: read_plain_value(reader), TaggedValue.format)]
WideValue = Annotated[
    TaggedValue, Codec(4, lambda reader, _: read_plain_value(reader, EXTENDED), lambda value: value.format(EXTENDED))
]


class ActionType(Choice):
    """2.2.5.1."""

    OP_MOVE = 0x01
    OP_COPY = 0x02
    OP_REPLY = 0x03
    OP_OOF_REPLY = 0x04
    OP_DEFER_ACTION = 0x05
    OP_BOUNCE = 0x06
    OP_FORWARD = 0x07
    OP_DELEGATE = 0x08
    OP_TAG = 0x09
    OP_DELETE = 0x0A
    OP_MARK_AS_READ = 0x0B


class ForwardFlavor(Flags):
    """2.2.5.1.1, of OP_FORWARD."""

    PR = 0x01
    """The sender stays who it was."""
    NC = 0x02
    """Nothing is changed."""
    AT = 0x04
    """As an attachment."""
    TM = 0x08
    """As a short message."""


class ReplyFlavor(Flags):
    """2.2.5.1.1, of OP_REPLY and OP_OOF_REPLY."""

    NS = 0x01
    """Not to the sender of the message."""
    ST = 0x02
    """With the server's own text."""


@structure
class ServerEid(Structure):
    """2.2.5.1.2.1.1: a folder in this store."""

    ours: U8
    """1."""
    folder_id: FID
    message_id: MID
    instance: U32


@structure
class MoveCopyData(Structure):
    """2.2.5.1.2.1."""

    folder_in_this_store: Bool8
    store_eid: Bytes16
    folder_eid: Bytes16
    """A ServerEid when it is in this store, otherwise the client's own."""


@structure
class ExtendedMoveCopyData(Structure):
    store_eid: Bytes32
    folder_eid: Bytes32
    """An entry id."""


@structure
class ReplyData(Structure):
    """2.2.5.1.2.2."""

    reply_template_fid: FID
    reply_template_mid: MID
    reply_template_guid: Guid


@structure
class ExtendedReplyData(Structure):
    reply_template_message_eid: Bytes32
    reply_template_guid: Guid


@structure
class ClientData(Structure):
    """Of OP_DEFER_ACTION (2.2.5.1.2.3), the client's own; also of an action that nobody knows, and what in a standard
    rule is not what belongs to its action: that rule is refused, and no other (R594)."""

    data: Rest


@structure
class RecipientBlockData(Structure):
    """2.2.5.1.2.4.1."""

    reserved: U8
    property_values: Counted16[PlainValue]


@structure
class ForwardDelegateData(Structure):
    """2.2.5.1.2.4."""

    recipient_blocks: Counted16[RecipientBlockData]


@structure
class LongRecipientBlockData(Structure):
    reserved: U8
    property_values: Counted32[PlainValue]


@structure
class LongForwardDelegateData(Structure):
    """Of a standard rule, with counts of 32 bits: the document has them, clients have 16 bits."""

    recipient_blocks: Counted32[LongRecipientBlockData]


@structure
class ExtendedRecipientBlockData(Structure):
    reserved: U8
    property_values: Counted32[WideValue]


@structure
class ExtendedForwardDelegateData(Structure):
    recipient_blocks: Counted32[ExtendedRecipientBlockData]


class BounceCode(Choice):
    """2.2.5.1.2.5."""

    TOO_LARGE = 0x0D
    CANNOT_BE_DISPLAYED = 0x1F
    DENIED = 0x26


@structure
class BounceData(Structure):
    bounce_code: Annotated[BounceCode, U32]


@structure
class TagData(Structure):
    """2.2.5.1.2.6."""

    value: PlainValue


@structure
class ExtendedTagData(Structure):
    value: WideValue


Forwarding = ForwardDelegateData | LongForwardDelegateData | ExtendedForwardDelegateData
ActionData = (
    MoveCopyData
    | ExtendedMoveCopyData
    | ReplyData
    | ExtendedReplyData
    | ClientData
    | Forwarding
    | BounceData
    | TagData
    | ExtendedTagData
)
_Kinds = Mapping[ActionType, tuple[type[ActionData], ...]]
"""In each form in which there is such data."""
_STANDARD: _Kinds = {
    ActionType.OP_MOVE: (MoveCopyData,),
    ActionType.OP_COPY: (MoveCopyData,),
    ActionType.OP_REPLY: (ReplyData,),
    ActionType.OP_OOF_REPLY: (ReplyData,),
    ActionType.OP_BOUNCE: (BounceData,),
    ActionType.OP_FORWARD: (ForwardDelegateData, LongForwardDelegateData),
    ActionType.OP_DELEGATE: (ForwardDelegateData, LongForwardDelegateData),
    ActionType.OP_TAG: (TagData,),
}
_EXTENDED: _Kinds = {
    ActionType.OP_MOVE: (ExtendedMoveCopyData,),
    ActionType.OP_COPY: (ExtendedMoveCopyData,),
    ActionType.OP_REPLY: (ExtendedReplyData,),
    ActionType.OP_OOF_REPLY: (ExtendedReplyData,),
    ActionType.OP_BOUNCE: (BounceData,),
    ActionType.OP_FORWARD: (ExtendedForwardDelegateData,),
    ActionType.OP_DELEGATE: (ExtendedForwardDelegateData,),
    ActionType.OP_TAG: (ExtendedTagData,),
}


@dataclass(frozen=True, slots=True)
class ActionBlock:
    """2.2.5.1."""

    action_type: ActionType
    data: ActionData | None = None
    """In the form of the kind of rule; None: OP_DELETE and OP_MARK_AS_READ need none."""
    action_flavor: int = 0
    """A ForwardFlavor or a ReplyFlavor."""
    action_flags: int = 0
    """The client's own."""


_HEAD = Struct("<BII")


_NOTHING = ActionBlock(ActionType(0), None)
"""In place of what is too short for an action."""


def format_rule_actions(actions: Sequence[ActionBlock], form: Form = ROP) -> bytes:
    count = Struct("<I" if form.wide else "<H")
    blocks = [_format_block(block) for block in actions]
    return count.pack(len(blocks)) + b"".join(count.pack(len(block)) + block for block in blocks)


def _format_block(block: ActionBlock) -> bytes:
    head = _HEAD.pack(block.action_type, block.action_flavor, block.action_flags)
    return head if block.data is None else head + block.data.format()


def read_rule_actions(reader: Reader, form: Form = ROP) -> tuple[ActionBlock, ...]:
    return tuple(_read_block(reader, form) for _ in range(_count(reader, form)))


def _count(reader: Reader, form: Form) -> int:
    return reader.u32() if form.wide else reader.u16()


def _read_block(reader: Reader, form: Form) -> ActionBlock:
    size = _count(reader, form)
    if size > reader.left:
        raise BadSyntax("an action of that size", reader.at)
    if size < _HEAD.size and not form.wide:
        reader.take(size)
        return _NOTHING
    end, reader.end = reader.end, reader.at + size
    number, flavor, flags = _HEAD.unpack(reader.take(_HEAD.size))
    kind = ActionType(number)
    data = None
    if reader.left:
        data = _read_data(reader, _EXTENDED if form.wide else _STANDARD, kind)
    reader.done()
    reader.end = end
    return ActionBlock(kind, data, flavor, flags)


def _read_data(reader: Reader, kinds: _Kinds, kind: ActionType) -> ActionData:
    """All that is left."""
    begin, forms = reader.at, kinds.get(kind, ())
    for form in forms:
        reader.at = begin
        try:
            found = form.read(reader)
            reader.done()
        except BadSyntax:
            if kinds is _EXTENDED:
                raise
        else:
            return found
    reader.at = begin
    return ClientData.read(reader)
