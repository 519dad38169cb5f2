"""Structured logs on stderr: one line an event, with fields.

    log = Logger("smtp")                                    # one per room or server
    session_log = log.bind(peer=stream.peer, session=id)    # every line of this session carries these
    session_log.info("delivered", recipients=3, size=4096, ms=1.9)

    2026-08-01T12:00:00.123Z info smtp delivered peer=192.0.2.1:4711 session=x1 recipients=3 size=4096 ms=1.9

One line per command or delivery, from one place, with its outcome and duration. A line that is not wanted costs one
comparison; build expensive fields only `if log.debugging`. A line is written by one system call, so the lines of
several workers do not mix, and a hub that is killed loses none.
"""

import contextlib
import json
import logging
import os
import re
import time
import traceback
from collections.abc import Callable
from typing import Literal

from .secret import Secret

DEBUG, INFO, WARNING, ERROR = 10, 20, 30, 40
LEVELS = {"debug": DEBUG, "info": INFO, "warning": WARNING, "error": ERROR}

Format = Literal["text", "json"]
Fields = dict[str, object]

_plain = re.compile(r"[!#-<>-\[\]-~]+").fullmatch  # printable ASCII without space, quote, = and backslash
_quote = json.encoder.encode_basestring_ascii


class _Output:
    """Where lines go and which are wanted; one per process."""

    __slots__ = ("format", "generation", "level", "second", "second_text", "write")

    def __init__(self) -> None:
        self.level = INFO
        self.format: Format = "text"
        self.generation = 0  # changes when bound fields must be rendered anew
        self.write: Callable[[bytes], None] = _write_stderr
        self.second = -1
        self.second_text = ""

    def now(self) -> str:
        """UTC with milliseconds; the part down to the second is kept until it changes."""
        moment = time.time()
        second = int(moment)
        if second != self.second:
            self.second = second
            self.second_text = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(second))
        return f"{self.second_text}.{int((moment - second) * 1000):03d}Z"


def _write_stderr(line: bytes) -> None:
    with contextlib.suppress(OSError):  # a full or closed pipe must not stop the mail
        while line:
            line = line[os.write(2, line) :]


_output = _Output()


def configure_logs(
    level: str = "info", format: Format = "text", write: Callable[[bytes], None] = _write_stderr
) -> None:
    """Choose what is logged and how; at start, at reload, and in tests with a `write` of their own."""
    _output.level = LEVELS[level]
    _output.format = format
    _output.write = write
    _output.generation += 1
    _adopt_standard_logging()


class Logger:
    """A name and inherited fields. Cheap to bind: fields are rendered when the first line is written, and kept."""

    __slots__ = ("_fields", "_generation", "_rendered", "name")

    def __init__(self, name: str, fields: Fields | None = None) -> None:
        self.name = name
        self._fields = fields or {}
        self._rendered = ""
        self._generation = -1

    def bind(self, **fields: object) -> "Logger":
        """The same with more inherited fields."""
        return Logger(self.name, {**self._fields, **fields})

    @property
    def debugging(self) -> bool:
        return _output.level <= DEBUG

    def debug(self, event: str, **fields: object) -> None:
        """Their mistakes, single commands."""
        if _output.level <= DEBUG:
            self._emit("debug", event, fields)

    def info(self, event: str, **fields: object) -> None:
        """What an operator wants to find later: logins, deliveries, refusals."""
        if _output.level <= INFO:
            self._emit("info", event, fields)

    def warning(self, event: str, **fields: object) -> None:
        """Works, but somebody should look."""
        if _output.level <= WARNING:
            self._emit("warning", event, fields)

    def error(self, event: str, error: BaseException | None = None, **fields: object) -> None:
        """Our fault; with `error`, its traceback."""
        if _output.level <= ERROR:
            self._emit("error", event, fields, error)

    def _emit(self, level: str, event: str, fields: Fields, error: BaseException | None = None) -> None:
        output = _output
        if self._generation != output.generation:
            self._rendered = _render(self._fields)
            self._generation = output.generation
        trace = "".join(traceback.format_exception(error)) if error is not None else ""
        if output.format == "json":
            trace = f',"traceback":{_quote(trace)}' if trace else ""
            line = (
                f'{{"time":"{output.now()}","level":"{level}","room":"{self.name}","event":{_quote(event)}'
                f"{self._rendered}{_render(fields)}{trace}}}\n"
            )
        else:
            trace = "".join(f"\n    {row}" for row in trace.splitlines())
            line = f"{output.now()} {level} {self.name} {_safe(event)}{self._rendered}{_render(fields)}{trace}\n"
        output.write(line.encode("ascii", "backslashreplace"))


def _render(fields: Fields) -> str:
    if _output.format == "json":
        return "".join([f',"{name}":{_json_value(value)}' for name, value in fields.items() if value is not None])
    text = ""
    for name, value in fields.items():
        if type(value) is str and _plain(value):
            text += f" {name}={value}"
        elif value is not None:
            text += f" {name}={_text_value(value)}"
    return text


def _text_value(value: object) -> str:
    kind = type(value)
    if kind is int:
        return str(value)
    if kind is float:
        return f"{value:.6g}"
    if kind is bool:
        return "true" if value else "false"
    text = value if isinstance(value, str) else _words(value)
    return text if _plain(text) else _quote(text)


def _json_value(value: object) -> str:
    kind = type(value)
    if kind is str:
        return _quote(value)  # type: ignore[arg-type]
    if kind is int:
        return str(value)
    if kind is float:
        return f"{value:.6g}"
    if kind is bool:
        return "true" if value else "false"
    if isinstance(value, list | tuple) and not hasattr(value, "_fields"):
        return "[" + ",".join(map(_json_value, value)) + "]"
    return _quote(value if isinstance(value, str) else _words(value))


def _words(value: object) -> str:
    if isinstance(value, bytes):
        return value.decode("utf-8", "backslashreplace")
    if isinstance(value, Secret):
        return repr(value)
    if isinstance(value, list | tuple) and not hasattr(value, "_fields"):
        return ",".join(map(_text_value, value))
    return str(value)


def _safe(event: str) -> str:
    """An event is written by us, but a line must stay a line."""
    return event if event.isprintable() else _quote(event)


class _StandardHandler(logging.Handler):
    """Libraries that use the standard logging module appear among our lines, from warnings up."""

    def emit(self, record: logging.LogRecord) -> None:
        logger = Logger(record.name)
        error = record.exc_info[1] if record.exc_info else None
        if record.levelno >= logging.ERROR:
            logger.error(record.getMessage(), error)
        else:
            logger.warning(record.getMessage())


def _adopt_standard_logging() -> None:
    root = logging.getLogger()
    if not any(isinstance(handler, _StandardHandler) for handler in root.handlers):
        root.addHandler(_StandardHandler(logging.WARNING))
