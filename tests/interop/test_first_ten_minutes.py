"""`posthouse demo`, which `make serve` runs: what it prints works as printed."""

from __future__ import annotations

import re
import select
import signal
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from hubs import POSTHOUSE
from programs import ROOT, program, run


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """All that the demo says until it is ready."""
    for port in (2525, 2993):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                pytest.skip("the demo's ports are taken, perhaps by a demo")
    folder = tmp_path_factory.mktemp("demo")
    with (folder / "log").open("wb") as log:
        command = [POSTHOUSE, "demo", folder / "data"]
        demo = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, cwd=folder, bufsize=0)
    try:
        yield _until_ready(demo, folder / "log")
    finally:
        demo.send_signal(signal.SIGTERM)
        assert demo.wait(60) == 0


def _until_ready(demo: subprocess.Popen[bytes], log: Path) -> str:
    assert demo.stdout is not None
    lines: list[str] = []
    while not lines or lines[-1] != "posthouse: ready\n":
        ready, _, _ = select.select([demo.stdout], [], [], 60)
        assert ready, log.read_text()
        lines.append(demo.stdout.readline().decode())
        assert lines[-1], log.read_text()
    demo.stdout.close()
    return "".join(lines)


def commands(text: str) -> list[str]:
    """The shell commands in a text: indented lines, continued by a backslash or behind a pipe."""
    joined = text.replace("\\\n", " ").replace("|\n", "| ")
    return [
        line.strip()
        for line in joined.splitlines()
        if re.match(r"  +(swaks|printf|curl|posthouse|mbsync|fetchmail) ", line)
    ]


def test_what_it_prints_works(printed: str) -> None:
    """Every command, in the order it is printed; the mail that was sent is then read."""
    for name in ("swaks", "curl"):
        program(name)
    found = commands(printed)
    assert len(found) >= 4
    outputs = [run(["sh", "-c", command]) for command in found]
    assert "From: alice@example.org" in outputs[-1]
    assert "From: alice@example.org" in outputs[-2]


def test_other_commands_work_on_it(printed: str) -> None:
    """By the configuration file that it names."""
    [file] = re.findall(r"posthouse -c (\S+) trace", printed)
    assert "bob@example.org" in run([POSTHOUSE, "-c", file, "account", "list"])


def test_mbsync_and_fetchmail(printed: str, tmp_path: Path) -> None:
    """With the ports and the password that it prints, and a certificate that nobody knows."""
    ports = dict(re.findall(r"^ +(\w+) +(\d+) ", printed, re.MULTILINE))
    mail = tmp_path / "mail"
    mail.mkdir()
    (tmp_path / "mbsyncrc").write_text(
        f"IMAPAccount demo\nHost 127.0.0.1\nPort {ports['imap']}\nUser bob@example.org\nPass secret\nSSLType None\n\n"
        f"IMAPStore far\nAccount demo\n\nMaildirStore near\nInbox {mail}/INBOX\nPath {mail}/\nSubFolders Verbatim\n\n"
        "Channel all\nFar :far:\nNear :near:\nCreate Near\nPatterns *\nSyncState *\n"
    )
    run([program("mbsync"), "-c", tmp_path / "mbsyncrc", "-a"])
    assert (mail / "INBOX").is_dir()
    (tmp_path / "fetchmailrc").write_text(
        f'poll 127.0.0.1 protocol pop3 port {ports["pop3s"]} user "bob@example.org" password "secret" ssl no sslcertck '
        'keep mda "cat >/dev/null"\n'
    )
    (tmp_path / "fetchmailrc").chmod(0o600)
    run(
        [program("fetchmail"), "-f", tmp_path / "fetchmailrc", "--pidfile", tmp_path / "pid"],
        env={"FETCHMAILHOME": str(tmp_path)},
        ok=(0, 1),
    )


def test_the_readme_names_the_same_ports(printed: str) -> None:
    """What the README shows is what the demo has."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    shown = set(re.findall(r"(?:127\.0\.0\.1|localhost):(\d{4})", readme))
    assert shown
    assert shown <= set(re.findall(r"\b2\d{3}\b", printed))


def test_beginning_a_real_one(tmp_path: Path) -> None:
    """`posthouse init` makes a configuration that `check` can read, and tells the DNS records to publish."""
    output = run([POSTHOUSE, "init", tmp_path / "hub", "--domain", "example.org"])
    assert "MX" in output
    config = next((tmp_path / "hub").glob("*.toml"))
    run([POSTHOUSE, "-c", config, "account", "add", "alice@example.org", "--password-stdin"], stdin=b"secret\n")
    assert "alice@example.org" in run([POSTHOUSE, "-c", config, "account", "list"])
