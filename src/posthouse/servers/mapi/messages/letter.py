"""A message that is ready to go, in the forms in which it goes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from posthouse.delivery.origin import Origin
from posthouse.delivery.recipients import Accepted
from posthouse.model.address import Address
from posthouse.protocols.mapi.mime.header_out import Writing
from posthouse.protocols.mapi.mime.unsaid import unsaid
from posthouse.protocols.mapi.objects import Message
from posthouse.protocols.mapi.stored_form import format_stored
from posthouse.store.intake import INLINE
from posthouse.store.objects import Form

from .bounces import Refused
from .reading import ONLY_FLAGS


@dataclass(frozen=True, slots=True)
class Letter:
    origin: Origin
    sender: Address
    accepted: Sequence[Accepted]
    refused: Sequence[Refused]
    data: bytes
    form: Form | None
    """What mailboxes of this hub keep beside it, for MIME does not tell it."""
    release: int
    """When it is to go, in seconds since 1970; 0: now."""
    beside: Letter | None = None
    """The same for those who take TNEF, where not all do. Both go, or neither."""


def form_beside(tree: Message, data: bytes, writing: Writing) -> Form | None:
    """What mailboxes keep beside these bytes of it; not what is too much to be in a row."""
    found = unsaid(tree, data, writing)
    if found is None:
        return None
    forms = (Form(False, format_stored(one), groups=ONLY_FLAGS) for one in (found, Message(found.properties)))
    return next((form for form in forms if len(form.data) <= INLINE), None)


def is_rich(one: Accepted, wanting: frozenset[str]) -> bool:
    """Whether TNEF goes there: not to mailboxes of this hub, be it by an alias."""
    return not one.accounts and str(one.recipient.address).lower() in wanting


def with_rich_form(letter: Letter, rich: Sequence[Accepted], data: bytes) -> Letter:
    """`data`: with TNEF, for these."""
    chosen = {one.recipient.address for one in rich}
    others = [one for one in letter.accepted if one.recipient.address not in chosen]
    if not others:
        return replace(letter, data=data)
    if letter.release:
        return letter
    return replace(letter, accepted=others, beside=Letter(letter.origin, letter.sender, rich, (), data, None, 0))
