"""One client's session – RFC 9051 §3, §5.

Invariants
- One command at a time, in the order in which they came, so pipelining needs no other care (§5.5).
- News is taken in and told at the end of a command, during IDLE and, if NOTIFY asks for it, between commands: sequence
  numbers never shift while a command runs. EXPUNGE is held back behind FETCH, STORE and SEARCH by number (§7.5.1).
- What a command answers is true of a committed state: a `write` returns when it is on disk, and only then we speak.
- No lock of the store is held while we write to the client or wait for it.
- The folder may be gone at any moment: whoever finds that out ends its selection.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Concatenate, ParamSpec, TypeVar

from posthouse.database import Transaction
from posthouse.directory import Login
from posthouse.model.ids import AccountId
from posthouse.model.refusals import BadSyntax, Refusal
from posthouse.model.rights import Right
from posthouse.net.errors import ConnectionLost, StreamError, TimedOut
from posthouse.net.stream import Stream
from posthouse.protocols.imap import codes
from posthouse.protocols.imap.charsets import ADVERTISED, BadCharset
from posthouse.protocols.imap.commands.table import (
    AUTHENTICATED,
    COMMANDS,
    NOT_AUTHENTICATED,
    SELECTED,
    Row,
    State,
)
from posthouse.protocols.imap.events import Command, Continue, Event, MessageStart, Overrun, Rejected
from posthouse.protocols.imap.grammar import Parser
from posthouse.protocols.imap.responses import format_continuation
from posthouse.protocols.imap.sequence import SequenceSet
from posthouse.servers.login import Channel
from posthouse.store.annotations import NoSuchPart
from posthouse.store.comparators import Comparator

from .announcing import LARGE, announce, announce_metadata, tell_news, tell_of_others, tell_unasked
from .commands.close import leave
from .commands.table import CARRYING, HANDLERS
from .connection import Connection
from .languages import DEFAULT
from .limits import with_limit
from .metadata_news import MetadataNews
from .notifying.interest import BEFORE_NOTIFY, Interest
from .notifying.listening import Notifications
from .notifying.watch import as_own
from .places import Place, Places
from .progress import UnderWay
from .refusals import refusal_code
from .replies import Broken, Done, Goodbye, UidRequired
from .selected import Selected
from .updates import format_limits

if TYPE_CHECKING:
    from .server import ImapServer

P = ParamSpec("P")
T = TypeVar("T")

ANSWERED_ALIKE = frozenset((b"LIST", b"LSUB", b"XLIST", b"STATUS", b"GETMETADATA"))
"""Their answers look like notifications, which therefore come behind."""


class Session:
    __slots__ = (
        *("began", "channel", "comparator", "connection", "cut", "enabled", "ended", "errors", "heard", "log", "login"),
        *("metadata", "notifications", "places", "selected", "server", "store", "tag"),
    )

    def __init__(self, server: ImapServer, stream: Stream) -> None:
        self.server = server
        self.store = server.store
        self.connection = Connection(stream, server.settings)
        self.channel = Channel.of(stream.peer.host, stream.tls)
        self.login: Login | None = None
        self.places: Places
        """What mailbox names mean, from the login on."""
        self.began = time.monotonic()
        self.enabled: set[str] = set()
        self.comparator = Comparator.UNICODE_CASEMAP
        """Of searches (RFC 5255 §4)."""
        self.selected: Selected | None = None
        self.metadata = MetadataNews()
        self.notifications: Notifications | None = None
        """None: NOTIFY was not said yet."""
        self.tag = b"*"
        """Of the command under way."""
        self.cut = 0
        """The UID down to which it has worked, for it may not work on more messages (RFC 9738); 0: it has on all."""
        self.heard = 0.0
        """When its client has last heard of it, in the loop's time."""
        self.errors = 0
        """Commands in a row that were none."""
        self.ended = False
        """LOGOUT has been answered."""
        self.log = server.log.bind(peer=str(stream.peer))

    # what handlers ask
    @property
    def state(self) -> State:
        if self.login is None:
            return State.NOT_AUTHENTICATED
        return State.AUTHENTICATED if self.selected is None else State.SELECTED

    @property
    def account(self) -> AccountId:
        if self.login is None:
            raise RuntimeError("nobody has logged in")
        return self.login.account

    @property
    def address(self) -> str:
        """Whose account it is."""
        return self.login.address if self.login is not None else ""

    @property
    def is_admin(self) -> bool:
        """Also while an administrator acts for another account."""
        return self.login is not None and (self.login.admin or bool(self.login.authenticated))

    @property
    def folder(self) -> Selected:
        """The selected folder; the table of commands sees to it that there is one."""
        if self.selected is None:
            raise RuntimeError("no folder is selected")
        return self.selected

    @property
    def rev2(self) -> bool:
        """Whether the client speaks IMAP4rev2 (RFC 9051 §6.3.1)."""
        return "IMAP4REV2" in self.enabled

    @property
    def utf8(self) -> bool:
        """Whether the client takes names and strings in UTF-8 (RFC 9051 §5.1, RFC 6855 §3)."""
        return self.rev2 or "UTF8=ACCEPT" in self.enabled

    @property
    def interest(self) -> Interest:
        """What of the selected folder is told."""
        return BEFORE_NOTIFY if self.notifications is None else self.notifications.interest

    async def place(self, name: str) -> Place:
        """The folder of that name, with the rights on it; within a transaction of one's own, `places.find`."""
        return await self.store.read(self.places.find, name)

    def capabilities(self) -> list[str]:
        server = self.server
        if self.login is not None:
            return server.capabilities.after_login
        return server.capabilities.before_login(
            starttls=not self.connection.encrypted and server.tls() is not None,
            plaintext=server.authenticator.plaintext_allowed(self.channel),
            mechanisms=server.authenticator.mechanisms(self.channel),
        )

    async def write(self, fn: Callable[Concatenate[Transaction, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Change the store, such that it is no news to this session (RFC 5465 §5)."""
        watch = None if self.notifications is None else self.notifications.watch
        if watch is None:
            return await self.store.write(fn, *args, **kwargs)
        result, spans = await self.store.write(as_own, watch.accounts, lambda tx: fn(tx, *args, **kwargs))
        watch.on_own(spans)
        return result

    def on_placed(self, place: Place, uids: Iterable[int]) -> None:
        """Messages that the client has put there."""
        selected = self.selected
        if selected is not None and (selected.account, selected.folder) == (place.account, place.folder.id):
            selected.placed.update(uids)

    async def loaded(self, messages: SequenceSet | None = None, by_uid: bool = False) -> Selected:
        """The selected folder with the UIDs that are needed for these messages; without any, all of them."""
        selected = self.folder
        low, least = selected.reach(messages, by_uid)
        if low:
            view = selected.view
            few = min(view.exists, view.next_uid - low) <= LARGE
            door = self.store.read if few else self.store.scan
            with UnderWay(self):
                view.absorb(await door(view.look, selected.account, selected.folder, low, least))
        return selected

    # the session's life
    async def run(self) -> None:
        try:
            self._greet()
            while not self.ended and (event := await self._next_command()) is not None:
                await self._on_event(event)
        except Goodbye as bye:
            self.connection.untagged(b"BYE", bye.text, bye.code)
            await self.connection.stream.finish()
        except TimedOut:
            self.connection.untagged(b"BYE", "Autologout; idle for too long")
        except Broken as broken:
            self.log.error("answer broke off", broken.__cause__)
            self.connection.stream.abort()
        except ConnectionLost:
            self.log.debug("lost")
        finally:
            self._stop_notifications()

    async def _next_command(self) -> Event | None:
        listening = self.notifications is not None and self.notifications.listening
        return await self.connection.next_command(self._patience(), self._on_news if listening else None)

    async def _on_news(self, hinted: bool) -> None:
        """Between commands, after NOTIFY."""
        await tell_unasked(self, expunge=not self.interest.delayed, hinted=hinted)

    def _stop_notifications(self) -> None:
        if self.notifications is not None:
            self.notifications.stop()
        self.notifications = None

    def _greet(self) -> None:
        capability = codes.capability(self.capabilities())
        self.connection.untagged(b"OK", f"{self.server.hostname} ready", capability)

    def _patience(self) -> float:
        """Who trickles bytes before login gains no time by it."""
        settings = self.server.settings
        if self.login is not None:
            return settings.idle_timeout
        return self.began + settings.login_timeout - time.monotonic()

    async def _on_event(self, event: Event) -> None:
        if isinstance(event, Command):
            await self._on_command(event)
        elif isinstance(event, Continue):
            self.connection.write(format_continuation())
        elif isinstance(event, MessageStart):
            await self._on_message(event)
        elif isinstance(event, Rejected):
            self._reply(event.tag, b"", self._bad(event.text, event.code))
        elif isinstance(event, Overrun):
            raise Goodbye(event.text, event.code)

    async def _on_command(self, event: Command) -> None:
        began = time.perf_counter()
        await self._begin(event.tag)
        row = COMMANDS.get(event.name)
        done = await self._carry_out(row, event)
        late = row is None or row.name in ANSWERED_ALIKE
        if row is not None and self.selected is not None:
            removed = row.breaks_sequence and row.states == SELECTED
            await announce(self, expunge=not row.uses_sequence, removed=removed)
        if not late:
            await tell_of_others(self)
        await announce_metadata(self)
        if done is not None:
            if done.tells_modseq and self.qresync and self.selected is not None:
                done = replace(done, code=codes.highestmodseq(self.selected.view.modseq))
            self._reply(event.tag, event.name, with_limit(self, done))
        if late:
            await tell_of_others(self)
        if self.log.debugging:
            self._note(event.name, done, began)

    async def _on_message(self, event: MessageStart) -> None:
        began = time.perf_counter()
        await self._begin(event.tag)
        row = COMMANDS[event.name]
        done = self._misplaced(row) or await self._guarded(row.name, CARRYING[row.name](self, event))
        self.connection.receiver.discard()
        await tell_news(self, expunge=True, removed=row.states == SELECTED)
        if done is not None:
            self._reply(event.tag, row.name, done)
        if self.log.debugging:
            self._note(row.name, done, began)

    async def _begin(self, tag: bytes) -> None:
        self.tag = tag
        self.cut = 0
        self.heard = asyncio.get_running_loop().time()
        if self.selected is not None and self.selected.account != self.account:
            await self.look_at_rights(self.selected)

    async def _carry_out(self, row: Row | None, event: Command) -> Done | None:
        if row is None:
            return self._bad(f"Unknown command {event.name.decode()}")
        return self._misplaced(row) or await self._guarded(row.name, self._parse_and_handle(row, event))

    def _misplaced(self, row: Row) -> Done | None:
        """Why the command is none that can be given now."""
        if row.name in self.server.capabilities.unknown_commands:
            return self._bad(f"Unknown command {row.name.decode()}")
        if row.name not in VALID[self.state]:
            return self._bad(_wrong_state(row.states))
        return self._uid_required() if row.by_number and self.uid_only else None

    def _uid_required(self) -> Done:
        return self._bad("Message numbers are not allowed behind ENABLE UIDONLY", codes.UIDREQUIRED)

    async def _parse_and_handle(self, row: Row, event: Command) -> Done | None:
        value = row.parse(Parser(event.text, event.args, self.connection.receiver.utf8, self.server.capabilities.off))
        self.errors = 0
        return await HANDLERS[row.name](self, value)

    async def _guarded(self, name: bytes, handling: Awaitable[Done | None]) -> Done | None:
        """The three origins of a no: their bytes, our answer, our fault."""
        try:
            return await handling
        except BadCharset:
            return Done("That charset is not known", codes.badcharset(ADVERTISED), b"NO")
        except BadSyntax as error:
            return self._bad(f"{name.decode()}: expected {error.expected}")
        except UidRequired:
            return self._uid_required()
        except NoSuchPart as refusal:  # RFC 5257 §3.2.1
            return self._bad(str(refusal))
        except Refusal as refusal:
            self.log.debug("refused", command=name.decode(), reason=str(refusal))
            return Done(str(refusal), refusal_code(refusal), b"NO")
        except (StreamError, Goodbye, Broken):
            raise
        except Exception as error:
            self.log.error("fault", error, command=name.decode())
            return Done("Internal error", codes.SERVERBUG, b"NO")

    def _bad(self, text: str, code: bytes = b"") -> Done:
        """Too many in a row are no client's but a port scanner's, or a peer's of another protocol."""
        self.errors += 1
        settings = self.server.settings
        if self.errors > (settings.max_errors_before_login if self.login is None else settings.max_errors):
            raise Goodbye("Too many errors")
        return Done(text, code, b"BAD")

    def _reply(self, tag: bytes, name: bytes, done: Done) -> None:
        self.connection.reply(tag, name, done)

    def _note(self, name: bytes, done: Done | None, began: float) -> None:
        status = "" if done is None else done.status.decode()
        self.log.debug("command", name=name.decode(), status=status, ms=(time.perf_counter() - began) * 1000)

    # the selected folder
    async def look_at_rights(self, selected: Selected) -> bool:
        """In another's folder they may change at any moment (RFC 4314 §5.1.1). Whether it may still be read."""
        rights = await self.store.read(self.places.rights_on, selected.account, selected.folder)
        if not rights & Right.READ:
            self.lose_folder("The selected mailbox is not accessible any more")
            return False
        if rights != selected.rights:
            selected.rights = rights
            self.connection.write(format_limits(selected))
        return True

    def lose_folder(self, text: str) -> None:
        """It was deleted, or may not be read any more.

        IMAP4rev2 has a word for that (RFC 9051 §7.1 CLOSED), IMAP4rev1 only a goodbye."""
        leave(self)
        if not self.rev2:
            raise Goodbye(text)
        self.connection.untagged(b"OK", text, codes.CLOSED)

    def places_of(self, login: Login, home: str = "") -> Places:
        """`home`: where this account's own mailboxes are, if not here."""
        here = self.server.hostname if self.server.capabilities.is_on("MAILBOX-REFERRALS") else ""
        return Places(login, self.server.memberships, here, home)

    def on_login(self, login: Login, home: str = "") -> None:
        self.login = login
        self.store = self.server.store.as_seen_by(login.account)
        self.places = self.places_of(login, home)
        self.connection.on_login(self.server.capabilities.off)
        self.connection.stream.identify(login.address)
        self.log = self.log.bind(login=login.address)
        self.log.info("login", tls=self.connection.encrypted, acting=login.authenticated or None)

    def on_unauthenticate(self) -> None:
        """Nothing but TLS is left of what was said (RFC 8437 §4.1)."""
        self.log.info("unauthenticated")
        self.login = self.selected = None
        self.store = self.server.store
        self._stop_notifications()
        self.began = time.monotonic()
        self.enabled.clear()
        self.comparator = Comparator.UNICODE_CASEMAP
        self.metadata = MetadataNews()
        self.errors = 0
        self.connection.on_unauthenticate()
        self.log = self.server.log.bind(peer=str(self.connection.stream.peer))

    def on_tls(self) -> None:
        """Nothing counts that was said before (RFC 9051 §6.2.1)."""
        self.channel = Channel.of(self.connection.stream.peer.host, self.connection.stream.tls)
        self.connection.language = DEFAULT

    @property
    def condstore(self) -> bool:
        """Whether every change is told with its modseq (RFC 7162 §3.1)."""
        return "CONDSTORE" in self.enabled

    @property
    def qresync(self) -> bool:
        return "QRESYNC" in self.enabled

    @property
    def uid_only(self) -> bool:
        """Whether messages have no numbers for the client (RFC 9586 §3)."""
        return "UIDONLY" in self.enabled

    def use_condstore(self) -> None:
        """By whatever shows that the client knows it; the first time, it hears where it is (§3.1.2.2)."""
        if not self.condstore:
            self.enabled.add("CONDSTORE")
            if self.selected is not None:
                self.connection.untagged(b"OK", "Highest", codes.highestmodseq(self.selected.view.modseq))

    def on_enable(self, name: str) -> None:
        if name in ("CONDSTORE", "QRESYNC"):
            self.use_condstore()
        self.enabled.add(name)
        self.connection.receiver.utf8 = self.utf8
        if name == "UIDONLY" and self.selected is not None:
            for tag in self.selected.contexts.drop_numbered():
                self.connection.untagged(b"NO", "Message numbers are not told any more", codes.noupdate(tag))


VALID = {state: frozenset([row.name for row in COMMANDS.values() if state & row.states]) for state in State}


def _wrong_state(states: State) -> str:
    if states == NOT_AUTHENTICATED:
        return "You are logged in already"
    return "Log in first" if states == AUTHENTICATED else "Select a mailbox first"
