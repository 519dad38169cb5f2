"""Whatever has properties: folders, messages, attachments, the mailbox itself – [MS-OXCPRPT] 3.1.4."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import TracebackType
from typing import Any, Self

from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.error_codes import ErrorCode
from posthouse.protocols.mapi.property_rows import Missing, read_row
from posthouse.protocols.mapi.property_values import PropertyTag, PropertyType, TaggedValue
from posthouse.protocols.mapi.reader import Reader
from posthouse.protocols.mapi.rops.property import (
    PropertyProblem,
    RopDeletePropertiesRequest,
    RopDeletePropertiesResponse,
    RopGetPropertiesAllRequest,
    RopGetPropertiesAllResponse,
    RopGetPropertiesListRequest,
    RopGetPropertiesListResponse,
    RopGetPropertiesSpecificRequest,
    RopGetPropertiesSpecificResponse,
    RopSetPropertiesRequest,
    RopSetPropertiesResponse,
)
from posthouse.protocols.mapi.rops.stream import StreamOpenMode

from .errors import PropertiesFailed
from .names import NO_PROPERTY, AnyTag, Link
from .refs import Ref
from .streams import PropertyStream, open_stream

STREAMED = (PropertyType.STRING, PropertyType.BINARY)
LARGE = 8 * 1024
"""Bytes of a value that goes by a stream of its own."""
TOGETHER = 24 * 1024
"""Bytes of values that are set in one request."""


class Holder:
    """`with` releases it at the server."""

    def __init__(self, link: Link, ref: Ref) -> None:
        self.link, self.ref = link, ref

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """The server forgets the object with the next request; what was not saved is lost."""
        self.link.session.release(self.ref)

    # reading

    async def get(self, *wanted: AnyTag) -> list[Any]:
        """Their values, however large; None where there is none."""
        known = await self.link.tags(wanted)
        asked = tuple(dict.fromkeys(tag for tag in known if tag.id != NO_PROPERTY))
        if not asked:
            return [None] * len(known)
        response = await self.link.session.get(
            lambda at: RopGetPropertiesSpecificRequest(0, at(self.ref), 0, True, asked),
            RopGetPropertiesSpecificResponse,
        )
        cells = read_row(Reader(response.row), asked)
        found = {tag: await self._whole(tag, cell) for tag, cell in zip(asked, cells, strict=True)}
        return [found.get(tag) for tag in known]

    async def value(self, tag: AnyTag) -> Any:
        [found] = await self.get(tag)
        return found

    async def all(self) -> dict[PropertyTag, Any]:
        """All that there are. Of named ones `link.names` tells the names."""
        response = await self.link.session.get(
            lambda at: RopGetPropertiesAllRequest(0, at(self.ref), 0, True), RopGetPropertiesAllResponse
        )
        values = response.property_values
        found = {tag: value for tag, value in values if tag.type != PropertyType.ERROR_CODE}
        large = {tag.id for tag, value in values if (tag.type, value) == (PropertyType.ERROR_CODE, ErrorCode.ecMemory)}
        if large:
            wanted = [tag for tag in await self.tags() if tag.id in large and tag.type in STREAMED]
            found |= {tag: await self._streamed(tag) for tag in wanted}
        return found

    async def tags(self) -> list[PropertyTag]:
        """Of all that there are."""
        response = await self.link.session.get(
            lambda at: RopGetPropertiesListRequest(0, at(self.ref)), RopGetPropertiesListResponse
        )
        return list(response.property_tags)

    async def _whole(self, tag: PropertyTag, cell: Any) -> Any:
        if not isinstance(cell, Missing):
            return cell
        if cell.error != ErrorCode.ecMemory or tag.type not in STREAMED:
            return None
        return await self._streamed(tag)

    async def _streamed(self, tag: PropertyTag) -> str | bytes:
        with await self.open_stream(tag) as stream:
            return _as_value(tag, await stream.read())

    async def open_stream(self, tag: AnyTag, mode: StreamOpenMode = StreamOpenMode.READ_ONLY) -> PropertyStream:
        [known] = await self.link.tags([tag], create=mode is not StreamOpenMode.READ_ONLY)
        return await open_stream(self.link, self.ref, known, mode)

    # writing

    async def set(self, values: Mapping[AnyTag, Any]) -> None:
        """Texts as str, moments as `file_time` counts, flags as bool. Kept by folders at once, by messages and
        attachments when they are saved. Raises PropertiesFailed."""
        known = await self.link.tags(list(values), create=True)
        small: list[TaggedValue] = []
        for tag, value in zip(known, values.values(), strict=True):
            if tag.type in STREAMED and (raw := _as_bytes(value)) is not None and len(raw) > LARGE:
                await self.write_whole(tag, raw)
            else:
                small.append(TaggedValue(tag, value))
        for some in _together(small):
            await self._set(some)

    async def _set(self, values: tuple[TaggedValue, ...]) -> None:
        response = await self.link.session.get(
            lambda at: RopSetPropertiesRequest(0, at(self.ref), values), RopSetPropertiesResponse
        )
        _check(response.property_problems)

    async def write_whole(self, tag: PropertyTag, data: bytes) -> None:
        """By a stream; texts as UTF-16."""
        with await self.open_stream(tag, StreamOpenMode.CREATE) as stream:
            await stream.write(data)
            await stream.commit()

    async def delete(self, *unwanted: AnyTag) -> None:
        """Raises PropertiesFailed."""
        known = tuple(tag for tag in await self.link.tags(unwanted) if tag.id != NO_PROPERTY)
        response = await self.link.session.get(
            lambda at: RopDeletePropertiesRequest(0, at(self.ref), known), RopDeletePropertiesResponse
        )
        _check(response.property_problems)


def _together(values: list[TaggedValue]) -> Iterator[tuple[TaggedValue, ...]]:
    some: list[TaggedValue] = []
    size = 0
    for value in values:
        size += len(value.format())
        if some and size > TOGETHER:
            yield tuple(some)
            some, size = [], len(value.format())
        some.append(value)
    if some:
        yield tuple(some)


def _as_bytes(value: Any) -> bytes | None:
    """As a stream has it: texts without a NUL ([MS-OXCPRPT] 2.2.14)."""
    if isinstance(value, str):
        return value.encode("utf-16-le", "replace")
    return value if isinstance(value, bytes) else None


def _as_value(tag: PropertyTag, data: bytes) -> str | bytes:
    if tag.type != PropertyType.STRING:
        return data
    return data.decode("utf-16-le", "replace").removesuffix("\0")


def _check(problems: tuple[PropertyProblem, ...]) -> None:
    if problems:
        raise PropertiesFailed(
            {tags.NAMES.get(one.property_tag) or f"{one.property_tag.id:#06x}": one.error_code for one in problems}
        )
