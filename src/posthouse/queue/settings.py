"""What an operator may set about mail for elsewhere."""

from __future__ import annotations

from dataclasses import dataclass, field

MINUTE, HOUR, DAY = 60, 3600, 86_400


@dataclass(frozen=True, slots=True)
class RelaySettings:
    """Where mail for elsewhere goes."""

    smarthost: str = ""
    """`host:port` of the relay that takes all our outgoing mail; empty: each domain's own mail exchangers (MX)."""
    user: str = ""
    """Login name at the smarthost; empty: none."""
    password: str = field(default="", repr=False)
    """Password at the smarthost."""
    tls: str = "may"
    """`may`: encrypted where the next hop offers it, without asking who it is; `must`: not sent otherwise, and the
    certificate must be right; `implicit`: TLS from the first byte, likewise (for a smarthost); `never`."""
    ca_file: str = ""
    """File with the authorities that a right certificate may come from, PEM; empty: the system's."""
    port: int = 25
    """Of mail exchangers. Another one is for tests."""
    source: str = ""
    """Our own address to connect from; empty: the system's choice."""
    families: tuple[str, ...] = ("ipv4", "ipv6")
    """Which addresses of the next hop are tried, in this order. Leave out ipv6 where your IPv6 address has no reverse
    name: large receivers refuse such mail."""

    def __post_init__(self) -> None:
        if self.tls not in ("may", "must", "implicit", "never"):
            raise ValueError("tls: one of may, must, implicit, never")
        if not set(self.families) <= {"ipv4", "ipv6"} or not self.families:
            raise ValueError("families: a list of ipv4, ipv6")


@dataclass(frozen=True, slots=True)
class QueueSettings:
    """When mail for elsewhere is tried, and for how long. Durations in seconds."""

    first_retry: int = 3 * MINUTE
    """After the first attempt; each next wait is twice as long."""
    longest_retry: int = 2 * HOUR
    """Between two attempts at most."""
    lifetime: int = 5 * DAY
    """A message is given up after this time (RFC 5321 §4.5.4.1 asks for 4 to 5 days)."""
    delay_warning: int = 4 * HOUR
    """The sender hears once that a message is late after this time; 0: never."""
    destinations: int = 50
    """Destinations served at once by one worker."""
    connections: int = 5
    """To one destination at once from one worker."""
    per_connection: int = 100
    """Messages in one connection; then a new one is made."""
    linger: int = 2
    """How long a connection waits for more mail to the same destination before it ends."""
    lease: int = 15 * MINUTE
    """How long a worker has a message in hand before another may take it: longer than any attempt."""
    connect_timeout: int = 30
    """For each address of the next hop."""
