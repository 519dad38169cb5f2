"""How operations and calls fail. The codes by their names are in `protocols/mapi/error_codes.py`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from posthouse.model.refusals import Changed, FolderNotFound, MessageNotFound, OverQuota
from posthouse.protocols.mapi.error_codes import ErrorCode

__all__ = ["RPC_S_SERVER_TOO_BUSY", "RPC_X_BAD_STUB_DATA", "ErrorCode", "FinalError", "RopError", "saving_refused"]

RPC_S_SERVER_TOO_BUSY = 0x6BB
RPC_X_BAD_STUB_DATA = 0x6F7


class RopError(Exception):
    """An operation fails with this ReturnValue."""

    def __init__(self, code: ErrorCode) -> None:
        super().__init__(code.name)
        self.code = code


class FinalError(RopError):
    """No operation behind it in its buffer is done: they would work at the wrong place."""


@contextmanager
def saving_refused() -> Iterator[None]:
    """What the store refuses while a message is saved, as its client hears it."""
    try:
        yield
    except Changed:
        raise RopError(ErrorCode.ecObjectModified) from None
    except MessageNotFound:
        raise RopError(ErrorCode.ecObjectDeleted) from None
    except FolderNotFound:
        raise RopError(ErrorCode.ecNotFound) from None
    except OverQuota:
        raise RopError(ErrorCode.ecQuotaExceeded) from None
