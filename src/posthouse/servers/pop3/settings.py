"""What an operator may set for POP3."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pop3Settings:
    """Durations in seconds."""

    login_timeout: float = 60.0
    """A connection that has not logged in by then is closed."""
    idle_timeout: float = 600.0
    """A session that says nothing for so long is closed and nothing deleted: at least 10 minutes (RFC 1939 §3)."""
    max_errors: int = 20
    """Commands that are none, after which the connection is closed."""
    login_delay: int = 0
    """Seconds that clients are asked to wait between logins (RFC 2449 §6.5); said, not enforced. 0: nothing is said."""
    mark_seen: bool = True
    """Whether a retrieved message counts as seen in IMAP, once the session has ended with QUIT."""
