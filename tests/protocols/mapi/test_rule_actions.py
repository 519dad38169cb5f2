"""Actions and conditions of rules, in both forms, byte for byte, there and back, and against anything.

Statements are those of [MS-OXORULE].
"""

from __future__ import annotations

import contextlib
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rop_examples import check
from structure_values import values_of

from posthouse.model.refusals import BadSyntax
from posthouse.protocols.mapi.extended_rules import (
    VERSION,
    ExtendedRuleActions,
    ExtendedRuleCondition,
    NamedPropertyInformation,
)
from posthouse.protocols.mapi.identifiers import ObjectId
from posthouse.protocols.mapi.property_names import PropertyName
from posthouse.protocols.mapi.property_values import EXTENDED as WIDE
from posthouse.protocols.mapi.property_values import PropertyTag, PropertyType, TaggedValue, format_value, read_value
from posthouse.protocols.mapi.reader import Reader
from posthouse.protocols.mapi.restrictions import And, Content, FuzzyLow, Property, RelOp
from posthouse.protocols.mapi.rops.rule import ModifyRulesFlags, RopModifyRulesRequest, RuleData, RuleDataFlags
from posthouse.protocols.mapi.rule_actions import (
    _EXTENDED,
    _STANDARD,
    ActionBlock,
    ActionType,
    BounceCode,
    BounceData,
    ClientData,
    ExtendedForwardDelegateData,
    ExtendedMoveCopyData,
    ExtendedRecipientBlockData,
    ExtendedReplyData,
    ExtendedTagData,
    ForwardDelegateData,
    ForwardFlavor,
    LongForwardDelegateData,
    LongRecipientBlockData,
    MoveCopyData,
    RecipientBlockData,
    ReplyData,
    ReplyFlavor,
    ServerEid,
    TagData,
    format_rule_actions,
    read_rule_actions,
)
from posthouse.protocols.mapi.rules import are_complete
from posthouse.protocols.mapi.tags import (
    PidTagChangeKey,
    PidTagMessageFlags,
    PidTagRuleActions,
    PidTagRuleCondition,
    PidTagSubject,
)

INBOX, TEMPLATE = ObjectId(1, 13), ObjectId(1, 0x0E8EF148)
EID = ServerEid(1, INBOX, ObjectId(0, 0), 0).format()
EID_BYTES = "01 0100 00000000000D 0000000000000000 00000000"
GUID = UUID("11112222-3333-4444-5555-666677778888")
GUID_BYTES = "22221111333344445555666677778888"
KEY = TaggedValue(PidTagChangeKey, b"k")

STANDARD: list[tuple[ActionBlock, str]] = [
    (
        ActionBlock(ActionType.OP_MOVE, MoveCopyData(True, b"s", EID)),
        f"2400 01 00000000 00000000 01 0100 73 1500 {EID_BYTES}",
    ),
    (
        ActionBlock(ActionType.OP_COPY, MoveCopyData(False, b"", b"f")),
        "0F00 02 00000000 00000000 00 0000 0100 66",
    ),
    (
        ActionBlock(ActionType.OP_REPLY, ReplyData(INBOX, TEMPLATE, GUID), ReplyFlavor.ST),
        f"2900 03 02000000 00000000 0100 00000000000D 0100 00000E8EF148 {GUID_BYTES}",
    ),
    (
        ActionBlock(ActionType.OP_OOF_REPLY, ReplyData(INBOX, TEMPLATE, GUID)),
        f"2900 04 00000000 00000000 0100 00000000000D 0100 00000E8EF148 {GUID_BYTES}",
    ),
    (ActionBlock(ActionType.OP_DEFER_ACTION, ClientData(b"sound"), 0, 7), "0E00 05 00000000 07000000 736F756E64"),
    (ActionBlock(ActionType.OP_BOUNCE, BounceData(BounceCode.DENIED)), "0D00 06 00000000 00000000 26000000"),
    (
        ActionBlock(ActionType.OP_FORWARD, ForwardDelegateData((RecipientBlockData(1, (KEY,)),)), ForwardFlavor.PR),
        "1500 07 01000000 00000000 0100 01 0100 0201E265 0100 6B",
    ),
    (ActionBlock(ActionType.OP_DELEGATE, ForwardDelegateData(())), "0B00 08 00000000 00000000 0000"),
    (
        ActionBlock(ActionType.OP_DELEGATE, LongForwardDelegateData((LongRecipientBlockData(0, (KEY, KEY)),))),
        "2000 08 00000000 00000000 01000000 00 02000000 0201E265 0100 6B 0201E265 0100 6B",
    ),
    (ActionBlock(ActionType.OP_TAG, TagData(KEY)), "1000 09 00000000 00000000 0201E265 0100 6B"),
    (ActionBlock(ActionType.OP_DELETE), "0900 0A 00000000 00000000"),
    (ActionBlock(ActionType.OP_MARK_AS_READ), "0900 0B 00000000 00000000"),
    (ActionBlock(ActionType(0x77), ClientData(b"?")), "0A00 77 00000000 00000000 3F"),
]


@pytest.mark.parametrize(("action", "encoded"), STANDARD)
def test_standard_actions(action: ActionBlock, encoded: str) -> None:
    """R12, R231, R235 to R238, R240 to R257, R259 to R270, R271, R274, R291 to R295, R297, R298, R300, R301, R305,
    R307, R308, R322, R323, R328 to R330, R338, R339, R346, R739, R880, R929, R943, R947, R950, R979 to R987, R992,
    R993, R1003 to R1006, R1008: a block has its size of 16 bits, what it is, and what this kind of action needs;
    counts of recipients and of their properties are understood as the document has them, and as clients do."""
    raw = bytes.fromhex("0100" + encoded)
    assert format_rule_actions((action,)).hex(" ") == raw.hex(" ")
    assert format_value(PropertyType.RULE_ACTION, (action,)) == raw
    reader = Reader(raw)
    assert read_value(reader, PropertyType.RULE_ACTION) == (action,)
    reader.done()


EXTENDED: list[tuple[ActionBlock, str]] = [
    (
        ActionBlock(ActionType.OP_MOVE, ExtendedMoveCopyData(b"", b"f")),
        "12000000 01 00000000 00000000 00000000 01000000 66",
    ),
    (
        ActionBlock(ActionType.OP_COPY, ExtendedMoveCopyData(b"s", b"ff")),
        "14000000 02 00000000 00000000 01000000 73 02000000 6666",
    ),
    (
        ActionBlock(ActionType.OP_REPLY, ExtendedReplyData(b"m", GUID)),
        f"1E000000 03 00000000 00000000 01000000 6D {GUID_BYTES}",
    ),
    (
        ActionBlock(ActionType.OP_OOF_REPLY, ExtendedReplyData(bytes(70), GUID)),
        f"63000000 04 00000000 00000000 46000000 {'00' * 70} {GUID_BYTES}",
    ),
    (
        ActionBlock(ActionType.OP_DELEGATE, ExtendedForwardDelegateData((ExtendedRecipientBlockData(1, (KEY,)),))),
        "1B000000 08 00000000 00000000 01000000 01 01000000 0201E265 01000000 6B",
    ),
    (ActionBlock(ActionType.OP_TAG, ExtendedTagData(KEY)), "12000000 09 00000000 00000000 0201E265 01000000 6B"),
    (
        ActionBlock(ActionType.OP_TAG, ExtendedTagData(TaggedValue(PidTagSubject, "a"))),
        "11000000 09 00000000 00000000 1F003700 6100 0000",
    ),
    (ActionBlock(ActionType.OP_DELETE), "09000000 0A 00000000 00000000"),
]


@pytest.mark.parametrize(("action", "encoded"), EXTENDED)
def test_extended_actions(action: ActionBlock, encoded: str) -> None:
    """R192, R944, R945, R948, R949, R955, R966, R967, R970, R971, R975, R977, R978, R989, R995 to R998, R1000:
    sizes of 32 bits, and entry ids."""
    raw = bytes.fromhex("01000000" + encoded)
    assert format_rule_actions((action,), WIDE).hex(" ") == raw.hex(" ")
    reader = Reader(raw)
    assert read_rule_actions(reader, WIDE) == (action,)
    reader.done()


READ = Property(RelOp.EQ, PidTagMessageFlags, TaggedValue(PidTagMessageFlags, 1))
READ_BYTES = "04 04 0300070E 0300070E 01000000"
HAS_KEY = Property(RelOp.EQ, PidTagChangeKey, KEY)
NAMED = PropertyTag(0x8001, PropertyType.STRING)
COLOUR = Content(FuzzyLow.FULL_STRING, 0, NAMED, TaggedValue(NAMED, "a"))


def test_condition_of_a_standard_rule() -> None:
    """R200 and MS-OXCDATA 2.12: a restriction is a value among others, as it is in ROP buffers."""
    rule = RuleData(
        RuleDataFlags.ROW_ADD,
        (
            TaggedValue(PidTagRuleCondition, And((READ, HAS_KEY))),
            TaggedValue(PidTagRuleActions, (ActionBlock(ActionType.OP_DELETE),)),
        ),
    )
    check(
        RopModifyRulesRequest(0, 0, ModifyRulesFlags(0), (rule,)),
        f"41 00 00 00 0100 01 0200 FD007966 00 0200 {READ_BYTES} 04 04 0201E265 0201E265 0100 6B"
        "FE008066 0100 0900 0A 00000000 00000000",
    )


def test_condition_of_an_extended_rule() -> None:
    """R198, R213 to R226, R938 to R942: the names of the named properties, and a restriction with counts of 32 bits."""
    names = NamedPropertyInformation((0x8001,), (PropertyName(GUID, "a"),))
    condition = ExtendedRuleCondition(names, And((COLOUR, HAS_KEY)))
    raw = bytes.fromhex(
        f"0100 0180 16000000 01 {GUID_BYTES} 04 61000000 00 02000000 03 0000 0000 1F000180 1F000180 61000000"
        "04 04 0201E265 0201E265 01000000 6B"
    )
    assert condition.format().hex(" ") == raw.hex(" ")
    assert ExtendedRuleCondition.parse(raw) == condition


def test_actions_of_an_extended_rule() -> None:
    """R194, R206 to R209, R696, R697, R936: without names there is nothing but a count of 0; then the version."""
    actions = ExtendedRuleActions(NamedPropertyInformation(), VERSION, (ActionBlock(ActionType.OP_DELETE),))
    raw = bytes.fromhex("0000 01000000 01000000 09000000 0A 00000000 00000000")
    assert actions.format() == raw
    assert ExtendedRuleActions.parse(raw) == actions
    with pytest.raises(BadSyntax):
        ExtendedRuleActions.parse(raw + b"\0")


BLOCKS = st.sampled_from([action for action, _ in STANDARD])


@given(
    st.lists(
        BLOCKS
        | st.sampled_from(sorted(_STANDARD)).flatmap(
            lambda kind: st.sampled_from(_STANDARD[kind]).flatmap(values_of).map(lambda data: ActionBlock(kind, data))
        ),
        max_size=3,
    )
)
def test_standard_there_and_back(actions: list[ActionBlock]) -> None:
    """Actions are read as they were written."""
    reader = Reader(format_rule_actions(actions))
    assert read_rule_actions(reader) == tuple(actions)
    reader.done()


@given(
    st.lists(
        st.sampled_from(sorted(_EXTENDED)).flatmap(
            lambda kind: st.sampled_from(_EXTENDED[kind]).flatmap(values_of).map(lambda data: ActionBlock(kind, data))
        ),
        max_size=3,
    )
)
def test_extended_there_and_back(actions: list[ActionBlock]) -> None:
    """Actions are read as they were written."""
    reader = Reader(format_rule_actions(actions, WIDE))
    assert read_rule_actions(reader, WIDE) == tuple(actions)
    reader.done()


@pytest.mark.parametrize(
    "encoded",
    [
        "",
        "0200 0900 0A 00000000 00000000",
        "0100 0A00 0A 00000000 00000000",
    ],
)
def test_what_are_no_actions(encoded: str) -> None:
    """R236: fewer than their number says, or shorter than their size."""
    with pytest.raises(BadSyntax):
        read_rule_actions(Reader(bytes.fromhex(encoded)))


@pytest.mark.parametrize(
    "encoded",
    [
        "0000",
        "0800 0A 00000000 000000",
        "0A00 0A 00000000 00000000 00",
        "0A00 0B 00000000 00000000 00",
        "0A00 01 00000000 00000000 01",
        "0A00 03 00000000 00000000 00",
        "0B00 06 00000000 00000000 2600",
        "0B00 07 00000000 00000000 FFFF",
        "1200 09 00000000 00000000 FD00E265 08 1F001D0E",
        "0F00 09 00000000 00000000 FE00E265 0000",
    ],
)
def test_actions_whose_data_is_not_theirs(encoded: str) -> None:
    """R292, R346: data that is cut off, none's, or would hold rules again: whatever follows can be read, and it is no
    complete action. In an extended rule nothing can be read."""
    raw = bytes.fromhex(encoded)
    last = bytes.fromhex("0900 0A 00000000 00000000")
    reader = Reader(b"\2\0" + raw + last)
    wrong, right = read_rule_actions(reader)
    reader.done()
    assert right == ActionBlock(ActionType.OP_DELETE)
    assert not are_complete([wrong])
    assert are_complete([right])
    if not raw.startswith(b"\x0a\0\x0a") and not raw.startswith(b"\x0a\0\x0b"):
        with pytest.raises(BadSyntax):
            read_rule_actions(Reader(b"\1\0\0\0" + raw[:2] + b"\0\0" + raw[2:]), WIDE)


@given(st.binary(max_size=80))
@pytest.mark.fuzz
def test_anything(raw: bytes) -> None:
    """Whatever comes is actions that can be written, or bad syntax."""
    with contextlib.suppress(BadSyntax):
        format_rule_actions(read_rule_actions(Reader(b"\1\0" + raw)))
    with contextlib.suppress(BadSyntax):
        ExtendedRuleActions.parse(bytes(2) + raw).format()
    with contextlib.suppress(BadSyntax):
        ExtendedRuleCondition.parse(raw).format()
