"""STATUS – RFC 9051 §6.3.11, RFC 8438 (SIZE), RFC 7889 §3.2 (APPENDLIMIT), RFC 9208 §4.1.4 (QUOTA), RFC 8474 §4.3
(OBJECTID).

status          = "STATUS" SP mailbox SP "(" status-att *(SP status-att) ")"
status-att      = "MESSAGES" / "UIDNEXT" / "UIDVALIDITY" / "UNSEEN" / "DELETED" / "SIZE"
status-att      =/ "RECENT"         ; RFC 3501
status-att      =/ "APPENDLIMIT"    ; RFC 7889
status-att      =/ "DELETED-STORAGE" ; RFC 9208
status-att      =/ "HIGHESTMODSEQ"  ; RFC 7162
status-att      =/ "MAILBOXID"      ; RFC 8474
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from ..grammar import Parser


class StatusItem(bytes, Enum):
    """The value is the wire spelling."""

    MESSAGES = b"MESSAGES"
    RECENT = b"RECENT"
    UIDNEXT = b"UIDNEXT"
    UIDVALIDITY = b"UIDVALIDITY"
    UNSEEN = b"UNSEEN"
    DELETED = b"DELETED"
    SIZE = b"SIZE"
    APPENDLIMIT = b"APPENDLIMIT"
    DELETED_STORAGE = b"DELETED-STORAGE"
    HIGHESTMODSEQ = b"HIGHESTMODSEQ"
    MAILBOXID = b"MAILBOXID"


@dataclass(frozen=True, slots=True)
class Status:
    mailbox: str
    items: tuple[StatusItem, ...]
    """In the order asked for, each once."""


def parse_status(p: Parser) -> Status:
    p.sp()
    mailbox = p.mailbox()
    p.sp()
    items = status_items(p)
    p.end()
    return Status(mailbox, items)


def status_items(p: Parser) -> tuple[StatusItem, ...]:
    """`"(" status-att *(SP status-att) ")"`, also of LIST's return option."""
    return tuple(dict.fromkeys(p.items(_status_att)))


EXTENSION_OF = {StatusItem.HIGHESTMODSEQ: "CONDSTORE", StatusItem.MAILBOXID: "OBJECTID"}


def _status_att(p: Parser) -> StatusItem:
    item = p.choice(StatusItem)
    if EXTENSION_OF.get(item) in p.off:
        raise p.fail("an item of STATUS that is known here")
    return item
