"""A real hub as a person runs it: a configuration file, commands, `posthouse serve` in processes of its own."""

from __future__ import annotations

import contextlib
import imaplib
import json
import os
import poplib
import select
import signal
import smtplib
import ssl
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import trustme
from imapclient import IMAPClient
from programs import free_port, run

POSTHOUSE = Path(sys.executable).parent / "posthouse"
SERVICES = ("smtp", "submission", "submissions", "lmtp", "imap", "imaps", "pop3", "pop3s", "https", "metrics")
HOST = "localhost"
DOMAIN = "example.org"
PASSWORD = "a secret, with spaces"
_numbers = count(1)


@dataclass
class Authority:
    """Whoever trusts `ca` trusts the hub and the other servers of a test."""

    folder: Path
    more: tuple[str, ...] = ()
    """Names that the certificate is for, besides the usual ones."""
    ca: Path = field(init=False)
    certificate: Path = field(init=False)
    key: Path = field(init=False)

    def __post_init__(self) -> None:
        authority = trustme.CA()
        names = HOST, "127.0.0.1", "mail.example.org", "postfix.test", "exim.test", *self.more
        issued = authority.issue_cert(*names, common_name=HOST)  # fetchmail wants a common name
        self.ca, self.certificate, self.key = (self.folder / name for name in ("ca.pem", "cert.pem", "key.pem"))
        authority.cert_pem.write_to_path(str(self.ca))
        issued.private_key_pem.write_to_path(str(self.key))
        self.certificate.write_bytes(b"".join(blob.bytes() for blob in issued.cert_chain_pems))

    @property
    def context(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=str(self.ca))


def toml(table: Mapping[str, Any]) -> str:
    """Sections of plain values; JSON's texts, numbers and lists are TOML's as well."""
    plain = [f"{key} = {json.dumps(value)}" for key, value in table.items() if not isinstance(value, Mapping)]
    sections = [f"\n[{key}]\n{toml(value)}" for key, value in table.items() if isinstance(value, Mapping)]
    return "\n".join(plain + sections) + "\n"


class Hub:
    """`start` it, `stop` it; `command("queue", "list")` is the command line."""

    def __init__(self, folder: Path, authority: Authority, sections: Mapping[str, Any] | None = None) -> None:
        self.folder = folder
        self.authority = authority
        self.ports = {service: free_port() for service in SERVICES}
        self.config = folder / "posthouse.toml"
        self.log = folder / "log"
        table: dict[str, Any] = {
            "hostname": "mail.example.org",
            "workers": 2,
            "data": str(folder / "data"),
            "listen": {service: [f"127.0.0.1:{port}"] for service, port in self.ports.items()},
            "tls": {"certificate": str(authority.certificate), "key": str(authority.key)},
            "auth": {"default_domain": DOMAIN, "argon2_memory": 64, "argon2_passes": 1, "scram_iterations": 4096},
        }
        for name, section in (sections or {}).items():
            table[name] = {**table.get(name, {}), **section} if isinstance(section, Mapping) else section
        self.config.write_text(toml(table), encoding="utf-8")
        self.process: subprocess.Popen[bytes] | None = None

    def command(self, *words: str, stdin: str = "") -> str:
        return run([POSTHOUSE, "-c", self.config, *words], stdin=stdin.encode())

    def start(self) -> None:
        """Returns when it is ready."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [POSTHOUSE, "-c", self.config, "serve"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log
            )
        assert self.process.stdout is not None
        ready, _, _ = select.select([self.process.stdout], [], [], 60)
        line = self.process.stdout.readline() if ready else b"(nothing)"
        assert line == b"posthouse: ready\n", f"{line!r}\n{self.log_text()}"

    def stop(self) -> int:
        """As an init system does; the exit status."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        try:
            status = self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise
        finally:
            assert self.process.stdout is not None
            self.process.stdout.close()
        return status

    def workers(self) -> list[int]:
        """Their process ids."""
        assert self.process is not None
        pid = self.process.pid
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()]

    def kill_worker(self, which: int = 0) -> None:
        """One of them, by SIGKILL; it is started again."""
        workers = self.workers()
        if workers:
            os.kill(workers[which % len(workers)], signal.SIGKILL)

    def kill(self) -> None:
        """All at once, as when the machine loses its power."""
        assert self.process is not None
        workers = self.workers()
        self.process.kill()
        for pid in workers:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait()
        assert self.process.stdout is not None
        self.process.stdout.close()
        while any(Path(f"/proc/{pid}").exists() for pid in workers):
            time.sleep(0.01)

    def log_text(self) -> str:
        return self.log.read_text(encoding="utf-8", errors="replace")

    def person(self, name: str = "") -> str:
        """A new account's address; without a name, one that nobody has used."""
        address = f"{name or f'person{next(_numbers)}'}@{DOMAIN}"
        self.command("account", "add", address, "--password-stdin", stdin=PASSWORD + "\n")
        return address

    # Clients of the standard library and IMAPClient, logged in.

    def smtp(self, login: str = "", service: str = "submission") -> smtplib.SMTP:
        """At `smtp` and `lmtp` nobody logs in."""
        port, context = self.ports[service], self.authority.context
        client: smtplib.SMTP
        if service == "lmtp":
            return smtplib.LMTP(HOST, port)
        if service == "submissions":
            client = smtplib.SMTP_SSL(HOST, port, timeout=60, context=context)
        else:
            client = smtplib.SMTP(HOST, port, timeout=60)
        if service == "submission":
            client.starttls(context=context)
        if login:
            client.login(login, PASSWORD)
        return client

    def send(self, sender: str, recipient: str, data: bytes, service: str = "submission") -> None:
        with self.smtp(sender if service.startswith("subm") else "", service) as client:
            client.sendmail(sender, [recipient], data)

    def imap(self, login: str, service: str = "imaps") -> IMAPClient:
        tls = service == "imaps"
        client = IMAPClient(HOST, self.ports[service], ssl=tls, ssl_context=self.authority.context, timeout=60)
        client.login(login, PASSWORD)
        return client

    def imaplib(self, login: str, service: str = "imaps") -> imaplib.IMAP4:
        """`imap` is with STARTTLS."""
        port, context = self.ports[service], self.authority.context
        client: imaplib.IMAP4
        if service == "imaps":
            client = imaplib.IMAP4_SSL(HOST, port, ssl_context=context, timeout=60)
        else:
            client = imaplib.IMAP4(HOST, port, timeout=60)
            client.starttls(context)
        client.login(login, PASSWORD)
        return client

    def pop3(self, login: str, service: str = "pop3s") -> poplib.POP3:
        """`pop3` is with STLS."""
        port, context = self.ports[service], self.authority.context
        client: poplib.POP3
        if service == "pop3s":
            client = poplib.POP3_SSL(HOST, port, context=context, timeout=60)
        else:
            client = poplib.POP3(HOST, port, timeout=60)
            client.stls(context)
        client.user(login)
        client.pass_(PASSWORD)
        return client

    def inbox(self, login: str) -> list[bytes]:
        """Every message there, whole."""
        with self.imap(login) as client:
            client.select_folder("INBOX", readonly=True)
            found = client.fetch(client.search(), ["BODY.PEEK[]"])
            return [found[uid][b"BODY[]"] for uid in sorted(found)]
