"""The full-text index: it changes how quickly something is found, never what."""

from __future__ import annotations

import asyncio
import base64
import io
import quopri
import zipfile
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posthouse.message.derive import derive
from posthouse.model.flags import Flag, Flags
from posthouse.model.ids import AccountId
from posthouse.store import indexing
from posthouse.store.accounts import create_account
from posthouse.store.content import add_content, sweep
from posthouse.store.criteria import And, Body, Fuzzy, HasFlag, Header, Not, Or, Subject, Text
from posthouse.store.folders import INBOX
from posthouse.store.indexing import Indexer, LeaseLost, all_segments, claim, segments_of
from posthouse.store.intake import content_of
from posthouse.store.matching import Content, Needle
from posthouse.store.messages import NewMessage, append, expunge
from posthouse.store.search import search
from posthouse.store.search_index import Sieve, buckets_of

WORDS = [
    "Ärger",
    "STRASSE",
    "Straße",
    "quarterly",
    "日本語テスト",
    "e\u0301te\u0301",
    "ﬁnal",
    "..",
    "x-y z",
    "Grüße",
    "cafe",
]
CODECS = ["utf-8", "iso-8859-1", "shift_jis", "gb18030", "big5", "utf-16", "koi8-r", "utf-7"]
ENCODINGS = {"8bit": bytes, "base64": base64.encodebytes, "quoted-printable": quopri.encodestring}
TYPES = ["text/plain", "text/html", "message/delivery-status"]


def reindex(shelf, holder="one"):
    """Every segment anew; how many there are."""

    async def work():
        indexer = Indexer(shelf.store, holder, pause=0)
        assert await indexer.claim()
        with shelf.database.snapshot() as tx:
            segments = all_segments(tx)
        await indexer.rebuild(segments, lambda: None)
        await indexer.release()
        return len(segments)

    return asyncio.run(work())


def find(shelf, criteria, account=None):
    with shelf.database.snapshot() as tx:
        return list(search(tx, shelf.blobs, account or shelf.account, INBOX, criteria))


def candidates(shelf, text):
    with shelf.database.snapshot() as tx:
        sieve = Sieve(tx, text)
        return [n for (n,) in tx.all("SELECT content_id FROM content ORDER BY 1") if sieve.may_have(n)]


def document() -> bytes:
    """A message with a spreadsheet, a letter and a picture that is none."""
    message = EmailMessage()
    message["Subject"] = "Documents"
    message.set_content("See there.\n")
    for kind, member, xml in (
        (
            "vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            "xl/sharedStrings.xml",
            "<si><t>Turn</t><t>over</t></si><si>Q3</si>",
        ),
        (
            "octet-stream",
            "content.xml",
            "<text:p>Sehr geehrte <b>Da</b>men &amp; Herren</text:p><text:p>Größe</text:p>",
        ),
        ("vnd.oasis.opendocument.text", "pictures/hidden.xml", "<p>nowhere</p>"),
    ):
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
            file.writestr(member, xml)
        message.add_attachment(archive.getvalue(), maintype="application", subtype=kind, filename="file")
    message.add_attachment(b"PK\x03\x04 damaged", maintype="application", subtype="octet-stream")
    return message.as_bytes().replace(b"\n", b"\r\n")


def mails() -> list[bytes]:
    made = [document(), b"Subject: nothing else\r\n\r\n", b"\r\nno header at all: Report\r\n"]
    for number, word in enumerate(WORDS):
        codec = CODECS[number % len(CODECS)]
        encoding = sorted(ENCODINGS)[number % 3]
        kind = TYPES[number % 3]
        body = f"<p>The {word[:2]}<b>{word[2:]}</b> report &uuml;ber {word}</p>\r\n" * 3
        made.append(
            f"From: Ann <ann{number}@example.org>\r\nSubject: Report {number}\r\n"
            f"X-Note: =?utf-8?q?{number}=C3=BC?= b\r\nContent-Type: {kind}; charset={codec}\r\n"
            f"Content-Transfer-Encoding: {encoding}\r\n\r\n".encode()
            + ENCODINGS[encoding](body.encode(codec, "replace"))
        )
    large = b"Subject: large\r\n\r\n" + b"0123456789 lorem ipsum dolor\r\n" * 6000 + b"at the very end\r\n"
    return [*made, large]


TYPING_ERRORS = ["qarterly", "reprot", "gruesse", "turmover", "Strase report", "documets", "zebra", "an"]
TEXTS = [
    *WORDS,
    "report",
    "über quarterly",
    "q3",
    "turnover",
    "DAMEN & herren",
    "größe",
    "nowhere",
    "very END",
    "ü",
    "",
]
CASES = [
    *[kind(text) for text in TEXTS for kind in (Body, Text)],
    *[Header(name, text) for name in ("from", "X-Note", "content-type") for text in ("ann1", "ü b", "HTML", "3ü")],
    *[Fuzzy(kind(text)) for text in (*TYPING_ERRORS, "very END", "日本語", "..") for kind in (Body, Text, Subject)],
    *[Fuzzy(Header("from", text)) for text in ("an", "exmaple", "anm1")],
    Or((Body("turnover"), Text("ann2"), HasFlag(Flag.SEEN))),
    And((Not(Body("report")), Text("subject"))),
    And((Body("report"), Body("strasse"), Subject("report"))),
    Not(Or((Text("example.org"), Header("subject", "large")))),
]


def test_same_answers(shelf):
    """With the index, without it, and with one that knows only some messages, a search finds the same."""
    everything = mails()
    with shelf.database.transaction() as tx:
        for number, data in enumerate(everything[:8]):
            shelf.put(tx, data, flags=Flags(Flag.SEEN if number % 2 else Flag(0)))
    reindex(shelf)
    with shelf.database.transaction() as tx:
        for data in everything[8:]:
            shelf.put(tx, data)
    partly = [find(shelf, criteria) for criteria in CASES]
    reindex(shelf)
    wholly = [find(shelf, criteria) for criteria in CASES]
    with shelf.database.transaction() as tx:
        tx.run("DELETE FROM search_segment")
    without = [find(shelf, criteria) for criteria in CASES]
    assert partly == wholly == without
    assert find(shelf, Body("turnover")) == find(shelf, Body("damen & herren")) == [1]
    assert find(shelf, Body("nowhere")) == []
    assert find(shelf, Fuzzy(Body("turmover"))) == find(shelf, Fuzzy(Subject("documets"))) == [1]


def test_same_answers_in_pieces(shelf, monkeypatch):
    """Neither does it matter how much is looked at together."""
    for name, value in (("PIECE_UIDS", 3), ("PIECE_ROWS", 2), ("PIECE_BYTES", 500), ("MAX_PASSES", 1)):
        monkeypatch.setattr(f"posthouse.store.search.{name}", value)
    monkeypatch.setattr("posthouse.store.search_index.FEW", 0)
    monkeypatch.setattr("posthouse.store.search.CANDIDATE_SHARE", 10**9)
    monkeypatch.setattr(indexing, "PIECE_CONTENTS", 3)
    test_same_answers(shelf)


def test_same_answers_by_content(shelf, monkeypatch):
    """Nor whether the folder is walked through, or the candidates are looked up."""
    monkeypatch.setattr("posthouse.store.search.CANDIDATE_SHARE", 0.01)
    monkeypatch.setattr("posthouse.store.search_index.FOLDER_SHARE", 1)
    test_same_answers(shelf)


def test_the_index_narrows_down(shelf):
    """It does serve: for a text that one message has, that message alone is looked into."""
    with shelf.database.transaction() as tx:
        for number in range(40):
            shelf.put(
                tx, b"Subject: x\r\n\r\nnothing of note\r\n" + (b"gorgonzola\r\n" if number == 20 else b"%d" % number)
            )
    assert len(candidates(shelf, "gorgonzola")) == 40
    reindex(shelf)
    assert candidates(shelf, "gorgonzola") == [21]
    assert len(candidates(shelf, "nothing of note")) == 40
    assert find(shelf, Text("Gorgonzola")) == [21]


def test_kept_in_the_background(shelf, monkeypatch):
    """A segment is written when it is full, the last one when enough is new; what is not known yet is found all the
    same; and what is known is not written again."""
    monkeypatch.setattr(indexing, "TAIL", 3)

    async def work():
        indexer = Indexer(shelf.store, "one", pause=0)
        written = []
        for count in (2, 1, 2, 1):
            with shelf.database.transaction() as tx:
                for _ in range(count):
                    shelf.put(tx, b"Subject: s\r\n\r\nmail %d\r\n" % shelf.now)
                    shelf.now += 1
            written.append(await indexer.round())
            assert len(find(shelf, Body("mail 17"))) == len(find(shelf, Subject("s")))
        return written

    assert asyncio.run(work()) == [0, 1, 0, 1]


def test_late_content(shelf):
    """Content whose id is among known ones, because it was committed later than they, is looked into directly."""

    def renumber(tx, old, new):
        for table in ("message", "content", "content_subject", "content_body"):
            tx.run(f"UPDATE {table} SET content_id = ? WHERE content_id = ?", (new, old))

    with shelf.database.transaction() as tx:
        for number in (1, 2, 3):
            shelf.put(tx, b"Subject: s\r\n\r\nthe %d\r\n" % number)
        renumber(tx, 2, 2000)
    assert reindex(shelf) == 2
    with shelf.database.transaction() as tx:
        renumber(tx, 2000, 2)
    assert find(shelf, Body("the 2")) == [2]


def test_an_account_finds_its_own(shelf):
    """Content is indexed once whoever has it; a search finds the messages of its account."""
    other = AccountId(8)
    with shelf.database.transaction() as tx:
        create_account(tx, other, 1)
        shelf.put(tx, b"Subject: both\r\n\r\nshared words\r\n")
        for data in (b"Subject: one\r\n\r\nsecret words\r\n", b"Subject: both\r\n\r\nshared words\r\n"):
            new = content_of(shelf.blobs, data)
            append(tx, other, INBOX, NewMessage(add_content(tx, new), new.size, 1, Flags()), 1)
    reindex(shelf)
    assert find(shelf, Body("secret words")) == []
    assert find(shelf, Body("shared words")) == [1]
    assert find(shelf, Body("words"), other) == [1, 2]
    with shelf.database.snapshot() as tx:
        assert segments_of(tx, other) == [0]


def test_one_at_a_time(shelf):
    """The index is written under a lease, and whoever has lost it writes nothing."""
    with shelf.database.transaction() as tx:
        shelf.put(tx, b"Subject: s\r\n\r\ntext\r\n")
        now = shelf.store.now()
        assert claim(tx, "one", now)
        assert not claim(tx, "two", now)
        assert claim(tx, "two", now + 61)
    with pytest.raises(LeaseLost):
        asyncio.run(Indexer(shelf.store, "one", pause=0).write(0))
    with shelf.database.snapshot() as tx:
        assert tx.all("SELECT * FROM search_segment") == []


def test_unreadable(shelf, monkeypatch):
    """A message that cannot be read does not keep others from being indexed, and is a candidate for every text."""
    with shelf.database.transaction() as tx:
        for number in (1, 2, 3):
            shelf.put(tx, b"Subject: s\r\n\r\ntext %d\r\n" % number)
        tx.run("UPDATE content SET parts = ? WHERE content_id = 2", (b"nonsense",))
    reindex(shelf)
    assert candidates(shelf, "text 3") == [2, 3]


def test_what_is_gone(shelf):
    """The rows of a segment whose contents are all gone go too."""
    with shelf.database.transaction() as tx:
        shelf.put(tx, b"Subject: s\r\n\r\ntext\r\n", flags=Flags(Flag.DELETED))
    reindex(shelf)
    with shelf.database.transaction() as tx:
        expunge(tx, shelf.account, INBOX, ((1, 1),))
        sweep(tx, 1)
    assert asyncio.run(Indexer(shelf.store, "one").drop_emptied()) == 1
    with shelf.database.snapshot() as tx:
        assert tx.all("SELECT * FROM search_segment") == tx.all("SELECT * FROM search_page") == []


@given(st.lists(st.sampled_from([*WORDS, "<b>", "&amp;", "\r\n", " ", "\u0301", "a", "é"]), max_size=12), st.data())
def test_the_index_has_what_the_matcher_finds(words, data):
    """Whatever is found in a message, by whichever way, has all its trigrams in the index."""
    codec, kind = data.draw(st.sampled_from(CODECS)), data.draw(st.sampled_from(TYPES))
    encoding = data.draw(st.sampled_from(sorted(ENCODINGS)))
    text = "".join(words)
    needle = Needle(data.draw(st.sampled_from(words or ["x"])) + data.draw(st.sampled_from(["", "a", " ", "te"])))
    head = f"Subject: {text.split(chr(13))[0]}\r\nContent-Type: {kind}; charset={codec}\r\n"
    body = ENCODINGS[encoding](text.encode(codec, "replace"))
    mail = f"{head}Content-Transfer-Encoding: {encoding}\r\n\r\n".encode() + body
    derived = derive(mail)
    content = Content(mail, derived.header_size, derived.parts)
    if content.text_has(needle) or content.body_has(needle):
        known = {bucket for piece in content.texts() for bucket in buckets_of(piece)}
        assert buckets_of(needle.text) <= known
