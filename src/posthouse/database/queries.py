"""Named queries: SQL lives in `.sql` files beside the code that uses it, each query with a name and a description.

-- name: find_folder
-- A folder by its full name.
SELECT … WHERE account_id = ? AND name = ?
"""

from __future__ import annotations

import re
from importlib.resources import files

_NAME = re.compile(r"^-- name: (\w+)\s*$", re.MULTILINE)


class Queries:
    """The queries of one file as attributes: `SQL = Queries(__package__, "folders.sql")`, then `SQL.find_folder`."""

    def __init__(self, package: str, file: str) -> None:
        text = files(package).joinpath(file).read_text(encoding="utf-8")
        pieces = _NAME.split(text)
        for name, body in zip(pieces[1::2], pieces[2::2], strict=True):
            if name in self.__dict__:
                raise ValueError(f"{package}/{file}: query {name} is there twice")
            self.__dict__[name] = "\n".join(
                line for line in body.strip().splitlines() if not line.startswith("--")
            ).rstrip(";")

    def __getattr__(self, name: str) -> str:
        raise AttributeError(f"no query is named {name}")
