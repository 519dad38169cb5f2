"""`derive`: any bytes, bounded work, offsets that are right."""

from __future__ import annotations

import email
import mmap
import random
from collections.abc import Callable, Iterator
from email.message import Message
from pathlib import Path
from typing import Any

import pytest
from awkward import made
from hypothesis import given, settings
from hypothesis import strategies as st

from posthouse.message.decode import decode_lenient
from posthouse.message.derive import derive
from posthouse.message.entity import Walker, gather
from posthouse.message.headers import header_end
from posthouse.message.limits import MAX_DEPTH, MAX_OPEN, MAX_PARTS, PREVIEW_LENGTH
from posthouse.message.parts import load_parts
from posthouse.message.source import Window, find_delimiter
from posthouse.message.structure import body_from_structure

Read = Callable[[bytes], Any]


def check(data: bytes, read_imap: Read) -> None:
    """What must hold for any bytes."""
    derived = derive(data)
    assert derived.size == len(data)
    assert 0 <= derived.header_size <= len(data)
    assert len(read_imap(derived.envelope)) == 10
    structure = read_imap(derived.structure)
    assert structure
    read_imap(body_from_structure(derived.structure))
    assert len(derived.preview) <= PREVIEW_LENGTH
    assert derived.preview.isprintable()
    for part in (table := load_parts(derived.parts)):
        assert 0 <= part.mime_start <= part.start <= part.end <= len(data)
        if part.is_message:
            assert part.start <= part.header_end <= part.end
        if part.path:
            parent = table.find(part.path[:-1])
            assert parent is not None
            assert parent.start <= part.start
            assert part.end <= parent.end
    assert count_leaves(structure) == sum(1 for part in table if part.path and not table.find((*part.path, 1)))
    check_sizes(structure, [part.size for part in table if part.path and not table.find((*part.path, 1))])


def leaves(structure: list[Any]) -> Iterator[list[Any]]:
    """The parts of a structure that have none in them."""
    if isinstance(structure[0], list):
        for item in structure:
            if isinstance(item, list) and len(item) > 4 and not (item and item[0] is None):
                yield from leaves(item)
            else:
                break
    elif f"{structure[0]}/{structure[1]}".lower() in ("message/rfc822", "message/global"):
        yield from leaves(structure[8])
    else:
        yield structure


def count_leaves(structure: list[Any]) -> int:
    return sum(1 for _ in leaves(structure))


def check_sizes(structure: list[Any], sizes: list[int]) -> None:
    assert [leaf[6] for leaf in leaves(structure)] == sizes


@given(st.binary(max_size=400))
def test_any_bytes(read_imap: Read, data: bytes) -> None:
    """It never raises, and what it says is well-formed and within the message."""
    check(data, read_imap)


_SCRAPS = st.lists(
    st.sampled_from([
        b"\r\n", b"\n", b"\r", b"--a", b"--ab", b"--", b"\r\n--a\r\n", b"\r\n--ab--\r\n", b"\n--a--", b" ", b"text",
        b"Content-Type: multipart/mixed; boundary=a\r\n", b"Content-Type: multipart/digest; boundary=\"ab\"\n",
        b"Content-Type: message/rfc822\r\n", b"Content-Type: text/html; charset=x\r\n", b"From: a <b@c>, d:e;\r\n",
        b"Content-Disposition: attachment; f*0*=x; f*1=y\r\n", b"Content-Type: multipart/x; boundary=\r\n", b"\xff\xfe",
        b"Content-Transfer-Encoding: base64\r\n", b"Content-Transfer-Encoding: quoted-printable\r\n",
        b"Subject: =?utf-8?q?",
        b"Date: Mon, 6 Jun 2005 22:21:22 +0200\r\n", b"\r\n\r\n", b"=?=", b"<p", b"<!--", b"&amp;", b"\"", b"\\", b"(",
        b"\0",
    ]),
    max_size=40,
).map(b"".join)  # fmt: skip


@settings(max_examples=400)
@given(_SCRAPS)
def test_scraps_of_mime(read_imap: Read, data: bytes) -> None:
    """Nor for anything that looks like a message here and there."""
    check(data, read_imap)


@given(
    st.lists(st.sampled_from([b"\n", b"-", b"--b", b"\n--b", b"text", b"\n-", b"x" * 600]), max_size=60).map(b"".join)
)
def test_find_delimiter_is_find(data: bytes) -> None:
    """The quick search finds what the plain one finds, with many hyphens and with few."""
    for start in (0, 1, len(data) // 2):
        assert find_delimiter(data, b"\n--b", start, len(data)) == data.find(b"\n--b", start, len(data))


@given(_SCRAPS)
def test_window_sees_the_same(data: bytes) -> None:
    """A mapped file gives what the bytes give, wherever its chunks end."""
    size = header_end(data, 0, len(data))
    size = len(data) if size < 0 else size
    trees = []
    for source in (data, Window(data, 24)):
        fields: dict[bytes, bytes] = {}
        gather(data[:size], fields)
        trees.append(outline(Walker(source).walk(fields, size)))
    assert trees[0] == trees[1]


def outline(entity: Any) -> tuple[Any, ...]:
    nested = () if entity.nested is None else outline(entity.nested)
    return (entity.start, entity.body_start, entity.end, entity.lines, nested, *map(outline, entity.children))


def test_corpus(corpus: dict[str, bytes], read_imap: Read) -> None:
    """Real messages, whole and cut, with either line end."""
    for data in corpus.values():
        check(data, read_imap)
        check(data[: len(data) // 2], read_imap)
        check(data.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")[:100_000], read_imap)


def test_made_messages(read_imap: Read) -> None:
    """What we thought of ourselves, with either line end."""
    for data in made().values():
        check(data, read_imap)
        check(data.replace(b"\r\n", b"\n"), read_imap)


def test_mutated_corpus(corpus: dict[str, bytes], read_imap: Read) -> None:
    """Real messages with bytes changed, lost, doubled and swapped."""
    rng = random.Random(5322)
    names = sorted(name for name, data in corpus.items() if len(data) < 20_000)
    for name in names * 2:
        data = bytearray(corpus[name])
        for _ in range(rng.randint(1, 8)):
            at, span = rng.randrange(len(data) + 1), rng.randint(0, 40)
            piece = data[at : at + span]
            data[at : at + span] = rng.choice(
                (b"", piece * 2, bytes(rng.randbytes(3)), b"\r\n", b"--", b'"', piece[::-1])
            )
        check(bytes(data), read_imap)


def walk_email(message: Message, path: tuple[int, ...]) -> Iterator[tuple[tuple[int, ...], Message]]:
    """The leaves of a message as Python's own package sees them, numbered as IMAP does."""
    if message.get_content_maintype() == "multipart":
        for number, child in enumerate(message.get_payload() if message.is_multipart() else (), 1):
            assert isinstance(child, Message)
            yield from walk_part(child, (*path, number))
    else:
        yield from walk_part(message, (*path, 1))


def walk_part(part: Message, path: tuple[int, ...]) -> Iterator[tuple[tuple[int, ...], Message]]:
    if part.get_content_maintype() == "multipart":
        yield from walk_email(part, path)
    elif part.get_content_type() == "message/rfc822" and part.is_multipart():
        inner = part.get_payload(0)
        assert isinstance(inner, Message)
        yield from walk_email(inner, path)
    else:
        yield path, part


def test_corpus_beside_the_email_package(corpus: dict[str, bytes]) -> None:
    """Where both see the same leaves, their types and contents are the same; and they nearly always do."""
    agreed = 0
    for name, data in corpus.items():
        table = load_parts(derive(data).parts)
        theirs = dict(walk_email(email.message_from_bytes(data), ()))
        ours = {part.path: part for part in table if part.path and not table.find((*part.path, 1))}
        if theirs.keys() != ours.keys():
            continue
        agreed += 1
        for path, leaf in theirs.items():
            part = ours[path]
            payload = leaf.get_payload(decode=True)
            if part.encoding in ("7bit", "8bit", "base64") and isinstance(payload, bytes) and not leaf.is_multipart():
                decoded = decode_lenient(data[part.start : part.end], part.encoding)
                if decoded.strip() and payload.strip() and not leaf.defects:
                    assert flat(payload).endswith(flat(decoded)), (name, path)
    assert agreed > len(corpus) * 0.9


def flat(data: bytes) -> bytes:
    return data.replace(b"\r\n", b"\n").rstrip()


# Bounds
def nested(depth: int) -> bytes:
    opening = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (i, i) for i in range(depth))
    return opening + b"\r\ntext\r\n"


def test_depth_is_capped(read_imap: Read) -> None:
    """Pitfall 5: what is nested deeper is one opaque part."""
    check(nested(MAX_DEPTH * 10), read_imap)
    deep = load_parts(derive(nested(MAX_DEPTH * 10)).parts)
    assert max(len(part.path) for part in deep) == MAX_OPEN
    messages = b"Content-Type: message/rfc822\r\n\r\n" * (MAX_DEPTH * 10)
    check(messages, read_imap)
    assert max(len(part.path) for part in load_parts(derive(messages).parts)) == MAX_DEPTH + 1


def test_parts_are_capped(read_imap: Read) -> None:
    """Pitfall 5: parts beyond the cap are not looked at."""
    data = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\n\r\nx\r\n" * (MAX_PARTS + 50)
    check(data, read_imap)
    assert len(load_parts(derive(data).parts)) == MAX_PARTS + 1


class Counting:
    """A source that counts the bytes which are searched or copied."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.work = 0

    def __len__(self) -> int:
        return len(self.data)

    def __getitem__(self, span: slice, /) -> bytes:
        piece = self.data[span]
        self.work += len(piece)
        return piece

    def find(self, needle: bytes, start: int, end: int, /) -> int:
        found = self.data.find(needle, start, end)
        self.work += (end if found < 0 else found) - start
        return found

    def count(self, needle: bytes, start: int, end: int, /) -> int:
        self.work += end - start
        return self.data.count(needle, start, end)


@pytest.mark.parametrize(
    "data",
    [
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\n\r\nx\r\n" * 4000,
        b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\nx\n" * 4000,
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\n" * 4000,
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"\r\n--" * 20_000,
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n" + b"A: b\r\n" * 20_000,
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n"
        + b"--b\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n--c\r\n\r\nx\r\n" * 1500,
    ],
)
def test_work_grows_with_the_message(data: bytes) -> None:
    """Pitfall 5: every byte is looked at a few times, however many delimiters there are."""
    source = Counting(data)
    fields: dict[bytes, bytes] = {}
    size = data.find(b"\n", data.find(b"\n") + 1) + 1
    gather(data[:size], fields)
    Walker(source).walk(fields, size)
    assert source.work < 8 * len(data)


def test_work_grows_with_depth() -> None:
    """A level of nesting costs one more search, not more."""
    data = nested(MAX_OPEN) + b"y" * 100_000
    source = Counting(data)
    fields: dict[bytes, bytes] = {}
    size = header_end(data, 0, len(data))
    gather(data[:size], fields)
    Walker(source).walk(fields, size)
    assert source.work < (MAX_OPEN + 10) * len(data)


def test_mapped_file(tmp_path: Path) -> None:
    """A large message in a mapped file gives what its bytes give."""
    data = (
        b"Subject: large\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nsmall\r\n--b\r\n"
        b"Content-Type: application/x\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        + b"QUJD" * 700_000
        + b"\r\n--b--\r\n"
    )
    path = tmp_path / "message"
    path.write_bytes(data)
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
        assert derive(mapped) == derive(data) == derive(memoryview(data))


# The rest of what is derived
def test_dates_ids_and_subject() -> None:
    """What threads, sorts and searches need, as text."""
    derived = derive(
        b"Date: Mon, 6 Jun 2005 23:30:00 -0800\r\nMessage-ID: <1@x.test> junk\r\nSubject: =?utf-8?Q?=C3=A4?= b\r\n"
        b"References: <a@x.test>\r\n <b@x.test>\r\nIn-Reply-To: <c@x.test>\r\n\r\n"
    )
    assert derived.sent == 1118129400
    assert derived.sent_day == 12940
    assert derived.message_id == "<1@x.test>"
    assert derived.order.references == "a@x.test b@x.test"
    assert derived.subject == "ä b"
    bare = derive(b"Message-ID: odd one\r\nIn-Reply-To: Your message of <c@x.test>\r\n\r\n")
    assert (bare.sent, bare.sent_day, bare.message_id) == (None, None, "odd one")
    assert (bare.order.message_id, bare.order.references) == ("", "c@x.test")


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        (b"\r\n  Hello,\r\n\r\n  world!  ", "Hello, world!"),
        (b"\r\n" + b"word " * 100, ("word " * 100)[:200].rstrip()),
        (b"\r\n" + b"     \r\n" * 200 + b"late", "late"),
        (b"Content-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
         b"Gr=FC=\r\n=DFe",
         "Grüße"),
        (b"Content-Type: text/html\r\n\r\n<html><head><title>no</title></head><style>p{}</style>"
         b"<p>A &lt;b&gt;</p><p>C<script>x<y</script> 2 < 3<!-- no -->", "A <b> C 2 < 3"),
        (b"Content-Type: application/pdf\r\n\r\nx", ""),
        (b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/html\r\n\r\n<p>html\r\n"
         b"--b\r\n\r\nplain\r\n--b--", "plain"),
        (b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Disposition: attachment\r\n\r\nattached\r\n"
         b"--b\r\nContent-Type: text/html\r\n\r\n<p>html\r\n--b--", "html"),
        (b"\r\n\xe2\x80\x8b\0a\x1bb", "a b"),
    ],
)  # fmt: skip
def test_preview(message: bytes, expected: str) -> None:
    """RFC 8970 §3: the beginning of the text that a reader would see, on one line."""
    assert derive(message).preview == expected
