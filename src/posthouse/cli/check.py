"""posthouse check: what is wrong with configuration, ports, certificate, DNS, disk and store, and the mend."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from posthouse.assemble.hub import certificates
from posthouse.assemble.negotiate import negotiation
from posthouse.assemble.stores import open_store
from posthouse.cli.backup import Spinner
from posthouse.cli.check_setup import check_setup
from posthouse.cli.context import Context, context_of, say, show_json
from posthouse.cli.findings import Finding
from posthouse.config import ConfigError, Settings
from posthouse.directory import list_domains
from posthouse.net.addresses import parse_address
from posthouse.net.listeners import CannotListen, open_sockets
from posthouse.net.resolver import Resolver, ResolverError, TemporaryFailure
from posthouse.net.tls import BadCertificate
from posthouse.store import Store
from posthouse.store.problems import Problem, mend
from posthouse.store.verify import verify

FREE = 1 << 30
SLOW_SYNC = 0.05
CERTIFICATE_DAYS = 14
DNS_SECONDS = 10.0


def register(app: typer.Typer) -> None:
    app.command()(check)


def check(
    ctx: typer.Context,
    store: Annotated[
        bool, typer.Option("--store", help="Verify the store too: every counter, number and reference.")
    ] = False,
    deep: Annotated[
        bool, typer.Option("--deep", help="With --store: read every message and compare its hash.")
    ] = False,
    repair: Annotated[bool, typer.Option("--mend", help="With --store: mend what can be derived.")] = False,
    dns: Annotated[bool, typer.Option("--dns/--no-dns", help="Look names up.")] = True,
    json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Say what is wrong, and the mend. Exit status 1 if anything is."""
    context = context_of(ctx)
    settings = context.settings
    findings = list(_findings(settings, dns=dns))
    if store:
        findings += _verify(context, deep=deep, repair=repair)
    if json:
        show_json([{"level": one.level, "what": one.what, "mend": one.mend} for one in findings])
    else:
        for one in findings:
            say(f"{one.level:8} {one.what}" + (f"\n         → {one.mend}" if one.mend else ""))
    if any(one.level == "wrong" for one in findings):
        raise SystemExit(1)


def _findings(settings: Settings, *, dns: bool) -> Iterator[Finding]:
    yield Finding("ok", "configuration: can be read")
    yield from _ports(settings)
    yield from _certificate(settings)
    yield from _keytab(settings)
    yield from _disk(settings)
    domains: list[str] = []
    try:
        store = open_store(settings)
    except Exception as error:  # whatever the engine says is what the operator needs to read
        yield Finding("wrong", f"store: {error}", "check [store] url, and that the database accepts you")
    else:
        with store.database.snapshot() as tx:
            domains = list_domains(tx)
        store.close()
        yield (
            Finding("ok", f"store: {len(domains)} domains")
            if domains
            else Finding("warning", "store: no domain yet", "posthouse domain add DOMAIN")
        )
    if dns:
        yield from asyncio.run(_dns(settings, domains))


def _ports(settings: Settings) -> Iterator[Finding]:
    anything = False
    for field in fields(settings.listen):
        for address in getattr(settings.listen, field.name):
            anything = True
            yield _port(field.name, address)
    if not anything:
        yield Finding("wrong", "listen: no service is switched on", 'set addresses in [listen], like smtp = ["*:25"]')


def _port(service: str, address: str) -> Finding:
    try:
        host, port = parse_address(address)
    except ValueError as error:
        return Finding("wrong", f"listen.{service}: {error}")
    if port and _answers(host, port):
        return Finding("ok", f"listen.{service}: something listens at {address} (the hub, if it is running)")
    try:
        for bound in open_sockets([address]):
            bound.close()
    except (CannotListen, OSError) as error:
        return Finding("wrong", f"listen.{service}: {error}")
    return Finding("ok", f"listen.{service}: {address} is free")


def _answers(host: str, port: int) -> bool:
    with suppress(OSError), socket.create_connection((host or "localhost", port), 0.5):
        return True
    return False


def _certificate(settings: Settings) -> Iterator[Finding]:
    try:
        found = certificates(settings)
    except (BadCertificate, OSError) as error:
        yield Finding("wrong", f"tls: {error}", "set [tls] certificate and key to PEM files that belong together")
        return
    days = (found.expires - datetime.now(UTC)).days
    if days < 0:
        yield Finding("wrong", f"tls: the certificate expired on {found.expires:%Y-%m-%d}", "renew it, then SIGHUP")
    elif days < CERTIFICATE_DAYS:
        yield Finding("warning", f"tls: the certificate expires in {days} days", "renew it, then SIGHUP")
    elif not settings.tls.certificate:
        mend = "get a certificate for the hostname and set [tls] certificate and key"
        yield Finding("warning", "tls: the certificate is self-signed, clients will warn", mend)
    else:
        yield Finding("ok", f"tls: the certificate is good until {found.expires:%Y-%m-%d}")
    name = settings.name.lower()
    if not {name, f"*.{name.partition('.')[2]}"} & set(found.names):
        mend = f"get one for {name}, or set hostname to a name that it has"
        yield Finding("warning", f"tls: the certificate is for {', '.join(found.names) or 'no name'}, not {name}", mend)


def _keytab(settings: Settings) -> Iterator[Finding]:
    if not settings.http.kerberos_keytab:
        return
    try:
        negotiation(settings)
    except ConfigError as error:
        yield Finding("wrong", str(error), "let the user the hub runs as read a keytab of HTTP/host@REALM")
    else:
        yield Finding("ok", f"http: the keytab {settings.http.kerberos_keytab} can be read")


def _certificate_names(settings: Settings) -> list[str]:
    with suppress(BadCertificate, OSError):
        return certificates(settings).names
    return []


def _disk(settings: Settings) -> Iterator[Finding]:
    folder = settings.data_folder
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        free = shutil.disk_usage(folder).free
        seconds = _time_of_sync(folder)
    except OSError as error:
        yield Finding("wrong", f"data: {folder}: {error.strerror}", "run this as the user the hub runs as")
        return
    if free < FREE:
        yield Finding("warning", f"data: only {free >> 20} MiB are free", "make room before mail is refused with 452")
    else:
        yield Finding("ok", f"data: {free >> 30} GiB free in {folder}")
    if seconds > SLOW_SYNC:
        yield Finding(
            "warning",
            f"data: a write takes {seconds * 1000:.0f} ms to be on disk",
            "a faster disk: all mail waits for it",
        )


def _time_of_sync(folder: Path) -> float:
    probe = folder / f".check-{os.getpid()}"
    began = time.perf_counter()
    try:
        fd = os.open(probe, os.O_WRONLY | os.O_CREAT, 0o600)
        try:
            os.write(fd, b"x" * 4096)
            os.fsync(fd)
        finally:
            os.close(fd)
    finally:
        probe.unlink(missing_ok=True)
    return time.perf_counter() - began


async def _dns(settings: Settings, domains: list[str]) -> list[Finding]:
    findings: list[Finding] = []
    try:
        async with asyncio.timeout(DNS_SECONDS):
            findings.extend([finding async for finding in _look_up(settings, domains)])
    except TimeoutError:
        findings.append(Finding("warning", "dns: no answer in time", "check [dns] servers, or this machine's resolver"))
    return findings


async def _look_up(settings: Settings, domains: list[str]) -> AsyncIterator[Finding]:
    resolver, hostname = Resolver(settings.dns.servers), settings.name
    addresses: list[str] = []
    for ask in (resolver.a, resolver.aaaa):
        try:
            addresses += await ask(hostname)
        except TemporaryFailure as error:
            yield Finding("warning", f"dns: no answer about {hostname}: {error}", "check [dns] servers, or the network")
            return
        except ResolverError:
            continue
    if not addresses:
        yield Finding("wrong", f"dns: {hostname} has no address", "publish its A and AAAA records, or mend hostname")
    for address in addresses:
        yield await _reverse(resolver, address, hostname)
    for domain in domains:
        async for finding in _domain(resolver, domain, hostname):
            yield finding
        if settings.listen.https:
            async for finding in check_setup(resolver, domain, hostname, _certificate_names(settings)):
                yield finding


async def _reverse(resolver: Resolver, address: str, hostname: str) -> Finding:
    """Forward-confirmed: large receivers refuse mail from an address without it."""
    names = []
    with suppress(ResolverError):
        names = [name.lower() for name in await resolver.ptr(address)]
    if hostname.lower() in names:
        return Finding("ok", f"dns: {address} is {hostname} both ways")
    mend = f"ask your provider to set the reverse name of {address} to {hostname}"
    if ":" in address:
        mend += '; until then set families = ["ipv4"] in [relay]'
    return Finding("warning", f"dns: the reverse name of {address} is {', '.join(names) or 'missing'}", mend)


async def _domain(resolver: Resolver, domain: str, hostname: str) -> AsyncIterator[Finding]:
    try:
        exchangers = [mx.exchange.lower() for mx in await resolver.mx(domain)]
    except ResolverError as error:
        exchangers = []
        yield Finding("wrong", f"dns: {domain}: {error}", f"publish {domain}. MX 10 {hostname}.")
    if exchangers == [""]:
        yield Finding("wrong", f"dns: {domain} has a null MX: it takes no mail", f"MX 10 {hostname}.")
    elif exchangers and hostname.lower() not in exchangers:
        yield Finding(
            "warning", f"dns: mail for {domain} goes to {', '.join(exchangers)}, not here", f"MX 10 {hostname}."
        )
    elif exchangers:
        yield Finding("ok", f"dns: mail for {domain} comes here")
    yield await _text(resolver, domain, b"v=spf1", f'"v=spf1 mx -all" for {domain}')
    yield await _text(resolver, f"_dmarc.{domain}", b"v=DMARC1", f'"v=DMARC1; p=none" for _dmarc.{domain}')


async def _text(resolver: Resolver, name: str, begins: bytes, mend: str) -> Finding:
    texts: list[bytes] = []
    with suppress(ResolverError):
        texts = await resolver.txt(name)
    if any(text.lower().startswith(begins.lower()) for text in texts):
        return Finding("ok", f"dns: {name} has {begins.decode()}")
    return Finding("warning", f"dns: {name} has no {begins.decode()}", f"publish TXT {mend}")


def _verify(context: Context, *, deep: bool, repair: bool) -> Iterator[Finding]:
    with context.store() as store, Spinner() as report:
        with store.database.snapshot() as tx:
            problems = list(verify(tx, store.blobs, report, deep=deep))
        for problem in problems:
            yield _mended(store, problem) if repair and problem.repair else _finding(problem)
    if not problems:
        yield Finding("ok", "store: every counter, number and reference is right")


def _finding(problem: Problem) -> Finding:
    return Finding("wrong", f"store: {problem.what} ({problem.where})", problem.mend)


def _mended(store: Store, problem: Problem) -> Finding:
    with store.database.transaction() as tx:
        done = mend(tx, problem)
    return Finding("ok", f"store: mended: {problem.what} ({problem.where})") if done else _finding(problem)
