"""Received and Return-Path."""

from datetime import UTC, datetime, timedelta, timezone
from email import message_from_bytes
from email.utils import parsedate_to_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posthouse.model.address import Address
from posthouse.protocols.smtp.trace_fields import (
    Received,
    address_literal,
    format_date,
    format_received,
    format_return_path,
    protocol_name,
)

DATE = datetime(2026, 11, 3, 9, 5, 7, tzinfo=timezone(timedelta(hours=-5)))

FIELDS = [
    (
        Received("mx.example.org", "ESMTPS", "4f2a", DATE, "client.example", "192.0.2.7", "host.client.example",
                 Address("user", "example.org"), "TLSv1.3 with cipher TLS_AES_256_GCM_SHA384"),
        b"Received: from client.example (host.client.example [192.0.2.7])\r\n"
        b"\tby mx.example.org with ESMTPS id 4f2a\r\n"
        b"\t(TLSv1.3 with cipher TLS_AES_256_GCM_SHA384)\r\n"
        b"\tfor <user@example.org>;\r\n"
        b"\tTue, 3 Nov 2026 09:05:07 -0500\r\n",
    ),
    (
        Received("mx.example.org", "SMTP", "1", DATE, "x", "2001:db8::1"),
        b"Received: from x ([IPv6:2001:db8::1])\r\n\tby mx.example.org with SMTP id 1;\r\n"
        b"\tTue, 3 Nov 2026 09:05:07 -0500\r\n",
    ),
    (
        Received("mx.example.org", "LMTP", "1", DATE, via="unix"),
        b"Received: from unknown\r\n\tby mx.example.org via unix with LMTP id 1;\r\n"
        b"\tTue, 3 Nov 2026 09:05:07 -0500\r\n",
    ),
    (
        Received("mx.example.org", "MAPI", "1", DATE),
        b"Received: by mx.example.org with MAPI id 1;\r\n"
        b"\tTue, 3 Nov 2026 09:05:07 -0500\r\n",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("received", "wire"), FIELDS)
def test_a_time_stamp_line(received, wire):
    """RFC 5321 §4.4."""
    assert format_received(received) == wire


@given(st.text(max_size=300), st.text(max_size=300), st.text(max_size=100))
def test_nothing_a_peer_says_ends_the_field(helo, name, tls):
    """Property: the field stays one field, in ASCII, whatever the peer calls itself."""
    wire = format_received(Received("mx.example.org", "ESMTP", "1", DATE, helo, "192.0.2.7", name, tls=tls))
    assert wire.isascii()
    assert max(map(len, wire.split(b"\r\n"))) <= 998
    message = message_from_bytes(wire + b"\r\n")
    assert message.keys() == ["Received"]
    assert parsedate_to_datetime(message["Received"].rpartition(";")[2]) == DATE


@pytest.mark.parametrize(
    ("facts", "name"),
    [
        # RFC 3848, RFC 6531 §4.3
        ({"extended": False}, "SMTP"),
        ({}, "ESMTP"),
        ({"tls": True}, "ESMTPS"),
        ({"auth": True}, "ESMTPA"),
        ({"tls": True, "auth": True}, "ESMTPSA"),
        ({"lmtp": True}, "LMTP"),
        ({"lmtp": True, "tls": True, "auth": True}, "LMTPSA"),
        ({"utf8": True}, "UTF8SMTP"),
        ({"utf8": True, "tls": True, "auth": True}, "UTF8SMTPSA"),
        ({"utf8": True, "lmtp": True, "tls": True}, "UTF8LMTPS"),
    ],
)
def test_protocol_names(facts, name):
    assert protocol_name(**facts) == name


@pytest.mark.parametrize(
    ("address", "literal"),
    [
        ("192.0.2.1", "[192.0.2.1]"),
        ("::ffff:192.0.2.1", "[192.0.2.1]"),
        ("2001:DB8::1", "[IPv6:2001:db8::1]"),
        ("fe80::1%eth0", "[IPv6:fe80::1]"),
    ],
)
def test_address_literals(address, literal):
    """RFC 5321 §4.1.3."""
    assert address_literal(address) == literal


def test_return_path():
    """RFC 5321 §4.4: the reverse-path as MAIL had it."""
    assert format_return_path(None) == b"Return-Path: <>\r\n"
    assert format_return_path(Address("a b", "example.org")) == b'Return-Path: <"a b"@example.org>\r\n'


@given(st.datetimes(min_value=datetime(1970, 1, 1)), st.integers(-14 * 60, 14 * 60))
def test_a_date_is_read_back(moment, minutes):
    """RFC 5322 §3.3."""
    moment = moment.replace(microsecond=0, tzinfo=timezone(timedelta(minutes=minutes)))
    assert parsedate_to_datetime(format_date(moment)) == moment


def test_utc_has_an_offset():
    assert format_date(datetime(2026, 1, 1, tzinfo=UTC)).endswith(" +0000")
