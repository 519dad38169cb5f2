"""What a server costs: CPU time and memory of all its processes.

CPU is what the living processes of the tree have used (the kernel's clock of each process, all threads, user and
system, in nanoseconds) and what those that ended have left to their parents, so a server that works with a process for
each connection is counted in full.
"""

from __future__ import annotations

import contextlib
import os
import time
from pathlib import Path

TICK = os.sysconf("SC_CLK_TCK")


def tree(root: int) -> list[int]:
    """The process and all below it."""
    children: dict[int, list[int]] = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            with contextlib.suppress(OSError):
                children.setdefault(int(_stat(int(name))[1]), []).append(int(name))
    found = [root]
    for pid in found:
        found += children.get(pid, [])
    return found


def cpu_seconds(roots: list[int]) -> float:
    """Used so far by the processes and all that ever were below them."""
    total = 0.0
    for root in roots:
        for pid in tree(root):
            with contextlib.suppress(OSError):
                left_by_children = int(_stat(pid)[13]) + int(_stat(pid)[14])
                total += left_by_children / TICK + time.clock_gettime((~pid << 3) | 2)
    return total


def memory(roots: list[int], kind: str = "Pss") -> int:
    """Bytes of memory; what processes share is counted once (proportional set size). `Pss_Anon`: without files that are
    mapped, which the system takes back when it needs room."""
    total = 0
    for root in roots:
        for pid in tree(root):
            with contextlib.suppress(OSError):
                lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
                total += next(int(line.split()[1]) for line in lines if line.startswith(f"{kind}:")) * 1024
    return total


def _stat(pid: int) -> list[str]:
    """Fields of /proc/PID/stat from the state on (proc(5) numbers them from 3)."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
