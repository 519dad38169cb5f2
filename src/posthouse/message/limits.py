"""Hard caps. What lies beyond a cap is opaque: it stays in the message's bytes and is not looked into."""

from typing import Final

MAX_HEADER: Final = 256 * 1024
"""Bytes of one header block that are looked into."""
MAX_DEPTH: Final = 50
"""Nesting of multiparts and messages."""
MAX_OPEN: Final = 24
"""Multiparts within each other: each costs one more search of the bytes in it."""
MAX_PARTS: Final = 5_000
MAX_PARAMS: Final = 100
"""Parameters of one Content-Type or Content-Disposition."""
MAX_PARAM_BYTES: Final = 16 * 1024
"""Bytes of one Content-* value that are looked into."""
MAX_ADDRESSES: Final = 8_192
"""Addresses of one header field, group marks included."""
MAX_JOINED: Final = 64 * 1024
"""Bytes up to which repeated address fields are taken together."""
MAX_FIELDS: Final = 8 * 1024
"""Bytes of the selected header fields that are kept beside a message."""
MAX_SUBJECT: Final = 2_048
"""Characters of a decoded subject that are kept for search and sort."""
MAX_ID: Final = 998
"""Bytes of a message id."""
MAX_REFERENCES: Final = 100
PREVIEW_LENGTH: Final = 200
PREVIEW_SOURCE: Final = 16 * 1024
"""Bytes of the encoded text part from which the preview is made."""
