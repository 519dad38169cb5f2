"""The commented example file and the reference page, made from the declarations of the settings."""

from __future__ import annotations

import ast
import dataclasses
import inspect
import json
import textwrap
import typing
from itertools import pairwise
from typing import Any

from posthouse.config.settings import Settings


def field_docs(kind: type[Any]) -> dict[str, str]:
    """The text below each field of a dataclass."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(kind)))
    body = tree.body[0].body if isinstance(tree.body[0], ast.ClassDef) else []
    docs: dict[str, str] = {}
    for statement, following in pairwise(body):
        if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
            value = following.value if isinstance(following, ast.Expr) else None
            text = value.value if isinstance(value, ast.Constant) else ""
            docs[statement.target.id] = inspect.cleandoc(str(text)).replace("\n", " ")
    return docs


def _sections(kind: type[Any] = Settings, path: str = "") -> list[tuple[str, type[Any]]]:
    """The file itself and every section, also those within sections: `smtp.timeouts`."""
    sections = [(path, kind)]
    for name, inner in typing.get_type_hints(kind).items():
        if isinstance(inner, type) and dataclasses.is_dataclass(inner):
            sections += _sections(inner, f"{path}.{name}" if path else name)
    return sections


def _settings_of(kind: type[Any]) -> list[tuple[str, Any, str]]:
    """Name, default and text of each plain setting of a section."""
    types, docs = typing.get_type_hints(kind), field_docs(kind)
    return [
        (field.name, field.default, docs.get(field.name, ""))
        for field in dataclasses.fields(kind)
        if not dataclasses.is_dataclass(types[field.name])
    ]


def _toml(value: Any) -> str:
    if isinstance(value, tuple):
        return "[" + ", ".join(json.dumps(item) for item in value) + "]"
    if isinstance(value, bool):
        return "true" if value else "false"
    return json.dumps(value) if isinstance(value, str) else str(value)


def _summary(kind: type[Any]) -> str:
    return inspect.cleandoc(kind.__doc__ or "").split("\n\n")[0].replace("\n", " ")


def example_file() -> str:
    """Every setting, commented out, with its default."""
    lines = ['# Every setting of Posthouse with its default. Sizes take units like "25MB", durations like "4h".', ""]
    for section, kind in _sections():
        if section:
            lines += [
                "",
                *textwrap.wrap(_summary(kind), 110, initial_indent="# ", subsequent_indent="# "),
                f"[{section}]",
            ]
        for name, default, text in _settings_of(kind):
            lines += textwrap.wrap(text, 110, initial_indent="# ", subsequent_indent="# ")
            lines.append(f"# {name} = {_toml(default)}")
    return "\n".join(lines) + "\n"


def reference_page() -> str:
    """The same as Markdown."""
    lines = [
        "# Configuration",
        "",
        "One TOML file; `posthouse -c FILE check` says what is wrong with it. Sizes are bytes or",
    ]
    lines += ['texts like `"25MB"`, durations are seconds or texts like `"4h"`. This page is made from the program.']
    for section, kind in _sections():
        lines += ["", f"## [{section}]" if section else "## At the top", "", _summary(kind), ""]
        lines += ["| setting | default | meaning |", "|---|---|---|"]
        for name, default, text in _settings_of(kind):
            lines.append(f"| `{name}` | `{_toml(default)}` | {text.replace('|', '/')} |")
    return "\n".join(lines) + "\n"
