"""From our no to SMTP's words: one table, and one for AUTH, where the same refusal has another meaning."""

from __future__ import annotations

from posthouse.delivery.errors import (
    BadMessage,
    HeaderTooLarge,
    MailboxFull,
    NotForYou,
    NotWanted,
    RelayDenied,
    SenderNotYours,
    TooLargeToTake,
    TooManyHops,
)
from posthouse.model import refusals as model
from posthouse.protocols.smtp import replies
from posthouse.protocols.smtp.replies import Reply
from posthouse.servers.login import EncryptionRequired, MechanismNotOffered

REPLIES: dict[type[model.Refusal], Reply] = {
    model.Refusal: replies.TRANSACTION_FAILED,
    model.UnknownRecipient: replies.UNKNOWN_RECIPIENT,
    model.AccountDisabled: replies.MAILBOX_DISABLED,
    model.OverQuota: replies.MAILBOX_FULL_FOR_NOW,
    MailboxFull: replies.MAILBOX_FULL,
    model.MessageTooLarge: replies.MESSAGE_TOO_LARGE,
    HeaderTooLarge: Reply(552, "5.3.4", ("Message header too large",)),
    model.NotPermitted: replies.NOT_PERMITTED,
    RelayDenied: replies.RELAY_DENIED,
    NotForYou: Reply(550, "5.7.2", (NotForYou.default,)),  # RFC 3463 §3.8: list expansion prohibited
    NotWanted: Reply(550, "5.7.1", (NotWanted.default,)),
    TooLargeToTake: Reply(552, "5.2.3", (TooLargeToTake.default,)),
    SenderNotYours: Reply(553, "5.7.1", (SenderNotYours.default,)),
    TooManyHops: replies.TOO_MANY_HOPS,
    BadMessage: Reply(550, "5.6.0", (BadMessage.default,)),
    model.LimitReached: Reply(452, "4.2.4", (model.LimitReached.default,)),
    model.TryLater: replies.TRY_LATER,
}

AUTH_REPLIES: dict[type[model.Refusal], Reply] = {
    model.Refusal: replies.BAD_CREDENTIALS,
    model.BadCredentials: replies.BAD_CREDENTIALS,
    model.AccountDisabled: Reply(535, "5.7.13", (model.AccountDisabled.default,)),
    MechanismNotOffered: replies.UNKNOWN_MECHANISM,
    EncryptionRequired: replies.TLS_REQUIRED_FOR_AUTH,
    model.TooManyFailures: Reply(454, "4.7.0", (model.TooManyFailures.default,)),
    model.TryLater: replies.AUTH_TEMPORARY_FAILURE,
}


def reply_to(refusal: model.Refusal, table: dict[type[model.Refusal], Reply] = REPLIES) -> Reply:
    """The row of its class or of the nearest class above; its own words where it has some."""
    reply = next(table[kind] for kind in type(refusal).__mro__ if kind in table)
    text = str(refusal)
    return reply if text == refusal.default else reply.with_text(text)
