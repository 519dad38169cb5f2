"""Languages by their numbers ([MS-LCID]) and by their names (RFC 5646)."""

from __future__ import annotations

from locale import windows_locale

_TAGS = {number: name.replace("_", "-") for number, name in windows_locale.items()}
_LOCALES = {tag.lower(): number for number, tag in reversed(_TAGS.items())}


def tag_of(locale: int) -> str | None:
    """`de-DE` for 0x407; None for a number that is no language's."""
    return _TAGS.get(locale)


def locale_of_tag(tag: str) -> int | None:
    """Of `de` that of a country where it is spoken, the first that has a number; None for a name that has none."""
    tag = tag.lower()
    found = _LOCALES.get(tag)
    if found is not None or "-" in tag or not tag:
        return found
    return min((number for name, number in _LOCALES.items() if name.startswith(f"{tag}-")), default=None)
