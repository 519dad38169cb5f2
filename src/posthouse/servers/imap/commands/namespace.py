"""NAMESPACE – RFC 9051 §6.3.10, RFC 2342."""

from __future__ import annotations

from typing import TYPE_CHECKING

from posthouse.database import Transaction
from posthouse.model.ids import AccountId
from posthouse.protocols.imap.commands.namespace import Namespace
from posthouse.protocols.imap.responses import format_namespace
from posthouse.store.folders import PUBLIC, SEPARATOR

from ..languages import namespaces
from ..places import PUBLIC_PREFIX, USERS_PREFIX, Places
from ..replies import COMPLETED, Done

if TYPE_CHECKING:
    from ..session import Session


async def namespace(session: Session, command: Namespace) -> Done:
    """Others' are shown where there are any to see."""
    owners = await session.store.read(_owners, session.places)
    others = [(USERS_PREFIX, SEPARATOR)] if owners - {PUBLIC} else []
    public = [(PUBLIC_PREFIX, SEPARATOR)] if PUBLIC in owners else []
    translations = namespaces(session.connection.language)
    session.connection.write(format_namespace([("", SEPARATOR)], others, public, session.utf8, translations))
    return COMPLETED


def _owners(tx: Transaction, places: Places) -> set[AccountId]:
    return {account for account in places.owners(tx) if any(places.visible(tx, account))}
