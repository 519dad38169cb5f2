"""Moments as Windows counts them – [MS-DTYP] 2.3.3: 100 nanoseconds since 1601, UTC."""

from __future__ import annotations

UNITS = 10_000_000
EPOCH = 11_644_473_600
"""1970 in seconds since 1601."""


def file_time(seconds: float) -> int:
    """Of seconds since 1970."""
    return round((seconds + EPOCH) * UNITS)
