"""Cookies of a request – RFC 6265 §4.2.1: `name=value` pairs, separated by semicolons."""

from __future__ import annotations

from collections.abc import Iterable

MAX_COOKIES = 100


def parse_cookies(fields: Iterable[str]) -> dict[str, str]:
    """Of all Cookie fields; the first of each name. What is no pair, or too much, is passed over."""
    found: dict[str, str] = {}
    for field in fields:
        for pair in field.split(";", MAX_COOKIES)[:MAX_COOKIES]:
            name, equals, value = pair.partition("=")
            if equals and len(found) < MAX_COOKIES:
                found.setdefault(name.strip(), value.strip().strip('"'))
    return found
