"""Who gets what: one transaction for mailboxes, queue and reports."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import pytest

from posthouse.delivery.errors import MailboxFull, RelayDenied
from posthouse.directory import add_group, set_attributes
from posthouse.model.address import Address, Recipient
from posthouse.model.refusals import AccountDisabled, OverQuota, UnknownRecipient
from posthouse.protocols.dsn.parse import parse_report
from posthouse.protocols.dsn.report import Action, RecipientFacts, Report
from posthouse.store.folders import create_folder

MESSAGE = b"From: sender@client.test\r\nSubject: one\r\nMessage-ID: <1@client.test>\r\n\r\nbody\r\n"
BOTH = "Return-Path: <sender@client.test>\r\nReceived: from client.test ([192.0.2.7])\r\n"


def recipient(name: str, *notify: str, orcpt: str = "") -> Recipient:
    local, _, domain = name.rpartition("@")
    return Recipient(Address(local, domain), frozenset(notify), orcpt)


def test_mailboxes_share_one_content_with_trace_fields(post: Any) -> None:
    """RFC 5321 §4.4: Return-Path and Received in front; RFC 5321 §7.2: no recipient is named to another."""
    post.send(MESSAGE, "alice@example.org", "bob@example.org", "alice2@example.org")
    [mine] = post.mailbox("alice@example.org")
    assert mine.startswith(BOTH.encode())
    assert mine.endswith(MESSAGE)
    assert b"for <" not in mine
    assert post.mailbox("bob@example.org") == [mine]
    assert post.contents() == 1


def test_the_next_hop_gets_received_alone(post: Any) -> None:
    """RFC 5321 §4.4: only final delivery adds Return-Path; each way has its own content."""
    post.send(MESSAGE, "all@example.org")
    [mine] = post.mailbox("alice@example.org")
    [(_, recipients, relayed)] = post.queue()
    assert mine == b"Return-Path: <sender@client.test>\r\n" + relayed
    assert relayed.startswith(b"Received: from ")
    assert [str(each.recipient.address) for each in recipients] == ["friend@elsewhere.test"]


def test_a_large_message_goes_both_ways(post: Any) -> None:
    content = MESSAGE + b"x" * 70_000 + b"\r\n" + b"y" * 90_000 + b"\r\n"
    post.send(content, "all@example.org")
    [(_, _, relayed)] = post.queue()
    [mine] = post.mailbox("alice@example.org")
    assert mine == b"Return-Path: <sender@client.test>\r\n" + relayed
    assert relayed.endswith(content)


def test_details_name_folders_that_are_there(post: Any) -> None:
    """RFC 5233: `user+detail`; an outsider makes no folders."""
    post.write(create_folder, post.account("alice@example.org"), "lists/python")
    post.send(MESSAGE, "alice+lists/python@example.org")
    post.send(MESSAGE, "alice+nowhere@example.org")
    assert len(post.mailbox("alice@example.org", "lists/python")) == 1
    assert len(post.mailbox("alice@example.org")) == 1


@pytest.mark.parametrize(
    ("to", "refusal"),
    [
        ("nobody@example.org", UnknownRecipient),
        ("friend@elsewhere.test", RelayDenied),
        ("dave@example.org", AccountDisabled),
    ],
)
def test_refusals_at_the_door(new_post: Any, to: str, refusal: type[Exception]) -> None:
    """Pitfall 9: what can be refused at RCPT is never bounced later."""
    with pytest.raises(refusal):
        new_post().send(MESSAGE, to)


@pytest.mark.parametrize(
    "header",
    [b"X-Spam-Flag: YES\r\nX-Spam-Score: 999\r\n", b"Precedence: junk\r\n", b"X-Virus: EICAR\r\n", b"From:\r\n", b""],
)
def test_nothing_is_discarded(post: Any, header: bytes) -> None:
    """Pitfall 17: what was acknowledged is in a mailbox, whatever it says of itself or somebody may think of it."""
    post.send(header + b"\r\nbuy\r\n", "alice@example.org")
    assert len(post.mailbox("alice@example.org")) == 1


def test_quota_by_policy(new_post: Any) -> None:
    """Pitfall 10: 452 4.2.2 or 552 5.2.2, and at RCPT."""
    for policy, refusal in (("later", OverQuota), ("refuse", MailboxFull)):
        post = new_post(quota_policy=policy)
        post.quota("bob@example.org", messages=1)
        post.send(MESSAGE, "bob@example.org")
        with pytest.raises(refusal) as caught:
            post.send(MESSAGE, "bob@example.org")
        assert type(caught.value) is refusal


def test_mixed_outcomes_are_delivered_and_reported(post: Any) -> None:
    """A 250 is never followed by silence: whoever could not be served is in a report, in the same transaction."""
    post.quota("bob@example.org", size=100)
    outcomes = post.send(MESSAGE, "alice@example.org", "bob@example.org", sender="carol@example.org", envid="E1")
    assert [outcome.refusal is None for outcome in outcomes] == [True, False]
    assert len(post.mailbox("alice@example.org")) == 1
    assert post.mailbox("bob@example.org") == []
    [report] = post.mailbox("carol@example.org")
    assert report.startswith(b"Return-Path: <>\r\n")
    facts = parse_report(report)
    assert facts.envid == "E1"
    [one] = facts.recipients
    assert (one.final_recipient, one.action, one.status) == ("bob@example.org", "failed", "5.2.2")


def test_a_report_to_elsewhere_is_queued_with_the_null_sender(post: Any) -> None:
    """RFC 5321 §4.5.5, RFC 3461 §6.1."""
    post.quota("bob@example.org", size=100)
    post.send(MESSAGE, "alice@example.org", "bob@example.org")
    [(message, recipients, content)] = post.queue()
    assert message.envelope.sender is None
    assert recipients[0].recipient.notify == {"NEVER"}
    assert content.startswith(b"From: Mail Delivery System")


@pytest.mark.parametrize("how", [{"sender": None}, {"notify": "NEVER"}, {"notify": "SUCCESS"}])
def test_nobody_is_told_who_does_not_want_it(new_post: Any, how: dict[str, Any]) -> None:
    """RFC 5321 §6.1: the null reverse-path is never answered; RFC 3461 §4.1: NOTIFY without FAILURE."""
    post = new_post()
    post.quota("bob@example.org", size=100)
    bob = recipient("bob@example.org", *([how["notify"]] if "notify" in how else []))
    post.send(MESSAGE, "alice@example.org", bob, sender=how.get("sender", "carol@example.org"))
    assert len(post.mailbox("alice@example.org")) == 1
    assert post.mailbox("carol@example.org") == post.queue() == []


def test_nobody_served_keeps_nothing(post: Any) -> None:
    """A 4xx or 5xx means that nothing was kept."""
    post.quota("bob@example.org", size=100)
    with pytest.raises(OverQuota):
        post.send(MESSAGE, "bob@example.org", sender="carol@example.org")
    assert post.contents() == 0
    assert post.mailbox("carol@example.org") == []


def test_lmtp_answers_instead_of_reports(post: Any) -> None:
    """RFC 2033 §4.2: the peer hears of each recipient, so nobody else does."""
    post.quota("bob@example.org", size=100)
    outcomes = post.send(MESSAGE, "bob@example.org", "alice@example.org", sender="carol@example.org", lmtp=True)
    assert [type(outcome.refusal) for outcome in outcomes] == [OverQuota, type(None)]
    assert post.mailbox("carol@example.org") == []
    [outcome] = post.send(MESSAGE, "bob@example.org", sender="carol@example.org", lmtp=True)
    assert isinstance(outcome.refusal, OverQuota)


def test_success_is_confirmed_when_asked_for(post: Any) -> None:
    """RFC 3461 §5.2.3, with RET, ENVID and ORCPT; the whole message is not returned for a success (§4.3)."""
    asked = recipient("bob@example.org", "SUCCESS", orcpt="rfc822;robert@old.test")
    post.send(MESSAGE, asked, "alice@example.org", sender="carol@example.org", ret="FULL", envid="QQ314159")
    [report] = post.mailbox("carol@example.org")
    facts = parse_report(report)
    [one] = facts.recipients
    assert (facts.envid, one.original_recipient) == ("QQ314159", "robert@old.test")
    assert (one.action, one.status) == ("delivered", "2.0.0")
    assert b"Content-Type: text/rfc822-headers" in report


def test_an_alias_for_one_hands_the_wishes_on(post: Any) -> None:
    """RFC 3461 §5.2.7.2: the next hop confirms, and who the sender wrote to stays known."""
    post.send(MESSAGE, recipient("one@example.org", "SUCCESS"), sender="carol@example.org")
    [(_, [queued], _)] = post.queue()
    assert queued.recipient.notify == {"SUCCESS"}
    assert queued.recipient.orcpt == "rfc822;one@example.org"
    assert post.mailbox("carol@example.org") == []


def test_an_alias_for_several_is_confirmed_once(post: Any) -> None:
    """RFC 3461 §5.2.7.3: `expanded`, and the members do not confirm."""
    post.send(MESSAGE, recipient("all@example.org", "SUCCESS"), sender="carol@example.org")
    [report] = post.mailbox("carol@example.org")
    assert [each.action for each in parse_report(report).recipients] == ["expanded"]
    [(_, [queued], _)] = post.queue()
    assert queued.recipient.notify == {"NEVER"}


def test_a_group_goes_on_without_its_full_member(post: Any) -> None:
    """One full mailbox does not stop a list; its owner's correspondent hears of it."""
    post.quota("bob@example.org", size=100)
    [outcome] = post.send(MESSAGE, "pair@example.org", sender="carol@example.org")
    assert outcome.refusal is None
    assert len(post.mailbox("alice@example.org")) == 1
    [report] = post.mailbox("carol@example.org")
    [one] = parse_report(report).recipients
    assert (one.final_recipient, one.original_recipient) == ("bob@example.org", "pair@example.org")


def test_a_report_reaches_a_full_mailbox(new_post: Any) -> None:
    """Pitfall 11: a small grace for what the owner must know."""
    post = new_post()
    post.quota("carol@example.org", size=1)
    post.quota("bob@example.org", size=100)
    post.send(MESSAGE, "alice@example.org", "bob@example.org", sender="carol@example.org")
    assert len(post.mailbox("carol@example.org")) == 1


def test_an_account_removed_since_rcpt_is_unknown(new_post: Any) -> None:
    import asyncio

    from posthouse.store.accounts import remove_account

    post = new_post()

    async def race() -> None:
        origin_send = post.delivery.store.write

        async def write(*args: Any) -> Any:
            await origin_send(remove_account, post.account("bob@example.org"))
            return await origin_send(*args)

        post.delivery.store.write = write
        with pytest.raises(UnknownRecipient):
            await post.sending(MESSAGE, "bob@example.org")

    asyncio.run(race())


def test_groups_for_members_alone(new_post: Any) -> None:
    """A group's `senders` attribute, seen with the login and never with what MAIL says."""
    from posthouse.delivery.errors import NotForYou

    post = new_post()
    post.write(add_group, "board@example.org", ["alice@example.org"])
    for senders, login, fine in (
        ("members", "", False),
        ("members", "bob@example.org", False),
        ("members", "alice@example.org", True),
        ("authenticated", "bob@example.org", True),
        ("authenticated", "", False),
    ):
        post.write(set_attributes, "board@example.org", {"senders": senders})
        content = MESSAGE.replace(b"sender@client.test", login.encode() or b"x@y.test")
        if fine:
            post.send(content, "board@example.org", login=login, sender=login)
        else:
            with pytest.raises(NotForYou):
                post.send(content, "board@example.org", login=login, sender=login or "alice@example.org")


def test_the_bouncer_delivers_or_queues(post: Any) -> None:
    """What the queue asks of us: reports with the null reverse-path, durable when it returns."""
    import asyncio

    failed = RecipientFacts(Address("y", "elsewhere.test"), Action.FAILED, "5.1.1")
    for to in (Address("alice", "example.org"), Address("x", "elsewhere.test"), Address("nobody", "example.org")):
        report = Report(to, "mx.example.org", (failed,), datetime(2026, 9, 21, tzinfo=UTC), "1@mx.example.org", "b")
        asyncio.run(post.delivery.report(report, b"Subject: hello\r\n\r\n"))
    [mine] = post.mailbox("alice@example.org")
    assert mine.startswith(b"Return-Path: <>\r\nFrom: Mail Delivery System <postmaster@mx.example.org>\r\n")
    assert b"\r\nFinal-Recipient: rfc822;y@elsewhere.test\r\n" in mine
    [(message, _, _)] = post.queue()
    assert message.envelope.sender is None


def test_received_names_what_is_known(new_post: Any) -> None:
    """RFC 5321 §4.4: from, by, with, id, for a single recipient, date."""
    post = new_post()
    post.send(MESSAGE, "alice@example.org")
    [mine] = post.mailbox("alice@example.org")
    expected = (
        rb"Return-Path: <sender@client.test>\r\nReceived: from client.test \(\[192.0.2.7\]\)\r\n"
        rb"\tby mx.example.org with ESMTP id s1.1\r\n\tfor <alice@example.org>;\r\n"
        rb"\tMon, 21 Sep 2026 14:13:20 \+0000\r\nFrom: "
    )
    assert re.match(expected, mine), mine
