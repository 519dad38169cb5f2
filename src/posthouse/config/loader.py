"""TOML → frozen dataclasses. Strict: what isn't known is an error that names the nearest thing that is.

A field's type says what is expected: str, int, float, bool, `tuple[str, ...]`, `Literal[…]`, or another dataclass for a
section. Where a number counts bytes or seconds, a text with a unit will do: "25MB", "4h".
"""

from __future__ import annotations

import contextlib
import dataclasses
import difflib
import re
import typing
from collections.abc import Mapping
from typing import Any, Literal, TypeVar, get_args, get_origin

T = TypeVar("T")

_UNITS = {
    "s": 1,
    "m": 60,
    "h": 3600,
    "d": 86_400,
    "w": 604_800,
    "B": 1,
    "kB": 10**3,
    "KB": 10**3,
    "MB": 10**6,
    "GB": 10**9,
    "TB": 10**12,
    "K": 2**10,
    "M": 2**20,
    "G": 2**30,
    "T": 2**40,
    "KiB": 2**10,
    "MiB": 2**20,
    "GiB": 2**30,
    "TiB": 2**40,
}
_LARGEST = 2**63
_WITH_UNIT = re.compile(r"(\d+(?:\.\d+)?)\s*([A-Za-z]+)")


class ConfigError(Exception):
    """Everything that is wrong with a configuration, a line each."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


def build(kind: type[T], table: Mapping[str, Any], where: str = "") -> T:
    """A dataclass from a table; raises one ConfigError with all that is wrong in it."""
    problems: list[str] = []
    made = _build(kind, table, where, problems)
    if problems or made is None:
        raise ConfigError(problems)
    return made


def _build(kind: type[T], table: Mapping[str, Any], where: str, problems: list[str]) -> T | None:
    assert dataclasses.is_dataclass(kind)
    types = typing.get_type_hints(kind)
    names = [field.name for field in dataclasses.fields(kind)]
    before = len(problems)
    values: dict[str, Any] = {}
    for key, value in table.items():
        path = f"{where}.{key}" if where else key
        name = key.replace("-", "_")
        if name not in names:
            problems.append(f"{path}: there is no such setting{_nearest(name, names)}")
        elif dataclasses.is_dataclass(types[name]) and isinstance(types[name], type):
            if isinstance(value, Mapping):
                values[name] = _build(types[name], value, path, problems)
            else:
                problems.append(f"{path}: is a section, write [{path}] and its settings below")
        else:
            values[name] = _value(types[name], value, path, problems)
    if len(problems) > before:
        return None
    try:
        return kind(**values)
    except ValueError as error:
        problems.append(f"{where}.{error}" if where else str(error))
        return None


def _nearest(name: str, names: list[str]) -> str:
    close = difflib.get_close_matches(name, names, 1)
    return f"; did you mean {close[0]}?" if close else f" here; known are: {', '.join(names)}"


def _value(kind: Any, value: Any, path: str, problems: list[str]) -> Any:
    if get_origin(kind) is Literal:
        if value in get_args(kind):
            return value
        problems.append(f"{path}: one of {', '.join(map(repr, get_args(kind)))}, not {value!r}")
    elif get_origin(kind) is tuple:
        if isinstance(value, str):
            return (value,)
        if isinstance(value, list) and all(isinstance(item, str) for item in value):
            return tuple(value)
        problems.append(f'{path}: a list of texts is expected, like ["…"], not {value!r}')
    elif kind is bool or isinstance(value, bool):
        if kind is bool and isinstance(value, bool):
            return value
        problems.append(f"{path}: {_expected(kind)} is expected, not {value!r}")
    elif kind in (int, float):
        return _number(kind, value, path, problems)
    elif isinstance(value, kind):
        return value
    else:
        problems.append(f"{path}: {_expected(kind)} is expected, not {value!r}")
    return None


def _expected(kind: Any) -> str:
    return {str: "a text in quotes", bool: "true or false", int: "a whole number", float: "a number"}.get(
        kind, str(kind)
    )


def _number(kind: Any, value: Any, path: str, problems: list[str]) -> Any:
    number: float | None = None
    if isinstance(value, int) or (kind is float and isinstance(value, float)):
        number = value
    elif isinstance(value, str):
        with contextlib.suppress(ValueError):
            number = parse_quantity(value)
    if number is None:
        problems.append(f'{path}: {_expected(kind)} is expected, or one with a unit like "25MB" or "4h", not {value!r}')
    elif not 0 <= number < _LARGEST:
        problems.append(f"{path}: {'cannot be negative' if number < 0 else 'is too large'}")
    else:
        return kind(number)
    return None


def parse_quantity(text: str) -> float:
    """`25MB`, `512K`, `4h`, `10` → bytes or seconds. ValueError if it is none."""
    text = text.strip()
    if text.isdigit():
        return float(text)
    match = _WITH_UNIT.fullmatch(text)
    if match is None or match[2] not in _UNITS:
        raise ValueError(f"a number with a unit like 25MB or 4h is expected, not {text!r}")
    return float(match[1]) * _UNITS[match[2]]
