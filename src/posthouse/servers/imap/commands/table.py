"""From a command's name, as in the grammar's table, to its handler."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from posthouse.protocols.imap.events import MessageStart

from ..replies import Done
from .acl import deleteacl, getacl, listrights, myrights, setacl
from .append import append
from .cancelupdate import cancelupdate
from .capability import capability
from .close import close
from .comparator import comparator
from .compress import compress
from .copy import copy, move
from .create import create
from .delete import delete
from .enable import enable
from .esearch import esearch
from .expunge import expunge
from .fetch import fetch
from .id import id_
from .idle import idle
from .language import language
from .list import list_, lsub
from .login import authenticate, login
from .logout import logout
from .metadata import getmetadata, setmetadata
from .namespace import namespace
from .noop import noop
from .notify import notify
from .quota import getquota, getquotaroot, setquota
from .rename import rename
from .replace import replace, uid_replace
from .search import search
from .select import select
from .sort import sort
from .starttls import starttls
from .status import status
from .store import store
from .subscribe import subscribe
from .thread import thread
from .uidbatches import uidbatches
from .unauthenticate import unauthenticate
from .urlauth import genurlauth, resetkey, urlfetch
from .xlist import xlist

Handler = Callable[[Any, Any], Awaitable[Done | None]]
"""From the session and the command's value to its tagged response; None when the handler has given it."""


class ForMessages(Protocol):
    """A handler of a command that names messages, by number or by UID."""

    def __call__(self, session: Any, command: Any, by_uid: bool) -> Awaitable[Done | None]: ...


def by_number(handler: ForMessages) -> Handler:
    return lambda session, command: handler(session, command, False)


def by_uid(handler: ForMessages) -> Handler:
    return lambda session, command: handler(session, command, True)


HANDLERS: dict[bytes, Handler] = {
    b"CAPABILITY": capability,
    b"NOOP": noop,
    b"LOGOUT": logout,
    b"ID": id_,
    b"LANGUAGE": language,
    b"STARTTLS": starttls,
    b"AUTHENTICATE": authenticate,
    b"LOGIN": login,
    b"ENABLE": enable,
    b"SELECT": select,
    b"EXAMINE": select,
    b"CREATE": create,
    b"DELETE": delete,
    b"RENAME": rename,
    b"SUBSCRIBE": subscribe,
    b"UNSUBSCRIBE": subscribe,
    b"LIST": list_,
    b"LSUB": lsub,
    b"XLIST": xlist,
    b"RLIST": list_,
    b"RLSUB": lsub,
    b"NAMESPACE": namespace,
    b"COMPARATOR": comparator,
    b"COMPRESS": compress,
    b"UNAUTHENTICATE": unauthenticate,
    b"STATUS": status,
    b"GETMETADATA": getmetadata,
    b"SETMETADATA": setmetadata,
    b"GETQUOTA": getquota,
    b"GETQUOTAROOT": getquotaroot,
    b"SETQUOTA": setquota,
    b"GENURLAUTH": genurlauth,
    b"RESETKEY": resetkey,
    b"URLFETCH": urlfetch,
    b"IDLE": idle,
    b"NOTIFY": notify,
    b"SETACL": setacl,
    b"DELETEACL": deleteacl,
    b"GETACL": getacl,
    b"LISTRIGHTS": listrights,
    b"MYRIGHTS": myrights,
    b"CHECK": noop,
    b"CLOSE": close,
    b"UNSELECT": close,
    b"EXPUNGE": expunge,
    b"UID EXPUNGE": expunge,
    b"SEARCH": by_number(search),
    b"UID SEARCH": by_uid(search),
    b"FETCH": by_number(fetch),
    b"UID FETCH": by_uid(fetch),
    b"STORE": by_number(store),
    b"UID STORE": by_uid(store),
    b"COPY": by_number(copy),
    b"UID COPY": by_uid(copy),
    b"MOVE": by_number(move),
    b"UID MOVE": by_uid(move),
    b"SORT": by_number(sort),
    b"UID SORT": by_uid(sort),
    b"THREAD": by_number(thread),
    b"UID THREAD": by_uid(thread),
    b"CANCELUPDATE": cancelupdate,
    b"UIDBATCHES": uidbatches,
    b"ESEARCH": esearch,
}
"""All but those which carry a message."""

CARRYING: dict[bytes, Callable[[Any, MessageStart], Awaitable[Done | None]]] = {
    b"APPEND": append,
    b"REPLACE": replace,
    b"UID REPLACE": uid_replace,
}
"""The message arrives while they are carried out."""
