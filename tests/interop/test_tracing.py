"""`posthouse trace` on a running hub: what an administrator sees of a person's session."""

from __future__ import annotations

import asyncio
import subprocess
import threading
import time
from base64 import b64encode
from http.client import HTTPSConnection
from pathlib import Path

from hubs import DOMAIN, PASSWORD, POSTHOUSE, Authority, Hub
from mapi_mailbox import mailbox_of
from programs import eventually
from tracing import tracing

from posthouse.clients.mapi import tags


def test_a_session_is_shown_without_its_password(hub: Hub, person: str) -> None:
    """In whichever worker it is; only this account's."""
    command = [POSTHOUSE, "-c", hub.config, "trace", person]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as tracing:
        lines: list[str] = []
        assert tracing.stdout is not None
        reader = threading.Thread(target=lines.extend, args=(tracing.stdout,))
        reader.start()
        other = hub.person()
        ends = time.monotonic() + 60
        while not any("LOGOUT completed" in line for line in lines) and time.monotonic() < ends:
            for login in (other, person):  # until the trace has begun
                hub.imap(login).logout()
        tracing.terminate()
        reader.join()
    said = "".join(lines)
    assert "LOGIN [redacted]" in said
    assert "LOGOUT completed" in said
    assert PASSWORD not in said
    assert other not in said


def test_http_is_shown_without_its_credentials(hub: Hub, person: str) -> None:
    """By account as well; what logs in at each request is never shown."""
    secret = b64encode(f"{person}:{PASSWORD}".encode()).decode()
    command = [POSTHOUSE, "-c", hub.config, "trace", person]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as tracing:
        lines: list[str] = []
        assert tracing.stdout is not None
        reader = threading.Thread(target=lines.extend, args=(tracing.stdout,))
        reader.start()
        ends = time.monotonic() + 60
        while not any("<ErrorCode>600" in line for line in lines) and time.monotonic() < ends:
            client = HTTPSConnection("localhost", hub.ports["https"], context=hub.authority.context, timeout=30)
            headers = {"Authorization": f"Basic {secret}", "Cookie": "MapiContext=hidden"}
            client.request("GET", "/autodiscover/autodiscover.xml", headers=headers)
            assert client.getresponse().read()
            client.close()
        tracing.terminate()
        reader.join()
    said = "".join(lines)
    assert "GET /autodiscover/autodiscover.xml" in said
    assert "<ErrorCode>600" in said
    assert secret not in said
    assert "hidden" not in said


def test_operations_of_mapi_are_shown(tmp_path: Path, authority: Authority) -> None:
    """By name, with names and values, in whichever worker the session is; what is written in a body is not."""
    hub = Hub(tmp_path, authority, {"mapi": {"enabled": True}})
    hub.command("domain", "add", DOMAIN)
    hub.start()
    person = hub.person()

    async def write() -> None:
        async with await mailbox_of(hub, person) as mailbox:
            with await mailbox.inbox() as inbox, await inbox.create_message() as message:
                await message.set({tags.PidTagSubject: "An offer", tags.PidTagBody: "for your eyes only"})
                await message.save()

    with tracing(hub, person) as trace:
        asyncio.run(write())
        eventually(lambda: any("RopSaveChangesMessage ecSuccess" in line for line in trace.lines))
    said = "\n".join(trace.lines)
    assert 'PidTagSubject="An offer", PidTagBody=<18 characters>' in said
    assert "X-RequestType: Execute" in said
    assert "for your eyes only" not in said
    assert PASSWORD not in said
    assert hub.stop() == 0
