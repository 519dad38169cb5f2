"""What the header of a message says and no property does: who has carried and signed it, what programs wrote into it.

When somebody changes a mail in a way that it must be written anew, these fields stay as they came. That a signature no
longer fits tells that it was changed.
"""

from __future__ import annotations

import re
from collections.abc import Collection

from posthouse.message.headers import iter_fields

from .. import tags
from ..objects import Properties, value_of
from .header_in import NAMED_FIELDS
from .header_out import TOLD_FIELDS

_NAMED = frozenset(name.decode("ascii") for name in NAMED_FIELDS) - {"authentication-results"}
"""As named properties that a client may change; that one says who was believed when the mail came."""
_TOLD = TOLD_FIELDS | _NAMED | {"lines", "x-ms-tnef-correlator"}
"""By properties, or of the bytes that are written anew: what is not told any more is not to be there."""
_TOLD_BEGINNINGS = ("content-", "x-posthouse-")
_LINE_END = re.compile(rb"\r*\n")


def kept_fields(properties: Properties, made: Collection[str]) -> bytes:
    """`made`: names of fields, in lower case, that are written anew."""
    header: str = value_of(properties, tags.PidTagTransportMessageHeaders) or ""
    fields = iter_fields(header.encode("utf-8", "replace"))
    kept = b"".join([one.raw for one in fields if _stays(one.name.decode("ascii").lower(), made, one.raw)])
    return _LINE_END.sub(b"\r\n", kept)


def _stays(name: str, made: Collection[str], raw: bytes) -> bool:
    is_whole = raw.endswith(b"\n")
    return is_whole and name not in made and name not in _TOLD and not name.startswith(_TOLD_BEGINNINGS)
