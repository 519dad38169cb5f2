"""Names of attachments – [MS-OXCMSG] 2.2.2.10 to 2.2.2.13, [MS-OXCMAIL] 2.2.3.4.1.2."""

from __future__ import annotations

import re

MAX_NAME = 255

_RESERVED = re.compile(r'[\x00-\x1f\x7f<>:"|?*/\\]')
_SHORT = re.compile(r"[^A-Za-z0-9_-]")
_EXTENSIONS = {
    "text/plain": ".txt",
    "text/html": ".htm",
    "text/csv": ".csv",
    "text/xml": ".xml",
    "text/calendar": ".ics",
    "text/vcard": ".vcf",
    "text/x-vcard": ".vcf",
    "text/rtf": ".rtf",
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "image/gif": ".gif",
    "image/bmp": ".bmp",
    "image/tiff": ".tif",
    "image/svg+xml": ".svg",
    "image/webp": ".webp",
    "audio/mpeg": ".mp3",
    "audio/basic": ".au",
    "audio/wav": ".wav",
    "audio/x-wav": ".wav",
    "video/mp4": ".mp4",
    "video/mpeg": ".mpg",
    "video/quicktime": ".mov",
    "application/pdf": ".pdf",
    "application/zip": ".zip",
    "application/gzip": ".gz",
    "application/json": ".json",
    "application/xml": ".xml",
    "application/rtf": ".rtf",
    "application/postscript": ".ps",
    "application/msword": ".doc",
    "application/vnd.ms-excel": ".xls",
    "application/vnd.ms-powerpoint": ".ppt",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ".xlsx",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": ".pptx",
    "application/ms-tnef": ".dat",
    "application/pgp-signature": ".asc",
    "application/pgp-keys": ".asc",
    "application/pkcs7-signature": ".p7s",
    "application/x-pkcs7-signature": ".p7s",
    "message/delivery-status": ".txt",
    "message/disposition-notification": ".txt",
    "message/rfc822": ".eml",
}


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
    return f"attachment{number}{_EXTENSIONS.get(kind, '.bin')}"


def short_name(name: str) -> str:
    """Eight letters and three, as it once was."""
    extension = extension_of(name)
    stem = name.removesuffix(extension) if extension else name
    short, rest = _SHORT.sub("_", stem), _SHORT.sub("_", extension[1:])[:3]
    short = short if len(short) <= 8 else short[:6] + "~1"
    return f"{short}.{rest}" if rest else short
