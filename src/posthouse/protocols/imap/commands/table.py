"""The commands: word, grammar, state, and what they do to message sequence numbers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Flag
from typing import Any

from ..grammar import Parser
from .acl import parse_deleteacl, parse_getacl, parse_listrights, parse_myrights, parse_setacl
from .append import parse_append, parse_replace
from .authenticate import parse_authenticate
from .cancelupdate import parse_cancelupdate
from .capability import parse_capability
from .check import parse_check
from .close import parse_close, parse_unselect
from .comparator import parse_comparator
from .compress import parse_compress
from .copy import parse_copy, parse_move
from .create import parse_create
from .delete import parse_delete
from .enable import parse_enable
from .esearch import parse_esearch
from .expunge import parse_expunge, parse_uid_expunge
from .fetch import parse_fetch
from .id import parse_id
from .idle import parse_idle
from .language import parse_language
from .list import parse_list
from .login import parse_login
from .logout import parse_logout
from .lsub import parse_lsub, parse_rlsub
from .metadata import parse_getmetadata, parse_setmetadata
from .namespace import parse_namespace
from .noop import parse_noop
from .notify import parse_notify
from .quota import parse_getquota, parse_getquotaroot, parse_setquota
from .rename import parse_rename
from .rlist import parse_rlist
from .search import parse_search
from .select import parse_examine, parse_select
from .sort import parse_sort
from .starttls import parse_starttls
from .status import parse_status
from .store import parse_store
from .subscribe import parse_subscribe, parse_unsubscribe
from .thread import parse_thread
from .uidbatches import parse_uidbatches
from .unauthenticate import parse_unauthenticate
from .urlauth import parse_genurlauth, parse_resetkey, parse_urlfetch
from .xlist import parse_xlist


class State(Flag):
    """Of a connection (RFC 9051 §3); in the table, those in which a command is valid."""

    NOT_AUTHENTICATED = 1
    AUTHENTICATED = 2
    SELECTED = 4


ANY = State.NOT_AUTHENTICATED | State.AUTHENTICATED | State.SELECTED
NOT_AUTHENTICATED = State.NOT_AUTHENTICATED
AUTHENTICATED = State.AUTHENTICATED | State.SELECTED
SELECTED = State.SELECTED


@dataclass(frozen=True, slots=True)
class Row:
    name: bytes
    """Upper case, `UID FETCH` for the form by UID."""
    parse: Callable[[Parser], Any]
    """The arguments, from the space before them to the end, → the command's value; raises BadSyntax."""
    states: State
    uid: bool = False
    """Messages are named by UID."""
    by_number: bool = False
    """Messages are named by sequence number: not behind ENABLE UIDONLY (RFC 9586 §3.2)."""
    uses_sequence: bool = False
    """No EXPUNGE may be sent while it runs (RFC 9051 §7.5.1)."""
    breaks_sequence: bool = False
    """Sequence numbers are others behind it: a command behind it that uses them waits for it (RFC 9051 §5.5)."""
    carries_message: bool = False
    """It holds a message, which is passed on in chunks; `parse` reads up to that."""
    several: bool = False
    """It may hold more than one (RFC 3502)."""


def by_uid(row: Row, parse: Callable[[Parser], Any] | None = None) -> tuple[Row, Row]:
    """The command and its UID form, during which EXPUNGE may be sent. With a grammar of its own for that, as EXPUNGE
    has it, the command itself names no messages."""
    uid_form = replace(row, name=b"UID " + row.name, uid=True, uses_sequence=False, parse=parse or row.parse)
    return replace(row, by_number=parse is None), uid_form


_ROWS = (
    # RFC 9051 §6.1
    Row(b"CAPABILITY", parse_capability, ANY),
    Row(b"NOOP", parse_noop, ANY),
    Row(b"LOGOUT", parse_logout, ANY, breaks_sequence=True),
    Row(b"ID", parse_id, ANY),
    Row(b"LANGUAGE", parse_language, ANY),
    # §6.2
    Row(b"STARTTLS", parse_starttls, NOT_AUTHENTICATED),
    Row(b"AUTHENTICATE", parse_authenticate, NOT_AUTHENTICATED),
    Row(b"LOGIN", parse_login, NOT_AUTHENTICATED),
    # §6.3
    Row(b"ENABLE", parse_enable, AUTHENTICATED),
    Row(b"SELECT", parse_select, AUTHENTICATED, breaks_sequence=True),
    Row(b"EXAMINE", parse_examine, AUTHENTICATED, breaks_sequence=True),
    Row(b"CREATE", parse_create, AUTHENTICATED),
    Row(b"DELETE", parse_delete, AUTHENTICATED),
    Row(b"RENAME", parse_rename, AUTHENTICATED),
    Row(b"SUBSCRIBE", parse_subscribe, AUTHENTICATED),
    Row(b"UNSUBSCRIBE", parse_unsubscribe, AUTHENTICATED),
    Row(b"LIST", parse_list, AUTHENTICATED),
    Row(b"LSUB", parse_lsub, AUTHENTICATED),
    Row(b"XLIST", parse_xlist, AUTHENTICATED),
    Row(b"RLIST", parse_rlist, AUTHENTICATED),
    Row(b"RLSUB", parse_rlsub, AUTHENTICATED),
    Row(b"NAMESPACE", parse_namespace, AUTHENTICATED),
    Row(b"COMPARATOR", parse_comparator, AUTHENTICATED),
    Row(b"COMPRESS", parse_compress, AUTHENTICATED),
    Row(b"UNAUTHENTICATE", parse_unauthenticate, AUTHENTICATED, breaks_sequence=True),
    Row(b"STATUS", parse_status, AUTHENTICATED),
    Row(b"GETMETADATA", parse_getmetadata, AUTHENTICATED),
    Row(b"SETMETADATA", parse_setmetadata, AUTHENTICATED),
    Row(b"GETQUOTA", parse_getquota, AUTHENTICATED),
    Row(b"GETQUOTAROOT", parse_getquotaroot, AUTHENTICATED),
    Row(b"SETQUOTA", parse_setquota, AUTHENTICATED),
    Row(b"GENURLAUTH", parse_genurlauth, AUTHENTICATED),
    Row(b"RESETKEY", parse_resetkey, AUTHENTICATED),
    Row(b"URLFETCH", parse_urlfetch, AUTHENTICATED),
    Row(b"APPEND", parse_append, AUTHENTICATED, carries_message=True, several=True),
    Row(b"IDLE", parse_idle, AUTHENTICATED, breaks_sequence=True),
    # RFC 5465
    Row(b"NOTIFY", parse_notify, AUTHENTICATED, breaks_sequence=True),
    # RFC 4314 §3
    Row(b"SETACL", parse_setacl, AUTHENTICATED),
    Row(b"DELETEACL", parse_deleteacl, AUTHENTICATED),
    Row(b"GETACL", parse_getacl, AUTHENTICATED),
    Row(b"LISTRIGHTS", parse_listrights, AUTHENTICATED),
    Row(b"MYRIGHTS", parse_myrights, AUTHENTICATED),
    # §6.4
    Row(b"CHECK", parse_check, SELECTED),
    Row(b"CLOSE", parse_close, SELECTED, breaks_sequence=True),
    Row(b"UNSELECT", parse_unselect, SELECTED, breaks_sequence=True),
    *by_uid(Row(b"EXPUNGE", parse_expunge, SELECTED, breaks_sequence=True), parse_uid_expunge),
    *by_uid(Row(b"SEARCH", parse_search, SELECTED, uses_sequence=True)),
    *by_uid(Row(b"FETCH", parse_fetch, SELECTED, uses_sequence=True)),
    *by_uid(Row(b"STORE", parse_store, SELECTED, uses_sequence=True)),
    *by_uid(Row(b"COPY", parse_copy, SELECTED)),
    *by_uid(Row(b"MOVE", parse_move, SELECTED, breaks_sequence=True)),
    *by_uid(Row(b"REPLACE", parse_replace, SELECTED, breaks_sequence=True, carries_message=True)),
    # RFC 5256, RFC 5267, RFC 7377, RFC 10022
    *by_uid(Row(b"SORT", parse_sort, SELECTED, uses_sequence=True)),
    *by_uid(Row(b"THREAD", parse_thread, SELECTED, uses_sequence=True)),
    Row(b"ESEARCH", parse_esearch, AUTHENTICATED),
    Row(b"CANCELUPDATE", parse_cancelupdate, SELECTED),
    Row(b"UIDBATCHES", parse_uidbatches, SELECTED),
)

COMMANDS: dict[bytes, Row] = {row.name: row for row in _ROWS}
"""What is not in here is a BAD."""
