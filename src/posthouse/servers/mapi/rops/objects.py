"""What an operation on folders works on: the object that it names, and ids of folders."""

from __future__ import annotations

from posthouse.model.ids import FolderId
from posthouse.protocols.mapi.identifiers import ObjectId
from posthouse.servers.mapi.errors import ErrorCode, RopError
from posthouse.servers.mapi.folders.folder import OpenFolder
from posthouse.servers.mapi.identity import own_counter
from posthouse.servers.mapi.logon import Logon
from posthouse.servers.mapi.session import ServerObject


def as_folder(found: ServerObject) -> OpenFolder:
    if not isinstance(found, OpenFolder):
        raise RopError(ErrorCode.ecNotSupported)
    return found


def private_folder(found: ServerObject) -> OpenFolder:
    """Of a mailbox: ecNotSupported for a public folder."""
    folder = as_folder(found)
    if folder.logon.mailbox.is_public:
        raise RopError(ErrorCode.ecNotSupported)
    return folder


def logon_through(found: ServerObject) -> Logon:
    """Of a logon or a folder."""
    return found if isinstance(found, Logon) else as_folder(found).logon


def folder_number(found: ObjectId) -> FolderId:
    """In the store; ecNotFound for one that no folder of the mailbox can have."""
    counter = own_counter(found)
    if not counter:
        raise RopError(ErrorCode.ecNotFound)
    return FolderId(counter)
