"""What recipients want done with their mail: the one place in which it is done, in the transaction of the delivery.

Their rules say what is to become of a message (`rules.py`). What goes on to others is in the queue when this returns
(`onward.py`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from posthouse.database import Transaction
from posthouse.directory import LocalRecipient
from posthouse.model.address import Envelope
from posthouse.model.flags import Flag, Flags
from posthouse.model.ids import AccountId, ContentId, FolderId, MessageId
from posthouse.model.refusals import FolderNotFound, OverQuota
from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.mime.flags import flags_of, origin_of
from posthouse.protocols.mapi.mime.from_mime import from_mime
from posthouse.protocols.mapi.mime.people import person_by_address
from posthouse.protocols.mapi.mime.received import names_owner, tell_receiver
from posthouse.protocols.mapi.objects import Message, Properties, set_value, value_of
from posthouse.protocols.mapi.rules import Rule, RuleError, RuleState
from posthouse.protocols.mapi.stored_form import format_stored, parse_stored
from posthouse.store.away import is_away
from posthouse.store.blobs import Blobs
from posthouse.store.content import NewContent
from posthouse.store.folders import INBOX
from posthouse.store.messages import NewMessage, append
from posthouse.store.object_changes import create_message
from posthouse.store.objects import Form
from posthouse.store.rules import has_rules

from .arrival import Ahead, Arrival, Reading, bytes_of
from .deferred import Deferred
from .filing import choose_folder
from .onward import Onward
from .people import Book
from .rulebook import rules_in
from .rules import judge
from .verdict import Filing

MAX_ANSWERING = 10_000
"""Mailboxes of which it is known that their rules answer."""


class Wishes:
    """One for a worker."""

    def __init__(self, blobs: Blobs, onward: Onward) -> None:
        self._blobs, self._onward = blobs, onward
        self._answering: dict[AccountId, None] = {}

    def may_answer(self, mailboxes: Iterable[LocalRecipient]) -> bool:
        """Rules of somebody there have answered, and may do so again: it is known beforehand that to look ahead is
        best."""
        return any(local.account in self._answering for local in mailboxes)

    def look_ahead(
        self,
        tx: Transaction,
        envelope: Envelope,
        new: NewContent,
        form: Form | None,
        mailboxes: Sequence[LocalRecipient],
        now: int,
    ) -> Ahead | None:
        """Of what takes long, so that nobody waits for it while the delivery is written; None: nobody there has
        rules."""
        ruled = [local for local in mailboxes if has_rules(tx, local.account)]
        if not ruled:
            return None
        ahead = Ahead(from_mime(bytes_of(self._blobs, new), Book(tx), now), {}, {})
        message = NewMessage(ContentId(0), new.size, now, form=form)
        for local in ruled:
            self._write_letters(tx, Arrival(local, envelope, new, message, now, ahead))
        return ahead

    def _write_letters(self, tx: Transaction, arrival: Arrival) -> None:
        folder = choose_folder(tx, arrival.local, arrival.new)
        rules = rules_in(tx, self._blobs, arrival.local.account, folder)
        self._note_answering(tx, arrival, rules)
        if rules:
            reading = self._read(tx, arrival)
            filing = judge(tx, self._blobs, arrival.case, reading.message, folder, rules)
            if filing.refusal is None:
                self._onward.write(tx, arrival, reading, filing)

    def _note_answering(self, tx: Transaction, arrival: Arrival, rules: Iterable[Rule]) -> None:
        account = arrival.local.account
        if not any(_may_answer(tx, arrival, rule) for rule in rules):
            self._answering.pop(account, None)
        elif len(self._answering) < MAX_ANSWERING:
            self._answering[account] = None

    def carry_out(self, tx: Transaction, arrival: Arrival, folder: FolderId) -> bool:
        """Of a message that arrives in this folder. False: its owner wants nothing, and nothing was done. `OverQuota`
        when it lies nowhere for want of room; `NotWanted` and `TooLargeToTake` when its owner sends it back; `NotAhead`
        when something takes long that nobody has done ahead."""
        rules = rules_in(tx, self._blobs, arrival.local.account, folder, at_once=arrival.ahead is None)
        if not rules:
            return False
        reading = self._read(tx, arrival)
        filing = judge(tx, self._blobs, arrival.case, reading.message, folder, rules)
        if filing.refusal is not None:
            raise filing.refusal
        self._onward.keep(arrival, filing, folder)
        self._file(tx, arrival, folder, filing)
        self._onward.send(tx, arrival, reading, filing)
        return True

    def _read(self, tx: Transaction, arrival: Arrival) -> Reading:
        book, ahead = Book(tx), arrival.ahead
        read = ahead.message if ahead else from_mime(bytes_of(self._blobs, arrival.new), book, arrival.now)
        message = replace(read, properties=dict(read.properties))
        if arrival.message.form is not None:  # what has come beside it
            beside = parse_stored(arrival.message.form.data)
            message.properties.update(beside.properties)
            message.attachments = beside.attachments or message.attachments
        set_value(message.properties, tags.PidTagMessageSize, min(arrival.new.size, 0x7FFFFFFF))
        told = value_of(message.properties, tags.PidTagMessageFlags, 0)
        set_value(message.properties, tags.PidTagMessageFlags, told | origin_of(int(arrival.message.flags.system)))
        owner = book.owner_of(arrival.local.account)
        if owner is not None:
            tell_receiver(message, owner)
            message.properties.update(names_owner(message, owner))
        return Reading(message, person_by_address(arrival.local.address, book), book)

    def _file(self, tx: Transaction, arrival: Arrival, folder: FolderId, filing: Filing) -> None:
        """Into its folders; and the client hears of what is left to it, and of what has failed."""
        deferred = Deferred(tx, self._blobs, arrival.local.account, arrival.now)
        if filing.deferrals and not deferred.has_room(len(filing.deferrals)):
            filing.give_up_deferrals()
        placed = _put(tx, arrival, folder, filing)
        where = next(iter(placed), None)
        if filing.deferrals and where is not None:
            deferred.tell_actions(filing.deferrals, where, placed[where])
        if filing.failures:
            deferred.tell_failures(filing.failures.values(), where, None if where is None else placed[where])


def _may_answer(tx: Transaction, arrival: Arrival, rule: Rule) -> bool:
    if not rule.answers or RuleState.ENABLED not in rule.state:
        return False
    return RuleState.ONLY_WHEN_OOF not in rule.state or is_away(tx, arrival.local.account, arrival.now)


def _put(tx: Transaction, arrival: Arrival, came_to: FolderId, filing: Filing) -> dict[FolderId, MessageId]:
    """Into each folder, as which message: first where it has come to, if it stays there. When there is no room for a
    further one, or its folder was removed at this moment, it is left out; it is in INBOX when it would be nowhere. What
    is left to a client is said of the first alone."""
    placed: dict[FolderId, MessageId] = {}

    def put(where: FolderId) -> None:
        tagged = dict(filing.tagged)
        if filing.deferrals and not placed:
            set_value(tagged, tags.PidTagHasDeferredActionMessages, True)
        placed[where] = _append(tx, arrival, where, filing, tagged)

    for folder, cause in sorted(filing.folders.items(), key=lambda one: (one[0] != came_to, one[1] is not None)):
        try:
            put(folder)
        except OverQuota:
            if not placed:
                raise
            filing.fail(cause, RuleError.QUOTA)
        except FolderNotFound:
            filing.fail(cause, RuleError.MOVE_OR_COPY)
    if filing.folders and not placed:
        put(INBOX)
    return placed


def _append(tx: Transaction, arrival: Arrival, folder: FolderId, filing: Filing, tagged: Properties) -> MessageId:
    account: AccountId = arrival.local.account
    told = flags_of(tagged)
    seen = Flag.SEEN if filing.read else Flag(0)
    came = arrival.message.flags.system
    message = arrival.message._replace(flags=Flags(came | told.system | seen, told.keywords))
    if tagged:
        form = _tagged(arrival.message.form, tagged)
        return create_message(tx, account, folder, message, form, arrival.now).id
    return append(tx, account, folder, message, arrival.now).message


def _tagged(form: Form | None, tagged: Properties) -> Form:
    """With what came beside it."""
    beside = parse_stored(form.data) if form is not None else Message()
    return Form(False, format_stored(Message(beside.properties | tagged, [], beside.attachments)))
