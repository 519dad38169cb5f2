"""What somebody logs on to who wants no mailbox but the public folders – [MS-OXCSTOR] 3.2.5.1.2."""

from __future__ import annotations

from posthouse.database import Transaction
from posthouse.directory import Kind, Login, Organisation, principal_by_id
from posthouse.protocols.mapi.entry_ids import PUBLIC_STORE
from posthouse.store.accounts import has_account
from posthouse.store.folders import PUBLIC

from .errors import ErrorCode, RopError
from .logon import Mailbox
from .public_folders import frame_ids

NAME = "Public Folders"


def public_store(tx: Transaction, organisation: Organisation, login: Login, *, as_admin: bool) -> Mailbox:
    """For whom this is; ecLoginFailure when there are no public folders, or when one's own mailbox is gone."""
    user = principal_by_id(tx, login.account)
    if user is None or user.kind is not Kind.ACCOUNT or not has_account(tx, PUBLIC):
        raise RopError(ErrorCode.ecLoginFailure)  # R825, R59753
    replica = organisation.replica_guid(PUBLIC)
    return Mailbox(
        PUBLIC,
        PUBLIC_STORE,
        replica,
        as_admin,
        frame_ids(),
        0,
        NAME,
        user.address,
        organisation.server_dn(PUBLIC, user.address.rpartition("@")[2]),
        user.name,
        organisation.dn_of(user.id),
    )
