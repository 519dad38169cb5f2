"""Real programs that tests work with: found, or the test is skipped and says why; where CI=true it fails instead."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from itertools import count
from pathlib import Path
from typing import TypeVar

import pytest

T = TypeVar("T")

ROOT = Path(__file__).parents[2]
_SYSTEM = "/usr/sbin:/sbin"
_worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
# Below the range from which the system takes ports for outgoing connections, and apart from other test processes'.
_ports = count(20_000 + _worker * 1500 + os.getpid() % 500)
_held: list[socket.socket] = []


def missing(reason: str) -> None:
    """What a test needs isn't here."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"{reason}, and CI must have it (scripts/packages)")
    pytest.skip(reason)


def program(name: str) -> str:
    """The path of a program."""
    found = shutil.which(name) or shutil.which(name, path=_SYSTEM)
    if found is None:
        missing(f"{name} is not installed")
    return str(found)


def need_root() -> None:
    if os.geteuid() != 0:
        missing("only root can start this server")


def free_port() -> int:
    """A port that nobody listens at, and that no other process of tests gets while this one runs: two hubs at one port
    share what comes (SO_REUSEPORT), and neither says so."""
    for port in _ports:
        hold = socket.socket(socket.AF_UNIX)
        try:
            hold.bind(f"\0posthouse-tests-port-{port}")
            with socket.socket() as probe:
                probe.bind(("127.0.0.1", port))
        except OSError:
            hold.close()
            continue
        _held.append(hold)
        return port
    raise AssertionError


def run(
    command: Sequence[str | Path],
    *,
    stdin: bytes = b"",
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    ok: Sequence[int] = (0,),
) -> str:
    """Run to the end, give both outputs; a failure shows them."""
    done = subprocess.run(
        [str(word) for word in command],
        input=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env={**os.environ, **(env or {})},
        cwd=cwd,
        timeout=100,
        check=False,
    )
    output = done.stdout.decode("utf-8", "replace")
    assert done.returncode in ok, f"{command[0]} ended with {done.returncode}:\n{output}"
    return output


def eventually(what: Callable[[], T], seconds: float = 60.0) -> T:
    """What a condition gives as soon as it holds; AssertionError when it never does."""
    deadline = time.monotonic() + seconds
    while True:
        found = what()
        if found:
            return found
        assert time.monotonic() < deadline, f"never happened: {what}"
        time.sleep(0.05)
