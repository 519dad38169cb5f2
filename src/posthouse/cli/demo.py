"""posthouse demo: a hub to try things with, made in one go."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from posthouse.assemble.stores import open_store
from posthouse.cli.account import create
from posthouse.cli.context import say
from posthouse.cli.serve import run
from posthouse.config import Settings
from posthouse.config.settings import load_settings
from posthouse.directory import Hasher, add_domain, list_domains

DOMAIN = "example.org"
PEOPLE = (("alice", "Alice Adams"), ("bob", "Bob Brown"))
PASSWORD = "secret"
PORTS = {
    "smtp": 2525,
    "submission": 2587,
    "submissions": 2465,
    "imap": 2143,
    "imaps": 2993,
    "pop3": 2110,
    "pop3s": 2995,
    "https": 2443,
    "metrics": 2090,
}


def register(app: typer.Typer) -> None:
    app.command()(demo)


def demo(
    folder: Annotated[Path, typer.Argument(help="Where its data are kept.")] = Path("demo"),
    workers: Annotated[int, typer.Option(min=1)] = 2,
) -> None:
    """Run a hub with a demo domain and two accounts on unprivileged ports of this machine."""
    file = folder / "posthouse.toml"
    folder.mkdir(parents=True, exist_ok=True)
    file.write_text(_configuration(workers), encoding="utf-8")
    settings = load_settings(file)
    _people(settings)
    run(settings, lambda chosen: say(_what_now(file)), lambda: load_settings(file))


def _configuration(workers: int) -> str:
    """In a file, so that all other commands work on the demo too."""
    listen = "\n".join(f'{name} = ["127.0.0.1:{port}"]' for name, port in PORTS.items())
    return f"""\
hostname = "localhost"
workers = {workers}

[listen]
{listen}

[auth]
default_domain = "{DOMAIN}"
"""


def _people(settings: Settings) -> None:
    """Once; what they have done since then is kept."""
    store = open_store(settings)
    try:
        with store.database.snapshot() as tx:
            if list_domains(tx):
                return
        hasher = Hasher(settings.auth)
        keys = {name: hasher.make(PASSWORD) for name, _ in PEOPLE}
        with store.database.transaction() as tx:
            add_domain(tx, DOMAIN)
            for name, _ in PEOPLE:
                create(tx, f"{name}@{DOMAIN}", keys[name])
    finally:
        store.close()


def _what_now(file: Path) -> str:
    alice, bob = (f"{name}@{DOMAIN}" for name, _ in PEOPLE)
    host, ports = "127.0.0.1", PORTS
    return f"""
Two accounts, {alice} and {bob}, both with the password "{PASSWORD}".
The certificate is self-made, so clients are told not to check it.

Send a message from Alice to Bob:

  swaks --server {host}:{ports["submission"]} --tls --auth PLAIN \\
        --auth-user {alice} --auth-password {PASSWORD} --from {alice} --to {bob}

or without any mail program:

  printf 'From: {alice}\\r\\nTo: {bob}\\r\\nSubject: Hello\\r\\n\\r\\nHello Bob\\r\\n' |
  curl -k smtps://{host}:{ports["submissions"]} --user {alice}:{PASSWORD} \\
       --mail-from {alice} --mail-rcpt {bob} -T -

Read Bob's mail:

  curl -k --user {bob}:{PASSWORD} 'imaps://{host}:{ports["imaps"]}/INBOX;MAILINDEX=1'
  curl -k --user {bob}:{PASSWORD} pop3s://{host}:{ports["pop3s"]}/1

Watch it happen in a second terminal, or change what you like, by the other commands: `posthouse -c {file} trace`.

  service      port  encryption  what for
  smtp         {ports["smtp"]}  STARTTLS    mail from other hubs
  submission   {ports["submission"]}  STARTTLS    sending, with a login
  submissions  {ports["submissions"]}  TLS         sending, with a login
  imap         {ports["imap"]}  STARTTLS    reading
  imaps        {ports["imaps"]}  TLS         reading
  pop3         {ports["pop3"]}  STLS        fetching
  pop3s        {ports["pop3s"]}  TLS         fetching
  https        {ports["https"]}  TLS         Outlook (MAPI), set-up of mail programs
  metrics      {ports["metrics"]}  none        http://{host}:{ports["metrics"]}/metrics and /healthz
"""
