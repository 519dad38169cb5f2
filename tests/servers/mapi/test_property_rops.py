"""Operations on properties and streams as operations: what their responses begin with, and what their fields are of.
Statements are those of [MS-OXCROPS]."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from struct import pack, unpack_from
from typing import Any

import pytest
from mapi_properties import PropertySession
from mapi_session import PLAIN, mapi_hub

from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.extended_buffer import format_extended
from posthouse.protocols.mapi.mailbox import ExecuteRequest
from posthouse.protocols.mapi.named_tags import PS_PUBLIC_STRINGS
from posthouse.protocols.mapi.property_names import PropertyName
from posthouse.protocols.mapi.property_values import TaggedValue
from posthouse.protocols.mapi.rop_buffer import RopBuffer
from posthouse.protocols.mapi.rops import RopRequest
from posthouse.protocols.mapi.rops import named_property as names
from posthouse.protocols.mapi.rops import property as properties
from posthouse.protocols.mapi.rops import stream as streams
from posthouse.protocols.mapi.rops.base import RopFailure
from posthouse.servers.mapi.errors import ErrorCode
from posthouse.testing import MailHub

COMMENT = tags.PidTagComment
NAME = PropertyName(PS_PUBLIC_STRINGS, "Keywords")
MESSAGE, OTHER, STREAM, SECOND, OUT, EMPTY = range(1, 7)
"""Slots."""
NO_FLAGS = properties.CopyFlags(0)
VALUES = (TaggedValue(COMMENT, "x"),)

OPERATIONS: dict[str, Callable[[int], RopRequest]] = {
    "ids": lambda at: names.RopGetPropertyIdsFromNamesRequest(0, at, names.PropertyIdsFlags.CREATE, (NAME,)),
    "names": lambda at: names.RopGetNamesFromPropertyIdsRequest(0, at, (0x8001, 0x3001)),
    "query": lambda at: names.RopQueryNamedPropertiesRequest(0, at, names.QueryFlags(0)),
    "specific": lambda at: properties.RopGetPropertiesSpecificRequest(0, at, 0, True, (COMMENT,)),
    "all": lambda at: properties.RopGetPropertiesAllRequest(0, at, 0, True),
    "list": lambda at: properties.RopGetPropertiesListRequest(0, at),
    "set": lambda at: properties.RopSetPropertiesRequest(0, at, VALUES),
    "set, not replicated": lambda at: properties.RopSetPropertiesNoReplicateRequest(0, at, VALUES),
    "delete": lambda at: properties.RopDeletePropertiesRequest(0, at, (COMMENT,)),
    "delete, not replicated": lambda at: properties.RopDeletePropertiesNoReplicateRequest(0, at, (COMMENT,)),
    "copy": lambda at: properties.RopCopyPropertiesRequest(0, at, OTHER, False, NO_FLAGS, (tags.PidTagImportance,)),
    "copy all": lambda at: properties.RopCopyToRequest(0, at, OTHER, False, True, NO_FLAGS, ()),
}
"""On a message."""
ON_STREAMS: dict[str, Callable[[int], RopRequest]] = {
    "read": lambda at: streams.RopReadStreamRequest(0, at, 3),
    "write": lambda at: streams.RopWriteStreamRequest(0, at, b"abc"),
    "write extended": lambda at: streams.RopWriteStreamExtendedRequest(0, at, b"abc"),
    "write and commit": lambda at: streams.RopWriteAndCommitStreamRequest(0, at, b"abc"),
    "commit": lambda at: streams.RopCommitStreamRequest(0, at),
    "size": lambda at: streams.RopGetStreamSizeRequest(0, at),
    "resize": lambda at: streams.RopSetStreamSizeRequest(0, at, 7),
    "seek": lambda at: streams.RopSeekStreamRequest(0, at, streams.SeekOrigin.BEGINNING, 2),
    "copy to": lambda at: streams.RopCopyToStreamRequest(0, at, SECOND, 2),
}
MAKING: dict[str, Callable[[int], RopRequest]] = {
    "open": lambda at: streams.RopOpenStreamRequest(
        0, at, OUT, tags.PidTagAttachDataBinary, streams.StreamOpenMode.CREATE
    ),
    "clone": lambda at: streams.RopCloneStreamRequest(0, at, OUT),
}
"""Those that make an object."""


@pytest.fixture(scope="module")
def hub() -> Iterator[MailHub]:
    with mapi_hub("alice") as hub:
        yield hub


@pytest.fixture
def alice(hub: MailHub) -> PropertySession:
    session = PropertySession(hub, "alice")
    assert (session.new_message(), session.new_message()) == (MESSAGE, OTHER)
    for slot, holder in ((STREAM, MESSAGE), (SECOND, OTHER)):
        assert session.slot() == slot
        rop = streams.RopOpenStreamRequest(0, holder, slot, tags.PidTagHtml, streams.StreamOpenMode.CREATE)
        session.get(rop, streams.RopOpenStreamResponse)
        session.execute(streams.RopWriteStreamRequest(0, slot, b"01234567"))
    assert (session.slot(), session.slot()) == (OUT, EMPTY)
    return session


def answered(session: PropertySession, rop: RopRequest) -> Any:
    [response] = session.execute(rop, columns=(COMMENT,))
    return response


@pytest.mark.parametrize("what", [*OPERATIONS, *ON_STREAMS])
def test_a_response_tells_what_was_asked_and_of_what(alice, what):
    """Its RopId and its handle index are those of the request, and its ReturnValue is 0: R2598, R2610, R2613, R2616,
    R2617, R2641, R2650, R2653, R2656, R2657, R2681, R2694, R2697, R2700, R2701, R2722, R2729, R2732, R2735, R2736,
    R2760, R2763, R2766, R2769, R2770, R2794, R2806, R2809, R2812, R2813, R2836, R2848, R2851, R2854, R2855, R2878,
    R2887, R2890, R2893, R2894, R2917, R2931, R2934, R2937, R2938, R2961, R2973, R2976, R2979, R2980, R3008, R3025,
    R3028, R3031, R3032, R3067, R3086, R3089, R3092, R3093, R3203, R3217, R3220, R3223, R3240, R3248, R3251, R3254,
    R3256010, R3256019, R3256022, R3256024, R3265, R3268, R3271, R3274, R3283, R3286, R3289, R3292, R3293, R3313, R3322,
    R3325, R3328, R3337, R3345, R3348, R3351, R3352, R3372, R3380, R3383, R3386, R3387, R3474."""
    made, slot = (OPERATIONS[what], MESSAGE) if what in OPERATIONS else (ON_STREAMS[what], STREAM)
    response = answered(alice, made(slot))
    assert (response.ROP_ID, response.handle_index) == (made(slot).ROP_ID, slot)
    assert response.return_value == 0


@pytest.mark.parametrize("what", [*OPERATIONS, *ON_STREAMS])
def test_a_failure_tells_what_failed_and_why(alice, what):
    """R2625, R2631, R2665, R2671, R2706, R2712, R2744, R2750, R2778, R2784, R2820, R2826, R2862, R2868, R2901, R2907,
    R2945, R2951, R2992, R2998, R3051, R3057, R3112, R3118, R3297, R3303, R3356, R3362."""
    rop = (OPERATIONS | ON_STREAMS)[what](EMPTY)
    response = answered(alice, rop)
    told = response.rop_id if isinstance(response, RopFailure) else response.ROP_ID
    assert (told, response.handle_index, response.return_value) == (rop.ROP_ID, EMPTY, ErrorCode.ecNullObject)


@pytest.mark.parametrize(("what", "slot"), [("open", MESSAGE), ("clone", STREAM)])
def test_what_is_made_stands_where_the_client_wants_it(alice, what, slot):
    """R3164, R3167, R3176, R3179, R3182, R3183, R3187, R3193, R3490, R3493, R3496, R3499, R3502."""
    rop = MAKING[what](slot)
    response = answered(alice, rop)
    assert (response.ROP_ID, response.handle_index, response.return_value) == (rop.ROP_ID, OUT, 0)
    assert answered(alice, streams.RopGetStreamSizeRequest(0, OUT)).return_value == 0
    rop = MAKING[what](EMPTY)
    response = answered(alice, rop)
    assert (response.rop_id, response.handle_index, response.return_value) == (rop.ROP_ID, OUT, ErrorCode.ecNullObject)


def test_names_and_ids(alice):
    """R2590, R2601, R2602, R2608, R2619, R4611, R2633, R4625, R2659, R2663, R2953, R2964, R2965, R2971, R2982, R2990,
    R4627."""
    ids = answered(alice, OPERATIONS["ids"](MESSAGE)).property_ids
    asked = names.RopGetNamesFromPropertyIdsRequest(0, MESSAGE, ids)
    assert answered(alice, asked).property_names == (NAME,)
    alice.set(MESSAGE, {tags.PropertyTag(ids[0], 0x1F): "x"})
    found = answered(alice, OPERATIONS["query"](MESSAGE))
    assert (found.property_ids, found.property_names) == (ids, (NAME,))
    none = names.RopQueryNamedPropertiesRequest(0, MESSAGE, names.QueryFlags.NO_STRINGS)
    assert answered(alice, none).property_ids == ()


def test_properties_are_set_told_and_deleted(alice):
    """R2673, R2686, R2692, R2704, R2714, R2727, R2738, R2741, R2752, R2772, R2776, R2786, R2804, R2815, R2828, R2846,
    R2857, R2870, R2885, R2896, R2909, R2924, R2940."""
    for set_, delete in (("set", "delete"), ("set, not replicated", "delete, not replicated")):
        assert answered(alice, OPERATIONS[set_](MESSAGE)).property_problems == ()
        assert alice.value(MESSAGE, COMMENT) == "x"
        assert alice.all_values(MESSAGE)[COMMENT] == "x"
        assert COMMENT in alice.listed(MESSAGE)
        assert answered(alice, OPERATIONS[delete](MESSAGE)).property_problems == ()
        assert COMMENT not in alice.listed(MESSAGE)


def test_a_limit_is_of_values(alice):
    """R2684, R2725; of values that are asked for one by one it is passed over ([MS-OXCPRPT] R90701)."""
    alice.set(MESSAGE, {COMMENT: "x" * 50})
    assert alice.values(MESSAGE, COMMENT, limit=20) == ["x" * 50]
    assert COMMENT in alice.all_values(MESSAGE, limit=200)
    assert COMMENT not in alice.all_values(MESSAGE, limit=20)


@pytest.mark.parametrize("what", ["copy", "copy all"])
def test_properties_are_copied_to_where_the_client_says(alice, what):
    """R3000, R3011, R3014, R3016, R3017, R3019, R3023, R3034, R3059, R3070, R3073, R3075, R3077, R3078, R3080, R3084,
    R3095."""
    alice.set(MESSAGE, {tags.PidTagImportance: 2})
    assert answered(alice, OPERATIONS[what](MESSAGE)).property_problems == ()
    assert alice.value(OTHER, tags.PidTagImportance) == 2


def test_nothing_is_copied_to_nothing(alice):
    """R3039, R3042, R3045, R3046, R3048, R3100, R3103, R3106, R3107, R3109, R3375, R3393, R3396, R3399, R3400, R3402,
    R3410, R3414: and the slot is told where nothing is."""
    for rop in (
        properties.RopCopyPropertiesRequest(0, MESSAGE, EMPTY, False, NO_FLAGS, ()),
        properties.RopCopyToRequest(0, MESSAGE, EMPTY, False, True, NO_FLAGS, ()),
        streams.RopCopyToStreamRequest(0, STREAM, EMPTY, 2),
    ):
        response = answered(alice, rop)
        assert (response.ROP_ID, response.handle_index) == (rop.ROP_ID, rop.handle_index)
        assert (response.return_value, response.dest_handle_index) == (0x503, EMPTY)
        assert getattr(response, "read_byte_count", 0) == getattr(response, "written_byte_count", 0) == 0


def test_bytes_go_into_a_stream_and_come_out_of_it(alice):
    """R3156, R3173, R3174, R3185, R3195, R3225, R3227, R3228, R3230, R3232, R3246, R3256, R3256001, R3256026, R3257,
    R3275, R3295, R3305, R3317, R3329, R3340, R3341, R3343, R3354, R3364, R3378, R3389, R3391, R3466, R3480, R3482."""
    seek = streams.RopSeekStreamRequest(0, STREAM, streams.SeekOrigin.BEGINNING, 2)
    assert answered(alice, seek).new_position == 2
    assert answered(alice, ON_STREAMS["write"](STREAM)).written_size == 3
    assert answered(alice, ON_STREAMS["write extended"](STREAM)).written_size == 3
    assert answered(alice, ON_STREAMS["write and commit"](STREAM)).written_size == 3
    assert answered(alice, ON_STREAMS["size"](STREAM)).stream_size == 11
    answered(alice, seek)
    assert answered(alice, ON_STREAMS["read"](STREAM)).data == b"abc"
    assert answered(alice, streams.RopReadStreamRequest(0, STREAM, streams.MORE_THAN_64_KB, 4)).data == b"abca"
    copied = answered(alice, ON_STREAMS["copy to"](STREAM))
    assert (copied.read_byte_count, copied.written_byte_count) == (2, 2)
    read = streams.RopOpenStreamRequest(0, MESSAGE, OUT, tags.PidTagHtml, streams.StreamOpenMode.READ_ONLY)
    assert answered(alice, read).stream_size == 11


def test_more_than_there_can_be_is_no_operation(alice):
    """R3215, R321501: the whole request fails."""
    rop = streams.RopReadStreamRequest(0, STREAM, streams.MORE_THAN_64_KB, (1 << 31) + 1)
    payload = RopBuffer(rop.format(), tuple(alice.handles)).format()
    body = alice.client.post("Execute", ExecuteRequest(PLAIN, format_extended(payload), 0x8000).format()).body
    assert int.from_bytes(body[4:8], "little") == ErrorCode.ecRpcFormat


@pytest.mark.parametrize("what", ["specific", "all", "list"])
def test_a_response_has_room_in_a_buffer_of_its_size(alice, what):
    """R4444, R454502: and of a buffer that is a byte smaller, its size is said."""
    alice.set(MESSAGE, {COMMENT: "x" * 100})
    whole = buffer_of(alice, what, 0x8008)
    assert buffer_of(alice, what, len(whole)) == whole
    assert buffer_of(alice, what, len(whole) - 1)[10:13] == pack("<BH", 0xFF, len(whole))


def buffer_of(session: PropertySession, what: str, most: int) -> bytes:
    """Of the answer, when it may have so many bytes."""
    rops = RopBuffer(OPERATIONS[what](MESSAGE).format(), tuple(session.handles)).format()
    body = session.client.post("Execute", ExecuteRequest(PLAIN, format_extended(rops), most).format()).body
    return body[16 : 16 + unpack_from("<I", body, 12)[0]]
