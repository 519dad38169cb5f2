"""Which page is where."""

from __future__ import annotations

import asyncio
from typing import cast

import pytest

from posthouse.net.http import Exchange, Headers, HttpLimits, Request, Response
from posthouse.observe.logs import Logger
from posthouse.servers.http import Route, Site


def page(name: str):
    async def page(_: Exchange) -> Response:
        return Response.text(200, name)

    return page


SITE = Site([Route(path, page(path)) for path in ("/a/", "/a/b/", "/a/b/c", "/d")], HttpLimits(), Logger("test"))


class Asked:
    def __init__(self, path: str) -> None:
        self.request = Request("GET", path, path, "", Headers(()))


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("/a", "/a/"),
        ("/A//", "/a/"),
        ("/a/x/y", "/a/"),
        ("/a/b", "/a/b/"),
        ("/a/b/x", "/a/b/"),
        ("/a/b/c/", "/a/b/c"),
        ("/a/b/c/x", "/a/b/"),
        ("/d/", "/d"),
        ("/d/x", None),
        ("/ab", None),
        ("/", None),
        ("", None),
    ],
)
def test_the_narrowest_page_answers(path: str, found: str | None) -> None:
    """Below a tree as well, and in whatever case."""
    response = asyncio.run(SITE.page(cast(Exchange, Asked(path))))
    assert response is not None
    assert (response.status, response.body.decode()) == ((200, found) if found else (404, "There is nothing here\n"))
