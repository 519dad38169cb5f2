"""When the directory's answer is no: to a person who types a command, mostly."""

from posthouse.model.refusals import BadCredentials, NotPermitted, Refusal


class BadAddress(Refusal):
    default = "Not an address"


class BadAttribute(Refusal):
    default = "Not an attribute"


class NotAuthorized(NotPermitted):
    """Authenticated, but not to act for the authorization identity (RFC 5530 AUTHORIZATIONFAILED)."""

    default = "Not authorized to act for that account"


class BadPassword(Refusal):
    default = "An empty password is none"


class AddressExists(Refusal):
    default = "The address is taken"


class DomainExists(Refusal):
    default = "The domain exists"


class DomainInUse(Refusal):
    default = "The domain still has addresses"


class NotInDirectory(Refusal):
    default = "Not in the directory"


class BadKeytab(Exception):
    """Not a file with keys of Kerberos that can be read."""


class BadTicket(BadCredentials):
    """Of Kerberos. `reason` is for our log; the peer hears no more than after a wrong password."""

    def __init__(self, reason: str) -> None:
        super().__init__()
        self.reason = reason
