"""How mail programs set themselves up over HTTPS, and what they hear where there is nothing yet."""

from .server import WebServer

__all__ = ["WebServer"]
