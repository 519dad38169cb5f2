"""What the productions of the grammar stand on: the next token, and how to wait for another.

A production is a generator. It yields an event to tell it, and None when it has used the token up: it goes on when
`Source.token` is the one behind it.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import TypeVar

from posthouse.model.refusals import BadSyntax

from ...objects import Properties
from ...property_rows import Typed
from ...property_values import PropertyTag, PropertyType
from ..lexer import Budget, Property, Token
from ..markers import (
    RESERVED,
    Marker,
    MetaTagEcWarning,
    MetaTagFXDelProp,
    MetaTagIncrementalSyncMessagePartial,
    MetaTagIncrSyncGroupId,
    MetaTagNewFXFolder,
    Structure,
)
from .events import ErrorRead, Event

Result = TypeVar("Result")
Production = Generator[Event | None, None, Result]
Quiet = Generator[None, None, Result]
"""It tells nothing by itself."""

OBJECT_COST = 512
"""What it takes to keep a recipient, an attachment or a message, besides their properties."""
_META = frozenset(
    {
        MetaTagEcWarning,
        MetaTagFXDelProp,
        MetaTagIncrementalSyncMessagePartial,
        MetaTagIncrSyncGroupId,
        MetaTagNewFXFolder,
    }
)
_NOT_KEPT = frozenset({PropertyType.NULL, PropertyType.ERROR_CODE, PropertyType.SERVER_ID})


class Recover(Exception):
    """An errorInfo comes: what is being read is given up, as far as the next list of objects (2.2.4.3.4)."""


class Source:
    def __init__(self, budget: Budget) -> None:
        self.token: Token | None = None
        """None: the end of the stream."""
        self.budget = budget

    def failure(self, expected: str) -> Exception:
        """Why it does not go on: an errorInfo, or bad syntax."""
        return Recover() if self.token is Marker.FX_ERROR_INFO else BadSyntax(expected)

    def need(self, marker: Marker) -> Quiet[None]:
        if self.token is not marker:
            raise self.failure(marker.name)
        yield None

    def require(self, marker: Marker) -> None:
        """As `need`; the token is still to be used up."""
        if self.token is not marker:
            raise self.failure(marker.name)

    def is_meta(self, tag: PropertyTag) -> bool:
        return isinstance(self.token, Property) and self.token.tag == tag

    def number(self, tag: PropertyTag) -> Quiet[int]:
        """The value of this property, which must be next: 32 bits without a sign."""
        if not isinstance(self.token, Property) or self.token.tag != tag:
            raise self.failure(f"property {tag.id:04X}")
        value: int = self.token.value
        yield None
        return value & 0xFFFFFFFF

    def structure(self) -> Quiet[bytes]:
        """The only property of some elements."""
        if not isinstance(self.token, Property) or self.token.tag != Structure:
            raise self.failure("a structure")
        value: bytes = self.token.value
        yield None
        return value

    def property(self) -> Property | None:
        """The next token, if it is a property that is not about the stream itself."""
        token = self.token
        if not isinstance(token, Property) or token.tag in _META:
            return None
        return token

    def prop_list(self, internal: bool = False) -> Quiet[Properties]:
        found: Properties = {}
        while (token := self.property()) is not None:
            if is_kept(token, internal):
                found[token.key] = Typed(token.tag.type, token.value)
            yield None
        return found


def is_kept(token: Property, internal: bool = False) -> bool:
    """Not what the server alone sets, 0x6600 to 0x67FF (R2281), nor what is no property of an object, unless
    `internal`; nor values that tell nothing."""
    if token.tag.type in _NOT_KEPT:
        return False
    id_ = token.tag.id
    return internal or token.name is not None or not (0x6600 <= id_ <= 0x67FF or id_ in RESERVED or not id_)


def error_info(source: Source) -> Quiet[ErrorRead]:
    """errorInfo = FXErrorInfo propList"""
    yield None
    return ErrorRead((yield from source.structure()))
