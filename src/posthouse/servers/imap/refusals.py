"""From a refusal to the response code of a NO. The most specific class counts."""

from __future__ import annotations

from posthouse.directory.errors import NotAuthorized
from posthouse.model import refusals
from posthouse.model.refusals import Refusal
from posthouse.protocols.imap import codes
from posthouse.servers.login import EncryptionRequired
from posthouse.store import metadata
from posthouse.store.annotations import AnnotationTooLong, TooManyAnnotations

from .filters import UndefinedFilter
from .homes import Elsewhere
from .limits import TooManyMessages

CODES: dict[type[Refusal], bytes] = {
    refusals.FolderNotFound: codes.NONEXISTENT,
    refusals.FolderExists: codes.ALREADYEXISTS,
    refusals.FolderInUse: codes.CANNOT,
    refusals.BadFolderName: codes.CANNOT,
    refusals.FolderNotSelectable: codes.CANNOT,
    refusals.MessageNotFound: codes.NONEXISTENT,
    refusals.MessageGone: codes.EXPUNGEISSUED,
    refusals.MessageTooLarge: codes.TOOBIG,
    refusals.ReadOnly: codes.NOPERM,
    refusals.LimitReached: codes.LIMIT,
    refusals.OverQuota: codes.OVERQUOTA,
    metadata.ValueTooLong: codes.metadata_maxsize(metadata.MAX_VALUE),
    metadata.TooManyEntries: codes.METADATA_TOOMANY,
    AnnotationTooLong: codes.ANNOTATE_TOOBIG,
    TooManyAnnotations: codes.ANNOTATE_TOOMANY,
    refusals.NotPermitted: codes.NOPERM,
    refusals.InUse: codes.INUSE,
    refusals.BadCredentials: codes.AUTHENTICATIONFAILED,
    refusals.AccountDisabled: codes.AUTHORIZATIONFAILED,
    NotAuthorized: codes.AUTHORIZATIONFAILED,
    EncryptionRequired: codes.PRIVACYREQUIRED,
    refusals.TooManyFailures: codes.UNAVAILABLE,
    refusals.UnknownRecipient: codes.NONEXISTENT,
    refusals.TryLater: codes.UNAVAILABLE,
    refusals.Unavailable: codes.UNAVAILABLE,
}


def refusal_code(refusal: Refusal) -> bytes:
    """Empty when there is none that fits."""
    if isinstance(refusal, TooManyMessages):
        return refusal.code
    if isinstance(refusal, UndefinedFilter):
        return codes.undefined_filter(refusal.name)
    if isinstance(refusal, Elsewhere):
        return codes.referrals(refusal.urls)
    return next((CODES[kind] for kind in type(refusal).__mro__ if kind in CODES), b"")
