"""posthouse serve: the hub in the foreground."""

from __future__ import annotations

import asyncio
import shutil
import signal
import socket
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from functools import partial

import typer
import uvloop

from posthouse.assemble.hub import Hub, certificates
from posthouse.assemble.negotiate import negotiation
from posthouse.assemble.stores import open_store
from posthouse.cli.context import Context, Failure, context_of
from posthouse.config import ConfigError, Settings
from posthouse.net.listeners import CannotListen, address_of, open_sockets
from posthouse.net.tls import BadCertificate
from posthouse.observe.logs import Logger, configure_logs
from posthouse.supervise import Supervisor

READY = "posthouse: ready"
AT_START = ("workers", "data", "listen", "store", "blobs", "search")
"""Settings that a running hub keeps."""


def register(app: typer.Typer) -> None:
    app.command()(serve)


def serve(ctx: typer.Context) -> None:
    """Run the hub until SIGTERM; SIGHUP reloads configuration and certificate."""
    context = context_of(ctx)
    status = run(context.settings, lambda settings: None, lambda: context_again(context))
    if status:
        raise SystemExit(status)


def context_again(context: Context) -> Settings:
    """The configuration as the file is now."""
    return Context(context.config).settings


def run(settings: Settings, on_ready: Callable[[Settings], None], again: Callable[[], Settings]) -> int:
    """Prepare, fork the workers, and watch over them. `on_ready` gets the settings with the ports that were chosen."""
    configure_logs(settings.log.level, settings.log.format)
    log = Logger("hub")
    reloading = Reloading(settings, again)
    settings, held = _bind(settings)
    prepare(settings)

    def ready() -> None:
        log.info(
            "ready", workers=settings.worker_count, hostname=settings.name, store=settings.store_url.split("@")[-1]
        )
        where = {field.name: " ".join(getattr(settings.listen, field.name)) for field in fields(settings.listen)}
        log.info("listening", **{name: addresses for name, addresses in where.items() if addresses})
        on_ready(settings)
        print(READY, flush=True)

    supervisor = Supervisor(
        partial(_worker, settings, reloading), settings.worker_count, ready, lambda text: log.warning(text)
    )
    try:
        return supervisor.run()
    finally:
        for bound in held:
            bound.close()
        log.info("stopped")


def prepare(settings: Settings) -> None:
    """What is done once, before there are workers: tables, certificate, keytab, old counters."""
    try:
        open_store(settings).close()
        certificates(settings)
        negotiation(settings)
    except BadCertificate as error:
        raise Failure(f"tls: {error}") from None
    shutil.rmtree(settings.data_folder / "metrics", ignore_errors=True)


def _bind(settings: Settings) -> tuple[Settings, list[socket.socket]]:
    """Hold every port, so that a port that is taken is said at once and a free one (port 0) is the same for all."""
    held: list[socket.socket] = []
    chosen: dict[str, tuple[str, ...]] = {}
    for field in fields(settings.listen):
        try:
            sockets = open_sockets(getattr(settings.listen, field.name))
        except (CannotListen, ValueError) as error:
            for bound in held:
                bound.close()
            raise Failure(f"listen.{field.name}: {error}") from None
        held += sockets
        chosen[field.name] = tuple(address_of(bound) for bound in sockets)
    if not held:
        raise Failure('nothing to listen on: set addresses in [listen], like smtp = ["0.0.0.0:25"]')
    return replace(settings, listen=replace(settings.listen, **chosen)), held


@dataclass(frozen=True)
class Reloading:
    """The file as it was, and how to read it again."""

    before: Settings
    again: Callable[[], Settings]

    def settings(self, running: Settings) -> Settings:
        """What the file says now, as far as a hub that runs can obey it."""
        now = self.again()
        late = [name for name in AT_START if getattr(now, name) != getattr(self.before, name)]
        if late:
            Logger("hub").warning("needs a restart", settings=", ".join(late))
        return replace(now, **{name: getattr(running, name) for name in AT_START})


def _worker(settings: Settings, reloading: Reloading, number: int, ready: Callable[[], None]) -> None:
    """In the forked process, until SIGTERM."""
    uvloop.run(_serve(settings, reloading, number, ready))


async def _serve(settings: Settings, reloading: Reloading, number: int, ready: Callable[[], None]) -> None:
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    hub = Hub(settings, f"w{number}")

    def reload() -> None:
        try:
            hub.reload(reloading.settings(settings))
            Logger("hub").info("reloaded")
        except (ConfigError, BadCertificate) as error:
            Logger("hub").warning("not reloaded", reason=error)

    loop.add_signal_handler(signal.SIGTERM, stop.set)
    loop.add_signal_handler(signal.SIGINT, stop.set)
    loop.add_signal_handler(signal.SIGHUP, reload)
    await hub.start()
    ready()
    await stop.wait()
    await hub.close()
