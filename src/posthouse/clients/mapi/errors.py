"""What can go wrong for a client of MAPI over HTTP."""

from __future__ import annotations

from posthouse.protocols.mapi.error_codes import name_of
from posthouse.protocols.mapi.transport import ResponseCode


class MapiError(Exception):
    """The base of all of them."""


class DiscoveryFailed(MapiError):
    """No server could be found for the address."""


class LoginRefused(MapiError):
    """Of the credentials."""


class Unreachable(MapiError):
    """No connection, or it broke each time. Of a change that was on its way nobody knows whether it was made."""


class BadResponse(MapiError):
    """The server said what nobody can read."""


class RequestFailed(MapiError):
    """The transport refused a request (X-ResponseCode)."""

    def __init__(self, code: int, request_type: str) -> None:
        known = code in ResponseCode.__members__.values()
        super().__init__(f"{request_type}: {ResponseCode(code).text if known else code}")
        self.code = code


class SessionLost(MapiError):
    """The server forgot the session while a request that changes something was on its way: whether it was done is not
    known. There is a new session already."""


class ObjectLost(MapiError):
    """It was open in a session that is no more, and cannot be opened again as it was."""


class CallFailed(MapiError):
    """A request as a whole failed: with an error code, or with the status of a remote procedure call."""

    def __init__(self, what: str, code: int) -> None:
        super().__init__(f"{what}: {name_of(code)}")
        self.code = code


class RopFailed(CallFailed):
    """One operation did."""


class PropertiesFailed(CallFailed):
    """Some properties could not be set or deleted; the others were."""

    def __init__(self, problems: dict[str, int]) -> None:
        """Error codes by the names of the properties."""
        told = ", ".join(f"{name} ({name_of(code)})" for name, code in problems.items())
        super().__init__(told, next(iter(problems.values())))
        self.problems = problems
