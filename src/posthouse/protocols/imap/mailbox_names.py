"""Mailbox names on the wire ⇄ text – RFC 9051 §5.1 and Appendix A.1, RFC 3501 §5.1.3.

A client of IMAP4rev1 writes names in modified UTF-7: printable ASCII stands for itself, `&` is `&-`, anything else is
UTF-16 in base64 (with `,` for `/`) between `&` and `-`. After `ENABLE IMAP4rev2` or `UTF8=ACCEPT` names are UTF-8 and
`&` means itself. Inside the hub a name is text.

INBOX and the first level of its children are matched without regard to case and always written INBOX.
"""

from __future__ import annotations

import re
from base64 import b64decode, b64encode

from posthouse.model.refusals import BadSyntax

DELIMITER = "/"
MAX_NAME = 1000
"""Characters of one name or pattern; more than any file system or client makes, and a bound on matching."""

_SHIFT = re.compile(rb"&([^-&]*+)-?")
_UNSAFE = re.compile(r"[^\x20-\x7e]++|&")


def decode_mailbox(name: bytes, utf8: bool = False) -> str:
    """A name or a pattern off the wire. Eight-bit names are taken for UTF-8 also from clients that enabled nothing:
    they are common, and cannot be anything else."""
    if len(name) > MAX_NAME * 8:  # no character takes more octets in either form
        raise BadSyntax(f"a mailbox name of at most {MAX_NAME} characters")
    try:
        text = name.decode() if utf8 or b"&" not in name else decode_utf7(name)
    except UnicodeDecodeError:
        raise BadSyntax("a mailbox name in UTF-8") from None
    if len(text) > MAX_NAME:
        raise BadSyntax(f"a mailbox name of at most {MAX_NAME} characters")
    return _canonical_inbox(text)


def encode_mailbox(name: str, utf8: bool = False) -> bytes:
    """The octets of a name, not yet quoted."""
    if utf8:
        return name.encode("utf-8", "replace")
    if name.isascii() and "&" not in name and name.isprintable():
        return name.encode("ascii")
    return encode_utf7(name)


def _canonical_inbox(text: str) -> str:
    head = text[:5]
    if head == "INBOX" or head.upper() != "INBOX":
        return text
    return "INBOX" + text[5:] if text[5:6] in ("", DELIMITER, "*", "%") else text


def decode_utf7(name: bytes) -> str:
    """Modified UTF-7 → text. Raises BadSyntax for anything but the one spelling that a name has: no damaged base64 or
    UTF-16, no shifted printable ASCII, no superfluous shifts (RFC 3501 §5.1.3)."""
    try:
        text = _SHIFT.sub(_unshift, name).decode()
        if encode_utf7(text) != name:
            raise ValueError
    except ValueError:
        raise BadSyntax("a mailbox name in modified UTF-7") from None
    return text


def _unshift(found: re.Match[bytes]) -> bytes:
    coded = found[1].replace(b",", b"/")
    return b64decode(coded + b"=" * (-len(coded) % 4)).decode("utf-16-be").encode() if coded else b"&"


def encode_utf7(name: str) -> bytes:
    return _UNSAFE.sub(lambda found: _shift(found[0]).decode("ascii"), name).encode("ascii")


def _shift(text: str) -> bytes:
    if text == "&":
        return b"&-"
    coded = b64encode(text.encode("utf-16-be", "replace")).rstrip(b"=").replace(b"/", b",")
    return b"&" + coded + b"-"
