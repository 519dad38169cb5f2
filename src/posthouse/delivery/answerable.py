"""Whether a program may answer a message in its recipient's name – RFC 3834 §2, RFC 5230 §4.6, [MS-OXORULE] 3.2.5.1.

Nobody hears from a program that has written by one: no list, no report, nobody who asks not to. Whoever is away answers
besides only what was written to them.
"""

from __future__ import annotations

import re
from itertools import islice

from posthouse.database import Transaction
from posthouse.directory import parse_address
from posthouse.directory.errors import BadAddress
from posthouse.message.addresses import addr_specs
from posthouse.message.headers import FIELD
from posthouse.model.address import Address
from posthouse.model.ids import AccountId
from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.mime.content_classes import is_answer
from posthouse.protocols.mapi.objects import Properties, value_of

from .arrival import Arrival
from .submission import owners_of

NO_OOF, NO_REPLY = 0x10, 0x20
"""In PidTagAutoResponseSuppress; also what Auto-Submitted and Precedence come to."""
MAX_LOOKED_AT = 100
"""Addresses among which the recipient is looked for: who is behind them was hardly meant."""
_PROGRAM = re.compile(
    r"mailer-daemon|postmaster|listserv|majordomo|no-?reply|do-?not-?reply|owner-.*|bounces?[-+=].*"
    r"|.*-(?:request|owner|bounces?)",
    re.I | re.S,
)
"""Local parts behind which there is nobody."""
_NAMING = frozenset((b"to", b"cc", b"bcc", b"resent-to", b"resent-cc", b"resent-bcc"))


def why_not(
    tx: Transaction, arrival: Arrival, properties: Properties, header: bytes, separator: str, *, away: bool
) -> str:
    """Empty: it may be answered. `away`: the answer says that its recipient is out of office. `separator`: of an
    address and its detail."""
    sender = arrival.envelope.sender
    if sender is None or _PROGRAM.fullmatch(sender.local):
        return "no person has sent it"
    if value_of(properties, tags.PidTagAutoResponseSuppress, 0) & (NO_OOF if away else NO_REPLY):
        return "its sender wants no answer"
    message_class = value_of(properties, tags.PidTagMessageClass) or ""
    if message_class.upper().startswith("REPORT.") or is_answer(message_class):
        return "it is a report or an answer"
    fields = [(name.lower(), value) for _, name, value in FIELD.findall(header)]
    if any(name.startswith(b"list-") or (name == b"x-spam-flag" and _is_yes(value)) for name, value in fields):
        return "it has come by a list, or is spam"
    me = arrival.local.account
    if _leads_to(tx, me, sender, separator):
        return "its recipient has sent it"
    if away and value_of(properties, tags.PidTagAutoForwarded):
        return "a program has sent it"  # R924
    named = (address for name, value in fields if name in _NAMING for address in addr_specs(value))
    if away and not any(_leads_to(tx, me, address, separator) for address in islice(named, MAX_LOOKED_AT)):
        return "it does not name its recipient"
    return ""


def _is_yes(value: bytes) -> bool:
    return value.strip().lower() == b"yes"


def _leads_to(tx: Transaction, account: AccountId, address: Address, separator: str) -> bool:
    try:
        return account in owners_of(tx, parse_address(str(address)), separator)
    except BadAddress:
        return False
