"""`posthouse check`: what is wrong, and the mend, against name servers, ports and certificates of the test's own."""

from __future__ import annotations

import datetime
import json
import os
import socket
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import trustme
import typer
from dns_server import DnsServer, serve_zone
from hubs import DOMAIN, POSTHOUSE, Authority, Hub
from typer.testing import CliRunner

from posthouse.cli.check import register
from posthouse.cli.context import Context
from posthouse.database import postgresql

RIGHT: dict[str, dict[str, list[str]]] = {
    "mail.example.org": {"A": ["192.0.2.1"]},
    "1.2.0.192.in-addr.arpa": {"PTR": ["mail.example.org."]},
    "example.org": {"MX": ["10 mail.example.org."], "TXT": ['"v=spf1 mx -all"']},
    "_dmarc.example.org": {"TXT": ['"v=DMARC1; p=none"']},
    "_autodiscover._tcp.example.org": {"SRV": ["0 1 443 mail.example.org."]},
}


@pytest.fixture(scope="module")
def server() -> Iterator[DnsServer]:
    with serve_zone(RIGHT) as server:
        yield server


@pytest.fixture
def names(server: DnsServer) -> DnsServer:
    """All is right again."""
    server.zone = dict(RIGHT)
    server.fails.clear()
    return server


@pytest.fixture(scope="module")
def lasting(tmp_path_factory: pytest.TempPathFactory, server: DnsServer) -> Hub:
    folder = tmp_path_factory.mktemp("check")
    hub = Hub(folder, Authority(folder), {"dns": {"servers": [server.address]}})
    hub.command("domain", "add", DOMAIN)
    return hub


@pytest.fixture
def hub(lasting: Hub, names: DnsServer) -> Hub:
    """With a right certificate again."""
    lasting.authority = Authority(lasting.folder)
    return lasting


def check(hub: Hub, *options: str) -> tuple[int, dict[str, list[str]]]:
    """Exit status, and level → what was found with its mend. In this process: one of its own takes seconds to begin."""
    app = typer.Typer()
    register(app)
    done = CliRunner().invoke(app, ["--json", *options], obj=Context(hub.config))
    return done.exit_code, by_level(done.stdout)


def by_level(output: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {"ok": [], "warning": [], "wrong": []}
    for one in json.loads(output):
        found[one["level"]].append(f"{one['what']} → {one['mend']}")
    return found


def test_nothing_is_wrong(hub: Hub) -> None:
    """Then it says so, of each thing that it has looked at: here as somebody types it."""
    command = [POSTHOUSE, "-c", hub.config, "check", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    found = by_level(done.stdout)
    assert (done.returncode, found["wrong"], found["warning"]) == (0, [], [])
    assert len(found["ok"]) > 10


Change = Callable[[DnsServer], Any]


@pytest.mark.parametrize(
    ("change", "level", "said"),
    [
        (lambda zone: zone.set("mail.example.org", "A"), "wrong", "mail.example.org has no address → publish its A"),
        (lambda zone: zone.set("example.org", "MX", "10 mx.elsewhere.test."), "warning", "goes to mx.elsewhere.test"),
        (lambda zone: zone.set("example.org", "MX", "0 ."), "wrong", "example.org has a null MX"),
        (lambda zone: zone.set("1.2.0.192.in-addr.arpa", "PTR"), "warning", "reverse name of 192.0.2.1 is missing"),
        (
            lambda zone: zone.set("1.2.0.192.in-addr.arpa", "PTR", "host-1.provider.test."),
            "warning",
            "reverse name of 192.0.2.1 is host-1.provider.test → ask your provider",
        ),
        (lambda zone: zone.set("mail.example.org", "AAAA", "2001:db8::1"), "warning", 'set families = ["ipv4"]'),
        (lambda zone: zone.set("example.org", "TXT", '"something"'), "warning", 'TXT "v=spf1 mx -all" for example.org'),
        (lambda zone: zone.set("_dmarc.example.org", "TXT"), "warning", "_dmarc.example.org has no v=DMARC1"),
        (
            lambda zone: zone.set("_autodiscover._tcp.example.org", "SRV"),
            "warning",
            "cannot find the hub by themselves",
        ),
        (
            lambda zone: zone.set("_autodiscover._tcp.example.org", "SRV", "0 1 443 other.test."),
            "warning",
            "mail programs for example.org are sent to other.test",
        ),
        (
            lambda zone: zone.set("autodiscover.example.org", "A", "192.0.2.1"),
            "warning",
            "autodiscover.example.org is published, and the certificate is not for it",
        ),
        (lambda zone: zone.fails.add("mail.example.org"), "warning", "no answer about mail.example.org"),
    ],
    ids=[
        "no address",
        "foreign MX",
        "null MX",
        "no reverse",
        "other reverse",
        "IPv6",
        "no SPF",
        "no DMARC",
        "no Autodiscover",
        "foreign Autodiscover",
        "Autodiscover without certificate",
        "servfail",
    ],
)
def test_names(hub: Hub, names: DnsServer, change: Change, level: str, said: str) -> None:
    """Pitfall 8 and others that end in mail being refused elsewhere: found before the first message is sent."""
    change(names)
    status, found = check(hub)
    assert any(said in one for one in found[level]), found
    assert status == (1 if level == "wrong" else 0)


def test_a_port_that_somebody_else_has_bound(hub: Hub) -> None:
    """It is bound, but nobody answers: not the hub."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", hub.ports["imap"]))
        status, found = check(hub, "--no-dns")
    assert status == 1
    assert any("listen.imap: " in one for one in found["wrong"])


def write_certificate(hub: Hub, name: str, days: int) -> None:
    now = datetime.datetime.now(datetime.UTC)
    issued = trustme.CA().issue_cert(
        name, not_before=now - datetime.timedelta(400), not_after=now + datetime.timedelta(days)
    )
    hub.authority.key.write_bytes(issued.private_key_pem.bytes())
    hub.authority.certificate.write_bytes(issued.cert_chain_pems[0].bytes())


@pytest.mark.parametrize(
    ("name", "days", "level", "said"),
    [
        ("mail.example.org", -2, "wrong", "expired on"),
        ("mail.example.org", 3, "warning", "expires in"),
        ("www.example.org", 300, "warning", "is for www.example.org, not mail.example.org → get one for"),
        ("*.example.org", 300, "ok", "is good until"),
    ],
)
def test_certificates(hub: Hub, name: str, days: int, level: str, said: str) -> None:
    """Expired, soon to expire, for another name."""
    write_certificate(hub, name, days)
    status, found = check(hub, "--no-dns")
    assert any(said in one for one in found[level]), found
    assert status == (1 if level == "wrong" else 0)
    assert level != "ok" or not any("tls" in one for one in found["warning"])


def test_rubbish_for_a_key(hub: Hub) -> None:
    """The file is named."""
    hub.authority.key.write_text("rubbish")
    status, found = check(hub, "--no-dns")
    assert status == 1
    assert any("tls: " in one and str(hub.authority.key) in one for one in found["wrong"])


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    """Whoever runs the hub must be able to."""
    (tmp_path / "data").write_text("a file is in its place")
    status, found = check(Hub(tmp_path, Authority(tmp_path)), "--no-dns")
    assert status == 1
    assert any("data: " in one for one in found["wrong"])
    assert os.listdir(tmp_path)


def test_a_database_that_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the words of the database, with the setting to look at."""
    monkeypatch.setattr(postgresql, "PATIENCE", 1.0)
    hub = Hub(tmp_path, Authority(tmp_path), {"store": {"url": "postgresql://nobody@127.0.0.1:1/none"}})
    status, found = check(hub, "--no-dns")
    assert status == 1
    assert any("store: " in one and "[store] url" in one for one in found["wrong"])
