"""PDF documents are read by a process of their own, which has little memory and little time for each.

    request = length(4) document        answer = length(4) text in UTF-8

One process serves all threads of a worker, one document at a time, and ends with it. A document at which it dies has no
text, which is remembered, so that it costs its time only once. How much time and memory there is doesn't depend on how
busy the machine is: the limits are on CPU and address space, so the same document gives the same text everywhere.
"""

from __future__ import annotations

import hashlib
import resource
import struct
import subprocess
import sys
import threading
from collections import OrderedDict
from typing import IO

MAX_CPU = 2
"""Seconds for one document; one more until the system looks."""
MAX_MEMORY = 512 * 1024 * 1024
"""Address space; about 40 MB are used by honest documents."""
REMEMBERED = 1024
"""Documents, and for the texts of the others:"""
REMEMBERED_TEXT = 16 * 1024 * 1024

_LENGTH = struct.Struct("!I")


class PdfProcess:
    """`text(data)`, from any thread. The process is started when it is needed."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._texts: OrderedDict[bytes, str] = OrderedDict()
        self._size = 0

    def text(self, data: bytes) -> str:
        key = hashlib.blake2b(data, digest_size=16).digest()
        with self._lock:
            text = self._texts.get(key)
            if text is None:
                text = self._ask(data)
                self._remember(key, text)
            else:
                self._texts.move_to_end(key)
        return text

    def close(self) -> None:
        with self._lock:
            self._end()

    def _remember(self, key: bytes, text: str) -> None:
        self._texts[key] = text
        self._size += len(text)
        while len(self._texts) > REMEMBERED or self._size > REMEMBERED_TEXT:
            self._size -= len(self._texts.popitem(last=False)[1])

    def _ask(self, data: bytes) -> str:
        if self._process is None or self._process.poll() is not None:
            self._end()
            self._process = _start()
        requests, answers = self._process.stdin, self._process.stdout
        assert requests is not None
        assert answers is not None
        try:
            requests.write(_LENGTH.pack(len(data)) + data)
            requests.flush()
            answer = _read(answers)
        except OSError:
            answer = None
        if answer is None:
            self._end()
            return ""
        return answer.decode("utf-8", "replace")

    def _end(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None


def _start() -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "posthouse.store.pdf_process"]
    return subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True
    )


def _read(stream: IO[bytes]) -> bytes | None:
    """What follows its length; None at the end."""
    head = stream.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        return None
    (length,) = _LENGTH.unpack(head)
    data = stream.read(length)
    return data if len(data) == length else None


def main() -> None:
    """In the process: until there are no more requests."""
    from posthouse.message.pdf import pdf_text  # here, so that nobody else pays for the library

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY, MAX_MEMORY))
    while (data := _read(sys.stdin.buffer)) is not None:
        used = resource.getrusage(resource.RUSAGE_SELF)
        end = int(used.ru_utime + used.ru_stime) + MAX_CPU + 1
        resource.setrlimit(resource.RLIMIT_CPU, (end, resource.RLIM_INFINITY))
        text = pdf_text(data).encode("utf-8", "replace")
        sys.stdout.buffer.write(_LENGTH.pack(len(text)) + text)
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
