"""Entry ids, against examples, there and back, and against anything."""

from __future__ import annotations

import contextlib
import os
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from posthouse.model.refusals import BadSyntax
from posthouse.protocols.mapi.entry_ids import (
    AddressBookEntryId,
    ContactEntryId,
    EntryId,
    FolderEntryId,
    MessageEntryId,
    ObjectType,
    OneOffEntryId,
    StoreEntryId,
    format_entry_list,
    parse_entry_id,
    parse_entry_list,
    search_key,
)
from posthouse.protocols.mapi.identifiers import LongTermId

MANY = settings(max_examples=int(os.environ.get("POSTHOUSE_FUZZ_EXAMPLES", "100")), deadline=None)

MAILBOX = UUID("f0e1d2c3-b4a5-4697-8879-6a5b4c3d2e1f")
REPLICA = UUID("0df1b4a6-1d2c-4a61-8c0e-5f6a7b8c9d0e")
FOLDER = LongTermId(REPLICA, 0x0D)
MESSAGE = LongTermId(REPLICA, 0x123456789A)
ALICE = "/o=Org/ou=Exchange Administrative Group (FYDIBOHF23SPDLT)/cn=Recipients/cn=alice"
STORE = "C3D2E1F0A5B4974688796A5B4C3D2E1F"
DATABASE = "A6B4F10D2C1D614A8C0E5F6A7B8C9D0E"


def ansi(text: str) -> str:
    return text.encode().hex() + "00"


def unicode(text: str) -> str:
    return text.encode("utf-16-le").hex() + "0000"


FOLDER_ID = FolderEntryId(MAILBOX, FOLDER)
MESSAGE_ID = MessageEntryId(MAILBOX, FOLDER, MESSAGE)
EXAMPLES: list[tuple[EntryId, str]] = [
    (FOLDER_ID, f"00000000 {STORE} 0100 {DATABASE} 00000000000D 0000"),
    (MESSAGE_ID, f"00000000 {STORE} 0700 {DATABASE} 00000000000D 0000 {DATABASE} 00123456789A 0000"),
    (
        AddressBookEntryId(ALICE),
        f"00000000 DCA740C8C042101AB4B908002B2FE182 01000000 00000000 {ansi(ALICE)}",
    ),
    (
        OneOffEntryId("Bob", "SMTP", "bob@example.org"),
        "00000000 812B1FA4BEA310199D6E00DD010F5402 0000 0190"
        + unicode("Bob")
        + unicode("SMTP")
        + unicode("bob@example.org"),
    ),
    (
        OneOffEntryId("Bob", "SMTP", "bob@example.org", 0),
        f"00000000 812B1FA4BEA310199D6E00DD010F5402 0000 0000 {ansi('Bob')} {ansi('SMTP')} {ansi('bob@example.org')}",
    ),
    (
        StoreEntryId("mail.example.org", ALICE),
        "00000000 38A1BB1005E5101AA1BB08002B2A56C2 0000 656D736D64622E646C6C00000000"
        f" 00000000 1B55FA20AA6611CD9BC800AA002FC45A 0C000000 {ansi('mail.example.org')} {ansi(ALICE)}",
    ),
    (
        StoreEntryId("mail.example.org", ""),
        "00000000 38A1BB1005E5101AA1BB08002B2A56C2 0000 656D736D64622E646C6C00000000"
        f" 00000000 1C830210AA6611CD9BC800AA002FC45A 06000000 {ansi('mail.example.org')}",
    ),
    (
        ContactEntryId(MESSAGE_ID.format(), 1),
        f"00000000 FE42AA0A18C71A10E8850B651C240000 03000000 04000000 01000000 46000000 {MESSAGE_ID.format().hex()}",
    ),
]


@pytest.mark.parametrize(("entry_id", "encoded"), EXAMPLES)
def test_examples(entry_id: EntryId, encoded: str) -> None:
    """Each kind has its form ([MS-OXCDATA] 2.2.4, 2.2.5)."""
    data = bytes.fromhex(encoded)
    assert entry_id.format() == data
    assert parse_entry_id(data) == entry_id


def test_a_newer_trailer() -> None:
    """What newer versions add behind a store's entry id is passed over ([MS-OXCDATA] 2.2.4.3)."""
    store = StoreEntryId("mail.example.org", ALICE)
    assert parse_entry_id(store.format() + bytes.fromhex("9F4A3E05000000")) == store


def test_list() -> None:
    """Entries are padded to four bytes; the counts are those of entries and of bytes ([MS-OXCDATA] 2.3.3)."""
    data = bytes.fromhex("02000000 10000000 01000000 61000000 02000000 62630000")
    assert format_entry_list([b"a", b"bc"]) == data
    assert parse_entry_list(data) == [b"a", b"bc"]
    assert parse_entry_list(data[:-2]) == [b"a", b"bc"]


@pytest.mark.parametrize(
    "bad", ["", "01000000", "FFFFFFFF 00000000", "01000000 04000000 05000000", "02000000 04000000 00000000"]
)
def test_bad_lists(bad: str) -> None:
    """A list that promises more than it has is bad syntax."""
    with pytest.raises(BadSyntax):
        parse_entry_list(bytes.fromhex(bad))


def test_search_key() -> None:
    """People are the same when type and address are, whatever the case ([MS-OXCMAIL] 2.1.3)."""
    assert search_key("SMTP", "bob@example.org") == bytes.fromhex("534D54503A424F42404558414D504C452E4F524700")


TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40)
ASCII = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=40)
LONG = st.builds(LongTermId, st.uuids(), st.integers(0, (1 << 48) - 1))
STORES = st.just(MAILBOX)
ENTRY_IDS = st.one_of(
    st.builds(FolderEntryId, STORES, LONG, st.sampled_from([ObjectType.PRIVATE_FOLDER, ObjectType.PUBLIC_FOLDER])),
    st.builds(MessageEntryId, STORES, LONG, LONG, st.sampled_from([ObjectType.PRIVATE_MESSAGE])),
    st.builds(StoreEntryId, ASCII, ASCII),
    st.builds(AddressBookEntryId, ASCII, st.integers(0, 8)),
    st.builds(OneOffEntryId, TEXTS, TEXTS, TEXTS),
    st.builds(ContactEntryId, st.binary(max_size=80), st.integers(0, 255), st.booleans()),
)


@MANY
@given(ENTRY_IDS)
def test_there_and_back(entry_id: EntryId) -> None:
    """An entry id is read as it was written."""
    assert parse_entry_id(entry_id.format()) == entry_id


@MANY
@given(st.lists(st.binary(max_size=20), max_size=10))
def test_lists_there_and_back(entries: list[bytes]) -> None:
    """A list is read as it was written."""
    assert parse_entry_list(format_entry_list(entries)) == entries


@MANY
@given(st.sampled_from(EXAMPLES), st.integers(0, 100), st.binary(max_size=100))
def test_anything(example: tuple[EntryId, str], cut: int, rest: bytes) -> None:
    """Whatever comes is an entry id that can be written, or bad syntax."""
    with contextlib.suppress(BadSyntax):
        parse_entry_id(example[0].format()[:cut] + rest).format()
    with contextlib.suppress(BadSyntax):
        format_entry_list(parse_entry_list(rest))
