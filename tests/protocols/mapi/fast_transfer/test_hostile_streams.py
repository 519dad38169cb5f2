"""Streams that are not in the grammar, too large, or anything: nothing that comes does harm.

Statements are those of [MS-OXCFXICS].
"""

from __future__ import annotations

import contextlib
import os
import tracemalloc
from collections.abc import Callable, Iterator
from itertools import chain
from typing import Any

import pytest
from fx_samples import EMPTY, LIMIT, SAMPLE, SIZES, contents_stream, header, joined, read, writer
from fx_tokens import tokens
from hypothesis import example, given, settings
from hypothesis import strategies as st

from posthouse.model.refusals import BadSyntax
from posthouse.protocols.mapi.fast_transfer.elements.contents_sync import ContentsSync, FullChange
from posthouse.protocols.mapi.fast_transfer.elements.messages import ANNOUNCED, message_content
from posthouse.protocols.mapi.fast_transfer.markers import Marker
from posthouse.protocols.mapi.fast_transfer.parser import Parser
from posthouse.protocols.mapi.fast_transfer.parser import folders as folder_roots
from posthouse.protocols.mapi.fast_transfer.parser import messages as message_roots
from posthouse.protocols.mapi.fast_transfer.parser import syncs as sync_roots
from posthouse.protocols.mapi.fast_transfer.parser.events import Event
from posthouse.protocols.mapi.objects import Message
from posthouse.protocols.mapi.property_rows import Typed
from posthouse.protocols.mapi.property_values import PropertyType

MANY = settings(max_examples=int(os.environ.get("POSTHOUSE_FUZZ_EXAMPLES", "200")), deadline=None)
ROOTS: list[Callable[..., Any]] = [
    message_roots.message_content,
    message_roots.attachment_content,
    message_roots.message_list,
    folder_roots.folder_content,
    folder_roots.top_folder,
    sync_roots.contents_sync,
    sync_roots.hierarchy_sync,
    sync_roots.state,
]
START_RECIP, NEW_ATTACH, START_EMBED, END_EMBED, END_ATTACH = "03000340", "03000040", "03000140", "03000240", "03000E40"
ROW, NUMBER = "03000030 00000000", "0300210E 00000000"


@pytest.mark.parametrize(
    ("encoded", "rule"),
    [
        ("0800 0100 00000000", "an unknown type"),
        ("FD00 0100 00000000", "a restriction"),
        ("0B10 0100 00000000", "several Booleans"),
        ("0000 0100", "no type"),
        ("0300 0100 0000", "half a value"),
        ("1F00 0100 04000000 4800", "half a string"),
        ("0300", "half a property"),
        ("0300 0080 0820060000000000C000000000000046 02 03850000", "a name of no kind"),
        (START_RECIP, "an open recipient"),
        (START_RECIP + "03000440", "a recipient without its row"),
        (NEW_ATTACH + END_ATTACH, "an attachment without its number"),
        (NEW_ATTACH + NUMBER + START_EMBED + END_ATTACH, "a message within that has no end"),
        ("03000440", "an end without a start"),
        ("03000C40", "a message where its content should be"),
        ("03001840 0201 0000 00000000", "an error where nothing can be left out"),
        (START_RECIP + ROW + "03000440 0300 0100 00000000", "a property behind the children"),
        ((NEW_ATTACH + NUMBER + START_EMBED) * 34, "34 messages within each other"),
        ("0300 7A40 00000000", "a group of properties in a message"),
    ],
)
def test_bad_messages(encoded: str, rule: str) -> None:
    """R995: what is not in the grammar is bad syntax."""
    with pytest.raises(BadSyntax):
        read(message_roots.message_content, bytes.fromhex(encoded))


def test_bad_folders() -> None:
    """Folders within folders have an end."""
    deep = bytes.fromhex("03000940" + "03000A40" * 64 + "03000B40" * 65)
    assert len(read(folder_roots.top_folder, deep)) == 130
    with pytest.raises(BadSyntax):
        read(folder_roots.top_folder, bytes.fromhex("03000940" + "03000A40" * 65 + "03000B40" * 66))
    with pytest.raises(BadSyntax):
        read(folder_roots.top_folder, bytes.fromhex("03000A40 03000B40"))


def test_failure_stays() -> None:
    """After bad syntax, nothing that follows is read."""
    parser = Parser(message_roots.message_content, 1252, LIMIT)
    for data in (b"\x08\0\1\0", b"\3\0\x17\0\1\0\0\0"):
        with pytest.raises(BadSyntax):
            list(parser.feed(data))
    with pytest.raises(BadSyntax):
        list(parser.finish())


HOSTILE = {
    "a large value announced": (b"\x02\x01\x01\0\xff\xff\xff\x7f", b"x" * 100),
    "many values announced": (b"\x03\x10\x01\0\xff\xff\xff\xff", b"\1\0\0\0" * 4000),
    "values without end": (b"\x02\x11\x01\0\xff\xff\xff\xff", b"\0\0\0\0" * 4000),
    "properties without end": (b"", b"".join(b"\x03\0%b\0\0\0\0" % at.to_bytes(2, "little") for at in range(1, 4000))),
    "a name without end": (b"\x03\0\0\x80" + bytes(16) + b"\1", b"ab" * 4000),
    "recipients without end": (b"", bytes.fromhex("03000340 03000030 00000000 03000440") * 1000),
    "names without end": (
        b"",
        b"".join(b"\3\0\0\x80" + bytes(16) + b"\0" + at.to_bytes(8, "little") for at in range(4000)),
    ),
}


@pytest.mark.parametrize("what", HOSTILE)
@pytest.mark.parametrize("root", [message_roots.message_content, folder_roots.folder_content])
def test_memory(root: Any, what: str) -> None:
    """R2625, R262501: what is larger than allowed fails, and is not kept in memory until it does."""
    first, again = HOSTILE[what]
    parser = Parser(root, 1252, LIMIT)

    def endless() -> Iterator[bytes]:
        yield first
        while True:
            yield again

    tracemalloc.start()
    try:
        with pytest.raises(BadSyntax):
            list(chain.from_iterable(map(parser.feed, endless())))
        assert tracemalloc.get_traced_memory()[1] < 4 * LIMIT
    finally:
        tracemalloc.stop()


def test_list_is_as_long_as_it_likes() -> None:
    """R1187: of a list each message may be as large as is allowed, however many there are."""
    message = Message({0x1000: Typed(PropertyType.BINARY, b"x" * (LIMIT // 2))})
    sync = ContentsSync([FullChange(header(at), message) for at in range(1, 6)], lambda: EMPTY)
    assert len(read(sync_roots.contents_sync, contents_stream(sync, writer()))) == 6
    with pytest.raises(BadSyntax):
        read(message_roots.message_content, joined(message_content(writer(), message, ANNOUNCED)), None, LIMIT // 2)


@MANY
@given(st.sampled_from(ROOTS), st.binary(max_size=300), SIZES)
@example(message_roots.message_content, b"", [1])
def test_anything(root: Callable[..., Any], data: bytes, sizes: list[int]) -> None:
    """Whatever comes is read or is bad syntax."""
    with contextlib.suppress(BadSyntax):
        read(root, data, sizes)


LEXEMES = [
    *[marker.to_bytes(4, "little") for marker in Marker],
    *[
        token_bytes
        for token_bytes in (SAMPLE[token.at : token.end] for token in tokens(SAMPLE))
        if len(token_bytes) > 4
    ],
    bytes.fromhex("03001640 0D00120E"),
    bytes.fromhex("03000F40 05000000"),
    bytes.fromhex("02011140 00000000"),
    bytes.fromhex("03007A40 FFFFFFFF"),
    bytes.fromhex("03007C40 01000000"),
    bytes.fromhex("1E000840 01000000 00"),
    bytes.fromhex("02010000 00000000"),
    bytes.fromhex("03000000 00000000"),
]


@MANY
@given(st.sampled_from(ROOTS), st.lists(st.sampled_from(LEXEMES), max_size=30).map(b"".join), SIZES)
def test_any_order(root: Callable[..., Any], data: bytes, sizes: list[int]) -> None:
    """So are markers and properties in any order, in buffers of any size alike."""

    def outcome(by: list[int] | None) -> list[Event] | None:
        with contextlib.suppress(BadSyntax):
            return read(root, data, by)
        return None

    assert outcome(sizes) == outcome(None)


@MANY
@given(st.sampled_from(ROOTS), st.data(), SIZES)
def test_almost_right(root: Callable[..., Any], data: st.DataObject, sizes: list[int]) -> None:
    """So is a stream of which some bytes are others, or are missing, at any place."""
    start = data.draw(st.integers(0, len(SAMPLE)))
    size = data.draw(st.integers(0, 40))
    with contextlib.suppress(BadSyntax):
        read(root, SAMPLE[start:], sizes)
    with contextlib.suppress(BadSyntax):
        read(
            sync_roots.contents_sync, SAMPLE[:start] + data.draw(st.binary(max_size=20)) + SAMPLE[start + size :], sizes
        )
