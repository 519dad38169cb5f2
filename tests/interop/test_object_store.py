"""A hub whose large messages are in an object store."""

from __future__ import annotations

from pathlib import Path

import pytest
from hubs import DOMAIN, Authority, Hub
from object_store import make_bucket, object_store

LARGE = b"Subject: large\r\n\r\n" + b"0123456789abcdef" * 60 + b"\r\n"
LARGE += b"line of text\r\n" * 100_000


def test_large_messages_come_back(tmp_path: Path, authority: Authority) -> None:
    """By SMTP and APPEND in, by IMAP and POP3 out, also when this machine's copies are gone."""
    pytest.importorskip("obstore")
    pytest.importorskip("moto.server")
    with object_store() as endpoint:
        make_bucket(endpoint, "mail")
        url = f"s3://mail/hub?endpoint={endpoint}"
        hub = Hub(tmp_path, authority, {"blobs": {"url": url, "access_key": "key", "secret_key": "secret"}})
        hub.command("domain", "add", DOMAIN)
        hub.start()
        alice = hub.person("alice")
        hub.send("carol@elsewhere.test", alice, LARGE, "smtp")
        with hub.imap(alice) as client:
            client.append("INBOX", LARGE)
        copies = list((tmp_path / "data" / "blob-cache").glob("??/*"))
        assert len(copies) == 2
        for copy in copies:
            copy.unlink()
        delivered, appended = hub.inbox(alice)
        assert delivered.endswith(LARGE)
        assert appended == LARGE
        for copy in copies:
            copy.unlink()
        drop = hub.pop3(alice)
        assert b"\r\n".join(drop.retr(2)[1]) + b"\r\n" == LARGE
        drop.quit()
        hub.command("check", "--store", "--no-dns")
        assert hub.stop() == 0, hub.log_text()
