"""When delivery says no, beyond what the model knows already."""

from __future__ import annotations

from posthouse.model.refusals import MessageTooLarge, NotPermitted, OverQuota, Refusal


class RelayDenied(NotPermitted):
    default = "Relaying denied"


class SenderNotYours(NotPermitted):
    default = "Sender address is not yours to use"


class NotForYou(NotPermitted):
    """The group takes mail from its members only, or from those who have logged in."""

    default = "You may not send to this group"


class NotWanted(NotPermitted):
    """By a rule of the recipient's."""

    default = "The recipient does not take this message"


class TooLargeToTake(MessageTooLarge):
    """By a rule of the recipient's."""

    default = "The recipient does not take messages of this size"


class MailboxFull(OverQuota):
    """By policy the last word, not a matter of the moment."""

    default = "Mailbox full"


class TooManyHops(Refusal):
    default = "Too many hops, mail loop suspected"


class HeaderTooLarge(MessageTooLarge):
    default = "Message header too large"


class BadMessage(Refusal):
    """A submission that cannot be repaired."""

    default = "The message is not well-formed"
