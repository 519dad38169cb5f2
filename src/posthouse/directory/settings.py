"""Settings of logins: `[auth]` in the configuration."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class AuthSettings:
    """Who may log in, and how hard guessing is."""

    default_domain: str = ""
    """Completes a bare login name: `alice` is `alice@example.org`."""

    allow_plaintext: Literal["loopback", "never", "always"] = "loopback"
    """Where a password may cross a connection without TLS: from this machine alone, nowhere, anywhere."""

    argon2_memory: int = 19_456
    """KiB for one password hash (OWASP's recommendation for Argon2id). Passwords are hashed anew, at their next login,
    when these three change."""

    argon2_passes: int = 2

    argon2_lanes: int = 1

    hashing_threads: int = 0
    """Passwords hashed at the same time in one worker: each takes a core for some 30 ms and `argon2_memory`. 0: one for
    each core, four at most."""

    hashing_queue: int = 1000
    """Logins that may wait for a thread; more are asked to try later."""

    scram_iterations: int = 50_000
    """Work that SCRAM demands of a client at each login, and of a thief for each guess. 0: no SCRAM keys are kept."""

    verified_minutes: int = 60
    """A password that was right is known to be so for this long, without hashing it again; never after a change."""

    verified_logins: int = 100_000
    """Passwords known to be right, at most, in one worker."""

    failure_window: int = 900
    """Seconds after which a failed login is forgotten."""

    account_failures: int = 30
    """Failed logins to one account within the window, in one worker, until further ones are refused. An address from
    which the account's owner has logged in lately is not locked out by others' failures."""

    address_failures: int = 100
    """Failed logins from one address (an IPv6 network of 64 bits) within the window, in one worker."""

    trusted_addresses: tuple[str, ...] = ("127.0.0.0/8", "::1/128")
    """Addresses and networks which speak for many people, like a web mail: they are never locked out as such."""

    failure_delay: float = 0.1
    """Seconds that the first failed login takes longer; each further one takes twice as much as the last."""

    failure_delay_most: float = 3.0
