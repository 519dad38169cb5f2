"""Limits of every resource (RFC 9208), on both engines."""

from __future__ import annotations

import pytest

from posthouse.model.flags import Flag, Flags
from posthouse.model.ids import AccountId
from posthouse.model.refusals import OverQuota
from posthouse.store.accounts import remove_account
from posthouse.store.folders import INBOX, create_folder
from posthouse.store.quota import Quota, Resource, deleted_bytes, read_quotas, set_quotas

A = AccountId(7)


def test_limits(shelf):
    """Only what has a limit is told; setting them sets all anew – §4.1.3."""
    with shelf.database.transaction() as tx:
        assert read_quotas(tx, A) == {}
        set_quotas(tx, A, {Resource.STORAGE: 1000, Resource.MAILBOX: 7})
        assert read_quotas(tx, A) == {
            Resource.STORAGE: Quota(0, 1000),
            Resource.MAILBOX: Quota(6, 7),
        }
        create_folder(tx, A, "one")
        with pytest.raises(OverQuota):
            create_folder(tx, A, "two")
        set_quotas(tx, A, {Resource.MESSAGE: 3})
        create_folder(tx, A, "two")
        assert read_quotas(tx, A) == {Resource.MESSAGE: Quota(0, 3)}
        remove_account(tx, A)
        assert tx.all("SELECT * FROM quota_limit") == []


def test_deleted_bytes(shelf):
    """What the messages marked as deleted take – §4.1.4."""
    with shelf.database.transaction() as tx:
        shelf.put(tx, b"x" * 10, flags=Flags(Flag.DELETED | Flag.SEEN))
        shelf.put(tx, b"y" * 100, flags=Flags(Flag.SEEN))
        assert deleted_bytes(tx, A, INBOX) == 10
