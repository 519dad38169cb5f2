"""What an administrator may set for IMAP."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ImapSettings:
    """Durations in seconds, sizes in bytes."""

    disabled_extensions: tuple[str, ...] = ()
    """Capabilities that are neither advertised nor understood: `("IDLE", "IMAP4rev2")`. For a client that has trouble
    with one."""
    message_size: int = 50 * 1024 * 1024
    """The largest message that can be appended (APPENDLIMIT, RFC 7889)."""
    message_limit: int = 0
    """On so many messages one command may work, the newest of those that it names (MESSAGELIMIT, RFC 9738, which asks
    for 1000 at least); 0: on any number."""
    save_limit: int = 0
    """So many messages one COPY or APPEND may bring (SAVELIMIT), where no `message_limit` says it already; 0: any
    number, but an APPEND 1000."""
    quota_grace: int = 10 * 1024 * 1024
    """By so much the copies that a client puts into Sent, Drafts and Trash may exceed the quota: who is over it must
    still be able to delete."""
    admin_contact: str = ""
    """How users reach the administrator, a URI: `mailto:postmaster@example.org`. Clients read it as the annotation
    /shared/admin (METADATA)."""
    login_timeout: float = 120.0
    """A connection that has not logged in by then is closed."""
    idle_timeout: float = 1860.0
    """A session that says nothing for so long is closed: at least 30 minutes (RFC 9051 §5.4)."""
    keepalive: float = 120.0
    """During IDLE we look for changes at least so often, and say that we are still here."""
    progress_interval: float = 12.0
    """While a command takes long, its client hears so often how far it is (INPROGRESS, RFC 9585, which recommends 10 to
    15 seconds); 0: never."""
    command_timeout: float = 300.0
    """How long the rest of a command, a literal for example, may be in coming."""
    max_errors: int = 50
    """Commands in a row that are none, after which the connection is closed."""
    max_errors_before_login: int = 5
    """The same as long as nobody has logged in."""
