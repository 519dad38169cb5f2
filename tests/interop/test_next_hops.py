"""Postfix and Exim as the next hop and as the sender, in both directions, with the reports that come back."""

from __future__ import annotations

import email
import email.policy
import json
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from itertools import count
from pathlib import Path

import pytest
from dns_server import DnsServer
from hubs import DOMAIN, Authority, Hub
from peers import Exim, Postfix
from programs import eventually

Peer = Postfix | Exim
_numbers = count(1)


@pytest.fixture(params=["postfix", "exim"])
def peer(request: pytest.FixtureRequest) -> Peer:
    found = request.getfixturevalue(request.param)
    assert isinstance(found, Peer)
    return found


@pytest.fixture
def subject() -> str:
    return f"letter {next(_numbers)}"


def letter(sender: str, recipient: str, subject: str, body: str = "Hello\r\n.\r\n..two\r\n") -> bytes:
    head = f"From: {sender}\r\nTo: {recipient}\r\nSubject: {subject}\r\nMIME-Version: 1.0\r\n"
    return f"{head}Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n{body}".encode()


def body(data: bytes) -> bytes:
    return data.replace(b"\r\n", b"\n").partition(b"\n\n")[2]


def last_hop(data: bytes) -> bytes:
    """The topmost Received field."""
    return data.partition(b"Received:")[2].partition(b"Received:")[0].lower()


def queue(hub: Hub) -> list[object]:
    found = json.loads(hub.command("queue", "list", "--json"))
    assert isinstance(found, list)
    return found


def arrival(hub: Hub, person: str, count: int = 1) -> list[bytes]:
    """Somebody's INBOX, once it has so many messages."""

    def look() -> list[bytes]:
        found = hub.inbox(person)
        return found if len(found) >= count else []

    return eventually(look)


def report(data: bytes) -> dict[str, str]:
    """The per-recipient fields of a delivery status notification – RFC 3464 §2.3."""
    message = email.message_from_bytes(data, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    assert message.get_content_type() == "multipart/report"
    status = next(part for part in message.walk() if part.get_content_type() == "message/delivery-status")
    _, recipient = status.get_payload()
    return {key.lower(): str(value) for key, value in recipient.items()}


def test_to_the_mail_exchanger(hub: Hub, peer: Peer, person: str, subject: str) -> None:
    """What is submitted here arrives there byte for byte, over TLS, found by MX; then the queue has nothing left."""
    there = f"someone@{peer.domain}"
    data = letter(person, there, subject, "Grüße\r\n.\r\n..two\r\n" + "long " * 190 + "\r\n\r\n")
    hub.send(person, there, data)
    found = peer.wait_for(subject)
    assert body(found) == body(data)
    assert b"esmtps" in last_hop(found)
    eventually(lambda: queue(hub) == [])


def test_many_messages(hub: Hub, peer: Peer, person: str, subject: str) -> None:
    """Twenty in one session of ours are twenty there, by few connections."""
    there = f"someone@{peer.domain}"
    with hub.smtp(person) as client:
        for number in range(20):
            client.sendmail(person, [there], letter(person, there, f"{subject} of {number}"))
    for number in range(20):
        peer.wait_for(f"{subject} of {number}")


def test_large_message(hub: Hub, peer: Peer, person: str, subject: str) -> None:
    """10 MB, whole."""
    there = f"someone@{peer.domain}"
    data = letter(person, there, subject, ("0123456789" * 7 + "\r\n") * 150_000)
    hub.send(person, there, data)
    assert body(peer.wait_for(subject)) == body(data)


def test_from_another_hub(hub: Hub, peer: Peer, person: str, subject: str) -> None:
    """What Postfix and Exim send arrives here byte for byte, over TLS with our certificate checked."""
    data = letter(f"someone@{peer.domain}", person, subject)
    peer.send(f"someone@{peer.domain}", person, data.replace(b"\r\n", b"\n"))
    (found,) = arrival(hub, person)
    assert body(found) == body(data)
    assert b"esmtps" in last_hop(found)


def test_refused_there(hub: Hub, peer: Peer, person: str, subject: str) -> None:
    """Unknown at the next hop: our report tells the sender its reply – RFC 3464."""
    there = f"nobody@{peer.domain}"
    hub.send(person, there, letter(person, there, subject))
    (found,) = arrival(hub, person)
    assert found.startswith(b"Return-Path: <>\r\n")
    fields = report(found)
    assert fields["final-recipient"].replace(" ", "") == f"rfc822;{there}"
    assert fields["action"] == "failed"
    assert fields["status"].startswith("5.1.1")
    assert "550" in fields["diagnostic-code"]
    assert subject.encode() in found


def test_returned_from_there(hub: Hub, peer: Peer, person: str, subject: str) -> None:
    """Accepted there and returned later: the report comes back to the sender here."""
    there = f"broken@{peer.domain}"
    hub.send(person, there, letter(person, there, subject))
    (found,) = arrival(hub, person)
    assert found.startswith(b"Return-Path: <>\r\n")
    assert report(found)["action"] == "failed"


def test_refused_here(hub: Hub, peer: Peer, subject: str) -> None:
    """An unknown recipient is refused at the door, so the report is made by the other hub, for its own sender."""
    sender = f"someone@{peer.domain}"
    peer.send(sender, f"unknown@{DOMAIN}", letter(sender, f"unknown@{DOMAIN}", subject).replace(b"\r\n", b"\n"))
    returned = eventually(lambda: next((m for m in peer.received if subject.encode() in m), b""))
    fields = report(returned)
    assert (fields["action"], fields["status"][0]) == ("failed", "5")
    assert "5.1.1" in fields["diagnostic-code"]
    assert queue(hub) == []


def test_success_is_reported(hub: Hub, peer: Peer, person: str, subject: str) -> None:
    """NOTIFY=SUCCESS and ENVID go along to a hub that knows DSN, and its report comes back – RFC 3461."""
    there = f"someone@{peer.domain}"
    with hub.smtp(person) as client:
        client.ehlo()
        client.mail(person, ["RET=HDRS", "ENVID=order-7"])
        assert client.rcpt(there, ["NOTIFY=SUCCESS", f"ORCPT=rfc822;{there}"])[0] == 250
        assert client.data(letter(person, there, subject))[0] == 250
    peer.wait_for(subject)
    (found,) = arrival(hub, person)
    fields = report(found)
    assert fields["action"] in ("delivered", "relayed")
    assert fields["original-recipient"].replace(" ", "") == f"rfc822;{there}"
    assert b"order-7" in found


def test_never_is_never(hub: Hub, peer: Peer, person: str, subject: str) -> None:
    """NOTIFY=NEVER: no report of a failure; mail sent after it shows that the first is dealt with."""
    with hub.smtp(person) as client:
        client.ehlo()
        client.mail(person)
        client.rcpt(f"nobody@{peer.domain}", ["NOTIFY=NEVER"])
        assert client.data(letter(person, "x", subject))[0] == 250
    eventually(lambda: queue(hub) == [])
    assert hub.inbox(person) == []


def test_here_and_there(hub: Hub, postfix: Postfix, exim: Exim, person: str, bob: str, subject: str) -> None:
    """One message to people of three domains, one of them unknown: each copy goes its way."""
    there = ["someone@postfix.test", "someone@exim.test", "nobody@exim.test"]
    with hub.smtp(person) as client:
        client.sendmail(person, [bob, person, *there], letter(person, "all", subject))
    for peer in (postfix, exim):
        peer.wait_for(subject)
    first, second = arrival(hub, person, 2)
    assert report(second if subject.encode() in first.partition(b"\r\n\r\n")[0] else first)["action"] == "failed"


def test_domain_without_mail(hub: Hub, names: DnsServer, person: str, subject: str) -> None:
    """A null MX says that a domain takes no mail: 5.1.10 at once – RFC 7505 §4.2."""
    names.set("nomail.test", "MX", "0 .")
    hub.send(person, "someone@nomail.test", letter(person, "x", subject))
    assert report(arrival(hub, person)[0])["status"] == "5.1.10"


def test_domain_that_does_not_exist(hub: Hub, person: str, subject: str) -> None:
    """5.1.2 at once."""
    hub.send(person, "someone@does-not-exist.test", letter(person, "x", subject))
    assert report(arrival(hub, person)[0])["status"] == "5.1.2"


def test_first_exchanger_is_dead(hub: Hub, postfix: Postfix, names: DnsServer, person: str, subject: str) -> None:
    """The next one by preference is tried – RFC 5321 §5.1."""
    names.set("second.test", "MX", "5 dead.second.test.", "10 mx.postfix.test.")
    names.set("dead.second.test", "A", "127.0.0.9")
    hub.send(person, "someone@second.test", letter(person, "x", subject))
    postfix.wait_for(subject)


def test_name_server_fails_for_a_while(hub: Hub, postfix: Postfix, names: DnsServer, person: str, subject: str) -> None:
    """SERVFAIL is no answer: the mail waits, is seen by `queue list`, and goes when the name is known."""
    names.set("later.test", "MX", "10 mx.postfix.test.")
    names.fails.add("later.test")
    hub.send(person, "someone@later.test", letter(person, "x", subject))
    eventually(lambda: names.questions["later.test", "MX"] and "waiting" in json.dumps(queue(hub)))
    names.fails.clear()
    hub.command("queue", "retry")
    postfix.wait_for(subject)


def test_alias_to_elsewhere(hub: Hub, peer: Peer, person: str, subject: str) -> None:
    """An alias here of somebody there forwards."""
    alias = f"{subject.replace(' ', '')}@{DOMAIN}"
    hub.command("alias", "add", alias, f"someone@{peer.domain}")
    hub.send(person, alias, letter(person, alias, subject))
    peer.wait_for(subject)


@pytest.fixture
def with_smarthost(tmp_path: Path, authority: Authority, postfix: Postfix) -> Iterator[Callable[[str], Hub]]:
    """A hub that gives everything to Postfix, with a choice of TLS."""
    started: list[Hub] = []

    def start(tls: str) -> Hub:
        relay = {"smarthost": f"{postfix.host}:{postfix.port}", "tls": tls, "ca_file": str(authority.ca)}
        hub = Hub(tmp_path, authority, {"relay": relay, "workers": 1})
        hub.command("domain", "add", DOMAIN)
        started.append(hub)
        hub.start()
        return hub

    yield start
    for hub in started:
        assert hub.stop() == 0


@pytest.mark.parametrize("tls", ["may", "never"])
def test_smarthost(with_smarthost: Callable[[str], Hub], postfix: Postfix, subject: str, tls: str) -> None:
    """Everything for elsewhere goes to the one relay, whatever the domain."""
    hub = with_smarthost(tls)
    carol = hub.person("carol")
    hub.send(carol, "someone@postfix.test", letter(carol, "x", subject))
    found = postfix.wait_for(subject)
    assert (b"esmtps" in last_hop(found)) == (tls != "never")
