"""Names of things that outlive where they are – RFC 8474.

A mailbox's is made of its owner and its number, which no later mailbox gets; a message's is its content's hash, so that
the same content has the same name in every mailbox of every account, and keeps it through a backup. Threads have none:
which messages belong together is known of a folder at a time, and an id may never change.
"""

from __future__ import annotations

import base64
import binascii

from posthouse.model.ids import AccountId, FolderId


def mailbox_id(account: AccountId, folder: FolderId) -> bytes:
    return b"F%d-%d" % (account, folder)


def email_id(content_hash: bytes) -> bytes:
    return b"M" + base64.urlsafe_b64encode(content_hash).rstrip(b"=")


def hash_of(email: bytes) -> bytes | None:
    """None: no message has such an id."""
    try:
        octets = base64.urlsafe_b64decode(email[1:] + b"=" * (-len(email[1:]) % 4))
    except binascii.Error:
        return None
    return octets if email_id(octets) == email else None
