"""How sessions begin and end: locks, lost connections, time-outs, draining, large maildrops, and nonsense."""

from __future__ import annotations

import random
import time
import tracemalloc
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from posthouse.model.refusals import InUse
from posthouse.servers.pop3.settings import Pop3Settings

MESSAGE = b"Subject: hello\r\n\r\nText.\r\n"


def wait_until(true: Callable[[], bool]) -> None:
    """For what the server does by itself, a moment later."""
    for _ in range(1000):
        if true():
            return
        time.sleep(0.01)
    raise AssertionError("it never came to that")


def test_a_lost_connection_deletes_nothing_and_frees_the_maildrop(hub: Any) -> None:
    """RFC 1939 §6: only QUIT enters UPDATE."""
    person = hub.person(MESSAGE)
    client = hub.client(person)
    assert client.say(b"DELE 1").startswith(b"+OK")
    client.close()
    wait_until(person.free)
    assert len(person.messages()) == 1
    assert hub.client(person).say(b"STAT") == b"+OK 1 %d" % len(MESSAGE)


def test_an_idle_session_is_closed_without_a_word_and_without_update(make_hub: Callable[..., Any]) -> None:
    """RFC 1939 §3."""
    hub = make_hub(Pop3Settings(idle_timeout=0.2))
    person = hub.person(MESSAGE)
    client = hub.client(person)
    assert client.say(b"DELE 1").startswith(b"+OK")
    assert client.ended()
    wait_until(person.free)
    assert len(person.messages()) == 1


def test_who_only_keeps_talking_does_not_log_in_later(make_hub: Callable[..., Any]) -> None:
    """`login_timeout` is for all that is said before login, not for each line."""
    client = make_hub(Pop3Settings(login_timeout=0.3, max_errors=10_000)).client()
    client.line()
    ended = False
    while not ended:
        try:
            client.say(b"CAPA")
            client.until(b"\r\n.\r\n")
        except (AssertionError, ConnectionError):
            ended = True


def test_a_session_of_another_worker_has_the_maildrop(hub: Any) -> None:
    """RFC 1939 §4: exclusive access, whichever worker a connection came to."""
    person = hub.person(MESSAGE)
    lock = person.lock()
    client = hub.client()
    assert client.log_in(person.address).startswith(b"-ERR [IN-USE]")
    hub.run(lock.release())
    assert client.say(b"USER " + person.address.encode()).startswith(b"+OK")
    assert client.say(b"PASS secret").startswith(b"+OK")
    with pytest.raises(InUse):
        person.lock()


def test_the_hub_stops_between_commands(make_hub: Callable[..., Any]) -> None:
    """Draining: idle sessions are told and end without UPDATE; nothing is left locked."""
    hub = make_hub(Pop3Settings(login_delay=1))
    person = hub.person(MESSAGE)
    client, stranger = hub.client(person), hub.client()
    stranger.line()
    assert client.say(b"DELE 1").startswith(b"+OK")
    hub.run(hub.server.close(5))
    for each in (client, stranger):
        assert each.line() == b"-ERR [SYS/TEMP] The server is shutting down"
        assert each.ended()
    assert person.free()
    assert len(person.messages()) == 1


def test_twenty_thousand_messages_take_little_memory(make_hub: Callable[..., Any]) -> None:
    """A maildrop is a few bytes a message, and its listings are sent in pieces."""
    hub = make_hub(Pop3Settings(login_delay=2))
    person = hub.person()
    person.put(*[b"Subject: %d\r\n\r\nText\r\n" % (n % 10) for n in range(20_000)])
    tracemalloc.start()
    client = hub.client(person)
    kept = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert kept < 1_000_000
    assert client.say(b"STAT").startswith(b"+OK 20000 ")
    assert client.say(b"LIST").startswith(b"+OK 20000 ")
    assert client.until(b"\r\n.\r\n").count(b"\r\n") == 20_001
    client.say(b"UIDL")
    ids = client.until(b"\r\n.\r\n").split()[1:-1:2]
    assert len(set(ids)) == 20_000
    client.send(b"".join(b"DELE %d\r\n" % n for n in range(1, 20_001, 2)) + b"QUIT\r\n")
    client.until(b"+OK Goodbye\r\n")
    assert len(person.messages()) == 10_000


def test_a_maildrop_on_its_way_out_does_not_stop_others(hub: Any) -> None:
    """Whoever does not read waits alone."""
    large = b"Subject: large\r\n\r\n" + b"x" * 70 + b"\r\n" * 2_000_000
    slow, quick = hub.client(hub.person(large)), hub.client(hub.person(MESSAGE))
    slow.send(b"RETR 1\r\n")
    assert quick.say(b"STAT").startswith(b"+OK 1")
    slow.close()
    assert quick.say(b"NOOP") == b"+OK"


PIECES = [
    *(b"USER", b"PASS", b"AUTH", b"PLAIN", b"CAPA", b"STAT", b"LIST", b"RETR", b"TOP", b"DELE", b"UIDL", b"RSET"),
    *(b"NOOP", b"LANG", b"UTF8", b"*", b"=", b"1", b"2", b"0", b"-1", b"99999999999", b"AHVzZXIAcHc="),
    *(b" ", b" ", b" ", b"\r\n", b"\r\n", b"\r\n", b"\r\n", b"\n", b"\r", b"\0", b"\xff\xfe", b".", b"x" * 300),
]


@pytest.mark.fuzz
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(pieces=st.lists(st.sampled_from(PIECES), max_size=40), logged_in=st.booleans(), cuts=st.integers(0, 9999))
def test_no_input_breaks_a_session(
    make_hub: Callable[..., Any], pieces: list[bytes], logged_in: bool, cuts: int
) -> None:
    """Whatever is sent, every line we get back is a reply or part of one, and the server goes on."""
    hub = make_hub(Pop3Settings(max_errors=1000))
    person = hub.person(MESSAGE, MESSAGE)
    client = hub.client(person if logged_in else None)
    data, rng = b"".join(pieces), random.Random(cuts)
    while data:
        size = rng.randint(1, len(data))
        client.send(data[:size])
        data = data[size:]
    client.send(b"\r\n*\r\nCAPA\r\nXYZZY\r\n")
    client.until(b"Unknown command\r\n")
    client.close()
    wait_until(person.free)
    hub.client(person).close()
    wait_until(person.free)
