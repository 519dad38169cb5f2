"""What an operator may set about delivery."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class DeliverySettings:
    """How messages come into mailboxes. Sizes in bytes."""

    quota_policy: Literal["later", "refuse"] = "later"
    """What a sender hears when a mailbox is full: `later`, to try again (452 4.2.2), or `refuse`, that it is final
    (552 5.2.2)."""
    separator: str = "+"
    """`user+detail` is the mailbox `user`, and comes into its folder `detail` if there is one, else into INBOX. Empty:
    addresses have no detail."""
    max_hops: int = 50
    """A message with more Received fields than this goes round in a circle and is refused (RFC 5321 §6.3)."""
    header_size: int = 128 * 1024
    """The longest message header that is taken; at most 128 KB."""
    own_senders: bool = True
    """Who logs in may only send as themselves: from their own address, its details, and aliases that lead to it. An
    administrator may send as anybody."""
    missing_from: Literal["refuse", "add"] = "refuse"
    """A submitted message without a From field is refused, or gets the login's address (RFC 6409 §8.1)."""
    report_limit: int = 65536
    """A failure report returns a message up to this size as a whole, of a larger one the header."""

    def __post_init__(self) -> None:
        if self.header_size > 128 * 1024:
            raise ValueError("header_size: at most 131072")
        if self.quota_policy not in ("later", "refuse"):
            raise ValueError("quota_policy: one of later, refuse")
        if self.missing_from not in ("refuse", "add"):
            raise ValueError("missing_from: one of refuse, add")
