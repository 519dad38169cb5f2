"""The tokens of a stream one by one, and what may be asked of the next: of `fx_checker`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from fx_tokens import Deviation, Token

_CLASS_ID = 0x001A


@dataclass
class Expected:
    """How the download was configured."""

    extra_flags: int = 0
    progress: bool = False
    recover: bool = False
    no_foreign_identifiers: bool = False
    partial: bool = False
    no_deletions: bool = False
    ignore_no_longer_in_scope: bool = False
    read_state: bool = True
    strings: int = 0x1F
    """Their type; of 8 bits, or with a code page, as well."""
    code_page: str = "cp1252"


class ErrorHere(Exception):
    """An errorInfo: parsing goes back to the next element around that can go on (R1078)."""


@dataclass
class Stream:
    source: Iterator[Token]
    expected: Expected
    token: Token | None = None
    errors: list[bytes] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.step()

    def step(self) -> None:
        self.token = next(self.source, None)

    def error_info(self) -> None:
        """errorInfo = FXErrorInfo propList"""
        self.step()
        value = self.property(0x00000102)
        if len(value) != 88 or value[:4] != bytes(4) or value[80:84] != bytes(4):
            raise Deviation("an ExtendedErrorInfo of 88 bytes without auxiliary data (2.2.2.10)")
        self.errors.append(value)

    def peek(self) -> str:
        """The marker or meta-property that comes next, or property, or end."""
        if self.token is None:
            return "end"
        return self.token.marker or self.token.meta or "property"

    def fail(self, wanted: str) -> Exception:
        if self.is_error():
            return ErrorHere()
        return Deviation(f"{wanted} expected, there is {self.token or 'the end'}")

    def is_error(self) -> bool:
        return self.peek() == "FXErrorInfo" and self.expected.recover

    def need(self, wanted: str) -> Any:
        if self.peek() != wanted:
            raise self.fail(wanted)
        assert self.token is not None
        value = self.token.value
        self.step()
        return value

    def has(self, wanted: str) -> bool:
        if self.peek() != wanted:
            return False
        self.step()
        return True

    def property(self, tag: int) -> Any:
        """This one, of this very type, comes next."""
        if self.peek() != "property" or self.token is None or self.token.tag != tag:
            raise self.fail(f"property {tag:08X}")
        value = self.token.value
        self.step()
        return value

    def has_property(self, tag: int) -> bool:
        return self.peek() == "property" and self.token is not None and self.token.tag == tag

    def prop_list(self, allowed: Callable[[Token], bool] | None = None) -> dict[Any, Any]:
        """Values by id or name. R3786: none of 0x6600 to 0x67FF, which no element asked for."""
        found: dict[Any, Any] = {}
        while self.peek() == "property":
            token = self.token
            assert token is not None
            if token.key in found:
                raise Deviation(f"{token.at}: {token.tag:08X} twice")
            if (allowed and not allowed(token)) or token.id == 0 or 0x6600 <= token.id <= 0x67FF or token.id == 0xFFFF:
                raise Deviation(f"{token.at}: {token.tag:08X} must not be here")
            self.string_type(token)
            found[token.key] = token.value
            self.step()
        return found

    def string_type(self, token: Token) -> None:
        """R3447 to R3457: strings are of the type that was asked for; a class may be in 8 bits."""
        wanted = self.expected.strings
        if token.type & ~0x1000 not in (0x1E, 0x1F) and not token.type & 0x8000:
            return
        allowed = {wanted, 0x101F if wanted == 0x84B0 else wanted | 0x1000}
        if wanted == 0x1F and token.id == _CLASS_ID:
            allowed.add(0x1E)
        if token.type not in allowed:
            raise Deviation(f"{token.at}: a string of type {token.type:04X}")
