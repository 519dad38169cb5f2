"""Trace fields of this hub – RFC 5321 §4.4 – made cheap: of a Received field only id, recipient and date change from
one message of a client to the next."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache

from posthouse.model.address import Address
from posthouse.protocols.smtp.trace_fields import Received, format_date, format_received, format_return_path

from .origin import Origin

_ID, _NOBODY, _EPOCH = "0-id-0", Address("0-nobody-0", "0.invalid"), datetime.fromtimestamp(0, UTC)

return_path = lru_cache(maxsize=256)(format_return_path)


def trace_field(hostname: str, origin: Origin, id: str, now: int, recipient: Address | None) -> bytes:
    client = (origin.protocol, origin.helo, origin.peer, origin.tls)
    before, between, after = _pieces(hostname, *client, recipient is not None)
    addressed = str(recipient).encode() if recipient is not None else b""
    return b"".join((before, id.encode(), between, addressed, after, _date(now), b"\r\n"))


@lru_cache(maxsize=1024)
def _pieces(
    hostname: str, protocol: str, helo: str, peer: str, tls: str, addressed: bool
) -> tuple[bytes, bytes, bytes]:
    """The field around id, recipient and date."""
    whole = format_received(
        Received(
            by=hostname,
            protocol=protocol,
            id=_ID,
            date=_EPOCH,
            helo=helo,
            address=peer,
            recipient=_NOBODY if addressed else None,
            tls=tls,
        )
    )
    before, _, rest = whole.rpartition(_ID.encode())
    between, _, after = rest.rpartition(str(_NOBODY).encode()) if addressed else (b"", b"", rest)
    return before, between, after[: -len(_date(0)) - 2]


@lru_cache(maxsize=4)
def _date(now: int) -> bytes:
    return format_date(datetime.fromtimestamp(now, UTC)).encode()
