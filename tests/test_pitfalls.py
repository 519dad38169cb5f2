"""Each pitfall of mail administration that the handbook says is answered has a test that names it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "pitfalls.md"

ROW = re.compile(r"^\| (\d+) \|.*\| ([^|]+) \|$", re.MULTILINE)
LINK = re.compile(r"\]\((\S+)\)")
NAMED = re.compile(r"[Pp]itfalls? ((?:\d+(?:, | and )?)+)")


def rows() -> dict[int, list[Path]]:
    """Number → the tests that its row links to."""
    found = ROW.findall(PAGE.read_text(encoding="utf-8"))
    return {int(number): [(PAGE.parent / link).resolve() for link in LINK.findall(links)] for number, links in found}


def named_in(file: Path) -> set[int]:
    """The pitfalls that a test names."""
    mentions = NAMED.findall(file.read_text(encoding="utf-8"))
    return {int(number) for mention in mentions for number in re.findall(r"\d+", mention)}


@pytest.mark.parametrize("number", rows())
def test_it_is_guarded(number: int) -> None:
    """The row links to tests, each of which is there and names the pitfall."""
    files = rows()[number]
    assert files
    assert [file.name for file in files if number not in named_in(file)] == []


def test_whoever_names_one_is_listed() -> None:
    """A test that names a pitfall which the page does not have would never be found."""
    files = [file for kind in ("*.py", "*.txt") for file in (ROOT / "tests").rglob(kind)]
    assert {number for file in files for number in named_in(file)} <= set(rows())
