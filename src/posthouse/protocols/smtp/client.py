"""The client's side: replies read, commands and content written – RFC 5321 §4.2, §4.5.2; RFC 3461 §5.

    replies = ReplyParser();  for reply in replies.feed(data): …
    format_mail(…), format_rcpt(…)                 with the parameters that the peer has offered
    stuffer = DotStuffer();  stuffer.encode(chunk) …;  stuffer.finish()

Content leaves with CRLF line ends, whatever it has inside: a bare CR or LF of ours is never read as an end of data by a
lax next hop (smuggling, CVE-2023-51764 and its kin).
"""

from __future__ import annotations

import re

import idna

from posthouse.model.address import Address, Recipient
from posthouse.model.refusals import BadSyntax

from .extensions import DSN, EIGHTBITMIME, SIZE, SMTPUTF8, Extensions
from .framing import LINE_LIMIT, ends_in_crlf_only
from .grammar import encode_unitext, encode_xtext
from .replies import Reply

REPLY_LINES = 256
"""In one reply; EHLO has a few dozen at most."""
REPLY_LINE = LINE_LIMIT
"""Octets: RFC 5321 allows 512, explanations of refusals are often longer."""

_REPLY_LINE = re.compile(rb"([2-5][0-9]{2})(?:([ -])(.*))?", re.DOTALL)
_ENHANCED = re.compile(r"([245]\.[0-9]{1,3}\.[0-9]{1,3})(?: +|$)")


class ReplyParser:
    """Bytes from a server → replies. Line ends may be bare LF, codes may differ within a reply (the last one counts):
    both are seen in the field and do no harm on this side."""

    __slots__ = ("_buffer", "_lines")

    def __init__(self) -> None:
        self._buffer = b""
        self._lines: list[str] = []

    def feed(self, data: bytes) -> list[Reply]:
        """BadSyntax: this is no SMTP, or far too much of it; the connection is of no more use."""
        *lines, self._buffer = (self._buffer + data).split(b"\n")
        if len(self._buffer) > REPLY_LINE:
            raise BadSyntax("a shorter reply line")
        read = (self._line(line.removesuffix(b"\r")) for line in lines)
        return [reply for reply in read if reply is not None]

    def clear(self) -> None:
        """After the 220 to STARTTLS: nothing read in clear counts any more (RFC 3207 §4.2)."""
        self._buffer = b""
        self._lines.clear()

    @property
    def idle(self) -> bool:
        """No reply has been begun."""
        return not (self._buffer or self._lines)

    def _line(self, line: bytes) -> Reply | None:
        match = _REPLY_LINE.fullmatch(line)
        if match is None or len(line) > REPLY_LINE:
            raise BadSyntax("a reply of SMTP")
        self._lines.append((match[3] or b"").decode("utf-8", "replace"))
        if match[2] == b"-":
            if len(self._lines) >= REPLY_LINES:
                raise BadSyntax("fewer lines in a reply")
            return None
        lines, self._lines = self._lines, []
        return _reply(int(match[1]), lines)


def _reply(code: int, lines: list[str]) -> Reply:
    """The enhanced code is that of the last line when its class fits; it is taken off the lines that carry it."""
    match = _ENHANCED.match(lines[-1])
    if match is None or match[1][0] != str(code)[0]:
        return Reply(code, "", tuple(lines))
    enhanced = match[1]
    return Reply(code, enhanced, tuple(_without(enhanced, line) for line in lines))


def _without(enhanced: str, line: str) -> str:
    if line.startswith(enhanced) and line[len(enhanced) : len(enhanced) + 1] in ("", " "):
        return line[len(enhanced) :].lstrip()
    return line


class DotStuffer:
    """Content → what goes on the wire after 354: CRLF line ends, leading dots doubled, CRLF.CRLF at the end. Streaming:
    a chunk may be cut anywhere."""

    __slots__ = ("_after_cr", "_line_start")

    def __init__(self) -> None:
        self._line_start = True
        self._after_cr = False

    def encode(self, chunk: bytes) -> bytes:
        if self._after_cr:
            chunk, self._after_cr = b"\r" + chunk, False
        if chunk.endswith(b"\r"):
            chunk, self._after_cr = chunk[:-1], True
        if not chunk:
            return b""
        chunk = reline(chunk).replace(b"\r\n.", b"\r\n..")
        if self._line_start and chunk.startswith(b"."):
            chunk = b"." + chunk
        self._line_start = chunk.endswith(b"\r\n")
        return chunk

    def finish(self) -> bytes:
        ends_line = self._line_start and not self._after_cr
        return b".\r\n" if ends_line else b"\r\n.\r\n"


def reline(content: bytes) -> bytes:
    """Every CRLF, bare CR and bare LF a CRLF. Costs one look at content that needs nothing."""
    if ends_in_crlf_only(content):
        return content
    return content.replace(b"\r\n", b"\n").replace(b"\r", b"\n").replace(b"\n", b"\r\n")


def format_path(address: Address | None, smtputf8: bool = False) -> str:
    """`<user@example.org>`; without SMTPUTF8 a domain in UTF-8 goes as A-labels (RFC 6531 §3.2)."""
    if address is None:
        return "<>"
    if not smtputf8 and not address.domain.isascii():
        address = Address(address.local, a_labels(address.domain))
    return f"<{address}>"


def a_labels(domain: str) -> str:
    """U-labels → A-labels (RFC 5891 §4.4). BadSyntax when it is no internationalized domain name."""
    try:
        return idna.encode(domain, uts46=True).decode()
    except (idna.IDNAError, UnicodeError):
        raise BadSyntax("an internationalized domain name") from None


def format_mail(
    sender: Address | None,
    peer: Extensions,
    *,
    size: int = 0,
    body: str = "7BIT",
    smtputf8: bool = False,
    ret: str = "",
    envid: str = "",
    require_tls: bool = False,
) -> bytes:
    """MAIL with those parameters that the peer has offered. `body` and `smtputf8` are as `downgrade.plan` decided."""
    words = ["MAIL FROM:" + format_path(sender, smtputf8)]
    if size and SIZE in peer:
        words.append(f"SIZE={size}")
    if body != "7BIT" and EIGHTBITMIME in peer:
        words.append(f"BODY={body}")
    if smtputf8:
        words.append(SMTPUTF8)
    if DSN in peer:
        words += [f"RET={ret}"] if ret else []
        words += [f"ENVID={encode_xtext(envid)}"] if envid else []
    if require_tls:
        words.append("REQUIRETLS")
    return " ".join(words).encode() + b"\r\n"


def format_rcpt(recipient: Recipient, peer: Extensions, *, smtputf8: bool = False) -> bytes:
    words = ["RCPT TO:" + format_path(recipient.address, smtputf8)]
    if DSN in peer:
        if recipient.notify:
            words.append("NOTIFY=" + ",".join(sorted(recipient.notify)))
        if recipient.orcpt:
            words.append("ORCPT=" + format_orcpt(recipient.orcpt))
    return " ".join(words).encode() + b"\r\n"


def format_orcpt(orcpt: str) -> str:
    """`rfc822;a+b@example.org` → `rfc822;a+2Bb@example.org`; the type utf-8 in its 7-bit form, which every next hop
    with DSN may have (RFC 6533 §3)."""
    kind, _, address = orcpt.partition(";")
    encode = encode_unitext if kind.lower() == "utf-8" else encode_xtext
    return f"{kind};{encode(address)}"
