"""Streams in buffers.

Statements are those of [MS-OXCFXICS].
"""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

import pytest
from fx_samples import contents_stream, contents_syncs, writer
from fx_tokens import check_cuts
from hypothesis import given, settings
from hypothesis import strategies as st

from posthouse.protocols.mapi.fast_transfer.chunker import Chunk, Chunker, Steps, TransferStatus
from posthouse.protocols.mapi.fast_transfer.elements.contents_sync import ContentsSync, contents_sync
from posthouse.protocols.mapi.fast_transfer.pieces import Piece, whole
from posthouse.protocols.mapi.fast_transfer.writer import SendOptions
from posthouse.protocols.mapi.property_rows import Typed
from posthouse.protocols.mapi.property_values import MULTIPLE, PropertyType


def taken(chunker: Chunker, room: int) -> list[Chunk]:
    chunks = [chunker.take(room)]
    while chunks[-1].status == TransferStatus.PARTIAL:
        chunks.append(chunker.take(room))
    return chunks


PROPERTIES = {
    0x0037: Typed(PropertyType.STRING, "Grüße an alle"),
    0x0E07: Typed(PropertyType.INTEGER32, 1),
    0x1013: Typed(PropertyType.BINARY, bytes(range(100))),
    0x3A00: Typed(MULTIPLE | PropertyType.STRING, ("one", "two", "three")),
    0x3A01: Typed(MULTIPLE | PropertyType.INTEGER64, tuple(range(20))),
    0x3A02: Typed(PropertyType.GUID, UUID(int=1)),
}


@pytest.mark.parametrize("options", [SendOptions.UNICODE, SendOptions(0)])
@pytest.mark.parametrize("room", range(20, 400))
def test_every_size(room: int, options: SendOptions) -> None:
    """R536, R568, R569, R571, R973, R981, R982, R983, R2142, R2143, R3253, R3490, R3491: buffers of any size make up
    the same stream; none is cut within an atom; the last one is the one that says so."""
    data = b"".join(piece.data for piece in writer(options).properties(PROPERTIES))
    chunks = taken(Chunker(writer(options).properties(PROPERTIES)), room)
    assert all(len(chunk.data) <= room for chunk in chunks)
    assert chunks[-1].status == TransferStatus.DONE
    check_cuts(data, [chunk.data for chunk in chunks])


@settings(deadline=None, max_examples=50)
@given(contents_syncs(), st.lists(st.integers(0, 200), min_size=1, max_size=10))
def test_sizes_that_change(sync: ContentsSync, rooms: list[int]) -> None:
    """R981, R982: also when each buffer has another size, and some hold nothing."""
    chunker = Chunker(contents_sync(writer(), sync, Steps()))
    chunks: list[Chunk] = []
    while not chunks or chunks[-1].status != TransferStatus.DONE:
        chunks.append(chunker.take(rooms[len(chunks) % len(rooms)]))
        if not chunks[-1].data and max(rooms) < 64:
            return  # some atom is larger than all of them
    check_cuts(contents_stream(sync, writer()), [chunk.data for chunk in chunks])


def test_strings_in_step() -> None:
    """A cut does not tear a UTF-16 unit, nor one number of several."""
    text = {0x0037: Typed(PropertyType.STRING, "abcdef")}
    numbers = {0x3A01: Typed(MULTIPLE | PropertyType.INTEGER64, (1, 2, 3))}
    assert [len(chunk.data) for chunk in taken(Chunker(writer().properties(text)), 11)] == [10, 10, 2]
    assert [len(chunk.data) for chunk in taken(Chunker(writer().properties(numbers)), 17)] == [16, 16]


def test_no_room() -> None:
    """Where not even the next atom fits, the buffer is empty and not the last one; then it goes on."""
    chunker = Chunker(iter([whole(b"12345678"), whole(b"9")]))
    assert chunker.take(7) == Chunk(TransferStatus.PARTIAL, 0, 1, b"")
    assert chunker.take(8).data == b"12345678"
    assert chunker.take(1) == Chunk(TransferStatus.DONE, 0, 1, b"9")
    assert chunker.take(1).status == TransferStatus.DONE


def test_only_as_much_as_asked_for() -> None:
    """Pieces are made when there is room for them: a stream without an end takes no memory."""
    made = 0

    def endless() -> Iterator[Piece]:
        nonlocal made
        while True:
            made += 1
            yield whole(b"1234")

    chunker = Chunker(endless())
    for _ in range(100):
        assert len(chunker.take(1000).data) == 1000
    assert made == 25_001


def test_failure_stays() -> None:
    """R2146, R3489: after an error every further call has the same one, and never the end of the stream."""

    def broken() -> Iterator[Piece]:
        yield whole(b"1234")
        raise LookupError("gone")

    chunker = Chunker(broken())
    assert chunker.take(4 - 1).status == TransferStatus.PARTIAL
    for _ in range(3):
        with pytest.raises(LookupError, match="gone"):
            chunker.take(100)


@pytest.mark.parametrize(
    ("total", "done", "counts"),
    [(0, 0, (0, 1)), (10, 3, (3, 10)), (3, 10, (10, 10)), (655_350, 65_535, (6553, 65_535)), (1 << 40, 0, (0, 65_535))],
)
def test_steps(total: int, done: int, counts: tuple[int, int]) -> None:
    """R546 to R548, R3151: steps are told in 16 bits, the total is never less than what is done, and never 0."""
    assert Steps(total, done).counts() == counts


def test_steps_go_on() -> None:
    """R546: a step is counted when it is in a buffer."""
    steps = Steps(2)

    def two() -> Iterator[Piece]:
        for _ in range(2):
            yield whole(b"1234")
            steps.done += 1

    chunker = Chunker(two(), steps)
    assert [chunker.take(4).in_progress for _ in range(3)] == [1, 2, 2]


def test_gathered() -> None:
    """R546: what is gathered for several buffers comes as it would without, and counts when it comes."""

    def messages(steps: Steps) -> Iterator[Piece]:
        for _ in range(10):
            yield from writer().properties(PROPERTIES)
            steps.done += 1

    one, other = Steps(10), Steps(10)
    plain, gathering = Chunker(messages(one), one), Chunker(messages(other), other)
    gathering.gather(1000)
    made = other.done
    assert 0 < made < 10
    before = []
    while gathering.has(100):
        before.append(gathering.take(100))
    assert len(before) >= 9
    assert other.done == made
    assert before + taken(gathering, 100) == taken(plain, 100)


def test_failure_among_what_is_gathered() -> None:
    """R2146: the buffers before it come first."""

    def broken() -> Iterator[Piece]:
        yield whole(b"1234")
        yield whole(b"5678")
        raise LookupError("gone")

    chunker = Chunker(broken())
    chunker.gather(100)
    assert chunker.take(4).data == b"1234"
    for _ in range(3):
        with pytest.raises(LookupError, match="gone"):
            chunker.take(100)
