"""HTTP/1.1, the server's side: requests in, responses out, whole or piece by piece (RFC 9110, RFC 9112)."""

from .connection import HttpLimits, serve_http
from .exchange import BodyTooLarge, Exchange, Page
from .messages import Headers, Request, Response

__all__ = ["BodyTooLarge", "Exchange", "Headers", "HttpLimits", "Page", "Request", "Response", "serve_http"]
