"""A hub with two workers for all tests of this folder, and the other servers that it talks to."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from dns_server import DnsServer, serve_zone
from hubs import DOMAIN, Authority, Hub
from peers import Exim, Postfix
from programs import free_port


@pytest.fixture(scope="session")
def open_folder() -> Iterator[Callable[[str], Path]]:
    """Folders which servers that run as other users can reach; pytest's own are private."""
    made: list[Path] = []

    def make(name: str) -> Path:
        folder = Path(tempfile.mkdtemp(prefix=f"posthouse-{name}-"))
        folder.chmod(0o755)
        made.append(folder)
        return folder

    yield make
    for folder in made:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def authority(open_folder: Callable[[str], Path]) -> Authority:
    return Authority(open_folder("ca"), (f"autodiscover.{DOMAIN}",))


@pytest.fixture(scope="session")
def names() -> Iterator[DnsServer]:
    """Where the hub looks names up."""
    with serve_zone({}) as server:
        yield server


@pytest.fixture(scope="session")
def mx_port() -> int:
    """Where the hub finds mail exchangers."""
    return free_port()


@pytest.fixture(scope="session")
def hub(
    tmp_path_factory: pytest.TempPathFactory, authority: Authority, names: DnsServer, mx_port: int
) -> Iterator[Hub]:
    """With Alice and Bob; it looks names up at `names`."""
    sections = {
        "dns": {"servers": [names.address]},
        "relay": {"port": mx_port},
        "queue": {"first_retry": 1, "longest_retry": 2},
    }
    hub = Hub(tmp_path_factory.mktemp("hub"), authority, sections)
    hub.command("domain", "add", DOMAIN)
    hub.person("alice")
    hub.person("bob")
    hub.start()
    yield hub
    assert hub.stop() == 0, hub.log_text()


@pytest.fixture
def alice() -> str:
    return f"alice@{DOMAIN}"


@pytest.fixture
def bob() -> str:
    return f"bob@{DOMAIN}"


@pytest.fixture
def person(hub: Hub) -> str:
    """Somebody new, with an empty INBOX."""
    return hub.person()


@pytest.fixture(scope="session")
def postfix(
    hub: Hub, mx_port: int, authority: Authority, names: DnsServer, open_folder: Callable[[str], Path]
) -> Iterator[Postfix]:
    peer = Postfix(open_folder("postfix"), mx_port, hub.ports["smtp"], authority)
    names.set(peer.domain, "MX", f"10 mx.{peer.domain}.")
    names.set(f"mx.{peer.domain}", "A", peer.host)
    peer.start()
    yield peer
    peer.stop()


@pytest.fixture(scope="session")
def exim(
    hub: Hub, mx_port: int, authority: Authority, names: DnsServer, open_folder: Callable[[str], Path]
) -> Iterator[Exim]:
    peer = Exim(open_folder("exim"), mx_port, hub.ports["smtp"], authority)
    names.set(peer.domain, "MX", f"10 mx.{peer.domain}.")
    names.set(f"mx.{peer.domain}", "A", peer.host)
    peer.start()
    yield peer
    peer.stop()
