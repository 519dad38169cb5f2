"""Names of attachments – [MS-OXCMSG] 2.2.2.10 to 2.2.2.13, [MS-OXCMAIL] 2.2.3.4.1.2."""

from __future__ import annotations

import mimetypes
import re

MAX_NAME = 255

_RESERVED = re.compile(r'[\x00-\x1f\x7f<>:"|?*/\\]')
_SHORT = re.compile(r"[^A-Za-z0-9_-]")
_EXTENSIONS = {"text/plain": ".txt", "text/calendar": ".ics", "text/vcard": ".vcf", "application/ms-tnef": ".dat"}
_TYPES = mimetypes.MimeTypes(filenames=())
"""Those that Python knows, whatever this machine knows: a name must not depend on it."""


def safe_name(name: str) -> str:
    """Without a path and without what no file's name may have; may be empty."""
    name = name.replace("\\", "/").rstrip("/").rpartition("/")[2]
    name = _RESERVED.sub("_", name).strip(" .")
    if len(name) <= MAX_NAME:
        return name
    stem, dot, extension = name.rpartition(".")
    return name[:MAX_NAME] if not stem else stem[: MAX_NAME - len(extension[:20]) - 1] + dot + extension[:20]


def extension_of(name: str) -> str:
    """With its dot; empty when there is none."""
    stem, dot, extension = name.rpartition(".")
    return dot + extension if stem and extension else ""


def made_up_name(number: int, kind: str) -> str:
    extension = _EXTENSIONS.get(kind) or _TYPES.guess_extension(kind)
    return f"attachment{number}{extension or '.bin'}"


def short_name(name: str) -> str:
    """Eight letters and three, as it once was."""
    extension = extension_of(name)
    stem = name.removesuffix(extension) if extension else name
    short, rest = _SHORT.sub("_", stem), _SHORT.sub("_", extension[1:])[:3]
    short = short if len(short) <= 8 else short[:6] + "~1"
    return f"{short}.{rest}" if rest else short
