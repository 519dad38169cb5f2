"""LIST and LSUB – RFC 9051 §6.3.9, RFC 5258, RFC 5819 (LIST-STATUS), RFC 6154, RFC 9590 (LIST-METADATA),
RFC 3501 §6.3.9; RLIST and RLSUB – RFC 2193 §5."""

from __future__ import annotations

from typing import TYPE_CHECKING

from posthouse.model.rights import Right
from posthouse.protocols.imap.commands.list import List, ReturnOption, SelectOption
from posthouse.protocols.imap.commands.lsub import Lsub
from posthouse.protocols.imap.responses import format_list, format_myrights

from ..listing import joined, listed, read_tree
from ..listing import lsub as listed_lsub
from ..replies import COMPLETED, Done
from .metadata import metadata_of
from .status import status_response

if TYPE_CHECKING:
    from ..session import Session


async def list_(session: Session, command: List) -> Done:
    if command.patterns == ("",) and not command.extended:  # a question for the delimiter
        session.connection.write(format_list([b"\\Noselect"], ""))
        return COMPLETED
    patterns, remote = joined(command.reference, command.patterns), SelectOption.REMOTE in command.select
    tree = await session.store.read(read_tree, session.places, patterns, remote)
    out: list[bytes] = []
    for one in listed(tree, command):
        out.append(one.format(session.utf8))
        here = one.folder is not None and one.path not in tree.remote
        if here and one.folder and command.status and tree.rights(one.path) & Right.READ:
            out.append(await status_response(session, one.path, one.folder, command.status))
        if ReturnOption.MYRIGHTS in command.returns and one.folder is not None:
            out.append(format_myrights(one.path, tree.rights(one.path), session.utf8))
        if command.metadata and here:
            out.append(await metadata_of(session, one.path, command.metadata))
    session.connection.write(b"".join(out))
    return COMPLETED


async def lsub(session: Session, command: Lsub) -> Done:
    patterns = joined(command.reference, (command.pattern,))
    tree = await session.store.read(read_tree, session.places, patterns, command.remote)
    out = [one.format(session.utf8) for one in listed_lsub(tree, command.reference, command.pattern)]
    session.connection.write(b"".join(out))
    return COMPLETED
