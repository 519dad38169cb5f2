"""Delivery status notifications of our own: what came of a local delivery – RFC 3461 §5.2, RFC 3464.

A report goes out for what failed, unless the sender said otherwise, and for what succeeded when the sender asked. It
has the null reverse-path, and a message with the null reverse-path never gets one.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING

from posthouse.database import Transaction
from posthouse.directory import Outcome, parse_address, resolve
from posthouse.model.address import Address, Envelope, Recipient
from posthouse.model.ids import AccountId, FolderId
from posthouse.model.refusals import AccountDisabled, FolderNotFound, OverQuota, Refusal, UnknownRecipient
from posthouse.observe.logs import Logger
from posthouse.protocols.dsn.build import build_report
from posthouse.protocols.dsn.report import Action, RecipientFacts, Report
from posthouse.protocols.smtp.trace_fields import format_return_path
from posthouse.queue import submit
from posthouse.store.blobs import Blobs
from posthouse.store.content import NewContent, add_content
from posthouse.store.intake import content_of
from posthouse.store.messages import NewMessage, append
from posthouse.texts import Language

from .errors import NotWanted, TooLargeToTake
from .filing import receive_folder
from .languages import language_of
from .plan import FAILURE, SUCCESS, original_recipient
from .recipients import Accepted
from .settings import DeliverySettings

if TYPE_CHECKING:
    from .place import Order

GRACE = 1 << 20
"""Bytes by which a report may exceed the quota of the one who is to read it."""
ORIGINAL = 128 * 1024
"""Bytes of a large message that are looked at for its header."""

Write = Callable[[Language], bytes]
"""A report in some language."""

log = Logger("delivery")


class Reports:
    def __init__(self, hostname: str, blobs: Blobs, settings: DeliverySettings) -> None:
        self._hostname, self._blobs, self._settings = hostname, blobs, settings

    def send(self, tx: Transaction, order: Order, refused: Mapping[AccountId, Refusal]) -> int:
        """Whatever the sender of this order is to hear, in the same transaction; how many recipients it is about."""
        sender = order.envelope.sender
        if sender is None:
            return 0
        facts = [fact for one in order.plan.accepted for fact in self._facts(order, one, refused)]
        if facts:
            self.report(tx, self._report(order, sender, tuple(facts)), self._original(order), order.now)
        return len(facts)

    def report(self, tx: Transaction, report: Report, original: bytes, now: int) -> None:
        """A delivery status notification to whom it is for. `original`: as of `build_report`."""
        self.place(tx, lambda language: build_report(replace(report, language=language), original), report.sender, now)

    def place(self, tx: Transaction, write: Write, to: Address, now: int) -> None:
        """A report to whoever `to` leads to: in the mailboxes of each in their language, in English to others. One that
        nobody can take is dropped: there is nobody to tell."""
        resolution = resolve(tx, to, self._settings.separator)
        remote = (to,) if resolution.outcome is Outcome.NOT_OURS else resolution.remote
        accounts = [local.account for local in resolution.accounts if not local.disabled]
        written = cache(lambda language: content_of(self._blobs, format_return_path(None) + write(language)))
        for account in sorted(accounts):
            new = written(language_of(tx, account))
            message = NewMessage(add_content(tx, new), new.size, now)
            _append_report(tx, account, receive_folder(tx, account, new), message, now)
        if remote:
            data = write(Language.ENGLISH)
            queued = content_of(self._blobs, data)
            envelope = Envelope(None, body="7BIT" if data.isascii() else "8BITMIME", smtputf8=not to.is_ascii)
            recipients = [Recipient(address, frozenset({"NEVER"})) for address in remote]
            submit(tx, envelope, recipients, add_content(tx, queued), queued.size, now)
        if not accounts and not remote:
            log.info("report dropped", to=to, reason="nobody has this address")

    def language_for(self, tx: Transaction, to: Address) -> Language:
        """Of the first of those that `to` leads to here."""
        resolution = resolve(tx, to, self._settings.separator)
        return language_of(tx, resolution.accounts[0].account) if resolution.accounts else Language.ENGLISH

    def _facts(self, order: Order, one: Accepted, refused: Mapping[AccountId, Refusal]) -> list[RecipientFacts]:
        notify = one.recipient.notify
        failed = [local for local in one.accounts if local.account in refused]
        if order.origin.answers_each and len(failed) == len(one.accounts) and not one.remote:
            return []  # the answer says it
        if failed and (not notify or FAILURE in notify):
            return [
                _failed(one, refused[local.account], parse_address(local.address) if one.expanded else None)
                for local in failed
            ]
        if SUCCESS not in notify or len(failed) == len(one.accounts) + len(one.remote):
            return []
        if one.expanded:
            return [_fact(one, Action.EXPANDED, "2.0.0")]
        return [_fact(one, Action.DELIVERED, "2.0.0")] if one.accounts else []

    def _report(self, order: Order, sender: Address, facts: tuple[RecipientFacts, ...]) -> Report:
        token = secrets.token_hex(12)
        when = datetime.fromtimestamp(order.now, UTC)
        return Report(
            sender=sender,
            reporting_mta=self._hostname,
            recipients=facts,
            date=when,
            message_id=f"{token}@{self._hostname}",
            boundary=f"report-{token}",
            arrival=when,
            envid=order.envelope.envid,
            ret=order.envelope.ret,
            smtputf8=order.envelope.smtputf8,
            full_limit=self._settings.report_limit,
        )

    def _original(self, order: Order) -> bytes:
        content = order.relayed or order.local
        return head_of(content, self._blobs) if content is not None else b""


def head_of(content: NewContent, blobs: Blobs) -> bytes:
    """All of a small message, the beginning of a large one."""
    if content.body is not None:
        return content.body
    return bytes(blobs.open(content.blob or "")[:ORIGINAL])


def _append_report(tx: Transaction, account: AccountId, folder: FolderId, message: NewMessage, now: int) -> None:
    """A full mailbox still hears that its mail failed, within reason."""
    try:
        append(tx, account, folder, message, now, grace=GRACE)
    except (OverQuota, UnknownRecipient, FolderNotFound) as refusal:
        log.info("report dropped", account=account, reason=refusal)


_STATUS = {OverQuota: "5.2.2", AccountDisabled: "5.2.1", TooLargeToTake: "5.2.3", NotWanted: "5.7.1"}


def status_of(refusal: Exception) -> str:
    """The enhanced status code, by which a report explains why somebody does not get a message."""
    return next((code for kind, code in _STATUS.items() if isinstance(refusal, kind)), "5.1.1")


def _fact(one: Accepted, action: Action, status: str) -> RecipientFacts:
    recipient = one.recipient
    original = recipient.orcpt or (original_recipient(recipient.address) if one.through else "")
    return RecipientFacts(recipient.address, action, status, original)


def _failed(one: Accepted, refusal: Refusal, member: Address | None) -> RecipientFacts:
    original = one.recipient.orcpt or (original_recipient(one.recipient.address) if one.through else "")
    return RecipientFacts(
        member or one.recipient.address,
        Action.FAILED,
        status_of(refusal),
        original,
        diagnostic=str(refusal),
        diagnostic_type="x-posthouse",
    )
