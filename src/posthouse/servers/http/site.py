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
        self._trees: dict[str, Page] = {}
        for route in routes:
            self._pages[route.path.rstrip("/")] = route.page
            if route.path.endswith("/"):
                self._trees[route.path] = route.page

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
        if found is not None or not self._trees:
            return found
        while path:
            path = path.rstrip("/").rpartition("/")[0]
            if (tree := self._trees.get(path + "/")) is not None:
                return tree
        return None
