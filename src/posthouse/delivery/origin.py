"""Where a message comes from: what the rest of delivery knows of the session that brings it."""

from __future__ import annotations

from dataclasses import dataclass

from posthouse.directory import LocalRecipient, Login
from posthouse.model.address import Envelope
from posthouse.model.flags import NO_FLAGS, Flag


@dataclass(frozen=True, slots=True)
class Origin:
    session: str
    """The session's id: what log lines and the Received field name."""
    protocol: str = "ESMTP"
    """As `protocols.smtp.trace_fields.protocol_name` gives it."""
    peer: str = ""
    """IP address; empty for a Unix socket."""
    helo: str = ""
    tls: str = ""
    """`TLSv1.3 with cipher TLS_AES_256_GCM_SHA384`; empty: not encrypted."""
    login: Login | None = None
    """Who has logged in: the message is then a submission (RFC 6409) and repaired where it needs it."""
    may_relay: bool = False
    """Without a login too: from a network that the operator trusts."""
    answers_each: bool = False
    """LMTP: each recipient has its own answer after the message (RFC 2033 §4.2)."""

    released: bool = False
    """Held in the queue until now: who may send to whom was asked when it was submitted."""

    @property
    def is_within(self) -> bool:
        """The hub itself has written the header, so what it says there of itself is true."""
        return self.released or self.protocol == "MAPI"

    @property
    def relays(self) -> bool:
        return self.may_relay or self.released or self.login is not None

    def marks(self, local: LocalRecipient, envelope: Envelope) -> Flag:
        """What the mailbox of a recipient notes of where the message came from. Of what comes by LMTP only the hub in
        front knows it; of what was held, the envelope alone tells who has sent it."""
        if self.login is not None:
            return Flag.OWN if self.login.account == local.account else NO_FLAGS
        if self.released:
            return Flag.OWN if str(envelope.sender).lower() == local.address.lower() else NO_FLAGS
        return NO_FLAGS if self.may_relay or self.answers_each else Flag.INTERNET
