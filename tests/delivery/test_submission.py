"""RFC 6409 §8: what is mended in a submission, what is refused, and that the body stays as it is."""

from __future__ import annotations

from typing import Any

import pytest

from posthouse.delivery.errors import BadMessage, SenderNotYours
from posthouse.directory import DELEGATE, add_group, change_links

ALICE = "alice@example.org"


def submit(post: Any, content: bytes, *to: str) -> bytes:
    """What the recipient's mailbox has behind the trace fields."""
    post.send(content, *(to or ("bob@example.org",)), login=ALICE, sender=ALICE)
    [whole] = post.mailbox("bob@example.org")[-1:]
    lines = whole.split(b"\r\n")
    at = 2
    while lines[at][:1] == b"\t":
        at += 1
    return b"\r\n".join(lines[at:])


def test_a_whole_message_stays_as_it_is(new_post: Any) -> None:
    """Nothing is changed that needs no mending."""
    content = (
        b"from:  Alice <alice@example.org>\r\nDATE: today\r\nMessage-id: <1@x>\r\nX:\ty  \r\n\r\nbody \xff\r\n.\r\n"
    )
    assert submit(new_post(), content) == content


def test_date_and_message_id_are_added(new_post: Any) -> None:
    """RFC 6409 §8.2, §8.3."""
    got = submit(new_post(), b"From: alice@example.org\r\n\r\nbody\r\n")
    assert got == (
        b"Date: Mon, 21 Sep 2026 14:13:20 +0000\r\nMessage-ID: <s1.1@mx.example.org>\r\n"
        b"From: alice@example.org\r\n\r\nbody\r\n"
    )


def test_bcc_is_removed(new_post: Any) -> None:
    """RFC 5322 §3.6.3."""
    content = b"From: alice@example.org\r\nDate: x\r\nbcc: secret@x.test,\r\n other@x.test\r\nMessage-ID: <1@x>\r\n\r\n"
    assert b"x.test" not in submit(new_post(), content + b"Bcc: in the body stays\r\n")


def test_long_header_lines_are_folded(new_post: Any) -> None:
    """Pitfalls 3 and 4: accepted, and mended at white space only before anybody signs it."""
    references = b" ".join(b"<%d@client.test>" % n for n in range(200))
    header = b"From: alice@example.org\r\nDate: x\r\nMessage-ID: <1@x>\r\nReferences: " + references + b"\r\n"
    long_body = b"\r\n" + b"z" * 3000 + b"\r\n"
    got = submit(new_post(), header + long_body)
    top, _, body = got.partition(b"\r\n\r\n")
    assert max(map(len, top.split(b"\r\n"))) <= 998
    assert top.replace(b"\r\n ", b" ").endswith(references)
    assert b"\r\n" + body == long_body


def test_a_large_submission_is_mended_too(new_post: Any) -> None:
    body = b"x" * 70 + b"\r\n"
    got = submit(new_post(), b"From: alice@example.org\r\n\r\n" + body * 5000)
    assert got.startswith(b"Date: ")
    assert got.endswith(b"\r\n\r\n" + body * 5000)


@pytest.mark.parametrize(
    "header",
    [
        b"Subject: x\r\n",
        b"From:\r\n",
        b"From: nothing that has an address\r\n",
        b"From: alice@example.org\r\nFrom: alice@example.org\r\n",
        b"From: alice@example.org\r\nSender: alice@example.org\r\nSender: alice@example.org\r\n",
        b"",
    ],
)
def test_what_cannot_be_mended(new_post: Any, header: bytes) -> None:
    """RFC 6409 §8.1, RFC 5322 §3.6: one From with an address, at most one Sender."""
    with pytest.raises(BadMessage):
        submit(new_post(), header + b"\r\nbody\r\n")


def test_a_missing_from_may_be_added(new_post: Any) -> None:
    """Where the operator says so, for devices that know no better."""
    got = submit(new_post(missing_from="add"), b"Subject: scan\r\n\r\n")
    assert b"\r\nFrom: <alice@example.org>\r\nSubject: scan\r\n\r\n" in got


@pytest.mark.parametrize(
    ("header", "fine"),
    [
        (b"From: alice@example.org", True),
        (b"From: Alice <ALICE@Example.Org>", True),
        (b"From: alice+tag@example.org", True),
        (b"From: alice2@example.org", True),
        (b"From: all@example.org", True),
        (b"From: bob@example.org", False),
        (b"From: alice@example.org, bob@example.org", False),
        (b"From: friend@elsewhere.test", False),
        (b"From: one@example.org", False),
        (b"From: alice@example.org\r\nSender: bob@example.org", False),
    ],
)
def test_the_sender_is_tied_to_the_login(new_post: Any, header: bytes, fine: bool) -> None:
    """RFC 6409 §6.1: nobody speaks in another's name."""
    if fine:
        submit(new_post(), header + b"\r\n\r\n")
    else:
        with pytest.raises(SenderNotYours):
            submit(new_post(), header + b"\r\n\r\n")


def test_a_delegate_says_who_has_sent_it(new_post: Any) -> None:
    """RFC 5322 §3.6.2: then From may be whoever has named them, by name or through a group."""
    post = new_post()
    fine = b"From: bob@example.org\r\nSender: alice@example.org\r\nDate: x\r\nMessage-ID: <1@x>\r\n\r\n"
    team = "team@example.org"
    post.write(add_group, team, [ALICE])
    bob = post.account("bob@example.org")
    for delegate, other in ((ALICE, team), (team, ALICE)):
        with post.database.transaction() as tx:
            change_links(tx, bob, DELEGATE, add=[delegate], remove=[other])
        assert submit(post, fine) == fine
    for header in (b"From: bob@example.org", b"From: carol@example.org\r\nSender: alice@example.org"):
        with pytest.raises(SenderNotYours):
            submit(post, header + b"\r\n\r\n")


def test_the_operator_may_leave_senders_free(new_post: Any) -> None:
    submit(new_post(own_senders=False), b"From: bob@example.org\r\n\r\n")
