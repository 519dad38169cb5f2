"""XLIST: a LIST whose special uses have the names of the time before RFC 6154. INBOX is one of them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from posthouse.protocols.imap.commands.list import List

from ..listing import joined, listed, read_tree
from ..replies import COMPLETED, Done

if TYPE_CHECKING:
    from ..session import Session

NAMES = {b"\\Junk": b"\\Spam", b"\\All": b"\\AllMail", b"\\Flagged": b"\\Starred"}
"""The others are called the same."""


async def xlist(session: Session, command: List) -> Done:
    tree = await session.store.read(read_tree, session.places, joined(command.reference, command.patterns))
    for one in listed(tree, command):
        attributes = [NAMES.get(attribute, attribute) for attribute in one.attributes]
        if one.path == "INBOX":
            attributes.append(b"\\Inbox")
        session.connection.write(replace(one, attributes=attributes, word=b"XLIST").format(session.utf8))
    return COMPLETED
