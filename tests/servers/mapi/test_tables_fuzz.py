"""Operations on tables with anything in them: each is answered, and the session goes on."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mapi_session import LOGON, mapi_hub
from mapi_tables import UP, TableSession
from structure_values import TAGS, values_of_any

from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.property_values import PropertyTag, PropertyType, TaggedValue
from posthouse.protocols.mapi.restrictions import (
    And,
    BitMask,
    Content,
    Direction,
    Exist,
    FuzzyLow,
    Not,
    Property,
    RelOp,
    SortOrder,
    SubObject,
)
from posthouse.protocols.mapi.rop_buffer import RopBuffer
from posthouse.protocols.mapi.rops import RopRequest, bookmark, category, table
from posthouse.protocols.mapi.rops.attachment import RopGetAttachmentTableRequest, RopGetAttachmentTableResponse
from posthouse.testing import MailHub

KINDS: list[type[RopRequest]] = [
    kind
    for module in (table, bookmark, category)
    for kind in vars(module).values()
    if isinstance(kind, type) and issubclass(kind, RopRequest) and kind is not RopRequest
]
EXAMPLES = int(os.environ.get("POSTHOUSE_FUZZ_EXAMPLES", "8"))
EXECUTES = settings(
    max_examples=EXAMPLES * 25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
SEVERAL = PropertyTag(tags.PidTagSubject.id, PropertyType.STRING | 0x3000)
KNOWN = st.sampled_from(
    [
        *(tags.PidTagSubject, tags.PidTagMid, tags.PidTagInstID, tags.PidTagMessageDeliveryTime, tags.PidTagRead),
        *(tags.PidTagMessageFlags, tags.PidTagBody, tags.PidTagDisplayName, tags.PidTagRowType, SEVERAL),
    ]
)
TEXT = st.builds(TaggedValue, st.just(tags.PidTagSubject), st.text(max_size=3))
NUMBER = st.builds(TaggedValue, st.just(tags.PidTagMessageFlags), st.integers(-9, 9))
CONDITIONS = st.recursive(
    st.builds(Property, st.sampled_from(RelOp), KNOWN | TAGS, TEXT | NUMBER)
    | st.builds(Content, st.sampled_from(FuzzyLow), st.integers(0, 7), KNOWN, TEXT)
    | st.builds(BitMask, st.booleans(), KNOWN, st.integers(0, 0xFFFFFFFF))
    | st.builds(Exist, KNOWN | TAGS),
    lambda inner: (
        st.builds(And, st.tuples(inner, inner))
        | st.builds(Not, inner)
        | st.builds(SubObject, st.sampled_from([tags.PidTagMessageRecipients, tags.PidTagMessageAttachments]), inner)
    ),
    max_leaves=4,
)
ORDERS = st.lists(st.builds(SortOrder, KNOWN, st.sampled_from(Direction)), max_size=3).map(tuple)
SLOTS = st.integers(0, 8)
FIELDS = {
    "logon_id": st.just(0),
    "handle_index": SLOTS,
    "property_tags": st.lists(KNOWN | TAGS, max_size=4).map(tuple),
    "restriction": st.none() | CONDITIONS,
    "sort_orders": ORDERS,
    "category_count": st.integers(0, 2),
    "expanded_count": st.integers(0, 2),
    "category_id": st.sampled_from([1 << 16, 2 << 16, 1, 0]),
    "row_id": st.sampled_from([1 << 16, 2 << 16, 1, (1 << 64) - 1]),
    "bookmark": st.sampled_from([b"\1\0\0\0", b"\2\0\0\0", b"", b"?"]),
    "origin": st.sampled_from(list(table.Bookmark)),
}


@pytest.fixture(scope="module")
def hub() -> Iterator[MailHub]:
    with mapi_hub("alice") as hub:
        yield hub


@pytest.fixture(scope="module")
def alice(hub: MailHub) -> TableSession:
    """With tables of every kind in its slots, and one with categories."""
    session = TableSession(hub, "alice")
    _, folder, path = session.new()
    messages = session.fill(path, "a", "b", "Re: a")
    session.contents(folder, tags.PidTagSubject)
    grouped = session.contents(folder, tags.PidTagSubject, tags.PidTagInstID)
    session.sort(grouped, (tags.PidTagSubject, UP), categories=1, expanded=1)
    session.hierarchy(session.subtree, tags.PidTagDisplayName)
    message = session.opened_in(messages[0], path)
    session.get(RopGetAttachmentTableRequest(0, message, session.slot()), RopGetAttachmentTableResponse)
    return session


@EXECUTES
@given(st.lists(values_of_any(KINDS, **FIELDS), min_size=1, max_size=6))
def test_anything_is_answered(alice, rops):
    payload = RopBuffer(b"".join(rop.format() for rop in rops), tuple(alice.handles)).format()
    found = alice.execute_raw(payload)
    assert found.rops[0] == rops[0].RESPONSE_ID
    assert alice.value(LOGON, tags.PidTagMailboxOwnerName) is not None
