"""Operations on what somebody has read in public folders – [MS-OXCSTOR] 3.2.5.10 to 3.2.5.13.

To a mailbox clients bring such sets so that they can take them to another public store: it keeps them as they came, and
nothing follows from them. In the public store the set of a folder is that of the messages which this person has marked
as read, by whichever protocol.
"""

from __future__ import annotations

from uuid import UUID

from posthouse.database import Transaction
from posthouse.model.ids import FolderId
from posthouse.model.refusals import BadSyntax, LimitReached
from posthouse.model.rights import Right
from posthouse.protocols.mapi.fast_transfer.globsets import Globset, globset_of
from posthouse.protocols.mapi.fast_transfer.idsets import format_replguid_idset, idset, parse_replguid_idset
from posthouse.protocols.mapi.identifiers import LongTermId, read_long_term_id
from posthouse.protocols.mapi.reader import Reader
from posthouse.protocols.mapi.rops import RopRequest
from posthouse.protocols.mapi.rops.per_user import (
    RopGetPerUserGuidRequest,
    RopGetPerUserGuidResponse,
    RopGetPerUserLongTermIdsRequest,
    RopGetPerUserLongTermIdsResponse,
    RopReadPerUserInformationRequest,
    RopReadPerUserInformationResponse,
    RopWritePerUserInformationRequest,
    RopWritePerUserInformationResponse,
)
from posthouse.servers.mapi.errors import ErrorCode, RopError
from posthouse.servers.mapi.logon import Logon
from posthouse.store.folder_objects import has_folder
from posthouse.store.folders import PUBLIC
from posthouse.store.read_sets import (
    ReadSet,
    folders_with_read_sets,
    load_read_set,
    read_changes,
    save_read_set,
    set_read_changes,
)
from posthouse.store.readers import ReaderTransaction, plain

from .logon import logon_of, private_logon_of
from .processor import Call, Handler


class PerUserRops:
    def handlers(self) -> dict[type[RopRequest], Handler]:
        return {
            RopGetPerUserLongTermIdsRequest: get_per_user_long_term_ids,
            RopGetPerUserGuidRequest: get_per_user_guid,
            RopReadPerUserInformationRequest: read_per_user_information,
            RopWritePerUserInformationRequest: write_per_user_information,
        }


async def get_per_user_long_term_ids(call: Call, rop: RopGetPerUserLongTermIdsRequest) -> bytes:
    """3.2.5.10."""
    logon = _own(private_logon_of(call, rop))
    found = await logon.store.read(_folders_of, logon, rop.database_guid)
    return RopGetPerUserLongTermIdsResponse(rop.handle_index, found).format()


async def get_per_user_guid(call: Call, rop: RopGetPerUserGuidRequest) -> bytes:
    """3.2.5.11."""
    logon = _own(private_logon_of(call, rop))
    replica = await logon.store.read(_replica_of, logon, rop.long_term_id)
    return RopGetPerUserGuidResponse(rop.handle_index, replica).format()


async def read_per_user_information(call: Call, rop: RopReadPerUserInformationRequest) -> bytes:
    """3.2.5.12: the set stays as it was when its first piece was taken."""
    logon = logon_of(call, rop)
    if not logon.sending.holds(rop.folder_id, rop.data_offset):
        find = _current if logon.mailbox.is_public else _kept
        data = await logon.store.scan(find, logon, rop.folder_id)
        logon.sending.begin(rop.folder_id, rop.max_data_size, data)
    piece = logon.sending.piece(rop.data_offset, rop.max_data_size)
    return RopReadPerUserInformationResponse(rop.handle_index, piece.is_last, piece.data).format()


async def write_per_user_information(call: Call, rop: RopWritePerUserInformationRequest) -> bytes:
    """3.2.5.13: nothing is kept before all of it is there, and is a set."""
    logon = logon_of(call, rop)
    if not logon.mailbox.is_public:
        _own(logon)
    logon.receiving.take(rop)
    if rop.has_finished:
        replica, data = logon.receiving.whole()
        try:
            changes = parse_replguid_idset(data)
        except BadSyntax:
            raise RopError(ErrorCode.ecCorruptData) from None
        if logon.mailbox.is_public:
            await logon.store.write(_mark, logon, rop.folder_id, changes.of(logon.mailbox.replica_guid))
        else:
            await logon.store.write(_keep, logon, rop.folder_id, ReadSet(replica, data))
    return RopWritePerUserInformationResponse(rop.handle_index).format()


def _own(logon: Logon) -> Logon:
    """What somebody keeps for themselves is nobody else's."""
    if not logon.mailbox.owner:
        raise RopError(ErrorCode.ecAccessDenied)
    return logon


def _folders_of(tx: Transaction, logon: Logon, replica: UUID) -> tuple[LongTermId, ...]:
    keys = folders_with_read_sets(tx, logon.mailbox.account, replica)
    return tuple(read_long_term_id(Reader(key)) for key in keys)


def _replica_of(tx: Transaction, logon: Logon, folder: LongTermId) -> UUID:
    found = load_read_set(tx, logon.mailbox.account, folder.format())
    if found is None:
        raise RopError(ErrorCode.ecNotFound)  # R1254
    return found.replica


def _kept(tx: Transaction, logon: Logon, folder: LongTermId) -> bytes:
    """Nothing: nothing was kept (R1255)."""
    found = load_read_set(tx, _own(logon).mailbox.account, folder.format())
    return b"" if found is None else found.changes


def _keep(tx: Transaction, logon: Logon, folder: LongTermId, read: ReadSet) -> None:
    try:
        save_read_set(tx, logon.mailbox.account, folder.format(), read, logon.store.now())
    except LimitReached:
        raise RopError(ErrorCode.ecQuotaExceeded) from None


def _current(tx: Transaction, logon: Logon, folder: LongTermId) -> bytes:
    number = _readable(tx, logon, folder, Right.READ)
    changes = read_changes(_as_reader(tx, logon), PUBLIC, number)
    return format_replguid_idset(idset({logon.mailbox.replica_guid: globset_of(changes)}))


def _mark(tx: Transaction, logon: Logon, folder: LongTermId, read: Globset) -> None:
    number = _readable(tx, logon, folder, Right.SEEN)
    set_read_changes(_as_reader(tx, logon), PUBLIC, number, read.__contains__)


def _as_reader(tx: Transaction, logon: Logon) -> Transaction:
    return ReaderTransaction(plain(tx), logon.access.account)


def _readable(tx: Transaction, logon: Logon, folder: LongTermId, needed: Right) -> FolderId:
    """ecNotFound, ecAccessDenied."""
    number = FolderId(folder.counter)
    if folder.replica != logon.mailbox.replica_guid or not has_folder(tx, PUBLIC, number):
        raise RopError(ErrorCode.ecNotFound)
    rights = logon.rights_in(tx, PUBLIC, number)
    if not rights & Right.LOOKUP:
        raise RopError(ErrorCode.ecNotFound)
    if rights & needed != needed:
        raise RopError(ErrorCode.ecAccessDenied)
    return number
