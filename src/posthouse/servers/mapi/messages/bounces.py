"""Those who do not get a message that a MAPI client has submitted: its sender hears of them – RFC 3464."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from posthouse.delivery.delivery import Delivery
from posthouse.directory import parse_address
from posthouse.directory.errors import BadAddress
from posthouse.model.address import Address
from posthouse.protocols.dsn.report import Action, RecipientFacts, Report


@dataclass(frozen=True, slots=True)
class Refused:
    """Somebody who does not get it, and why."""

    address: str
    why: str
    status: str = "5.1.1"


def bounce(delivery: Delivery, sender: Address, refused: Sequence[Refused]) -> Report:
    token, when = secrets.token_hex(12), datetime.fromtimestamp(delivery.store.now(), UTC)
    facts = tuple(
        RecipientFacts(
            written_address(one.address), Action.FAILED, one.status, diagnostic=one.why, diagnostic_type="x-posthouse"
        )
        for one in refused
    )
    return Report(
        sender=sender,
        reporting_mta=delivery.hostname,
        recipients=facts,
        date=when,
        message_id=f"{token}@{delivery.hostname}",
        boundary=f"report-{token}",
        arrival=when,
        full_limit=delivery.settings.report_limit,
    )


def written_address(text: str) -> Address:
    """Also of what is none."""
    try:
        return parse_address(text)
    except BadAddress:
        return Address(text, "")
