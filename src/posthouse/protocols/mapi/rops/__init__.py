"""Remote operations – [MS-OXCROPS] 2.2: a file for each family, a class for each request and response."""

from .base import RopFailure, RopRequest
from .registry import parse_rops

__all__ = ["RopFailure", "RopRequest", "parse_rops"]
