"""What an administrator may set for MAPI over HTTP."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class MapiSettings:
    """Outlook, over the `https` service. Durations in seconds."""

    enabled: bool = True
    """Whether the endpoints work and Autodiscover offers them. Otherwise Outlook is told of IMAP."""
    session_timeout: float = 900.0
    """A session context that nobody uses for so long is forgotten; the client then connects anew."""
    keep_alive: float = 30.0
    """While a request waits, the client hears at least so often that it still does. Proxies must wait for longer."""
    notification_timeout: float = 300.0
    """A client that waits for news is told after this time that there are none."""
    compression: bool = False
    """Compress answers for clients that take it: for slow lines. It costs this hub a millisecond for each KB."""
    executes_per_account: int = 16
    """Requests of one account that work at the same time in one worker; further ones are asked to come back later."""
    contexts: int = 20_000
    """Session contexts in one worker."""
    contexts_per_account: int = 128
    """Of one account in one worker; Outlook has several for each mailbox that it shows. One more takes the place of the
    one that has been idle the longest."""
