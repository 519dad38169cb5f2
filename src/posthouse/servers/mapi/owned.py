"""Messages that somebody has made in another's folder: EditOwned and DeleteOwned – [MS-OXCPERM] 2.2.7."""

from __future__ import annotations

from posthouse.database import Transaction
from posthouse.model.ids import MessageId
from posthouse.model.rights import Right, of_own_messages
from posthouse.store.creators import creator_of, made_by
from posthouse.store.objects import StoredMessage

from .logon import Logon


def rights_on_message(tx: Transaction, logon: Logon, rights: Right, message: StoredMessage) -> Right:
    """`rights`: on the folder that it is in. Associated messages say what is done with the folder (views, rules), and
    are changed by whoever may change its properties."""
    if message.is_associated:
        return rights if rights & Right.ADMINISTER else rights & ~Right.WRITE
    mine = of_own_messages(rights)
    if mine == rights or not logon.creator or creator_of(tx, logon.mailbox.account, message.id) != logon.creator:
        return rights
    return mine


def needed_to_make(*, associated: bool) -> Right:
    """A message in a folder."""
    return Right.INSERT | Right.ADMINISTER if associated else Right.INSERT


def permitted(
    tx: Transaction, logon: Logon, rights: Right, needed: Right, messages: list[MessageId]
) -> list[MessageId]:
    """Those of a folder's messages with which this client may do what needs these rights."""
    if not needed & ~rights:
        return messages
    if needed & ~of_own_messages(rights) or not logon.creator:
        return []
    return made_by(tx, logon.mailbox.account, messages, logon.creator)
