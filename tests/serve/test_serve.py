"""`posthouse serve` as an init system meets it: start, signals, and what goes wrong."""

from __future__ import annotations

import imaplib
import os
import signal
import smtplib
import socket
import ssl
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hubs import DOMAIN, HOST, PASSWORD, POSTHOUSE, Authority, Hub
from programs import eventually

LARGE = b"Subject: large\r\n\r\n" + b"0123456789\r\n" * 400_000


@pytest.fixture
def make_hub(tmp_path: Path) -> Iterator[Callable[..., Hub]]:
    made: list[Hub] = []

    def make(**sections: object) -> Hub:
        hub = Hub(tmp_path, Authority(tmp_path), sections)
        hub.command("domain", "add", DOMAIN)
        hub.start()
        made.append(hub)
        return hub

    yield make
    for hub in made:
        if hub.process is not None and hub.process.poll() is None:
            assert hub.stop() == 0, hub.log_text()


def ask(hub: Hub, service: str, *lines: bytes) -> socket.socket:
    """A connection on which these have been said, each after the answer to the one before."""
    connection = socket.create_connection((HOST, hub.ports[service]), timeout=30)
    connection.recv(1000)
    for line in lines:
        connection.sendall(line + b"\r\n")
        assert connection.recv(10_000)
    return connection


def rest(connection: socket.socket) -> bytes:
    """All that comes until the other side ends."""
    pieces = []
    while piece := connection.recv(65536):
        pieces.append(piece)
    connection.close()
    return b"".join(pieces)


def test_sigterm_drains(make_hub: Callable[..., Hub]) -> None:
    """Who waits is told goodbye, who is in the middle of a message is let finish, and then it ends by itself."""
    hub = make_hub()
    alice = hub.person("alice")
    quiet = {
        "imap": ask(hub, "imap", f'a LOGIN {alice} "{PASSWORD}"'.encode(), b"b SELECT INBOX", b"c IDLE"),
        "pop3": ask(hub, "pop3"),
        "smtp": ask(hub, "smtp", b"EHLO client.test"),
    }
    sending = ask(
        hub, "smtp", b"EHLO client.test", b"MAIL FROM:<c@elsewhere.test>", f"RCPT TO:<{alice}>".encode(), b"DATA"
    )
    sending.sendall(b"Subject: half\r\n")
    assert hub.process is not None
    hub.process.send_signal(signal.SIGTERM)
    assert rest(quiet["imap"]).startswith(b"* BYE")
    assert rest(quiet["pop3"]).startswith(b"-ERR")
    assert rest(quiet["smtp"]).startswith(b"421 ")
    with pytest.raises(OSError, match="refused"):
        eventually(lambda: ask(hub, "smtp").close())
    sending.sendall(b"\r\nand the other half\r\n.\r\n")
    assert rest(sending).startswith(b"250 ")
    assert hub.process.wait(30) == 0
    hub.start()
    (message,) = hub.inbox(alice)
    assert message.endswith(b"Subject: half\r\n\r\nand the other half\r\n")


def test_a_reader_is_let_finish(make_hub: Callable[..., Hub]) -> None:
    """A message that is being sent when SIGTERM comes arrives whole."""
    hub = make_hub()
    alice = hub.person("alice")
    hub.send("carol@elsewhere.test", alice, LARGE, "smtp")
    reading = ask(hub, "imap", f'a LOGIN {alice} "{PASSWORD}"'.encode(), b"b SELECT INBOX")
    reading.sendall(b"c FETCH 1 BODY.PEEK[]\r\n")
    first = reading.recv(1000)
    assert hub.process is not None
    hub.process.send_signal(signal.SIGTERM)
    time.sleep(0.5)
    everything = first + rest(reading)
    assert LARGE[-1000:] + b")\r\nc OK" in everything
    assert hub.process.wait(30) == 0


def certificate_of(hub: Hub) -> bytes:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with socket.create_connection((HOST, hub.ports["imaps"])) as plain, context.wrap_socket(plain) as tls:
        found = tls.getpeercert(binary_form=True)
        assert found is not None
        return found


def test_sighup_reloads(make_hub: Callable[..., Hub]) -> None:
    """Certificate and settings are new for new connections; a session that stands goes on undisturbed."""
    hub = make_hub(limits={"message_size": 1000})
    alice = hub.person("alice")
    old = certificate_of(hub)
    session = hub.imaplib(alice)
    renewed = Authority(hub.folder)  # writes over the files
    hub.authority = renewed
    hub.config.write_text(hub.config.read_text().replace("message_size = 1000", "message_size = 2000"))
    assert hub.process is not None
    hub.process.send_signal(signal.SIGHUP)
    assert eventually(lambda: hub.log_text().count("reloaded") == 2)
    assert certificate_of(hub) != old
    with smtplib.SMTP(HOST, hub.ports["smtp"]) as client:
        client.ehlo()
        assert client.esmtp_features["size"] == "2000"
    assert session.noop()[0] == "OK"
    session.logout()
    hub.send("carol@elsewhere.test", alice, b"Subject: x\r\n\r\nx\r\n", "smtp")
    assert len(hub.inbox(alice)) == 1


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda hub: hub.config.write_text("hostnam = 1"), "did you mean hostname"),
        (lambda hub: hub.authority.key.write_text("rubbish"), "key"),
    ],
    ids=["configuration", "certificate"],
)
def test_a_wrong_reload_changes_nothing(
    make_hub: Callable[..., Hub], change: Callable[[Hub], object], said: str
) -> None:
    """The log says what is wrong, and the hub goes on as it was."""
    hub = make_hub()
    alice, old = hub.person("alice"), certificate_of(hub)
    config, key = hub.config.read_bytes(), hub.authority.key.read_bytes()
    change(hub)
    assert hub.process is not None
    hub.process.send_signal(signal.SIGHUP)
    assert eventually(lambda: hub.log_text().count("not reloaded") == 2)
    assert said in hub.log_text()
    assert certificate_of(hub) == old
    hub.config.write_bytes(config)
    hub.authority.key.write_bytes(key)
    hub.send("carol@elsewhere.test", alice, b"Subject: x\r\n\r\nx\r\n", "smtp")


def test_what_needs_a_restart_is_said(make_hub: Callable[..., Hub]) -> None:
    """Where it listens and what it stores in stay as they are."""
    hub = make_hub()
    hub.config.write_text(hub.config.read_text().replace("workers = 2", "workers = 3"))
    assert hub.process is not None
    hub.process.send_signal(signal.SIGHUP)
    assert eventually(lambda: "needs a restart settings=workers" in hub.log_text())
    assert len(hub.workers()) == 2


def test_a_killed_worker_comes_back(make_hub: Callable[..., Hub]) -> None:
    """The other one serves on meanwhile."""
    hub = make_hub()
    alice = hub.person("alice")
    before = set(hub.workers())
    hub.kill_worker()
    assert eventually(lambda: len(hub.workers()) == 2 and set(hub.workers()) != before)
    assert "SIGKILL" in hub.log_text()
    hub.send("carol@elsewhere.test", alice, b"Subject: x\r\n\r\nx\r\n", "smtp")


def run_serve(hub: Hub) -> subprocess.CompletedProcess[str]:
    command = [POSTHOUSE, "-c", hub.config, "serve"]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_a_port_that_is_taken(tmp_path: Path) -> None:
    """It ends at once, and says which port, which setting, and what may be done."""
    hub = Hub(tmp_path, Authority(tmp_path))
    with socket.create_server(("127.0.0.1", hub.ports["imap"])):
        done = run_serve(hub)
    assert done.returncode == 1
    assert f"listen.imap: 127.0.0.1:{hub.ports['imap']}" in done.stderr
    assert "Traceback" not in done.stderr
    assert "ready" not in done.stdout


def test_free_ports(tmp_path: Path) -> None:
    """Port 0 takes a free one, the same for every worker, and the log says which."""
    hub = Hub(tmp_path, Authority(tmp_path), {"listen": {"imap": ["127.0.0.1:0"]}})
    hub.command("domain", "add", DOMAIN)
    hub.start()
    try:
        assert "listening" in hub.log_text()
        port = int(hub.log_text().partition("imap=127.0.0.1:")[2].split()[0])
        with imaplib.IMAP4("127.0.0.1", port) as client:
            assert client.noop()[0] == "OK"
    finally:
        hub.stop()


def test_a_configuration_that_cannot_be_served(tmp_path: Path) -> None:
    """Every mistake is named with its mend, and nothing is begun."""
    hub = Hub(tmp_path, Authority(tmp_path))
    hub.authority.key.write_text("rubbish")
    done = run_serve(hub)
    assert done.returncode == 1
    assert "tls:" in done.stderr
    hub.config.write_text('hostnam = "x"\nworkers = "many"\n')
    done = run_serve(hub)
    assert done.returncode == 1
    assert "did you mean hostname?" in done.stderr
    assert "workers: a whole number" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_client_that_does_not_leave(make_hub: Callable[..., Hub]) -> None:
    """A second SIGTERM changes nothing, and nobody can hold the hub for longer than the grace."""
    hub = make_hub()
    with socket.create_connection((HOST, hub.ports["imaps"])) as silent:  # no handshake, no goodbye possible
        assert hub.process is not None
        hub.process.send_signal(signal.SIGTERM)
        hub.process.send_signal(signal.SIGTERM)
        assert hub.process.wait(60) == 0
        os.close(os.dup(silent.fileno()))
