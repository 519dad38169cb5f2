"""posthouse init: a real configuration, the DNS records to publish, what to do next."""

from __future__ import annotations

import os
import socket
from pathlib import Path
from typing import Annotated

import typer

from posthouse.assemble.stores import open_store
from posthouse.cli.context import Failure, say
from posthouse.config import load_settings
from posthouse.directory import add_domain, list_domains

CONFIG = """\
# Posthouse for {domain}. Every setting and its default: docs/configuration.md
# `posthouse -c {file} check` says what is wrong here and how to mend it.

hostname = "{hostname}"
data = "data"

[listen]
smtp = ["{host}:{smtp}"]
submission = ["{host}:{submission}"]
submissions = ["{host}:{submissions}"]
imap = ["{host}:{imap}"]
imaps = ["{host}:{imaps}"]
pop3s = ["{host}:{pop3s}"]
https = ["{host}:{https}"]
metrics = ["127.0.0.1:{metrics}"]

[tls]
# Without these two a self-signed certificate is made; clients will warn about it.
# certificate = "/etc/letsencrypt/live/{hostname}/fullchain.pem"
# key = "/etc/letsencrypt/live/{hostname}/privkey.pem"

[auth]
default_domain = "{domain}"
"""

WELL_KNOWN = {
    "smtp": 25,
    "submission": 587,
    "submissions": 465,
    "imap": 143,
    "imaps": 993,
    "pop3s": 995,
    "https": 443,
    "metrics": 9090,
}
UNPRIVILEGED = 2000
"""Added to the well-known ports with --unprivileged."""


def register(app: typer.Typer) -> None:
    app.command()(init)


def init(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where the configuration and the data will be.")],
    domain: Annotated[str, typer.Option(help="The first domain whose mail is ours.")],
    hostname: Annotated[str, typer.Option(help="The hub's own name; mail.DOMAIN if not said.")] = "",
    unprivileged: Annotated[
        bool, typer.Option("--unprivileged", help="Ports above 1024, on this machine only.")
    ] = False,
) -> None:
    """Write a configuration, make the store, and print the DNS records to publish."""
    file = folder / "posthouse.toml"
    if file.exists():
        raise Failure(f"{file} exists already; take another folder, or edit it and run `posthouse -c {file} check`")
    hostname = hostname or f"mail.{domain}"
    folder.mkdir(parents=True, exist_ok=True)
    ports = {name: port + (UNPRIVILEGED if unprivileged else 0) for name, port in WELL_KNOWN.items()}
    host = "127.0.0.1" if unprivileged else "*"
    text = CONFIG.format(domain=domain, hostname=hostname, file=file, host=host, **ports)
    file.write_text(text, encoding="utf-8")
    os.chmod(file, 0o600)
    store = open_store(load_settings(file))
    try:
        with store.database.transaction() as tx:
            if domain not in list_domains(tx):
                add_domain(tx, domain)
    finally:
        store.close()
    say(f"Written: {file}\n")
    say("DNS records to publish:\n")
    say(dns_records(domain, hostname))
    say(_next_steps(file, domain))


def dns_records(domain: str, hostname: str) -> str:
    """In zone file form, with what is not known in angle brackets."""
    return f"""\
  {hostname}.  A     <this machine's IPv4 address>
  {hostname}.  AAAA  <its IPv6 address, if it has one>
  {domain}.  MX    10 {hostname}.
  {domain}.  TXT   "v=spf1 mx -all"
  _dmarc.{domain}.  TXT   "v=DMARC1; p=none; rua=mailto:postmaster@{domain}"
  _submissions._tcp.{domain}.  SRV   0 1 465 {hostname}.
  _submission._tcp.{domain}.  SRV   0 2 587 {hostname}.
  _imaps._tcp.{domain}.  SRV   0 1 993 {hostname}.
  _pop3s._tcp.{domain}.  SRV   0 1 995 {hostname}.
  _autodiscover._tcp.{domain}.  SRV   0 1 443 {hostname}.
  autoconfig.{domain}.  CNAME {hostname}.

Outlook and Thunderbird set themselves up by the last two; a certificate that is for autoconfig.{domain} as well spares
Thunderbird's users a question

and at your provider the reverse name (PTR) of each address: {hostname}
An IPv6 address without one gets mail refused by large receivers: until it has its name, put
families = ["ipv4"] under [relay]
"""


def _next_steps(file: Path, domain: str) -> str:
    command = f"posthouse -c {file}"
    return f"""\
What to do next:

  {command} account add you@{domain}           an account (asks for a password)
  {command} account set you@{domain} admin=true    gets postmaster's mail too
  {command} check                                what is wrong with ports, certificate, DNS, disk
  {command} serve                                run it

This machine calls itself {socket.gethostname()}; other hubs see the hostname of the configuration.
"""
