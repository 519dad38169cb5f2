"""The checker of streams finds what should not be there.

Statements are those of [MS-OXCFXICS].
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from fx_checker import check_contents_sync
from fx_samples import EMPTY, contents_stream, header, sample, writer
from fx_tokens import Deviation
from hypothesis import given
from hypothesis import strategies as st

from posthouse.protocols.mapi.fast_transfer.elements.contents_sync import ContentsSync, FullChange


def changed(data: bytes, *changes: tuple[bytes, bytes]) -> bytes:
    for old, new in changes:
        assert old in data
        data = data.replace(old, new, 1)
    return data


CHANGE, MESSAGE, END = b"\3\0\x12\x40", b"\3\0\x15\x40", b"\3\0\x14\x40"
MODIFIED = b"\x40\0\x08\x30" + header(7).last_modification_time.to_bytes(8, "little")
ASSOCIATED = b"\x0b\0\xaa\x67\0\0"
DEL_RECIPIENTS = b"\3\0\x16\x40\x0d\0\x12\x0e"
DEVIATIONS: dict[str, Callable[[bytes], bytes]] = {
    "no end": lambda data: data[:-4],
    "more behind the end": lambda data: data + END,
    "cut in an atom": lambda data: data[:-1],
    "no IncrSyncMessage": lambda data: changed(data, (MESSAGE, b"")),
    "a header without its time": lambda data: changed(data, (MODIFIED, b"")),
    "a header out of order": lambda data: changed(data, (MODIFIED, b""), (ASSOCIATED, ASSOCIATED + MODIFIED)),
    "no marker of the change": lambda data: changed(data, (CHANGE, b"")),
    "recipients not announced": lambda data: changed(data, (DEL_RECIPIENTS, b"")),
    "lists announced in the wrong order": lambda data: changed(data, (b"\x0d\0\x12\x0e", b"\x0d\0\x13\x0e")),
    "a recipient without its row": lambda data: changed(data, (b"\3\0\0\x30\0\0\0\0", b"")),
    "an attachment without its number": lambda data: changed(data, (b"\3\0\x21\x0e\0\0\0\0", b"")),
    "a property twice": lambda data: changed(data, (MESSAGE, MESSAGE + b"\3\0\x17\0\0\0\0\0" * 2)),
    "a property of the header again": lambda data: changed(data, (MESSAGE, MESSAGE + b"\3\0\x08\x0e\0\0\0\0")),
    "an internal property": lambda data: changed(data, (MESSAGE, MESSAGE + b"\3\0\x50\x66\0\0\0\0")),
    "an error code": lambda data: changed(data, (MESSAGE, MESSAGE + b"\x0a\0\x17\0\0\0\0\0")),
    "a string of 8 bits": lambda data: changed(data, (MESSAGE, MESSAGE + b"\x1e\0\x70\0\1\0\0\0\0")),
    "no state": lambda data: data[: data.index(b"\3\0\x3a\x40")] + END,
    "a state with REPLIDs": lambda data: changed(data, (b"\3\0\x17\x40\0\0\0\0", b"\3\0\x17\x40\3\0\0\0\1\0\0")),
    "no set of seen changes": lambda data: changed(data, (b"\2\1\x96\x67\0\0\0\0", b"")),
    "another property in the state": lambda data: changed(data, (b"\3\0\x3b\x40", b"\3\0\x17\0\0\0\0\0\3\0\x3b\x40")),
    "deletions without any": lambda data: changed(data, (b"\3\0\x3a\x40", b"\3\0\x13\x40\3\0\x3a\x40")),
    "an empty set of deletions": lambda data: changed(
        data, (b"\3\0\x3a\x40", b"\3\0\x13\x40\2\1\xe5\x67\0\0\0\0\3\0\x3a\x40")
    ),
    "progress that nobody wanted": lambda data: changed(
        data, (CHANGE, b"\x0b\0\x75\x40\3\0\0\0\0\0\0\0\x0b\0\0\0\0\0" + CHANGE)
    ),
    "a change key that is not in the list": lambda data: changed(data, (b"\x17\0\0\0\x16", b"\x17\0\0\0\x15")),
}  # fmt: skip


@pytest.mark.parametrize("deviation", DEVIATIONS)
def test_the_checker(deviation: str) -> None:
    """What checks the streams finds each of these."""
    data = contents_stream(ContentsSync([FullChange(header(7), sample())], lambda: EMPTY), writer())
    check_contents_sync(data)
    with pytest.raises(Deviation):
        check_contents_sync(DEVIATIONS[deviation](data))


@given(st.data())
def test_the_checker_against_anything(data: st.DataObject) -> None:
    """A stream with some of its bytes left out is never taken for a whole one."""
    stream = contents_stream(ContentsSync([FullChange(header(7), sample())], lambda: EMPTY), writer())
    at = data.draw(st.integers(0, len(stream) - 5))
    with pytest.raises(Exception):  # noqa: B017, PT011 - also one of Python's own, for bytes that make no sense
        check_contents_sync(stream[:at] + stream[at + 4 :])
