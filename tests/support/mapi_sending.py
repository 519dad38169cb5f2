"""Messages that a client of MAPI writes to somebody, and how they arrive."""

from __future__ import annotations

import email
from email.message import Message
from typing import Any

from mapi_session import MapiSession, imap_of

from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.identifiers import folder_server_id
from posthouse.protocols.mapi.property_values import TaggedValue
from posthouse.protocols.mapi.recipients import RecipientFlags, RecipientRow
from posthouse.protocols.mapi.rops.message import LOGON_CODE_PAGE, RopCreateMessageRequest
from posthouse.protocols.mapi.rops.property import RopSetPropertiesRequest
from posthouse.protocols.mapi.rops.recipient import ModifyRecipientRow, RecipientType, RopModifyRecipientsRequest
from posthouse.servers.mapi.special_folders import Special
from posthouse.testing import MailHub

SMTP = RecipientFlags.UNICODE | RecipientFlags.DISPLAY_NAME | RecipientFlags.EMAIL_ADDRESS | RecipientFlags(3)


def written(session: MapiSession, *addresses: str, folder: Any = None, bcc: str = "", stays: bool = False) -> int:
    """The slot of a message to these; by default among the drafts, and to be kept in Sent Items, as Outlook says of
    each. `stays`: it says nothing."""
    slot, place = session.slot(), folder or session.folder("Drafts")
    session.execute(RopCreateMessageRequest(0, 0, slot, LOGON_CODE_PAGE, place, False))
    if not stays:
        kept = TaggedValue(tags.PidTagSentMailSvrEID, folder_server_id(session.special(Special.SENT_ITEMS)))
        session.execute(RopSetPropertiesRequest(0, slot, (kept,)))
    rows = [
        ModifyRecipientRow(
            number,
            RecipientType.BCC if address == bcc else RecipientType.TO,
            RecipientRow(SMTP, email_address=address, display_name=address.partition("@")[0]),
        )
        for number, address in enumerate((*addresses, *([bcc] if bcc else [])))
    ]
    session.execute(RopModifyRecipientsRequest(0, slot, (), tuple(rows)))
    return slot


def last(hub: MailHub, name: str, path: str = "INBOX") -> Message:
    with imap_of(hub, name) as client:
        client.select_folder(path)
        [uid] = client.search(["UID", "*"])
        return email.message_from_bytes(client.fetch([uid], ["BODY[]"])[uid][b"BODY[]"])
