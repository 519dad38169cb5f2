"""Which page is where. Paths are compared without case, for Exchange's clients write them in every way."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from posthouse.net.http import Exchange, HttpLimits, Page, Response, serve_http
from posthouse.net.stream import Stream
from posthouse.observe.logs import Logger

from .doorkeeper import Refused


@dataclass(frozen=True, slots=True)
class Route:
    path: str
    """In lower case. One that ends with a slash stands for everything below as well."""
    page: Page


class Site:
    """All pages of a worker."""

    def __init__(self, routes: Iterable[Route], limits: HttpLimits, log: Logger) -> None:
        self._limits, self._log = limits, log
        self._pages: dict[str, Page] = {}
        trees: dict[str, Page] = {}
        for route in routes:
            self._pages[route.path.rstrip("/")] = route.page
            if route.path.endswith("/"):
                trees[route.path] = route.page
        self._trees = sorted(trees.items(), key=lambda tree: -len(tree[0]))
        """The narrowest first."""

    async def session(self, stream: Stream) -> None:
        """One connection."""
        await serve_http(stream, self.page, self._limits, self._log)

    async def page(self, exchange: Exchange) -> Response | None:
        page = self._find(exchange.request.path.lower())
        if page is None:
            return Response.text(404, "There is nothing here\n")
        try:
            return await page(exchange)
        except Refused as refused:
            return refused.response

    def _find(self, path: str) -> Page | None:
        found = self._pages.get(path.rstrip("/"))
        return found or next((page for tree, page in self._trees if path.startswith(tree)), None)
