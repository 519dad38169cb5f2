"""Remote operations – [MS-OXCROPS] 2.2: a file for each family, a class for each request and response."""

from .base import RopFailure, RopRequest, RopResponse
from .registry import each_rop, parse_rops
from .responses import failure_of, parse_responses

__all__ = ["RopFailure", "RopRequest", "RopResponse", "each_rop", "failure_of", "parse_responses", "parse_rops"]
