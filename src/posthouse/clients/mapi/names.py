"""Names of properties, and the ids that the mailbox has given them – [MS-OXCPRPT] 2.2.12, 2.2.13."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from posthouse.protocols.mapi.identifiers import ObjectId
from posthouse.protocols.mapi.named_tags import NamedTag
from posthouse.protocols.mapi.property_names import PropertyName
from posthouse.protocols.mapi.property_values import PropertyTag
from posthouse.protocols.mapi.rops.named_property import (
    PropertyIdsFlags,
    RopGetNamesFromPropertyIdsRequest,
    RopGetNamesFromPropertyIdsResponse,
    RopGetPropertyIdsFromNamesRequest,
    RopGetPropertyIdsFromNamesResponse,
)

from .refs import Ref
from .session import Session

AnyTag = PropertyTag | NamedTag
NO_PROPERTY = 0


@dataclass(slots=True)
class Link:
    """A logon to one mailbox: what all objects in it share. An id, once given, stays."""

    session: Session
    logon: Ref
    sent_items: ObjectId
    """Where what is sent is kept."""
    _ids: dict[PropertyName, int] = field(default_factory=dict)

    async def ids(self, names: Sequence[PropertyName], *, create: bool = False) -> list[int]:
        """0: there is none, and none was to be made."""
        unknown = tuple(dict.fromkeys(name for name in names if name not in self._ids))
        if unknown:
            flags = PropertyIdsFlags.CREATE if create else PropertyIdsFlags(0)
            response = await self.session.get(
                lambda at: RopGetPropertyIdsFromNamesRequest(0, at(self.logon), flags, unknown),
                RopGetPropertyIdsFromNamesResponse,
            )
            self._ids |= {name: id for name, id in zip(unknown, response.property_ids, strict=True) if id}
        return [self._ids.get(name, NO_PROPERTY) for name in names]

    async def names(self, *ids: int) -> list[PropertyName | None]:
        """None: nobody has named it."""
        response = await self.session.get(
            lambda at: RopGetNamesFromPropertyIdsRequest(0, at(self.logon), ids), RopGetNamesFromPropertyIdsResponse
        )
        return list(response.property_names)

    async def tags(self, wanted: Sequence[AnyTag], *, create: bool = False) -> list[PropertyTag]:
        """As this mailbox knows them; a name without an id has the id 0."""
        named = [tag.name for tag in wanted if isinstance(tag, NamedTag)]
        ids = iter(await self.ids(named, create=create) if named else [])
        return [PropertyTag(next(ids), tag.type) if isinstance(tag, NamedTag) else tag for tag in wanted]
