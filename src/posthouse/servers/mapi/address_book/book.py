"""What every request works on, and how it fails."""

from __future__ import annotations

from dataclasses import dataclass

from posthouse.database import Transaction
from posthouse.directory import Login, Organisation, Sizes
from posthouse.protocols.mapi.address_book.stat import Stat
from posthouse.protocols.mapi.code_pages import CP_WINUNICODE, codec_of
from posthouse.servers.mapi.errors import ErrorCode

MAX_TABLE = 10_000
"""Rows of an Explicit Table that we make."""
MAX_ROWS = 2_000
"""Rows of one response."""
MAX_COLUMNS = 1_000


class BookError(Exception):
    """A request fails with this ErrorCode."""

    def __init__(self, code: ErrorCode) -> None:
        super().__init__(code.name)
        self.code = code


@dataclass(frozen=True, slots=True)
class Book:
    """The address book as one account sees it, in one transaction."""

    tx: Transaction
    organisation: Organisation
    login: Login
    sizes: Sizes


def stat_of(state: Stat | None) -> Stat:
    """A request without one asks nothing."""
    if state is None:
        raise BookError(ErrorCode.ecInvalidParameter)
    return state


def encoding_of(code_page: int) -> str:
    """The codec of its 8-bit strings. Unicode's code page is of no such strings ([MS-OXNSPI] 3.1.4.1.x, constraint
    1)."""
    if code_page == CP_WINUNICODE:
        raise BookError(ErrorCode.ecNotSupported)
    codec = codec_of(code_page)
    if codec is None:
        raise BookError(ErrorCode.ecInvalidCodePage)
    return codec
