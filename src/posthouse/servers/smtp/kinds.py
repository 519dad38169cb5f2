"""The four services: one code, and what tells them apart."""

from __future__ import annotations

from enum import StrEnum


class Kind(StrEnum):
    MX = "mx"
    """From other hubs, for our own people (RFC 5321)."""
    SUBMISSION = "submission"
    """From our own people, after a login (RFC 6409); TLS by STARTTLS."""
    SUBMISSIONS = "submissions"
    """The same with TLS from the first byte (RFC 8314)."""
    LMTP = "lmtp"
    """From another mail system of ours, for mailboxes here (RFC 2033)."""

    @property
    def is_submission(self) -> bool:
        return self in (Kind.SUBMISSION, Kind.SUBMISSIONS)
