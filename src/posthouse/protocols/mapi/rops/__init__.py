"""Remote operations – [MS-OXCROPS] 2.2: a file for each family, a class for each request and response."""

from .base import RopFailure, RopRequest, RopResponse
from .registry import parse_rops
from .responses import failure_of, parse_responses

__all__ = ["RopFailure", "RopRequest", "RopResponse", "failure_of", "parse_responses", "parse_rops"]
