"""Identities, each a type of its own so that a UID is never taken for a message id."""

from typing import NewType

AccountId = NewType("AccountId", int)
FolderId = NewType("FolderId", int)
"""Of one account; never used again in it."""
MessageId = NewType("MessageId", int)
"""One object in one account, 63 bits, never used again; a copy or a move gives a new one."""
ContentId = NewType("ContentId", int)
Uid = NewType("Uid", int)
"""RFC 9051 §2.3.1.1: 32 bits, strictly ascending in a folder."""
UidValidity = NewType("UidValidity", int)
ModSeq = NewType("ModSeq", int)
"""The account's change counter, 63 bits (RFC 7162 §3.1.1); each change to a message or folder takes the next."""
