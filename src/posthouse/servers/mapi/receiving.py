"""In which folder messages of a class arrive – [MS-OXCSTOR] 2.2.1.2 to 2.2.1.4.

A class goes where the longest entry says of which it is a subclass. A mailbox begins with four entries, which are not
kept as long as nobody changes them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from posthouse.database import Transaction
from posthouse.model.ids import FolderId
from posthouse.model.refusals import FolderNotFound, LimitReached
from posthouse.store.receive_folders import INBOXED, NOWHERE, Receiver, receive_folders, set_receive_folder

from .errors import ErrorCode, RopError
from .logon import Mailbox
from .special_folders import Special

CLASS_MAX = 255
"""Bytes of a message class, with its NUL."""
ENTRIES: Mapping[str, Special] = {
    "": Special.INBOX,
    "IPM": Special.INBOX,
    "REPORT.IPM": Special.INBOX,
    "IPC": Special.ROOT,
}
"""As a new mailbox has them (3.2.3)."""
_CLASS = re.compile(rb"(?!\.)(?:[\x20-\x2d\x2f-\x7e]|\.(?!\.|$))*")


def checked_class(message_class: bytes) -> str:
    """In capital letters; ecInvalidParameter for what is none (2.2.1.2.1)."""
    if len(message_class) >= CLASS_MAX or not _CLASS.fullmatch(message_class):
        raise RopError(ErrorCode.ecInvalidParameter)
    return message_class.upper().decode("ascii")


def entries(tx: Transaction, mailbox: Mailbox) -> dict[str, Receiver]:
    """The table, by message class. Where messages go is no stranger's business."""
    if mailbox.stranger:
        return {}
    first = {name: Receiver(mailbox.folders[special], mailbox.created) for name, special in ENTRIES.items()}
    found = first | receive_folders(tx, mailbox.account)
    return {name: receiver for name, receiver in found.items() if receiver.folder != NOWHERE}


def receiver_of(table: Mapping[str, Receiver], message_class: str, inbox: FolderId) -> tuple[str, FolderId]:
    """The entry that decides, and its folder."""
    wanted = message_class
    while wanted and wanted not in table:
        wanted = wanted.rpartition(".")[0]
    return (wanted, table[wanted].folder) if wanted in table else ("", inbox)


def set_receiver(tx: Transaction, mailbox: Mailbox, message_class: str, folder: FolderId, now: int) -> None:
    """`folder` 0: the entry goes away (3.2.5.3)."""
    if not mailbox.owner or message_class in INBOXED:
        raise RopError(ErrorCode.ecAccessDenied)  # R859
    if not message_class and folder == NOWHERE:
        raise RopError(ErrorCode.ecError)  # R860
    try:
        set_receive_folder(tx, mailbox.account, message_class, folder, now, known=message_class in ENTRIES)
    except FolderNotFound:
        raise RopError(ErrorCode.ecNotFound) from None
    except LimitReached:
        raise RopError(ErrorCode.ecQuotaExceeded) from None
