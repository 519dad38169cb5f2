"""Files of the Macintosh ([MS-OXCMAIL] 2.1.3.4, 2.2.3.4.2; RFC 1740): both ways, and against anything."""

from __future__ import annotations

import contextlib
import email
import os
from base64 import encodebytes
from binascii import crc_hqx
from dataclasses import replace
from itertools import groupby
from struct import pack
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from posthouse.model.refusals import BadSyntax
from posthouse.protocols.mapi import named_tags, tags
from posthouse.protocols.mapi.mime import binhex as limits
from posthouse.protocols.mapi.mime.apple import MAC_BINARY
from posthouse.protocols.mapi.mime.binhex import parse_binhex
from posthouse.protocols.mapi.mime.from_mime import from_mime
from posthouse.protocols.mapi.mime.header_out import Writing
from posthouse.protocols.mapi.mime.mac_files import (
    DOUBLE,
    SINGLE,
    MacFile,
    format_apple_double,
    format_mac_binary,
    parse_apple,
    parse_mac_binary,
)
from posthouse.protocols.mapi.mime.to_mime import to_mime
from posthouse.protocols.mapi.objects import Attachment, set_value, value_of

MANY = settings(max_examples=int(os.environ.get("POSTHOUSE_FUZZ_EXAMPLES", "100")), deadline=None)
WRITING = Writing(b"seed", "example.org", 1e9)
FILE = MacFile(b"data", b"resources", b"Caf\x8e", b"TEXT", b"ttxt", 0x0401, 3_500_000_000, 3_600_000_000)
MOMENT = st.integers(3_029_529_600 - (1 << 31) + 1, 0xFFFFFFFF).filter(lambda at: at > 0)
FILES = st.builds(
    MacFile,
    *(st.binary(max_size=300), st.binary(max_size=300), st.binary(min_size=1, max_size=63)),
    *(st.binary(min_size=4, max_size=4), st.binary(min_size=4, max_size=4), st.integers(0, 0xFFFF), MOMENT, MOMENT),
)


def part(kind: str, data: bytes, *fields: str) -> bytes:
    head = "\r\n".join((f"Content-Type: {kind}", *fields, "Content-Transfer-Encoding: base64"))
    return head.encode() + b"\r\n\r\n" + encodebytes(data)


def mail(head: bytes, data: bytes = b"data") -> bytes:
    return (
        b"From: a@example.org\r\nContent-Type: multipart/mixed; boundary=m\r\n\r\n--m\r\n\r\nSee the file.\r\n--m\r\n"
        b"Content-Type: multipart/appledouble; boundary=d\r\n\r\n--d\r\n" + part("application/applefile", head)
        + b"--d\r\n" + part('image/gif; name="Logo.gif"', data, "Content-ID: <1@x>") + b"--d--\r\n--m--\r\n"
    )  # fmt: skip


def get(attachment: Attachment, tag: Any) -> Any:
    return value_of(attachment.properties, tag)


def test_double_in() -> None:
    """2.2.3.4.2.1: one attachment of both parts, as MacBinary; what the parts were is kept beside it."""
    head = format_apple_double(FILE)
    message = from_mime(mail(head))
    [found] = message.attachments
    assert get(found, tags.PidTagAttachMimeTag) == "multipart/appledouble"
    assert get(found, tags.PidTagAttachEncoding) == bytes.fromhex("2A864886F714030B01")
    assert get(found, tags.PidTagAttachAdditionalInformation) == b":ttxt:TEXT"
    assert get(found, named_tags.PidNameAttachmentMacContentType) == 'image/gif; name="Logo.gif"'
    assert get(found, named_tags.PidNameAttachmentMacInfo) == head
    assert get(found, tags.PidTagAttachLongFilename) == "Logo.gif"
    assert get(found, tags.PidTagAttachContentId) == "1@x"
    assert parse_mac_binary(get(found, tags.PidTagAttachDataBinary)) == FILE
    assert value_of(message.properties, tags.PidTagBody).strip() == "See the file."


def test_there_and_back() -> None:
    """2.1.3.4: MacBinary goes as multipart/appledouble, the header as it came, the data as what it is."""
    written = to_mime(from_mime(mail(format_apple_double(FILE) + b"more")), WRITING)
    double = email.message_from_bytes(written).get_payload()[1]
    assert double.get_content_type() == "multipart/appledouble"
    head, data = double.get_payload()
    assert (head.get_content_type(), data.get_content_type()) == ("application/applefile", "image/gif")
    assert head.get_payload(decode=True) == format_apple_double(FILE) + b"more"
    assert (data.get_payload(decode=True), data.get_filename(), data["Content-ID"]) == (b"data", "Logo.gif", "<1@x>")
    assert parse_mac_binary(get(from_mime(written).attachments[0], tags.PidTagAttachDataBinary)) == FILE


def test_changed_since() -> None:
    """What a client has made another file of does not go with the header of the first."""
    message = from_mime(mail(format_apple_double(FILE)))
    other = MacFile(b"other", b"", b"Other", b"PICT", b"ttxt")
    set_value(message.attachments[0].properties, tags.PidTagAttachDataBinary, format_mac_binary(other))
    head, data = email.message_from_bytes(to_mime(message, WRITING)).get_payload()[1].get_payload()
    assert parse_apple(head.get_payload(decode=True), DOUBLE).kind == b"PICT"
    assert data.get_payload(decode=True) == b"other"


def test_single_in() -> None:
    """2.2.3.4.2.2: all in one part; the name is the file's own where the mail tells none."""
    entries = ((1, b"data"), (3, b"Caf\x8e"), (9, b"TEXTttxt".ljust(32, b"\0")))
    offset, table, content = 26 + 12 * len(entries), b"", b""
    for number, value in entries:
        table += pack(">III", number, offset + len(content), len(value))
        content += value
    data = pack(">II16xH", SINGLE, 0x00020000, len(entries)) + table + content
    [found] = from_mime(b"From: a@example.org\r\n" + part("application/applefile", data)).attachments
    assert get(found, tags.PidTagAttachMimeTag) == "application/applefile"
    assert get(found, tags.PidTagAttachEncoding) == MAC_BINARY
    assert get(found, tags.PidTagAttachLongFilename) == "Café"
    assert parse_mac_binary(get(found, tags.PidTagAttachDataBinary)).data == b"data"


def binhex(file: MacFile, *, folded: bool = True) -> bytes:
    """A text of the time: repeated bytes shortened, lines of 64 characters."""
    head = bytes([len(file.name)]) + file.name + b"\0" + file.kind + file.creator
    head += pack(">HII", file.flags, len(file.data), len(file.resources))
    packed, raw = b"", b"".join(one + pack(">H", crc_hqx(one, 0)) for one in (head, file.data, file.resources))
    for byte, same in groupby(raw):
        count, one = len(list(same)), b"\x90\0" if byte == 0x90 else bytes([byte])
        while count:
            run = min(count, 255)
            packed += one + bytes([0x90, run]) if run > 3 and folded else one * run
            count -= run
    bits = "".join(f"{byte:08b}" for byte in packed)
    bits += "0" * (-len(bits) % 6)
    alphabet = "!\"#$%&'()*+,-012345689@ABCDEFGHIJKLMNPQRSTUVXYZ[`abcdefhijklmpqr"
    text = ":" + "".join(alphabet[int(bits[at : at + 6], 2)] for at in range(0, len(bits), 6)) + ":"
    lines = [text[at : at + 64] for at in range(0, len(text), 64)]
    return "\r\n".join(("(This file must be converted with BinHex 4.0)", "", *lines, "")).encode()


OLD = MacFile(b"data\x90" + b"a" * 1000, b"\x90" * 600, b"Caf\x8e", b"TEXT", b"ttxt", 0x0401)


def test_binhex_in() -> None:
    """2.2.3.4.2, RFC 1741; MS-OXCMSG R628, R631: as MacBinary, and of which program."""
    text = b"Once more:\r\n" + binhex(OLD)
    [found] = from_mime(b"From: a@example.org\r\n" + part("application/mac-binhex40", text)).attachments
    assert get(found, tags.PidTagAttachMimeTag) == "application/mac-binhex40"
    assert get(found, tags.PidTagAttachEncoding) == MAC_BINARY
    assert get(found, tags.PidTagAttachAdditionalInformation) == b":ttxt:TEXT"
    assert get(found, tags.PidTagAttachLongFilename) == "Café"
    assert parse_mac_binary(get(found, tags.PidTagAttachDataBinary)) == OLD


@given(FILES, st.booleans())
@MANY
def test_binhex_tells_both_forks(file: MacFile, folded: bool) -> None:
    wanted = replace(file, created=0, modified=0)
    assert parse_binhex(binhex(wanted, folded=folded)) == wanted


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"(This file must be converted with BinHex 4.0)\r\n\r\n:",
        binhex(OLD)[:100] + b":",
        binhex(OLD).replace(b":", b":!", 1),
        binhex(OLD)[:80] + b"\x80" + binhex(OLD)[81:],
        b"(This file must be converted with BinHex 4.0)\r\n:" + b"j" * 4 + b":",
    ],
    ids=["none", "no end", "cut", "shifted", "not of the alphabet", "nothing to repeat"],
)
def test_damaged_binhex_is_the_file_that_it_is(text: bytes) -> None:
    [found] = from_mime(b"From: a@example.org\r\n" + part("application/mac-binhex40", text)).attachments
    assert get(found, tags.PidTagAttachEncoding) is None
    assert get(found, tags.PidTagAttachDataBinary) == text


def test_binhex_that_would_become_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_FILE", 10_000)
    with pytest.raises(BadSyntax):
        parse_binhex(binhex(replace(OLD, data=bytes(50_000))))


@given(st.binary(max_size=200))
@MANY
def test_anything_as_binhex(data: bytes) -> None:
    with contextlib.suppress(BadSyntax):
        parse_binhex(b"(This file must be converted with BinHex 4.0)\r\n:" + data + b":")


OVERLAPPING = pack(">II16xH", DOUBLE, 0x00020000, 3) + b"".join(pack(">III", number, 0, 62) for number in (2, 3, 9))


@pytest.mark.parametrize("head", [b"", b"nothing of the kind", format_apple_double(FILE)[:40], OVERLAPPING])
def test_no_header(head: bytes) -> None:
    """Where the header is none, the data is a file like any other."""
    [found] = from_mime(mail(head)).attachments
    assert get(found, tags.PidTagAttachMimeTag) == "image/gif"
    assert get(found, tags.PidTagAttachDataBinary) == b"data"
    assert get(found, tags.PidTagAttachEncoding) is None


def test_said_to_be_mac_binary() -> None:
    """What is said to be MacBinary and is not goes as it is."""
    message = from_mime(mail(b""))
    set_value(message.attachments[0].properties, tags.PidTagAttachEncoding, MAC_BINARY)
    [_, file] = email.message_from_bytes(to_mime(message, WRITING)).get_payload()
    assert (file.get_content_type(), file.get_payload(decode=True)) == ("image/gif", b"data")


def test_header() -> None:
    """MacBinary II: 128 bytes, each fork filled up to as many, and a checksum over what is before it."""
    binary = format_mac_binary(FILE)
    assert len(binary) == 3 * 128
    assert binary[:6] == b"\0\x04Caf\x8e"
    assert binary[65:74] == b"TEXTttxt\x04"
    assert binary[101] == 1
    assert binary[122] == 129
    assert binary[124:126] == crc_hqx(binary[:124], 0).to_bytes(2, "big")


@pytest.mark.fuzz
@MANY
@given(FILES)
def test_read_back(file: MacFile) -> None:
    """Both formats say all that we know of a file."""
    assert parse_mac_binary(format_mac_binary(file)) == file
    told = parse_apple(format_apple_double(file), DOUBLE)
    assert (told.resources, told.name, told.kind, told.creator, told.flags) == (
        *(file.resources, file.name, file.kind, file.creator, file.flags),
    )
    assert told.created == file.created


@pytest.mark.fuzz
@MANY
@given(st.binary(max_size=200), st.integers(0, 200), st.integers(0, 20))
def test_anything(more: bytes, cut: int, hole: int) -> None:
    """Whatever comes is read, or bad syntax; the mail is a message in any case."""
    for whole in (format_apple_double(FILE), format_mac_binary(FILE)):
        data = whole[:cut] + more + whole[cut + hole :]
        with contextlib.suppress(BadSyntax):
            parse_apple(data, DOUBLE)
        with contextlib.suppress(BadSyntax):
            parse_mac_binary(data)
        assert to_mime(from_mime(mail(data)), WRITING)
