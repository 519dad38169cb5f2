"""How objects are kept: every value comes back as it was, whatever it is and however large."""

from __future__ import annotations

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posthouse.model.refusals import BadSyntax
from posthouse.protocols.mapi.objects import Attachment, Message, Recipient
from posthouse.protocols.mapi.property_names import PropertyName
from posthouse.protocols.mapi.property_rows import Typed
from posthouse.protocols.mapi.property_values import MULTIPLE, PropertyType
from posthouse.protocols.mapi.stored_form import (
    format_stored,
    format_stored_properties,
    parse_stored,
    parse_stored_properties,
)

TEXT = st.text(st.characters(codec=None), max_size=20)
"""Also NULs and halves of surrogate pairs: what a client has written, it reads again."""
SINGLE = {
    PropertyType.INTEGER16: st.integers(-(2**15), 2**15 - 1),
    PropertyType.INTEGER32: st.integers(-(2**31), 2**31 - 1),
    PropertyType.FLOATING64: st.floats(allow_nan=False),
    PropertyType.INTEGER64: st.integers(-(2**63), 2**63 - 1),
    PropertyType.STRING: TEXT,
    PropertyType.TIME: st.integers(0, 2**64 - 1),
    PropertyType.GUID: st.uuids(),
    PropertyType.BINARY: st.binary(max_size=20),
}
ALONE = {
    PropertyType.BOOLEAN: st.booleans(),
    PropertyType.NULL: st.none(),
    PropertyType.SERVER_ID: st.binary(max_size=9),
}
VALUES = st.one_of(
    *[st.builds(Typed, st.just(int(kind)), values) for kind, values in (SINGLE | ALONE).items()],
    *[
        st.builds(Typed, st.just(int(kind) | MULTIPLE), st.lists(values, max_size=3).map(tuple))
        for kind, values in SINGLE.items()
    ],
)
NAMES = st.builds(PropertyName, st.uuids(), st.integers(0, 2**32 - 1) | st.text("aé日", max_size=20))
PROPERTIES = st.dictionaries(st.integers(1, 0x7FFF) | NAMES, VALUES, max_size=5)
RECIPIENTS = st.lists(st.builds(Recipient, st.integers(0, 2**32 - 1), PROPERTIES), max_size=2)


def messages(inner):
    attachments = st.builds(Attachment, st.integers(0, 2**32 - 1), PROPERTIES, st.none() | inner)
    return st.builds(Message, PROPERTIES, RECIPIENTS, st.lists(attachments, max_size=2))


MESSAGES = st.recursive(st.builds(Message, PROPERTIES, RECIPIENTS), messages, max_leaves=3)


@given(MESSAGES)
def test_an_object_comes_back_as_it_was(message):
    assert parse_stored(format_stored(message)) == message


@given(PROPERTIES)
def test_properties_alone_come_back_as_they_were(properties):
    assert parse_stored_properties(format_stored_properties(properties)) == properties


def only(properties, wanted):
    return {key: value for key, value in properties.items() if key in wanted}


def picked(message, wanted):
    recipients = [Recipient(one.row_id, only(one.properties, wanted)) for one in message.recipients]
    attachments = [
        Attachment(one.number, only(one.properties, wanted), one.embedded and picked(one.embedded, wanted))
        for one in message.attachments
    ]
    return Message(only(message.properties, wanted), recipients, attachments)


@given(MESSAGES, st.data())
def test_what_is_not_wanted_is_passed_over(message, data):
    wanted = set(data.draw(st.lists(st.sampled_from([*message.properties, 0x3001])))) if message.properties else set()
    assert parse_stored(format_stored(message), wanted) == picked(message, wanted)


def test_a_value_may_be_larger_than_a_rop_can_carry():
    value = Typed(PropertyType.BINARY, bytes(100_000))
    assert parse_stored_properties(format_stored_properties({0x3701: value})) == {0x3701: value}


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\2" + bytes(12),
        b"\1\xff\xff\xff\xff",
        b"\1\0\0\0\0\xff\xff\xff\xff",
        b"\1\0\0\0\0\0\0\0\0\xff\xff\xff\x7f",
        b"\1" + bytes(13),
        b"\1\1\0\0\0\0\0\xff",
    ],
    ids=["nothing", "another version", "many properties", "recipients", "attachments", "more behind it", "no name"],
)
def test_what_is_none_is_said_to_be_none(data):
    with pytest.raises(BadSyntax):
        parse_stored(data)
    with pytest.raises(BadSyntax):
        parse_stored(data, frozenset())


def test_messages_within_messages_have_an_end():
    message = Message()
    for _ in range(100):
        message = Message(attachments=[Attachment(0, {0x1: Typed(PropertyType.GUID, UUID(int=1))}, message)])
    with pytest.raises(BadSyntax):
        parse_stored(format_stored(message))
