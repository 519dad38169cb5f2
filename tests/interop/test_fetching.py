"""Real programs that download: fetchmail, getmail, curl, poplib."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from hubs import HOST, PASSWORD, Hub
from programs import program, run

SENDER = "carol@elsewhere.test"


def put(hub: Hub, person: str, count: int = 3) -> list[bytes]:
    """Messages in somebody's INBOX, as the store has them."""
    for number in range(count):
        text = f"From: {SENDER}\r\nTo: {person}\r\nSubject: number {number}\r\n\r\nline\r\n.\r\n..two\r\n"
        hub.send(SENDER, person, text.encode(), "smtp")
    return hub.inbox(person)


def own(text: bytes) -> bytes:
    """Without the fields that fetchers add, with bare line ends."""
    text = text.replace(b"\r\n", b"\n").replace(b"X-getmail-retrieved-from-mailbox: INBOX\n", b"")
    return text[text.index(b"Subject: ") :]


def contents(folder: Path) -> list[bytes]:
    return [file.read_bytes() for file in folder.iterdir()]


def same(found: list[bytes], sent: list[bytes]) -> bool:
    return sorted(map(own, found)) == sorted(map(own, sent))


@pytest.fixture
def box(tmp_path: Path) -> Path:
    """A folder that `deliver` puts messages into."""
    (tmp_path / "box").mkdir()
    return tmp_path / "box"


@pytest.fixture
def deliver(tmp_path: Path, box: Path) -> Path:
    """A mail delivery agent."""
    script = tmp_path / "deliver"
    script.write_text(f'#!/bin/sh\nexec cat > "$(mktemp {box}/XXXXXX)"\n')
    script.chmod(0o755)
    return script


@pytest.mark.parametrize(
    ("protocol", "service", "options"),
    [
        ("pop3", "pop3", "sslproto ''"),
        ("pop3", "pop3", "sslproto tls1.2+"),
        ("pop3", "pop3s", "ssl"),
        ("imap", "imap", "sslproto tls1.2+"),
        ("imap", "imaps", "ssl"),
    ],
)
def test_fetchmail(
    hub: Hub, person: str, tmp_path: Path, box: Path, deliver: Path, protocol: str, service: str, options: str
) -> None:
    """Fetches everything and deletes it here, in plain, by STLS or STARTTLS, and over TLS."""
    sent = put(hub, person)
    config = tmp_path / "fetchmailrc"
    config.write_text(
        f"poll {HOST} protocol {protocol} port {hub.ports[service]} no dns timeout 60\n"
        f'user "{person}" password "{PASSWORD}" {options} sslcertfile "{hub.authority.ca}" mda "{deliver}" fetchall\n'
    )
    config.chmod(0o600)
    command = [program("fetchmail"), "-f", config, "--pidfile", tmp_path / "pid", "-v"]
    run(command, env={"FETCHMAILHOME": str(tmp_path)})
    assert same(contents(box), sent)
    assert hub.inbox(person) == []
    run(command, env={"FETCHMAILHOME": str(tmp_path)}, ok=(1,))  # "there was no mail"


@pytest.mark.parametrize(
    ("service", "kind"),
    [("pop3s", "SimplePOP3SSLRetriever"), ("pop3", "SimplePOP3Retriever"), ("imaps", "SimpleIMAPSSLRetriever")],
)
def test_getmail(hub: Hub, person: str, tmp_path: Path, box: Path, deliver: Path, service: str, kind: str) -> None:
    """Keeps mail on the server and remembers by UIDL or UID what it has: a second run fetches only what is new."""
    service = {"SimplePOP3SSLRetriever": "pop3s", "SimplePOP3Retriever": "pop3", "SimpleIMAPSSLRetriever": "imaps"}[
        kind
    ]
    ca = "" if service == "pop3" else f"ca_certs = {hub.authority.ca}\n"
    (tmp_path / "getmailrc").write_text(
        f"[retriever]\ntype = {kind}\nserver = {HOST}\nport = {hub.ports[service]}\nusername = {person}\n"
        f"password = {PASSWORD}\n{ca}"
        f"[destination]\ntype = MDA_external\npath = {deliver}\nallow_root_commands = true\n"
        "[options]\nread_all = false\ndelete = false\n"
    )
    command = [program("getmail"), "--getmaildir", tmp_path, "--rcfile", "getmailrc"]
    sent = put(hub, person)
    run(command)
    assert same(contents(box), sent)
    sent = put(hub, person, 1)
    run(command)
    assert same(contents(box), sent)
    assert len(hub.inbox(person)) == 4


@pytest.mark.parametrize(("service", "options"), [("pop3", []), ("pop3", ["--ssl-reqd"]), ("pop3s", [])])
def test_curl(hub: Hub, person: str, service: str, options: list[str]) -> None:
    """LIST, UIDL, RETR and TOP."""
    sent = put(hub, person)
    base = f"{service}://{HOST}:{hub.ports[service]}/"

    def curl(*words: str) -> bytes:
        command = [program("curl"), "-sS", *options, "--cacert", str(hub.authority.ca), "-u", f"{person}:{PASSWORD}"]
        return subprocess.run([*command, *words], check=True, capture_output=True, timeout=60).stdout

    assert curl(base).decode().split() == [word for n, data in enumerate(sent, 1) for word in (str(n), str(len(data)))]
    uids = curl(base, "-X", "UIDL").decode().split()[1::2]
    assert len(set(uids)) == 3
    assert [curl(base + str(number)) for number in (1, 2, 3)] == sent
    top = curl(base, "-X", "TOP 2 1")
    assert top == sent[1].partition(b"\r\n\r\n")[0] + b"\r\n\r\nline\r\n"


@pytest.mark.parametrize("service", ["pop3", "pop3s"])
def test_poplib(hub: Hub, person: str, service: str) -> None:
    """Deletions happen at QUIT and at nothing else; UIDL names stay the same; two sessions exclude each other."""
    sent = put(hub, person)
    client = hub.pop3(person, service)
    assert client.stat() == (3, sum(map(len, sent)))
    names = [line.split()[1] for line in client.uidl()[1]]
    client.dele(2)
    client.close()  # without QUIT
    client = hub.pop3(person, service)
    assert client.stat()[0] == 3
    client.dele(2)
    client.rset()
    client.dele(1)
    client.quit()
    client = hub.pop3(person, service)
    assert [line.split()[1] for line in client.uidl()[1]] == names[1:]
    assert b"\r\n".join(client.retr(1)[1]) + b"\r\n" == sent[1]
    client.quit()
