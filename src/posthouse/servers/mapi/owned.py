"""Messages that somebody has made in another's folder: EditOwned and DeleteOwned – [MS-OXCPERM] 2.2.7."""

from __future__ import annotations

from posthouse.database import Transaction
from posthouse.model.ids import MessageId
from posthouse.model.rights import Right, of_own_messages
from posthouse.store.creators import creator_of, made_by

from .logon import Logon


def rights_on_message(tx: Transaction, logon: Logon, rights: Right, message: MessageId) -> Right:
    """`rights`: on the folder that it is in."""
    mine = of_own_messages(rights)
    if mine == rights or not logon.creator or creator_of(tx, logon.mailbox.account, message) != logon.creator:
        return rights
    return mine


def permitted(
    tx: Transaction, logon: Logon, rights: Right, needed: Right, messages: list[MessageId]
) -> list[MessageId]:
    """Those of a folder's messages with which this client may do what needs these rights."""
    if not needed & ~rights:
        return messages
    if needed & ~of_own_messages(rights) or not logon.creator:
        return []
    return made_by(tx, logon.mailbox.account, messages, logon.creator)
