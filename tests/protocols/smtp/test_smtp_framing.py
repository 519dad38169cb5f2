"""From bytes to lines, content and chunks, for every split of the bytes."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posthouse.protocols.smtp.framing import (
    AUTH_LINE_LIMIT,
    LINE_LIMIT,
    PIECE,
    ChunkStream,
    DataStream,
    Receiver,
    Violation,
    find_violation,
)
from posthouse.protocols.smtp.replies import BadCommand


def receive(raw, cuts, normalise=False):
    """Feed `raw` cut at these places → (content, violation, how many octets belonged to the message or -1)."""
    stream, content, at = DataStream(normalise), b"", 0
    edges = [0, *sorted(cuts), len(raw)]
    for start, end in itertools.pairwise(edges):
        chunks, taken = stream.feed(raw[start:end])
        content += b"".join(chunks)
        if taken >= 0:
            return content, stream.violation, at + taken
        at += end - start
    return content, stream.violation, -1


def every_split(raw):
    """All cuts into three parts, and octet by octet."""
    for first in range(len(raw) + 1):
        for second in range(first, len(raw) + 1):
            yield [first, second]
    yield list(range(len(raw)))


CLEAN = [
    # RFC 5321 §4.1.1.4, §4.5.2
    (b".\r\n", b""),
    (b"a\r\n.\r\n", b"a\r\n"),
    (b"\r\n.\r\n", b"\r\n"),
    (b"..\r\n.\r\n", b".\r\n"),
    (b".a\r\n..b\r\n.\r\n", b"a\r\n.b\r\n"),
    (b"...\r\n....\r\n.\r\n", b"..\r\n...\r\n"),
    (b"a.\r\nb .\r\n.\r\n", b"a.\r\nb .\r\n"),
    (b"\r\n\r\n.\r\n", b"\r\n\r\n"),
    (b"\xff\xfe\r\n.\r\n", b"\xff\xfe\r\n"),
]


@pytest.mark.parametrize(("raw", "content"), CLEAN)
def test_content_is_unstuffed_up_to_its_end_for_every_split(raw, content):
    """RFC 5321 §4.5.2; what follows CRLF.CRLF is the next command."""
    for cuts in every_split(raw + b"QUIT\r\n"):
        assert receive(raw + b"QUIT\r\n", cuts) == (content, None, len(raw))


NOT_THE_END = [
    # pitfall 1: CVE-2023-51764 (Postfix), -51765 (Sendmail), -51766 (Exim), -51747 (James)
    (b"\n.\n", Violation.BARE_LF),
    (b"\n.\r\n", Violation.BARE_LF),
    (b"\r\n.\n", Violation.BARE_LF),
    (b"\r.\r\n", Violation.BARE_CR),
    (b"\r.\r", Violation.BARE_CR),
    (b"\r\n.\r", Violation.BARE_CR),
    (b"\r\n\x00.\r\n", Violation.NUL),
    (b"\r\n.\x00\r\n", Violation.NUL),
    (b"\r\n.\r\x00\n", Violation.NUL),
    (b"\r\n.\r\r\n", Violation.BARE_CR),
    (b"\n\n.\r\n", Violation.BARE_LF),
    (b"\n\r.\n", Violation.BARE_LF),
    (b"a\rb", Violation.BARE_CR),
    (b"a\nb", Violation.BARE_LF),
    (b"\x00", Violation.NUL),
]


@pytest.mark.parametrize(("smuggled", "violation"), NOT_THE_END)
def test_only_crlf_dot_crlf_ends_the_data_for_every_split(smuggled, violation):
    """Pitfall 1, SMTP smuggling: no other sequence ends the data, each is remembered as a violation, and the data is
    consumed up to the true end so that nothing in it is taken for a command."""
    raw = b"x" + smuggled + b"y\r\nRSET\r\n.\r\n"
    for cuts in every_split(raw + b"QUIT\r\n"):
        _, seen, taken = receive(raw + b"QUIT\r\n", cuts)
        assert taken == len(raw)
        assert seen is violation or (seen is not None and smuggled.count(b"\0"))


@pytest.mark.parametrize("before", [b"\r", b"\n", b"a\r", b"a\n"])
def test_the_end_after_a_bare_cr_or_lf_is_the_end_and_a_violation(before):
    r"""Pitfall 1, the `\r\r\n.\r\n` variant: it does contain CRLF.CRLF, and the message is refused all the same."""
    raw = before + b"\r\n.\r\n"
    for cuts in every_split(raw):
        _, seen, taken = receive(raw, cuts)
        assert (taken, seen) == (len(raw), Violation.BARE_CR if b"\r" in before else Violation.BARE_LF)


def test_a_violation_gives_550():
    """RFC 5321 §2.3.8; RFC 3463 §3.7."""
    assert (Violation.BARE_LF.reply.code, Violation.BARE_LF.reply.enhanced) == (550, "5.6.0")
    assert Violation.NUL.reply.code == 550


NORMALISED = [
    (b"a\nb\r\n.\r\n", b"a\r\nb\r\n"),
    (b"a\n.\nb\r\n.\r\n", b"a\r\n\r\nb\r\n"),
    (b"a\n..b\n\r\n.\r\n", b"a\r\n.b\r\n\r\n"),
    (b"\n.\r\n.\r\n", b"\r\n\r\n"),
]


@pytest.mark.parametrize(("raw", "content"), NORMALISED)
def test_for_named_clients_a_bare_lf_becomes_crlf_and_still_ends_nothing(raw, content):
    """Pitfall 1, the option: the end is CRLF.CRLF for them too."""
    for cuts in every_split(raw):
        assert receive(raw, cuts, normalise=True) == (content, None, len(raw))


def test_a_bare_cr_is_a_violation_for_named_clients_too():
    for cuts in every_split(b"a\rb\nc\r\n.\r\n"):
        assert receive(b"a\rb\nc\r\n.\r\n", cuts, normalise=True)[1:] == (Violation.BARE_CR, 10)


def reference(raw, normalise=False):
    """The same by the book, slowly: octets, then lines."""
    end = (b"\r\n" + raw).find(b"\r\n.\r\n")
    body = raw if end < 0 else raw[: max(end, 0)]
    lines = body.split(b"\r\n")
    assert not normalise
    bad = any(octet in line for line in lines for octet in (b"\r", b"\n", b"\0"))
    unstuffed = b"\r\n".join(line[1:] if line.startswith(b".") else line for line in lines)
    return (unstuffed, bad, end + 3 if end >= 0 else -1)


ALPHABET = st.lists(st.sampled_from([b"\r\n", b".", b"a", b"\r", b"\n", b"\r\n.\r\n", b"\0", b".."]), max_size=14)


@given(ALPHABET, st.data())
def test_any_bytes_in_any_pieces_are_read_as_by_the_book(pieces, data):
    """Property: the stream agrees with a slow reading of RFC 5321 §4.5.2, for all bytes and all splits."""
    raw = b"".join(pieces) + b"\r\n.\r\n"
    cuts = data.draw(st.lists(st.integers(0, len(raw)), max_size=6))
    content, violation, taken = receive(raw, cuts)
    expected, bad, length = reference(raw)
    assert taken == length
    assert (violation is not None) == bad
    if not bad:
        assert content == expected


@given(st.binary(max_size=300), st.lists(st.integers(0, 300), max_size=5))
def test_fuzz_content(raw, cuts):
    """Arbitrary octets never raise, and the pieces do not matter."""
    whole = receive(raw, [])
    cut = receive(raw, [min(at, len(raw)) for at in cuts])
    assert whole[2] == cut[2]
    if whole[2] >= 0:
        assert (whole[1] is None) == (cut[1] is None)
        if whole[1] is None:
            assert whole[0] == cut[0]


def test_a_message_of_many_pieces_keeps_no_more_than_a_few_octets():
    """Decision of the design: memory does not grow with the message."""
    line = b"." + b"x" * 70 + b"\r\n"
    stream, total = DataStream(), 0
    block = line * (3 * PIECE // len(line))
    for _ in range(4):
        chunks, taken = stream.feed(block)
        assert taken == -1
        assert all(len(chunk) <= PIECE + 4 for chunk in chunks)
        assert len(stream._held) <= 4
        total += sum(map(len, chunks))
    chunks, taken = stream.feed(b".\r\n")
    total += sum(map(len, chunks))
    assert (taken, total, stream.violation) == (3, 4 * len(block) // len(line) * (len(line) - 1), None)


@given(st.binary(max_size=60))
def test_a_violation_is_found_as_an_expression_would_find_it(piece):
    """The quick look agrees with the definition."""
    bare = piece.replace(b"\r\n", b"")
    assert (find_violation(piece) is None) == (not any(octet in bare for octet in (b"\r", b"\n", b"\0")))


# lines
def lines_of(receiver):
    lines = []
    while (line := receiver.line()) is not None:
        lines.append(line)
    return lines


def test_pipelined_commands_come_one_by_one():
    """RFC 2920 §3.2: what is behind stays in the receiver until it is asked for."""
    receiver = Receiver()
    receiver.feed(b"MAIL FROM:<>\r\nRCPT TO:<a@b.example>\r\nDATA\r\nx\r\n.\r\nQU")
    assert [receiver.line() for _ in range(3)] == [b"MAIL FROM:<>", b"RCPT TO:<a@b.example>", b"DATA"]
    receiver.begin_data()
    assert receiver.body() == ([b"x\r\n"], True)
    assert receiver.line() is None
    receiver.feed(b"IT\r\n")
    assert receiver.line() == b"QUIT"
    assert receiver.waiting == 0


@given(st.lists(st.binary(max_size=20).filter(lambda line: b"\n" not in line), max_size=6), st.data())
def test_lines_do_not_depend_on_the_pieces(lines, data):
    """Property: any split of the bytes gives the same lines."""
    raw = b"".join(line + b"\r\n" for line in lines)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(raw)), max_size=6)))
    receiver, got = Receiver(), []
    edges = [0, *cuts, len(raw)]
    for start, end in itertools.pairwise(edges):
        receiver.feed(raw[start:end])
        got += lines_of(receiver)
    assert got == lines


@pytest.mark.parametrize("piece", [1, 7, 100, 5000])
def test_a_line_too_long_is_refused_once_and_the_next_is_read(piece):
    """RFC 5321 §4.5.3.1.9: 500, and the dialog goes on; nothing of it is kept meanwhile."""
    raw = b"NOOP " + b"x" * LINE_LIMIT * 2 + b"\r\nQUIT\r\n"
    receiver, seen = Receiver(), []
    for at in range(0, len(raw), piece):
        receiver.feed(raw[at : at + piece])
        try:
            seen += lines_of(receiver)
        except BadCommand as error:
            seen.append(error.reply.code)
            seen += lines_of(receiver)
        assert receiver.waiting <= max(LINE_LIMIT, piece)
    assert seen == [500, b"QUIT"]


def test_the_longest_lines_are_taken():
    """RFC 5321 §4.5.3.1.4 with what extensions add; RFC 4954 §4 for AUTH and for SASL responses."""
    receiver = Receiver()
    longest = b"NOOP " + b"x" * (LINE_LIMIT - 7)
    auth = b"auth PLAIN " + b"x" * (AUTH_LINE_LIMIT - 13)
    response = b"x" * (AUTH_LINE_LIMIT - 2)
    receiver.feed(longest + b"\r\n" + auth + b"\r\n" + response + b"\r\n")
    assert receiver.line() == longest
    assert receiver.line() == auth
    assert receiver.line(AUTH_LINE_LIMIT) == response
    receiver.feed(longest + b"x\r\n")
    with pytest.raises(BadCommand):
        receiver.line()


def test_a_line_that_ends_in_a_bare_lf_is_refused():
    """RFC 5321 §2.3.8: it gets an answer, instead of silence until the time-out."""
    receiver = Receiver()
    receiver.feed(b"NOOP\nQUIT\r\n")
    with pytest.raises(BadCommand) as caught:
        receiver.line()
    assert caught.value.reply.code == 500
    assert receiver.line() == b"QUIT"


def test_what_was_sent_before_tls_is_dropped():
    """Pitfall 2, STARTTLS injection (CVE-2011-0411): pipelined plaintext, whole and half lines alike, is gone."""
    receiver = Receiver()
    receiver.feed(b"STARTTLS\r\nMAIL FROM:<evil@example.org>\r\nRCPT TO:<vic")
    assert receiver.line() == b"STARTTLS"
    receiver.clear()
    assert (receiver.line(), receiver.waiting) == (None, 0)
    receiver.feed(b"EHLO x\r\n")
    assert receiver.line() == b"EHLO x"


# chunks
def test_chunks_are_counted_off_whatever_is_in_them():
    """RFC 3030 §2, §4.2: pipelined BDATs; the octets of a chunk are never commands."""
    receiver = Receiver()
    receiver.feed(b"BDAT 9\r\nQUIT\r\n.\r\nBDAT 4 LAST\r\n\r\n.\rRSET\r\n")
    assert receiver.line() == b"BDAT 9"
    receiver.begin_chunk(9, strict=False)
    assert receiver.body() == ([b"QUIT\r\n.\r\n"], True)
    assert receiver.line() == b"BDAT 4 LAST"
    receiver.begin_chunk(4)
    assert receiver.body() == ([b"\r\n.\r"], True)
    assert receiver.end_chunks() is None
    assert receiver.line() == b"RSET"


def test_an_empty_last_chunk_is_done_at_once():
    """RFC 3030 §2: BDAT 0 LAST."""
    receiver = Receiver()
    receiver.begin_chunk(0)
    assert receiver.body() == ([], True)


@given(st.binary(max_size=60), st.data())
def test_a_strict_chunk_finds_what_data_would_find_in_any_pieces(content, data):
    """Line ends are checked across reads and chunks."""
    stream, got = ChunkStream(), b""
    cuts = sorted(data.draw(st.lists(st.integers(0, len(content)), max_size=4)))
    edges = [0, *cuts, len(content)]
    for start, end in itertools.pairwise(edges):
        stream.begin(end - start)
        chunks, taken = stream.feed(content[start:end])
        assert taken == end - start
        got += b"".join(chunks)
    stream.end()
    bare = content.replace(b"\r\n", b"")
    assert (stream.violation is None) == (not any(octet in bare for octet in (b"\r", b"\n", b"\0")))
    if stream.violation is None:
        assert got == content


def test_a_chunk_may_come_in_many_reads():
    receiver = Receiver()
    receiver.begin_chunk(6)
    receiver.feed(b"abc")
    assert receiver.body() == ([b"abc"], False)
    receiver.feed(b"defQUIT\r\n")
    assert receiver.body() == ([b"def"], True)
    assert receiver.line() == b"QUIT"
