"""One line an event; fields inherited; nothing breaks a line; no secret is printed."""

import json
import logging
from collections.abc import Iterator

import pytest

from posthouse.observe.logs import Logger, configure_logs
from posthouse.observe.secret import Secret, without_password


@pytest.fixture
def lines() -> Iterator[list[str]]:
    written: list[str] = []
    configure_logs("info", "text", lambda line: written.append(line.decode()))
    yield written
    configure_logs()


VALUES = [
    (3, "3", 3),
    (True, "true", True),
    (0.00123456789, "0.00123457", 0.00123457),
    ("plain@example.org", "plain@example.org", "plain@example.org"),
    ("two words", '"two words"', "two words"),
    ('a"b', r'"a\"b"', 'a"b'),
    ("a=b", '"a=b"', "a=b"),
    ("", '""', ""),
    ("line\nbreak", r'"line\nbreak"', "line\nbreak"),
    ("Grüße", r'"Gr\u00fc\u00dfe"', "Grüße"),
    (b"raw \xff", r'"raw \\xff"', "raw \\xff"),
    (["a", "b"], "a,b", ["a", "b"]),
    (Secret("hunter2"), "[redacted]", "[redacted]"),
]


@pytest.mark.parametrize(("value", "text", "parsed"), VALUES)
def test_fields(lines: list[str], value: object, text: str, parsed: object) -> None:
    """Both forms carry a value back unharmed, and on one line."""
    Logger("smtp").info("event", field=value)
    assert lines[0].endswith(f" info smtp event field={text}\n")
    configure_logs("info", "json", lambda line: lines.append(line.decode()))
    Logger("smtp").info("event", field=value)
    assert json.loads(lines[1])["field"] == parsed
    assert lines[1].count("\n") == 1


def test_fields_are_inherited(lines: list[str]) -> None:
    """A session's lines carry its connection's fields, before and after the format changes."""
    log = Logger("imap").bind(peer="192.0.2.1:4").bind(account="alice@example.org")
    log.info("login", none=None)
    assert lines[-1].endswith("info imap login peer=192.0.2.1:4 account=alice@example.org\n")
    configure_logs("info", "json", lambda line: lines.append(line.decode()))
    log.info("logout")
    assert json.loads(lines[-1])["peer"] == "192.0.2.1:4"


def test_levels(lines: list[str]) -> None:
    """What is below the level is not written."""
    log = Logger("pop3")
    log.debug("not this")
    assert not log.debugging
    configure_logs("debug", "text", lambda line: lines.append(line.decode()))
    log.debug("this")
    assert log.debugging
    assert len(lines) == 1


def test_an_error_brings_its_traceback(lines: list[str]) -> None:
    """Our fault is logged with where it happened."""
    try:
        _ = 1 // 0
    except ZeroDivisionError as error:
        Logger("queue").error("failed", error)
    assert "\n    ZeroDivisionError" in lines[0]


def test_libraries_log_among_us(lines: list[str]) -> None:
    """The standard logging module's warnings appear in our form."""
    logging.getLogger("some.library").warning("careful %s", "there")
    assert lines[0].endswith("warning some.library careful there\n")


def test_a_secret_does_not_print() -> None:
    """Neither by str, repr, format nor in a container."""
    secret = Secret("hunter2")
    assert "hunter2" not in f"{secret} {secret!r} {[secret]} {secret:>20}"
    assert secret.reveal() == "hunter2"
    assert secret == Secret("hunter2")
    assert secret != Secret("other")


def test_urls_are_shown_without_password() -> None:
    """A database's URL may be logged."""
    assert without_password("postgresql://alice:pw@db/mail") == "postgresql://alice:[redacted]@db/mail"
    assert without_password("sqlite:/var/lib/x.db") == "sqlite:/var/lib/x.db"
