"""From a refusal to -ERR with its response code (RFC 2449 §8, RFC 3206). The most specific class counts."""

from __future__ import annotations

from posthouse.model import refusals
from posthouse.model.refusals import Refusal
from posthouse.protocols.pop3 import replies
from posthouse.protocols.pop3.replies import Reply, err
from posthouse.servers.login import EncryptionRequired, MechanismNotOffered

REPLIES: dict[type[Refusal], Reply] = {
    refusals.InUse: replies.MAILDROP_LOCKED,
    refusals.BadCredentials: replies.BAD_CREDENTIALS,
    refusals.NotPermitted: err("Not permitted to act for that account", replies.AUTH),
    refusals.AccountDisabled: err("Account is disabled", replies.AUTH),
    refusals.TooManyFailures: err("Too many failed logins, try again later", replies.SYS_TEMP),
    refusals.TryLater: replies.TRY_LATER,
    refusals.Unavailable: replies.TRY_LATER,
    refusals.FolderNotFound: replies.BROKEN,
    refusals.UnknownRecipient: replies.BROKEN,
    EncryptionRequired: replies.TLS_REQUIRED,
    MechanismNotOffered: replies.UNKNOWN_MECHANISM,
}


def refusal_reply(refusal: Refusal) -> Reply:
    return next((REPLIES[kind] for kind in type(refusal).__mro__ if kind in REPLIES), err(str(refusal)))
