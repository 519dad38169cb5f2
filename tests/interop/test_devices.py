"""Mail programs that people run on their devices, each at its work: offlineimap, neomutt, imapfilter.

The hub's log has a line for every command, so it is seen which extensions they use: pitfall 22.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hubs import DOMAIN, HOST, PASSWORD, Authority, Hub
from imapclient import IMAPClient
from programs import eventually, program, run
from tracing import tracing

SENDER = "carol@elsewhere.test"


@pytest.fixture(scope="module")
def talking_hub(tmp_path_factory: pytest.TempPathFactory, authority: Authority) -> Iterator[Hub]:
    hub = Hub(tmp_path_factory.mktemp("hub"), authority, {"log": {"level": "debug"}})
    hub.command("domain", "add", DOMAIN)
    hub.start()
    yield hub
    assert hub.stop() == 0, hub.log_text()


@pytest.fixture
def owner(talking_hub: Hub) -> str:
    """Somebody with three messages, "one" to "three"."""
    person = talking_hub.person()
    for subject in ("one", "two", "three"):
        message = f"From: {SENDER}\r\nSubject: {subject}\r\nMessage-ID: <{subject}@elsewhere.test>\r\n\r\nHello\r\n"
        talking_hub.send(SENDER, person, message.encode(), "smtp")
    return person


def messages(hub: Hub, person: str, folder: str = "INBOX") -> dict[str, set[bytes]]:
    """Subject → flags."""
    with IMAPClient(HOST, hub.ports["imap"], ssl=False) as client:
        client.login(person, PASSWORD)
        if not client.folder_exists(folder):
            return {}
        client.select_folder(folder, readonly=True)
        rows = client.fetch(client.search(), ["ENVELOPE", "FLAGS"]).values()
        return {row[b"ENVELOPE"].subject.decode(): set(row[b"FLAGS"]) for row in rows}


def commands(hub: Hub, person: str) -> set[str]:
    """Those that were given in sessions of this account, as the log has them."""
    lines = [line for line in hub.log_text().splitlines() if " command " in line and person in line]
    return {found[1] for line in lines if (found := re.search(r'\bname="?([A-Z]+(?: [A-Z]+)?)', line))}


def test_offlineimap(talking_hub: Hub, owner: str, tmp_path: Path) -> None:
    """A Maildir in step with the account, both ways: messages, flags, deletions."""
    config = tmp_path / "offlineimaprc"
    config.write_text(
        f"[general]\naccounts = a\nmetadata = {tmp_path}/state\nui = quiet\n"
        "[Account a]\nlocalrepository = near\nremoterepository = far\n"
        f"[Repository near]\ntype = Maildir\nlocalfolders = {tmp_path}/mail\n"
        f"[Repository far]\ntype = IMAP\nremotehost = {HOST}\nremoteport = {talking_hub.ports['imap']}\n"
        f"remoteuser = {owner}\nremotepass = {PASSWORD}\nssl = no\nstarttls = no\n"
        "auth_mechanisms = PLAIN\nusecompression = yes\nfolderfilter = lambda name: name == 'INBOX'\n"
    )

    def sync() -> dict[str, Path]:
        run([program("offlineimap"), "-c", config, "-o", "-u", "quiet"])
        files = [*(tmp_path / "mail/INBOX/cur").glob("*"), *(tmp_path / "mail/INBOX/new").glob("*")]
        return {re.findall(r"^Subject: (.*)$", file.read_text(), re.M)[0]: file for file in files}

    files = sync()
    assert set(files) == {"one", "two", "three"}
    files["one"].rename(tmp_path / "mail/INBOX/cur" / f"{files['one'].name.partition(':')[0]}:2,FS")
    files["two"].unlink()
    (tmp_path / "mail/INBOX/new/1.2.near").write_text(f"From: {owner}\nSubject: mine\n\nWritten here.\n")
    with tracing(talking_hub, owner) as trace:
        sync()
    there = messages(talking_hub, owner)
    assert set(there) == {"one", "three", "mine"}
    assert there["one"] == {rb"\Flagged", rb"\Seen"}
    assert {"SELECT", "UID FETCH", "APPEND", "UID STORE"} <= commands(talking_hub, owner)
    assert trace.heard("compress deflate")
    assert not trace.heard(r"fetch .*body")
    assert trace.refused() == []


def test_imapfilter(talking_hub: Hub, owner: str, tmp_path: Path) -> None:
    """Messages are found, marked, and moved to a folder that is made for them."""
    config = tmp_path / "config.lua"
    config.write_text(
        "options.timeout = 30\noptions.create = true\noptions.starttls = false\n"
        f'a = IMAP {{ server = "{HOST}", port = {talking_hub.ports["imap"]}, username = "{owner}", '
        f'password = "{PASSWORD}" }}\n'
        'a.INBOX:contain_subject("two"):mark_flagged()\n'
        'a.INBOX:contain_subject("one"):move_messages(a["Kept"])\n'
    )
    run([program("imapfilter"), "-c", config], env={**os.environ, "HOME": str(tmp_path)})
    there = messages(talking_hub, owner)
    assert set(there) == {"two", "three"}
    assert rb"\Flagged" in there["two"]
    assert set(messages(talking_hub, owner, "Kept")) == {"one"}
    assert {"UID SEARCH", "UID STORE"} <= commands(talking_hub, owner)


def test_imapfilter_waits(talking_hub: Hub, owner: str, tmp_path: Path) -> None:
    """It idles until mail comes, and then does its work on it."""
    config = tmp_path / "config.lua"
    config.write_text(
        f'options.starttls = false\na = IMAP {{ server = "{HOST}", port = {talking_hub.ports["imap"]}, '
        f'username = "{owner}", password = "{PASSWORD}" }}\n'
        'a.INBOX:enter_idle()\na.INBOX:contain_subject("four"):mark_seen()\n'
    )
    with tracing(talking_hub, owner) as trace, ThreadPoolExecutor() as pool:
        work = pool.submit(run, [program("imapfilter"), "-c", config], env={**os.environ, "HOME": str(tmp_path)})
        eventually(lambda: trace.heard(r"\d+ idle") or work.done())
        talking_hub.send(SENDER, owner, b"Subject: four\r\n\r\nHello\r\n", "smtp")
        work.result()
    assert messages(talking_hub, owner)["four"] == {rb"\Seen"}
    assert trace.refused() == []


def test_neomutt(talking_hub: Hub, owner: str, tmp_path: Path) -> None:
    """With a cache of headers: what was flagged and deleted there is so here, and the second time it asks for less."""
    rc = tmp_path / "neomuttrc"
    (tmp_path / "cache").mkdir()
    rc.write_text(
        f'set imap_user="{owner}"\nset imap_pass="{PASSWORD}"\nset folder="imap://{HOST}:{talking_hub.ports["imap"]}/"\n'
        f'set spool_file="+INBOX"\nset header_cache="{tmp_path}/cache"\nset imap_condstore=yes\n'
        "set ssl_starttls=no\nset ssl_force_tls=no\n"
        "set imap_qresync=yes\nset delete=yes\nset quit=yes\nset mark_old=no\nset sort=mailbox-order\nset wait_key=no\n"
    )

    def drive(keys: str) -> None:
        line = f"{program('neomutt')} -n -F {rc} -e 'push \"{keys}\"'"
        env = {**os.environ, "TERM": "xterm", "HOME": str(tmp_path), "LINES": "24", "COLUMNS": "80"}
        run([program("script"), "-qec", line, "/dev/null"], env=env)

    drive("<first-entry><flag-message><last-entry><delete-message><sync-mailbox><quit>")
    there = messages(talking_hub, owner)
    assert set(there) == {"one", "two"}
    assert rb"\Flagged" in there["one"]
    with tracing(talking_hub, owner) as trace:
        drive("<first-entry><flag-message><sync-mailbox><quit>")
    assert rb"\Flagged" not in messages(talking_hub, owner)["one"]
    assert trace.heard("enable qresync")
    assert trace.heard(r"uid fetch .*\(changedsince \d+ vanished\)")
    assert not trace.heard(r"fetch .*(envelope|header)")
    assert trace.refused() == []
