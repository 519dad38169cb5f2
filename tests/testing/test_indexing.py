"""The full-text index of a running hub."""

from __future__ import annotations

import time

import pytest

from posthouse.assemble import hub
from posthouse.store import indexing
from posthouse.testing import MailHub


@pytest.mark.parametrize("index", [True, False])
def test_a_running_hub_indexes(monkeypatch: pytest.MonkeyPatch, index: bool) -> None:
    """In the background, without being asked; unless it is told not to."""
    monkeypatch.setattr(hub, "INDEX_SECONDS", 0.02)
    monkeypatch.setattr(indexing, "TAIL", 1)
    with MailHub(settings={"search": {"index": index}}) as running:
        alice = running.add_account("alice@example.org")
        alice.add_message(b"Subject: something\r\n\r\nto be found\r\n")
        until = time.monotonic() + (20 if index else 0.3)
        while time.monotonic() < until:
            found = running.read(lambda tx: tx.all("SELECT segment FROM search_segment"))
            if found:
                break
            time.sleep(0.02)
        assert found == ([(0,)] if index else [])
