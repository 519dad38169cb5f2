"""HTTP/1.1: requests in, responses out, whole or piece by piece (RFC 9110, RFC 9112); `client.py` is the other side."""

from .connection import HttpLimits, serve_http
from .exchange import BodyTooLarge, Exchange, Page
from .messages import Headers, Request, Response

__all__ = ["BodyTooLarge", "Exchange", "Headers", "HttpLimits", "Page", "Request", "Response", "serve_http"]
