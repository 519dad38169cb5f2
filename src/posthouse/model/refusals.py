"""When our answer is no. A refusal is an answer, not a fault: each server translates it into its protocol's own words
in one table (`servers/*/refusals.py`). The text is for the peer and tells nothing of our configuration."""

from __future__ import annotations


class Refusal(Exception):
    """The base of all of them. `str(refusal)` may be shown to the peer."""

    default = "Request refused"

    def __init__(self, text: str = "") -> None:
        super().__init__(text or self.default)


class BadSyntax(Exception):
    """Their bytes are not in the grammar: raised by `protocols` and `message` only. `where` is an offset or a line
    number when one is known."""

    def __init__(self, expected: str, where: int = -1) -> None:
        super().__init__(expected)
        self.expected = expected
        self.where = where


# folders and messages
class FolderNotFound(Refusal):
    default = "No such folder"


class FolderExists(Refusal):
    default = "A folder of that name exists"


class FolderInUse(Refusal):
    """It has children, or a role that it must keep."""

    default = "The folder cannot be removed"


class BadFolderName(Refusal):
    default = "Not a possible folder name"


class FolderNotSelectable(Refusal):
    default = "The folder holds no messages"


class MessageNotFound(Refusal):
    default = "No such message"


class MessageGone(Refusal):
    """It was there when the client last looked and has been expunged since (RFC 5530 EXPUNGEISSUED)."""

    default = "Some of the messages no longer exist"


class Changed(Refusal):
    """Somebody else has changed it since the client read it."""

    default = "It has been changed meanwhile"


class MessageTooLarge(Refusal):
    default = "Message too large"


class ReadOnly(Refusal):
    default = "Read-only access"


class LimitReached(Refusal):
    default = "A limit of this server is reached"


class OverQuota(Refusal):
    default = "Quota exceeded"


class NotPermitted(Refusal):
    default = "Permission denied"


class InUse(Refusal):
    """Another session holds it exclusively (POP3's maildrop lock)."""

    default = "In use by another session"


# people
class BadCredentials(Refusal):
    default = "Authentication failed"


class AccountDisabled(Refusal):
    default = "Account is disabled"


class TooManyFailures(Refusal):
    default = "Too many failed logins, try again later"


class UnknownRecipient(Refusal):
    default = "No such user here"


# the moment
class TryLater(Refusal):
    default = "Temporary failure, try again later"


class Unavailable(TryLater):
    """The store or another part of the hub cannot be reached at the moment."""

    default = "Service temporarily unavailable"


class Damaged(Unavailable):
    """What was kept cannot be read: somebody must look after it."""
