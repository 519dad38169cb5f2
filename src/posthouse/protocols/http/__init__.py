"""What header fields of HTTP mean to us: credentials and cookies."""

from .basic import BasicCredentials, parse_basic
from .cookies import parse_cookies
from .negotiate import format_negotiate, is_negotiate, parse_negotiate

__all__ = [
    "BasicCredentials",
    "format_negotiate",
    "is_negotiate",
    "parse_basic",
    "parse_cookies",
    "parse_negotiate",
]
