"""The folder list shows the architecture: who may import whom, and how large a file may be."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from importlinter.cli import lint_imports

ROOT = Path(__file__).parent.parent
FILES = sorted((ROOT / "src").rglob("*.py"))


def test_a_room_imports_only_rooms_below(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """The contracts of pyproject.toml hold."""
    monkeypatch.chdir(ROOT)
    broken = lint_imports(cache_dir=None)
    assert not broken, capfd.readouterr().out


def test_no_file_is_too_large_to_read() -> None:
    """40 kB at most."""
    assert [file for file in FILES if file.stat().st_size > 40_000] == []


@pytest.mark.parametrize("room", ["protocols", "message", "texts", "model"])
def test_pure_rooms_do_not_look_at_the_clock(room: str) -> None:
    """Bytes and values only: what needs the time is given it."""
    found = [
        f"{file.relative_to(ROOT)}:{node.lineno}"
        for file in FILES
        if file.is_relative_to(ROOT / "src/posthouse" / room)
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in ("now", "utcnow")
    ]
    assert found == []


def test_every_module_says_what_it_is_for() -> None:
    """A docstring at the head of each file that holds code."""
    silent = []
    for file in FILES:
        tree = ast.parse(file.read_text(encoding="utf-8"))
        if tree.body and not ast.get_docstring(tree):
            silent.append(str(file.relative_to(ROOT)))
    assert silent == []
