"""Received and Return-Path – RFC 5321 §4.4; protocol names RFC 3848, RFC 6531 §4.3, RFC 2033.

    Time-stamp-line  = "Received:" FWS Stamp CRLF
    Stamp            = From-domain By-domain Opt-info [CFWS] ";" FWS date-time
    Extended-Domain  = Domain / ( ( Domain / address-literal ) FWS "(" TCP-info ")" )
    Opt-info         = [Via] [With] [ID] [For] [Additional-Registered-Clauses]
    Return-path-line = "Return-Path:" FWS Reverse-path CRLF

One clause a line, each line within 78 characters where its words allow it. What the peer said about itself is cut to
characters that cannot end a comment or a field. FOR is written for a single recipient only: with more it would tell
one of another (§7.2).
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from datetime import datetime

from posthouse.model.address import Address

_UNSAFE = re.compile(r"[^!#-\'*+\-./0-:=?A-\[\]-~]")
_UNSAFE_IN_COMMENT = re.compile(r"[^ !#-'*-\[\]-~]")
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True, slots=True)
class Received:
    by: str
    """Our host name."""
    protocol: str
    """As `protocol_name` gives it."""
    id: str
    date: datetime
    """With a time zone."""
    helo: str = ""
    address: str = ""
    """The peer's IP address; empty for one that has none (a Unix socket)."""
    reverse_name: str = ""
    """Of the address, when it was looked up and confirmed."""
    recipient: Address | None = None
    tls: str = ""
    """`TLSv1.3 with cipher TLS_AES_256_GCM_SHA384`."""
    via: str = ""


def protocol_name(
    *, lmtp: bool = False, extended: bool = True, tls: bool = False, auth: bool = False, utf8: bool = False
) -> str:
    """SMTP, ESMTP, ESMTPS, ESMTPA, ESMTPSA, LMTP, LMTPS …, UTF8SMTP, UTF8SMTPSA, UTF8LMTP …"""
    suffix = ("S" if tls else "") + ("A" if auth else "")
    if utf8:
        return ("UTF8LMTP" if lmtp else "UTF8SMTP") + suffix
    if lmtp:
        return "LMTP" + suffix
    return "ESMTP" + suffix if extended or suffix else "SMTP"


def format_received(received: Received) -> bytes:
    clauses = [f"by {received.by}{_via(received)} with {received.protocol} id {received.id}"]
    if received.helo or received.address or received.via:  # RFC 5321 §4.4 wants it of those who came by SMTP or LMTP
        clauses.insert(0, f"from {_from(received)}")
    if received.tls:
        clauses.append(f"({_UNSAFE_IN_COMMENT.sub('?', received.tls)})")
    if received.recipient is not None:
        clauses.append(f"for <{received.recipient}>")
    return f"Received: {_FOLD.join(clauses)};{_FOLD}{format_date(received.date)}\r\n".encode()


_FOLD = "\r\n\t"


def _via(received: Received) -> str:
    return f" via {received.via}" if received.via else ""


def _from(received: Received) -> str:
    helo = _UNSAFE.sub("?", received.helo) or "unknown"
    if not received.address:
        return helo
    literal = address_literal(received.address)
    name = _UNSAFE.sub("?", received.reverse_name)
    return f"{helo} ({name} {literal})" if name else f"{helo} ({literal})"


def address_literal(address: str) -> str:
    """`192.0.2.1` → `[192.0.2.1]`, `2001:db8::1` → `[IPv6:2001:db8::1]`; an IPv4 address mapped into IPv6 is IPv4."""
    parsed = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped is None:
            return f"[IPv6:{parsed}]"
        parsed = parsed.ipv4_mapped
    return f"[{parsed}]"


def format_return_path(sender: Address | None) -> bytes:
    return f"Return-Path: <{sender}>\r\n".encode() if sender is not None else b"Return-Path: <>\r\n"


def format_date(moment: datetime) -> str:
    """RFC 5322 §3.3 date-time: `Mon, 23 Nov 2026 10:11:12 +0100`, whatever the locale."""
    return (
        f"{_DAYS[moment.weekday()]}, {moment.day} {_MONTHS[moment.month - 1]} {moment.year:04d} "
        f"{moment.hour:02d}:{moment.minute:02d}:{moment.second:02d} {moment.strftime('%z')[:5] or '+0000'}"
    )
