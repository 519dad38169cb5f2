"""IMAP URLs – RFC 5092, as far as they name a message or a part of one; RFC 4467 (URLAUTH).

    imapurl        = "imap://" iserver "/" imessagepart [iurlauth]
    iserver        = [enc-user [";AUTH=" ...] "@"] host [":" port]
    imessagepart   = enc-mailbox [";UIDVALIDITY=" nz-number] "/;UID=" nz-number
                     ["/;SECTION=" enc-section] ["/;PARTIAL=" number ["." nz-number]]
    iurlauth       = iurlauth-rump [":" uauth-mechanism ":" enc-urlauth]
    iurlauth-rump  = [";EXPIRE=" date-time] ";URLAUTH=" access
    access         = "submit+" enc-user / "user+" enc-user / "authuser" / "anonymous"

A user may be an address as it is, with its `@`. A relative URL begins at the path, or without a mailbox at `;UID=`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote, unquote_to_bytes

from posthouse.model.refusals import BadSyntax

from .fetch import Partial, Section, format_section, section
from .grammar import Parser

MAX_URL = 4096
"""Characters."""

_SERVER = re.compile(r"imap://(?:([^/;]*)(?:;AUTH=[^@/;]*)?@)?([^@/;]+)(?=/)", re.IGNORECASE)
_MESSAGE = re.compile(
    r"/?(?P<mailbox>[^;?#]*)(?:;UIDVALIDITY=(?P<uidvalidity>[1-9][0-9]{0,9})/?)?"
    r";UID=(?P<uid>[1-9][0-9]{0,9})"
    r"(?:/?;SECTION=(?P<section>[^;?#]*))?"
    r"(?:/?;PARTIAL=(?P<offset>[0-9]{1,18})(?:\.(?P<count>[1-9][0-9]{0,17}))?)?",
    re.IGNORECASE,
)
_RUMP = re.compile(r"(?:;EXPIRE=(?P<expire>[0-9TZ:.+-]{1,40}))?;URLAUTH=(?P<access>[^:;?#]+)", re.IGNORECASE)
_VERIFIER = re.compile(r":(?P<mechanism>[A-Za-z0-9.-]{1,20}):(?P<token>[0-9A-Fa-f]{32,256})")

_WHOLE = 1 << 60


@dataclass(frozen=True, slots=True)
class MessageUrl:
    mailbox: str
    """Empty: the selected one."""
    uid: int
    uid_validity: int | None = None
    section: Section | None = None
    partial: Partial | None = None
    user: str = ""
    server: str = ""
    """Host and port; empty in a relative URL."""
    expires: datetime | None = None
    access: str = ""
    """Who may use it, `submit+fred`; empty without URLAUTH."""
    mechanism: str = ""
    token: str = ""
    rump: str = ""
    """The URL as far as its token vouches for it: up to the access identifier."""


def parse_url(text: str) -> MessageUrl:
    if len(text) > MAX_URL or not text.isascii() or not text.isprintable():
        raise BadSyntax("an IMAP URL")
    server = _SERVER.match(text)
    message = _MESSAGE.match(text, server.end() if server else 0)
    if message is None or (server is None and "://" in message["mailbox"]):
        raise BadSyntax("the URL of a message")
    rump = _RUMP.match(text, message.end())
    end = rump.end() if rump else message.end()
    verifier = _VERIFIER.match(text, end) if rump else None
    if (verifier.end() if verifier else end) != len(text):
        raise BadSyntax("the end of the URL", end)
    offset = message["offset"]
    return MessageUrl(
        _decode(message["mailbox"].removesuffix("/")),
        int(message["uid"]),
        int(message["uidvalidity"]) if message["uidvalidity"] else None,
        _section(message["section"]),
        Partial(int(offset), int(message["count"] or _WHOLE)) if offset else None,
        _decode(server[1] or "") if server else "",
        server[2].lower() if server else "",
        _expires(rump["expire"]) if rump and rump["expire"] else None,
        _access(rump["access"]) if rump else "",
        verifier["mechanism"].upper() if verifier else "",
        verifier["token"].lower() if verifier else "",
        text[:end] if rump else "",
    )


def mailbox_url(user: str, server: str, mailbox: str) -> str:
    """Of a mailbox as this user calls it, by whatever mechanism they log in (RFC 2193 §3)."""
    return f"imap://{quote(user, safe='')};AUTH=*@{server}/{quote(mailbox, safe='/')}"


def _decode(text: str) -> str:
    try:
        return unquote_to_bytes(text).decode()
    except UnicodeDecodeError:
        raise BadSyntax("UTF-8 in a URL") from None


def _section(text: str | None) -> Section | None:
    if text is None:
        return None
    p = Parser(b"[%b]" % unquote_to_bytes(text.removesuffix("/")))
    found = section(p)
    p.end()
    return found


def _expires(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text.upper())
    except ValueError:
        raise BadSyntax("a date and time of RFC 3339") from None
    if moment.tzinfo is None:
        raise BadSyntax("a date and time with its zone")
    return moment


def _access(text: str) -> str:
    kind, plus, user = text.partition("+")
    kind = kind.lower()
    if (kind in ("submit", "user") and _decode(user)) or (kind in ("authuser", "anonymous") and not plus):
        return f"{kind}+{_decode(user)}" if plus else kind
    raise BadSyntax("submit+, user+, authuser or anonymous")


def format_url(url: MessageUrl) -> str:
    """What `parse_url` reads, without its URLAUTH."""
    server = f"imap://{quote(url.user, safe='')}@{url.server}" if url.server else ""
    validity = f";UIDVALIDITY={url.uid_validity}" if url.uid_validity else ""
    text = f"{server}/{quote(url.mailbox, safe='/')}{validity}/;UID={url.uid}"
    if url.section is not None:
        text += "/;SECTION=" + quote(format_section(url.section), safe="()")
    if url.partial is not None:
        count = f".{url.partial.count}" if url.partial.count != _WHOLE else ""
        text += f"/;PARTIAL={url.partial.offset}{count}"
    return text
