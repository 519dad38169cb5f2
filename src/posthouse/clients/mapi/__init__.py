"""A client of MAPI over HTTP: mailboxes of Exchange's kind, from an address and a password.

    async with await connect("alice@example.org", "password") as mailbox:
        with await mailbox.inbox() as inbox:
            for subject, sender in await inbox.rows(tags.PidTagSubject, tags.PidTagSenderName):
                print(sender, subject)

`mailbox.py` begins with an address, `folder.py`, `table.py`, `message.py` and `attachment.py` are what is found there,
`rules.py` and `permissions.py` what belongs to a folder besides, and `away.py` what makes a mailbox answer;
`session.py` is the layer below, in operations, and `channel.py` the one below that, in requests.
"""

from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.rops.permission import MemberRights
from posthouse.protocols.mapi.rules import RuleState

from . import permissions, rules
from .address_book import AddressBook, Person, Resolved
from .attachment import Attachment, AttachmentInfo, Method
from .errors import (
    BadResponse,
    CallFailed,
    DiscoveryFailed,
    LoginRefused,
    MapiError,
    ObjectLost,
    PropertiesFailed,
    RequestFailed,
    RopFailed,
    SessionLost,
    Unreachable,
)
from .folder import Folder, FolderInfo
from .mailbox import Mailbox, Special, connect
from .message import Message
from .network import Network
from .notifications import Missed
from .permissions import Member
from .recipients import Recipient
from .rules import Rule
from .streams import PropertyStream
from .table import Table

__all__ = [
    "AddressBook",
    "Attachment",
    "AttachmentInfo",
    "BadResponse",
    "CallFailed",
    "DiscoveryFailed",
    "Folder",
    "FolderInfo",
    "LoginRefused",
    "Mailbox",
    "MapiError",
    "Member",
    "MemberRights",
    "Message",
    "Method",
    "Missed",
    "Network",
    "ObjectLost",
    "Person",
    "PropertiesFailed",
    "PropertyStream",
    "Recipient",
    "RequestFailed",
    "Resolved",
    "RopFailed",
    "Rule",
    "RuleState",
    "SessionLost",
    "Special",
    "Table",
    "Unreachable",
    "connect",
    "permissions",
    "rules",
    "tags",
]
