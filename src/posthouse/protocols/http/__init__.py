"""What header fields of HTTP mean to us: credentials and cookies."""

from .basic import BasicCredentials, parse_basic
from .cookies import parse_cookies

__all__ = ["BasicCredentials", "parse_basic", "parse_cookies"]
