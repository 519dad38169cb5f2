"""How operations and calls fail. The codes by their names are in `protocols/mapi/error_codes.py`."""

from __future__ import annotations

from posthouse.protocols.mapi.error_codes import ErrorCode

__all__ = ["RPC_S_SERVER_TOO_BUSY", "RPC_X_BAD_STUB_DATA", "ErrorCode", "FinalError", "RopError"]

RPC_S_SERVER_TOO_BUSY = 0x6BB
RPC_X_BAD_STUB_DATA = 0x6F7


class RopError(Exception):
    """An operation fails with this ReturnValue."""

    def __init__(self, code: ErrorCode) -> None:
        super().__init__(code.name)
        self.code = code


class FinalError(RopError):
    """No operation behind it in its buffer is done: they would work at the wrong place."""
