"""Operations on properties and streams with anything in them: each is answered, and the session goes on."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mapi_properties import PropertySession
from mapi_session import LOGON, mapi_hub
from structure_values import TAGS, values_of_any

from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.property_values import TaggedValue
from posthouse.protocols.mapi.rop_buffer import RopBuffer
from posthouse.protocols.mapi.rops import RopRequest, named_property, property, stream
from posthouse.protocols.mapi.rops.stream import RopOpenStreamRequest, StreamOpenMode
from posthouse.testing import MailHub

KINDS: list[type[RopRequest]] = [
    kind
    for module in (property, stream, named_property)
    for kind in vars(module).values()
    if isinstance(kind, type) and issubclass(kind, RopRequest) and kind is not RopRequest
]
EXAMPLES = int(os.environ.get("POSTHOUSE_FUZZ_EXAMPLES", "8"))
EXECUTES = settings(
    max_examples=EXAMPLES * 25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
SLOTS = 8
KNOWN = st.sampled_from(
    [
        *(tags.PidTagSubject, tags.PidTagBody, tags.PidTagHtml, tags.PidTagComment, tags.PidTagDisplayName),
        *(tags.PidTagContainerClass, tags.PidTagAttachDataBinary, tags.PidTagAttachDataObject),
        *(tags.PidTagMessageFlags, tags.PidTagMessageRecipients, tags.PidTagMessageAttachments),
    ]
)
WANTED = st.lists(KNOWN | TAGS, max_size=4).map(tuple)
SENT = st.lists(
    st.builds(TaggedValue, st.just(tags.PidTagSubject), st.text(max_size=9))
    | st.builds(TaggedValue, st.just(tags.PidTagHtml), st.binary(max_size=9))
    | st.builds(TaggedValue, st.just(tags.PidTagImportance), st.integers(-9, 9)),
    max_size=4,
).map(tuple)
INDICES = st.integers(0, SLOTS + 1)
FIELDS = {
    "logon_id": st.just(0),
    "handle_index": INDICES,
    "dest_handle_index": INDICES,
    "output_handle_index": st.just(SLOTS + 1),
    "property_tags": WANTED,
    "excluded_tags": WANTED,
    "property_tag": KNOWN | TAGS,
    "property_values": SENT,
}


@pytest.fixture(scope="module")
def hub() -> Iterator[MailHub]:
    with mapi_hub("alice") as hub:
        yield hub


@pytest.fixture(scope="module")
def alice(hub: MailHub) -> PropertySession:
    """With something of every kind in the first slots."""
    session = PropertySession(hub, "alice")
    message = session.new_message()
    attachment = session.new_attachment(message)
    session.message_within(session.new_attachment(message))
    folder = session.opened_folder()
    session.set(message, {tags.PidTagBody: "text"})
    for holder, tag in (
        (message, tags.PidTagBody),
        (attachment, tags.PidTagAttachDataBinary),
        (folder, tags.PidTagComment),
    ):
        session.execute(RopOpenStreamRequest(0, holder, session.slot(), tag, StreamOpenMode.CREATE))
    session.slot()
    return session


@EXECUTES
@given(st.lists(values_of_any(KINDS, **FIELDS), min_size=1, max_size=5))
def test_anything_is_answered(alice, rops):
    payload = RopBuffer(b"".join(rop.format() for rop in rops), tuple(alice.handles)).format()
    assert alice.execute_raw(payload).rops[0] == rops[0].RESPONSE_ID
    assert alice.value(LOGON, tags.PidTagMailboxOwnerName) is not None
