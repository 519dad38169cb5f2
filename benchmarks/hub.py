"""This hub as a side: a configuration, accounts and full folders in a folder of its own, then `posthouse serve`."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from benchmarks.cpu import cpu_seconds
from benchmarks.side import Side
from benchmarks.sink import Sink

SERVICES = ("smtp", "lmtp", "imap", "imaps", "pop3", "http")

_CONFIG = """
hostname = "mx.example.org"
workers = 1
data = "data"
[listen]
{listen}
[auth]
default_domain = "example.org"
[search]
index = false  # no work behind what is measured
[relay]
smarthost = "127.0.0.1:{sink}"
tls = "never"
[mapi]
enabled = true
[smtp]
relay_networks = ["127.0.0.0/8"]
messages = 1000000
[limits]
connections = 20000
"""


def free_ports(names: tuple[str, ...]) -> dict[str, int]:
    """Of the loopback, free at this moment."""
    held = [socket.create_server(("127.0.0.1", 0)) for _ in names]
    ports = {name: each.getsockname()[1] for name, each in zip(names, held, strict=True)}
    for each in held:
        each.close()
    return ports


def start_hub(folder: Path, fill: Mapping[str, tuple[int, int]], million: bool) -> Side:
    """`fill`: how many messages, of which size, are in whose INBOX."""
    sink = Sink()
    ports = free_ports(SERVICES)
    listen = "\n".join(f'{name} = ["127.0.0.1:{port}"]' for name, port in ports.items())
    config = folder / "posthouse.toml"
    config.write_text(_CONFIG.format(listen=listen, sink=sink.port))
    _populate(config, fill, million)
    process, seconds = _serve(config, folder)

    def stop() -> None:
        process.send_signal(signal.SIGTERM)
        process.wait()
        sink.close()

    start_cpu = cpu_seconds([process.pid])
    return Side("posthouse", folder, ports, [process.pid], sink, seconds, start_cpu, stop=stop)


def _serve(config: Path, folder: Path) -> tuple[subprocess.Popen[bytes], float]:
    began = time.perf_counter()
    with (folder / "log").open("wb") as log:
        command = [Path(sys.executable).parent / "posthouse", "-c", config, "serve"]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log)
    assert process.stdout is not None
    if process.stdout.readline().strip() != b"posthouse: ready":
        process.wait()
        raise RuntimeError(f"the hub does not start: {(folder / 'log').read_text()[-2000:]}")
    return process, time.perf_counter() - began


def _populate(config: Path, fill: Mapping[str, tuple[int, int]], million: bool) -> None:
    """In a process of its own, so that what it loads and holds is not ours."""
    folders = [f"{who}:{number}:{size}" for who, (number, size) in fill.items()]
    command = [sys.executable, "-m", "benchmarks.populate", config, *folders, *(["million"] if million else [])]
    subprocess.run(command, check=True)
