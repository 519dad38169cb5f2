"""Made-up messages, folders and changes, most as hypothesis draws them, for streams of all kinds; and how tests read
them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from hypothesis import strategies as st

from posthouse.protocols.mapi.fast_transfer.chunker import Steps
from posthouse.protocols.mapi.fast_transfer.elements.contents_sync import (
    ChangeHeader,
    ContentsSync,
    ExtraFlags,
    FullChange,
    contents_sync,
)
from posthouse.protocols.mapi.fast_transfer.elements.folders import FolderContent
from posthouse.protocols.mapi.fast_transfer.elements.hierarchy_sync import FolderChange
from posthouse.protocols.mapi.fast_transfer.elements.messages import ListedMessage
from posthouse.protocols.mapi.fast_transfer.elements.sync_state import Deletions, ReadStateChanges, SyncState
from posthouse.protocols.mapi.fast_transfer.globsets import globset_of
from posthouse.protocols.mapi.fast_transfer.idsets import idset
from posthouse.protocols.mapi.fast_transfer.parser import Parser
from posthouse.protocols.mapi.fast_transfer.parser.events import Event
from posthouse.protocols.mapi.fast_transfer.pieces import Piece
from posthouse.protocols.mapi.fast_transfer.predecessors import Xid, predecessors_of
from posthouse.protocols.mapi.fast_transfer.structures import ExtendedErrorInfo, ProgressInformation
from posthouse.protocols.mapi.fast_transfer.writer import SendOptions, Writer
from posthouse.protocols.mapi.identifiers import ObjectId
from posthouse.protocols.mapi.objects import Attachment, Message, Properties, Recipient
from posthouse.protocols.mapi.property_names import PropertyName
from posthouse.protocols.mapi.property_rows import Typed
from posthouse.protocols.mapi.property_values import MULTIPLE, PropertyType

REPLICA = UUID("0df1b4a6-1d2c-4a61-8c0e-5f6a7b8c9d0e")
COMMON = UUID("00062008-0000-0000-C000-000000000046")
PUBLIC_STRINGS = UUID("00020329-0000-0000-C000-000000000046")
REMINDER_SET = PropertyName(COMMON, 0x8503)
KEYWORDS = PropertyName(PUBLIC_STRINGS, "Keywords")
NAMES = {REMINDER_SET: 0x8123, KEYWORDS: 0x8124}


def writer(options: SendOptions = SendOptions.UNICODE, code_page: int = 1252) -> Writer:
    return Writer(options, code_page, NAMES.get)


LIMIT = 1 << 20
"""Bytes that an object may take when it is read."""
SIZES = st.lists(st.integers(1, 300), min_size=1, max_size=8)
"""Of buffers, in turn."""
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
ONE: dict[int, st.SearchStrategy[Any]] = {
    PropertyType.INTEGER16: st.integers(-(1 << 15), (1 << 15) - 1),
    PropertyType.INTEGER32: st.integers(-(1 << 31), (1 << 31) - 1),
    PropertyType.INTEGER64: st.integers(-(1 << 63), (1 << 63) - 1),
    PropertyType.CURRENCY: st.integers(-(1 << 63), (1 << 63) - 1),
    PropertyType.FLOATING32: st.floats(allow_nan=False, width=32),
    PropertyType.FLOATING64: st.floats(allow_nan=False),
    PropertyType.FLOATING_TIME: st.floats(allow_nan=False),
    PropertyType.TIME: st.integers(0, (1 << 64) - 1),
    PropertyType.STRING: TEXT,
    PropertyType.GUID: st.uuids(),
    PropertyType.BINARY: st.binary(max_size=40),
}
TYPED = st.one_of(
    [st.builds(Typed, st.just(int(kind)), one) for kind, one in ONE.items()]
    + [st.builds(Typed, st.just(MULTIPLE | kind), st.lists(one, max_size=3).map(tuple)) for kind, one in ONE.items()]
    + [st.builds(Typed, st.just(int(PropertyType.BOOLEAN)), st.booleans())]
)
_OWN = [0x0E17, 0x0E69, 0x0E08, 0x0E21, 0x3000, 0x3001, 0x3004, 0x3008, 0x65E0, 0x65E1, 0x65E2, 0x65E3]
"""Ids that elements place themselves."""
KEYS = st.integers(1, 0x3FFF).filter(lambda key: key not in _OWN) | st.sampled_from(list(NAMES))
PROPERTIES: st.SearchStrategy[Properties] = st.dictionaries(KEYS, TYPED, max_size=5)


def _numbered(kind: Any, parts: list[Any]) -> list[Any]:
    return [kind(at, *part) for at, part in enumerate(parts)]


def messages(depth: int = 1) -> st.SearchStrategy[Message]:
    recipients = st.lists(st.tuples(PROPERTIES), max_size=2).map(lambda parts: _numbered(Recipient, parts))
    plain = st.tuples(PROPERTIES, st.none())
    parts = plain if not depth else plain | st.tuples(_WITHOUT_DATA, messages(depth - 1))
    attachments = st.lists(parts, max_size=2).map(lambda parts: _numbered(Attachment, parts))
    return st.builds(Message, PROPERTIES, recipients, attachments)


_WITHOUT_DATA = PROPERTIES.map(lambda found: {key: value for key, value in found.items() if key != 0x3701})


def key(number: int) -> bytes:
    return REPLICA.bytes_le + number.to_bytes(6, "big")


def header(number: int, associated: bool = False) -> ChangeHeader:
    return ChangeHeader(
        source_key=key(number),
        last_modification_time=132_800_000_000_000_000 + number,
        change_key=key(number + 1000),
        predecessor_change_list=predecessors_of([Xid(REPLICA, (number + 1000).to_bytes(6, "big"))]).format(),
        associated=associated,
        mid=ObjectId(1, number),
        message_size=100 * number,
        change_number=ObjectId(1, number + 1000),
    )


def full_changes() -> st.SearchStrategy[list[FullChange]]:
    drawn = st.lists(st.tuples(st.booleans(), messages()), max_size=3)
    return drawn.map(lambda parts: [FullChange(header(1 + at, fai), found) for at, (fai, found) in enumerate(parts)])


_IDS = st.frozensets(st.integers(1, 400), max_size=20).map(globset_of)
REPLID_SETS = st.dictionaries(st.integers(1, 3), _IDS).map(idset)
REPLGUID_SETS = st.dictionaries(st.sampled_from([REPLICA, COMMON]), _IDS).map(idset)
STATES = st.builds(SyncState, REPLGUID_SETS, REPLGUID_SETS, REPLGUID_SETS | st.none(), REPLGUID_SETS | st.none())
DELETIONS = st.builds(Deletions, REPLID_SETS, REPLID_SETS, REPLID_SETS)
READ_STATES = st.builds(ReadStateChanges, REPLID_SETS, REPLID_SETS)


@st.composite
def contents_syncs(draw: st.DrawFn) -> ContentsSync:
    state = draw(STATES)
    return ContentsSync(
        draw(full_changes()),
        lambda: state,
        draw(DELETIONS),
        draw(READ_STATES),
        draw(st.none() | st.just(ProgressInformation(1, 2000, 3, 4000))),
        ExtraFlags(draw(st.integers(0, 7))),
    )


def folder_changes() -> st.SearchStrategy[list[FolderChange]]:
    """Each is below the one before it, or below the root."""
    drawn = st.lists(st.tuples(st.booleans(), TEXT, PROPERTIES), max_size=4)
    return drawn.map(lambda parts: [_folder_change(1 + at, *part) for at, part in enumerate(parts)])


def _folder_change(number: int, top: bool, name: str, properties: Properties) -> FolderChange:
    changed = header(number)
    parent = b"" if top or number == 1 else key(number - 1)
    return FolderChange(
        ObjectId(1, number),
        ObjectId(1, number - 1),
        parent,
        changed.source_key,
        changed.last_modification_time,
        changed.change_key,
        changed.predecessor_change_list,
        name,
        properties,
    )


def listed(associated: bool) -> st.SearchStrategy[list[ListedMessage]]:
    drawn = st.lists(st.tuples(messages() | st.none(), st.none() | st.just(5)), max_size=2)
    return drawn.map(
        lambda parts: [
            ListedMessage(ObjectId(1, at), found, associated, warning if found else 5)
            for at, (found, warning) in enumerate(parts)
        ]
    )


def _with_errors(associated: bool) -> st.SearchStrategy[list[ListedMessage | ExtendedErrorInfo]]:
    errors = st.lists(st.just(ExtendedErrorInfo(0x80004005)), max_size=1)
    return st.tuples(errors, listed(associated), errors).map(lambda parts: [*parts[0], *parts[1], *parts[2]])


def folders(depth: int = 2) -> st.SearchStrategy[FolderContent]:
    below = st.none() if not depth else st.none() | st.lists(folders(depth - 1), max_size=2)
    return st.builds(
        FolderContent,
        folder_id=st.just(ObjectId(1, 5)),
        display_name=TEXT,
        comment=TEXT,
        properties=PROPERTIES,
        associated=st.none() | _with_errors(True),
        normal=st.none() | _with_errors(False),
        subfolders=below,
        warning=st.none() | st.just(7),
    )


def contents_stream(sync: ContentsSync, by: Writer) -> bytes:
    return joined(contents_sync(by, sync, Steps()))


def joined(pieces: Iterator[Piece]) -> bytes:
    return b"".join(piece.data for piece in pieces)


def read(root: Any, data: bytes, sizes: list[int] | None = None, limit: int = LIMIT) -> list[Event]:
    parser = Parser(root, 1252, limit)
    found: list[Event] = []
    at, turn = 0, 0
    while at < len(data):
        size = sizes[turn % len(sizes)] if sizes else len(data)
        found += parser.feed(data[at : at + size])
        at, turn = at + size, turn + 1
    return [*found, *parser.finish()]


EMPTY = SyncState(idset({}), idset({}))


def sample(subject: str = "Hi") -> Message:
    return Message(
        {0x0037: Typed(PropertyType.STRING, subject), 0x0E69: Typed(PropertyType.BOOLEAN, True)},
        [Recipient(0, {0x3003: Typed(PropertyType.STRING, "bob@example.org")})],
        [Attachment(0, {0x3701: Typed(PropertyType.BINARY, b"data")})],
    )


SAMPLE = contents_stream(
    ContentsSync(
        [
            FullChange(
                header(7),
                Message(
                    {0x0037: Typed(PropertyType.STRING, "Hi"), KEYWORDS: Typed(MULTIPLE | PropertyType.STRING, ("a",))},
                    [Recipient(0, {})],
                    [Attachment(0, {}, Message({0x0037: Typed(PropertyType.STRING, "Within")}))],
                ),
            )
        ],
        lambda: EMPTY,
    ),
    writer(),
)
