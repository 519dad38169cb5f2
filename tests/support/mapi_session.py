"""A client of MAPI with a logon, for tests that speak in operations: requests in, responses out, objects in slots.

    with mapi_hub("alice", "bob") as hub:
        alice = MapiSession(hub, "alice")
        [opened] = alice.execute(RopOpenFolderRequest(0, LOGON, alice.slot(), alice.special(Special.INBOX)))

Slots of the table of handles last as long as the session: slot 0 is the logon. A request names slots by their indices.
"""

from __future__ import annotations

import smtplib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from struct import unpack
from typing import Any, TypeVar

from imapclient import IMAPClient
from mapi_http import MapiClient

from posthouse.directory import Organisation, identify
from posthouse.directory.state import make_secret, secret
from posthouse.model.ids import AccountId, FolderId
from posthouse.model.rights import Right
from posthouse.protocols.mapi.extended_buffer import format_extended, parse_extended
from posthouse.protocols.mapi.identifiers import OWN_REPLICA, ObjectId
from posthouse.protocols.mapi.mailbox import ConnectRequest, ExecuteFlags, ExecuteRequest
from posthouse.protocols.mapi.property_rows import RowReader
from posthouse.protocols.mapi.property_values import PropertyTag
from posthouse.protocols.mapi.rop_buffer import EMPTY, RopBuffer, parse_rop_buffer
from posthouse.protocols.mapi.rops import RopRequest
from posthouse.protocols.mapi.rops.base import On, RopFailure, RopResponse, succeeded
from posthouse.protocols.mapi.rops.logon import LogonFlags, OpenFlags, RopLogonRequest, RopLogonResponse
from posthouse.protocols.mapi.rops.registry import RESPONSES
from posthouse.protocols.mapi.rops.release import RopReleaseRequest
from posthouse.servers.mapi.special_folders import Special, own_folder
from posthouse.store.folders import find_folder
from posthouse.store.reading import rows
from posthouse.store.rights import Holder, set_rights
from posthouse.testing import MailHub

LOGON = 0
"""The slot of the logon."""
MAX_UID = 0xFFFFFFFF
PER_MDB = OpenFlags.USE_PER_MDB_REPLID_MAPPING
ENGLISH = 0x409
"""An LCID."""
PLAIN = ExecuteFlags.NO_COMPRESSION | ExecuteFlags.NO_XOR_MAGIC
_UNASKED = (0x2A, 0x6E)
"""RopNotify, RopPending: they follow the responses."""

Response = TypeVar("Response", bound=RopResponse)


@contextmanager
def mapi_hub(*names: str, relay: str = "", **sections: Any) -> Iterator[MailHub]:
    """A hub with MAPI and these accounts of example.org; their password is `secret`, their numbers are 1, 2, 3 …
    `relay`: as of `MailHub`."""
    with MailHub(relay=relay, settings={"mapi": {"enabled": True}, **sections}) as hub:
        for name in names:
            hub.add_account(f"{name}@example.org")
        yield hub


def organisation(hub: MailHub) -> Organisation:
    return Organisation(hub.read(secret) or hub.write(make_secret))


def account_of(hub: MailHub, name: str) -> AccountId:
    return AccountId(hub.read(lambda tx: identify(tx, f"{name}@example.org"))[0])


def dn_of(hub: MailHub, name: str) -> str:
    return organisation(hub).dn_of(account_of(hub, name))


def deliver(
    hub: MailHub, name: str, subject: str = "hello", body: str = "world", sender: str = "x@example.net"
) -> None:
    """By SMTP; in the Inbox when this returns."""
    with smtplib.SMTP(hub.smtp.host, hub.smtp.port, timeout=30) as smtp:
        text = f"From: {sender}\r\nTo: {name}@example.org\r\nSubject: {subject}\r\n\r\n{body}\r\n"
        smtp.sendmail(sender, [f"{name}@example.org"], text)


def share(hub: MailHub, owner: str, path: str, guest: str, rights: Right) -> None:
    account, other = account_of(hub, owner), account_of(hub, guest)
    hub.write(lambda tx: set_rights(tx, account, find_folder(tx, account, path).id, Holder(other), rights))


@contextmanager
def imap_of(hub: MailHub, name: str) -> Iterator[IMAPClient]:
    """The same mailbox, as another client sees it."""
    with IMAPClient(hub.imap.host, hub.imap.port, ssl=False, timeout=30) as client:
        client.login(f"{name}@example.org", "secret")
        yield client


def imap_folders(hub: MailHub, name: str) -> set[str]:
    with imap_of(hub, name) as client:
        return {path for _, _, path in client.list_folders()}


def imap_subjects(hub: MailHub, name: str, path: str = "INBOX") -> list[str]:
    """Of all messages of a folder, in the order of UIDs."""
    with imap_of(hub, name) as client:
        client.select_folder(path, readonly=True)
        found = client.fetch(client.search(), ["ENVELOPE"])
        return [found[uid][b"ENVELOPE"].subject.decode() for uid in sorted(found)]


def oid(counter: int) -> ObjectId:
    """The id of a folder or message, by its number in the store."""
    return ObjectId(OWN_REPLICA, counter)


class MapiSession:
    """Somebody's session context, logged on to a mailbox: their own, or that of `whose`."""

    def __init__(
        self,
        hub: MailHub,
        who: str = "alice",
        whose: str = "",
        *,
        log_on: bool = True,
        flags: OpenFlags = PER_MDB,
        locale: int = ENGLISH,
        sort_locale: int = ENGLISH,
    ) -> None:
        self.hub, self.who, self.whose = hub, who, whose or who
        self.account = account_of(hub, self.whose)
        self.client = MapiClient(hub.https.port, "/mapi/emsmdb/", f"{who}@example.org:secret", hub.client_context())
        request = ConnectRequest(dn_of(hub, who), lcid_sort=sort_locale, lcid_string=locale)
        answer = self.client.post("Connect", request.format())
        assert answer.body[:8] == bytes(8)
        self.handles = [EMPTY]
        self.news: list[bytes] = []
        """Of each response with notifications, all that came behind the responses, as it is."""
        self.folder_ids: tuple[ObjectId, ...] = ()
        if log_on:
            self.folder_ids = self.log_on(self.whose, flags=flags).folder_ids

    def log_on(self, whose: str, slot: int = LOGON, logon_id: int = 0, flags: OpenFlags = PER_MDB) -> RopLogonResponse:
        """Once more, for instance to another mailbox in the same session."""
        rop = RopLogonRequest(logon_id, slot, LogonFlags.PRIVATE, flags, 0, dn_of(self.hub, whose))
        return self.get(rop, RopLogonResponse)

    def slot(self) -> int:
        """A new one, empty."""
        self.handles.append(EMPTY)
        return len(self.handles) - 1

    # operations

    def execute(
        self, *requests: RopRequest, columns: Sequence[PropertyTag] = (), flags: ExecuteFlags = PLAIN
    ) -> list[Any]:
        """The responses, without those that there are not (RopRelease). `columns`: of rows in them."""
        raw = RopBuffer(b"".join(rop.format() for rop in requests), tuple(self.handles)).format()
        buffer = self.execute_raw(raw, flags)
        self.handles[:] = buffer.handles
        reader = RowReader(buffer.rops, columns)
        found: list[Any] = []
        while reader.left and reader.data[reader.at] not in _UNASKED:
            found.append(read_response(reader))
        if reader.left:
            self.news.append(reader.rest())
        asked = [rop for rop in requests if not isinstance(rop, RopReleaseRequest)]
        assert len(found) == len(asked), f"{len(found)} responses: {found}"
        return found

    def execute_raw(self, payload: bytes, flags: ExecuteFlags = PLAIN, most: int = 0x8000) -> RopBuffer:
        """A ROP buffer and what came back for it; the handles are the caller's."""
        request = ExecuteRequest(flags, format_extended(payload), most)
        body = self.client.post("Execute", request.format()).body
        assert body[:8] == bytes(8), body[:8].hex()
        size = unpack("<I", body[12:16])[0]
        payloads = parse_extended(body[16 : 16 + size])
        return parse_rop_buffer(payloads[0])

    def get(self, request: RopRequest, kind: type[Response], columns: Sequence[PropertyTag] = ()) -> Response:
        """One operation whose response must be of this class, and successful."""
        [response] = self.execute(request, columns=columns)
        assert isinstance(response, kind), response
        assert response.return_value == 0, response
        return response

    def error(self, request: RopRequest) -> int:
        """The ReturnValue of one operation, whatever the rest of its response."""
        [response] = self.execute(request)
        value: int = response.return_value
        return value

    def release(self, *slots: int) -> None:
        self.execute(*(RopReleaseRequest(0, slot) for slot in slots))

    def keep(self, slots: int) -> None:
        """Of those that there are, the first; a table of handles has no room for more than 255."""
        self.release(*range(slots, len(self.handles)))
        del self.handles[slots:]

    # ids

    def special(self, special: Special) -> ObjectId:
        return self.folder_ids[special] if special < len(self.folder_ids) else oid(own_folder(special))

    def folder(self, path: str) -> ObjectId:
        """Of a folder that IMAP shows under this path."""
        return oid(self.number(path))

    def number(self, path: str) -> FolderId:
        return self.hub.read(lambda tx: find_folder(tx, self.account, path).id)

    def message_ids(self, path: str = "INBOX") -> list[ObjectId]:
        """Of a folder's messages, in the order of their UIDs."""
        folder = self.number(path)
        found = self.hub.read(lambda tx: rows(tx, self.account, folder, 1, MAX_UID, ("message_id",), 100_000))
        return [oid(message) for (message,) in found]


def read_response(reader: RowReader) -> RopResponse | RopFailure:
    """The next one: of the class that its RopId and its ReturnValue say."""
    rop_id = reader.data[reader.at]
    value = int.from_bytes(reader.data[reader.at + 2 : reader.at + 6], "little")
    kinds = {kind.form_of(reader): kind.ON for kind in RESPONSES if rop_id == kind.ROP_ID}
    for kind, on in kinds.items():
        if on == value and not isinstance(on, On):
            return kind.read(reader)
    for kind, on in kinds.items():
        if on is On.ALWAYS or (on is On.SUCCESS and succeeded(value)):
            return kind.read(reader)
    return RopFailure.read(reader)
