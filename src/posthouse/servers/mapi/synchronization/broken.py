"""A message that cannot be read: where a client can do without it, it gets an error in its place, and all the others –
[MS-OXCFXICS] 2.2.4.3.4, 3.2.5.8.1.1 (RecoverMode)."""

from __future__ import annotations

from posthouse.model.ids import FolderId, MessageId
from posthouse.model.refusals import BadSyntax
from posthouse.observe.logs import Logger
from posthouse.protocols.mapi.fast_transfer.structures import ExtendedErrorInfo
from posthouse.servers.mapi.errors import ErrorCode, RopError
from posthouse.servers.mapi.logon import Logon

BROKEN = (BadSyntax, LookupError, FileNotFoundError)
"""Of what the store has of one message; what is wrong with the store itself is no message's fault."""

log = Logger("mapi")


def in_place_of(
    logon: Logon, folder: FolderId, message: MessageId, error: Exception, *, recovers: bool
) -> ExtendedErrorInfo:
    """ecCorruptData for a client that cannot do without it."""
    account, replica = logon.mailbox.account, logon.mailbox.replica_guid
    log.error("message cannot be read", account=account, folder=folder, message=message, error=error)
    if not recovers:
        raise RopError(ErrorCode.ecCorruptData) from error
    return ExtendedErrorInfo(ErrorCode.ecCorruptData, (replica, folder), (replica, message))
