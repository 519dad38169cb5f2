"""What workers and sessions tell each other after a commit. A hint may be lost without harm: it says where to look,
the store says what is there."""

from __future__ import annotations

from typing import NamedTuple

from posthouse.model.ids import AccountId, FolderId, ModSeq


class Hint(NamedTuple):
    """Something in `folder` (0: the account's list of folders) has changed, up to `modseq`."""

    account: AccountId
    folder: FolderId
    modseq: ModSeq
