"""What rules leave to their client, and what of them has failed: messages in the mailbox's Deferred Action folder –
[MS-OXORULE] 2.2.6, 2.2.7, 3.2.5.1.2, 3.2.5.1.3.

A deferred action message (DAM) tells the client what to do with a message that has arrived; a deferred error message
(DEM) tells why a rule could not be executed. A rule has one DEM until its client changes it: so long it is marked.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from struct import pack
from typing import Any

from posthouse.database import Transaction
from posthouse.directory.organisation import organisation
from posthouse.model.flags import Flag, Flags
from posthouse.model.ids import AccountId, FolderId, MessageId
from posthouse.model.refusals import FolderNotFound, OverQuota
from posthouse.observe.logs import Logger
from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.identifiers import OWN_REPLICA, ObjectId
from posthouse.protocols.mapi.identity import Identity
from posthouse.protocols.mapi.moments import file_time
from posthouse.protocols.mapi.objects import Message, Properties, set_value
from posthouse.protocols.mapi.property_values import PropertyTag
from posthouse.protocols.mapi.rule_actions import ServerEid, format_rule_actions
from posthouse.protocols.mapi.rules import RuleError, RuleState
from posthouse.protocols.mapi.stored_form import format_stored
from posthouse.store.accounts import lock_account, usage
from posthouse.store.blobs import Blobs
from posthouse.store.content import add_content
from posthouse.store.folders import HIDDEN, load_folder
from posthouse.store.intake import content_of
from posthouse.store.messages import NewMessage
from posthouse.store.object_changes import create_message, take_ids
from posthouse.store.objects import Form

from .rulebook import mark
from .verdict import Cause, Deferral, Origin

DEFERRED_ACTION = FolderId(HIDDEN + 1)
"""MAPI numbers it so in every mailbox."""
MAX_DEFERRED = 5_000
"""Messages there: when a client does not come for so many, no other rule is left to it."""
MAX_TOLD = 6_000
"""As many, with those that tell of errors."""
GRACE = 1 << 20
"""Bytes by which they may exceed the quota."""
DAM_CLASS = "IPC.Microsoft Exchange 4.0.Deferred Action"
DEM_CLASS = "IPC.Microsoft Exchange 4.0.Deferred Error"
_CONTENT = b"Subject: Deferred Action\r\n\r\n"
"""For protocols that do not show this folder."""

log = Logger("delivery")


class Deferred:
    """The folder of one mailbox, during one delivery."""

    def __init__(self, tx: Transaction, blobs: Blobs, account: AccountId, now: int) -> None:
        self._tx, self._blobs, self._account, self._now = tx, blobs, account, now

    @cached_property
    def _identity(self) -> Identity:
        known = organisation(self._tx)
        assert known is not None  # rules are made by MAPI, which does not serve without
        return Identity(known.mailbox_guid(self._account), known.replica_guid(self._account))

    def has_room(self, count: int, limit: int = MAX_DEFERRED) -> bool:
        try:
            total = load_folder(self._tx, self._account, DEFERRED_ACTION).total
        except FolderNotFound:
            return False
        return total + count <= limit

    def tell_actions(self, deferrals: Mapping[Origin, Deferral], folder: FolderId, message: MessageId) -> None:
        """2.2.6: of a message that has come to lie there. All of its DAMs answer to one name, the id of the first."""
        first = take_ids(self._tx, self._account, len(deferrals))
        own = ServerEid(1, ObjectId(OWN_REPLICA, DEFERRED_ACTION), ObjectId(OWN_REPLICA, first), 0).format()
        for place, (origin, deferral) in enumerate(deferrals.items()):
            found = {
                tags.PidTagMessageClass: DAM_CLASS,
                tags.PidTagDamBackPatched: False,
                tags.PidTagDamOriginalEntryId: self._identity.message_entry_id(folder, message),
                tags.PidTagRuleProvider: origin.provider,
                tags.PidTagRuleFolderEntryId: self._identity.folder_entry_id(origin.folder),
                tags.PidTagClientActions: format_rule_actions(deferral.actions),
                tags.PidTagRuleIds: pack("<q", deferral.rules[0].id) * len(deferral.rules),  # R368
                tags.PidTagDeferredActionMessageOriginalEntryId: own,
            }
            self._put(found, MessageId(first + place))

    def tell_failures(
        self, failures: Iterable[tuple[Cause, RuleError]], folder: FolderId | None, message: MessageId | None
    ) -> None:
        """2.2.7; `folder`, `message`: None when it lies nowhere."""
        for cause, error in failures:
            rule = cause.rule
            log.info("rule failed", account=self._account, rule=rule.id, error=error.name)
            if not rule.is_extended and not self.has_room(1, MAX_TOLD):
                continue
            state = RuleState.PARSE_ERROR if error is RuleError.FORMAT else RuleState.ERROR
            mark(self._tx, self._blobs, self._account, cause.folder, rule, state, self._now)
            if rule.is_extended:  # no client hears of them (R376)
                continue
            found = {
                tags.PidTagMessageClass: DEM_CLASS,
                tags.PidTagRuleError: int(error),
                tags.PidTagRuleActionType: int(cause.action or 0),
                tags.PidTagRuleActionNumber: cause.number,
                tags.PidTagRuleProvider: rule.provider,
                tags.PidTagRuleFolderEntryId: self._identity.folder_entry_id(cause.folder),
                tags.PidTagRuleId: rule.id,
            }
            if folder is not None and message is not None:
                found[tags.PidTagDamOriginalEntryId] = self._identity.message_entry_id(folder, message)
            self._put(found, None)

    def _put(self, told: Mapping[PropertyTag, Any], number: MessageId | None) -> None:
        """Nothing when the mailbox takes no more messages: the one that all is about has come nevertheless."""
        lock_account(self._tx, self._account)
        try:
            usage(self._tx, self._account).require(size=len(_CONTENT), messages=1, grace=GRACE)
        except OverQuota:
            log.info("client not told", account=self._account, reason="there is no room")
            return
        properties: Properties = {}
        for tag, value in (*self._common(), *told.items()):
            set_value(properties, tag, value)
        content = content_of(self._blobs, _CONTENT)
        new = NewMessage(add_content(self._tx, content), content.size, self._now, Flags(Flag(0)))
        form = Form(True, format_stored(Message(properties)))
        where = self._tx, self._account, DEFERRED_ACTION
        create_message(*where, new, form, self._now, message=number, grace=GRACE)

    def _common(self) -> Iterator[tuple[PropertyTag, Any]]:
        """What every message has ([MS-OXCMSG] 2.2.1)."""
        now = file_time(self._now)
        for tag in (tags.PidTagCreationTime, tags.PidTagLastModificationTime, tags.PidTagMessageDeliveryTime):
            yield tag, now
        yield tags.PidTagImportance, 1
        yield tags.PidTagSensitivity, 0
        yield tags.PidTagSearchKey, secrets.token_bytes(16)
