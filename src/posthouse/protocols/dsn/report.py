"""The facts of a notification – RFC 3464 §2.2, §2.3. Nothing here is text for a person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from posthouse.model.address import Address
from posthouse.texts import Language


class Action(StrEnum):
    """RFC 3464 §2.3.3."""

    FAILED = "failed"
    DELAYED = "delayed"
    DELIVERED = "delivered"
    RELAYED = "relayed"
    """To a system that will tell nothing of success (it has no DSN)."""
    EXPANDED = "expanded"
    """To more than one address, none of which will be reported on."""


@dataclass(frozen=True, slots=True)
class RecipientFacts:
    final_recipient: Address
    action: Action
    status: str
    """`5.1.1`; what is none becomes that of the action alone."""
    original_recipient: str = ""
    """Of ORCPT, decoded: `rfc822;user@example.org`; empty when it was not given."""
    remote_mta: str = ""
    """Host name of the system that said `diagnostic`."""
    diagnostic: str = ""
    """Its reply as it was, `550 5.1.1 No such user`; or, with another type, in that type's own words."""
    diagnostic_type: str = "smtp"
    last_attempt: datetime | None = None
    will_retry_until: datetime | None = None
    """For `delayed` only."""
    log_id: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    sender: Address
    """Where the notification goes: the reverse-path of the message."""
    reporting_mta: str
    """Our host name."""
    recipients: tuple[RecipientFacts, ...]
    date: datetime
    """Of the notification, with a time zone."""
    message_id: str
    """Of the notification, without brackets."""
    boundary: str
    """A token that is nowhere else: letters and digits of a random number."""
    arrival: datetime | None = None
    """When the message came to us."""
    envid: str = ""
    """Of MAIL, decoded."""
    received_from_mta: str = ""
    ret: str = ""
    """Of MAIL: `FULL`, `HDRS` or not said."""
    postmaster: Address | None = None
    """Whom it is from and whom to ask; None: postmaster at the reporting MTA."""
    smtputf8: bool = False
    """The notification itself may use SMTPUTF8: the message did, so its sender's system can (RFC 6533 §4.5)."""
    full_limit: int = 65536
    """Octets of original message that are returned whole; of a larger one the header."""
    language: Language = Language.ENGLISH
    """Of what a person is told."""

    @property
    def failed(self) -> bool:
        return any(facts.action is Action.FAILED for facts in self.recipients)
