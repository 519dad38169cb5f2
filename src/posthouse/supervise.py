"""The supervisor: a small process that keeps N identical workers running and passes signals on.

It opens no database and serves nobody, so forking is safe and a crash of a worker costs only that worker's sessions.
Ports asked for as 0 are chosen here, once, for all the workers.

    SIGTERM, SIGINT   drain: workers stop accepting, finish what is under way, end
    SIGHUP            reload certificate and configuration in every worker
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field

DRAIN_SECONDS = 30.0
"""After SIGTERM; then SIGKILL. A worker itself drains within less."""
RESTART_SECONDS = 1.0
"""A worker that dies sooner than this after its start is started again only after as long."""

PR_SET_PDEATHSIG = 1

Worker = Callable[[int, Callable[[], None]], None]
"""Runs one worker until it is told to stop: its number, and what it calls once it accepts connections."""


@dataclass
class _Child:
    number: int
    started: float
    ready_pipe: int
    ready: bool = False


@dataclass
class Supervisor:
    worker: Worker
    count: int
    on_ready: Callable[[], None]
    """Called once, when every worker accepts for the first time."""
    log: Callable[[str], None]
    _children: dict[int, _Child] = field(default_factory=dict)
    _stopping: float = 0.0
    """When the draining ends, in monotonic time; 0 while we serve."""
    _restart_at: dict[int, float] = field(default_factory=dict)
    _failed: bool = False

    def run(self) -> int:
        """Until a signal ends it; the exit status."""
        signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
        for number in range(self.count):
            self._start(number)
        if not self._wait_until_ready():
            self._drain()
        while self._children or self._restart_at:
            self._one_signal()
        return 0 if self._stopping and not self._failed else 1

    def _start(self, number: int) -> None:
        reading, writing = os.pipe()
        sys.stdout.flush()
        sys.stderr.flush()
        pid = os.fork()
        if pid == 0:
            os.close(reading)
            os._exit(self._in_child(number, writing))
        os.close(writing)
        self._children[pid] = _Child(number, time.monotonic(), reading)

    def _in_child(self, number: int, ready_pipe: int) -> int:
        _end_with_parent()
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)
        for child in self._children.values():
            os.close(child.ready_pipe)

        def ready() -> None:
            os.write(ready_pipe, b"1")
            os.close(ready_pipe)

        try:
            self.worker(number, ready)
        except KeyboardInterrupt:
            return 0
        except SystemExit as error:
            return error.code if isinstance(error.code, int) else 1
        except BaseException as error:  # a worker's last words; the supervisor decides what next
            self.log(f"worker {number} failed: {type(error).__name__}: {error}")
            return 1
        finally:
            with contextlib.suppress(BrokenPipeError, ValueError):
                sys.stdout.flush()
                sys.stderr.flush()
        return 0

    def _wait_until_ready(self) -> bool:
        """False when a worker ended before it was ready: the configuration can't be served."""
        for pid, child in list(self._children.items()):
            child.ready = os.read(child.ready_pipe, 1) == b"1"
            os.close(child.ready_pipe)
            child.ready_pipe = os.open(os.devnull, os.O_RDONLY)
            if not child.ready:
                os.waitpid(pid, 0)
                os.close(self._children.pop(pid).ready_pipe)
                self._failed = True
                return False
        self.on_ready()
        return True

    def _one_signal(self) -> None:
        """Wait for a signal or for the next thing that is due."""
        now = time.monotonic()
        due = [*self._restart_at.values(), *([self._stopping] if self._stopping else [])]
        info = signal.sigtimedwait(_SIGNALS, max(0.0, min(due) - now) if due else 3600.0)
        number = info.si_signo if info is not None else 0
        if number in (signal.SIGTERM, signal.SIGINT):
            self._drain()
        elif number == signal.SIGHUP:
            self._tell(signal.SIGHUP)
        self._reap()
        now = time.monotonic()
        if self._stopping and now >= self._stopping:
            self._tell(signal.SIGKILL)
        for worker, at in list(self._restart_at.items()):
            if at <= now:
                del self._restart_at[worker]
                self._start(worker)

    def _drain(self) -> None:
        self._stopping = self._stopping or time.monotonic() + DRAIN_SECONDS
        self._restart_at.clear()
        self._tell(signal.SIGTERM)

    def _tell(self, number: int) -> None:
        for pid in self._children:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)

    def _reap(self) -> None:
        while self._children:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                return
            child = self._children.pop(pid, None)
            if child is None:
                continue
            os.close(child.ready_pipe)
            if self._stopping:
                continue
            self.log(f"worker {child.number} ended ({_how(status)}), starting it again")
            soon = child.started + RESTART_SECONDS
            self._restart_at[child.number] = max(soon, time.monotonic())


_SIGNALS = {signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD}


def _end_with_parent() -> None:
    """The kernel sends SIGTERM when the supervisor is gone (Linux; elsewhere a worker outlives it)."""
    parent = os.getppid()
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:
        os._exit(1)


def _how(status: int) -> str:
    if os.WIFSIGNALED(status):
        return signal.Signals(os.WTERMSIG(status)).name
    return f"exit status {os.WEXITSTATUS(status)}"
