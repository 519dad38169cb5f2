"""What a program says to the hub, as an administrator sees it: `posthouse trace`."""

from __future__ import annotations

import re
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from hubs import POSTHOUSE, Hub
from programs import eventually


@dataclass
class Trace:
    lines: list[str] = field(default_factory=list)

    def heard(self, pattern: str) -> list[str]:
        """Lines of clients in which this is, in whichever case."""
        return [line for line in self.lines if " C: " in line and re.search(pattern, line, re.IGNORECASE)]

    def idles(self) -> int:
        """How often a client has begun to idle; 0 while the one that idled last does something else."""
        last: dict[str, str] = {}
        for line in self.lines:
            if " C: " in line:
                last[line.split()[1]] = line
        begun = self.heard(r" C: \S+ idle\b")
        return len(begun) if begun and begun[-1] in last.values() else 0

    def refused(self) -> list[str]:
        """Commands that the hub did not understand."""
        return [line for line in self.lines if re.search(r" S: \S+ BAD ", line)]


@contextmanager
def tracing(hub: Hub, person: str) -> Iterator[Trace]:
    """All sessions of this account that begin from now on."""
    command = [POSTHOUSE, "-c", hub.config, "trace", person]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, errors="replace") as process:
        trace = Trace()
        assert process.stdout is not None
        reader = threading.Thread(target=trace.lines.extend, args=(process.stdout,))
        reader.start()

        def begun() -> bool:
            hub.imap(person).logout()
            return bool(trace.lines)

        try:
            eventually(begun)
            yield trace
        finally:
            process.terminate()
            reader.join()
