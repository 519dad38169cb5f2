"""`[http] kerberos_keytab`: what is wrong with it is said before the hub serves anybody."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from hubs import POSTHOUSE, Authority, Hub
from kdc import library

from posthouse.assemble.negotiate import negotiation
from posthouse.config import ConfigError
from posthouse.config.settings import make_settings

REALMS = ["EXAMPLE.ORG"]


def said(hub: Hub, *words: str) -> str:
    """By a command that fails."""
    done = subprocess.run([POSTHOUSE, "-c", hub.config, *words], capture_output=True, text=True, timeout=60)
    assert done.returncode == 1, done.stdout
    return done.stdout + done.stderr


@pytest.mark.parametrize(
    ("content", "reason"), [(None, "No such file"), (b"", "has no keys"), (b"rubbish", "has no keys")]
)
def test_a_keytab_that_is_none(tmp_path: Path, content: bytes | None, reason: str) -> None:
    """`serve` does not start, `check` tells why; neither shows a traceback."""
    library()
    keytab = tmp_path / "keytab"
    if content is not None:
        keytab.write_bytes(content)
    hub = Hub(tmp_path, Authority(tmp_path), {"http": {"kerberos_keytab": str(keytab), "kerberos_realms": REALMS}})
    for output in (said(hub, "serve"), said(hub, "check", "--no-dns")):
        assert f"http.kerberos_keytab: {keytab}: {reason}" in " ".join(output.split())
        assert "Traceback" not in output


def test_without_the_library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who has installed no extra is told which; who has switched nothing on needs none."""
    monkeypatch.setitem(sys.modules, "gssapi", None)
    monkeypatch.delitem(sys.modules, "posthouse.directory.kerberos", raising=False)
    assert negotiation(make_settings({}, tmp_path)) is None
    settings = make_settings({"http": {"kerberos_keytab": "keytab", "kerberos_realms": REALMS}}, tmp_path)
    assert settings.http.kerberos_keytab == str(tmp_path / "keytab")
    with pytest.raises(ConfigError, match=r"pip install 'posthouse\[kerberos\]'"):
        negotiation(settings)


@pytest.mark.parametrize(
    "section",
    [
        {"kerberos_keytab": "keytab"},
        {"kerberos_realms": ["EXAMPLE.ORG"]},
        {"kerberos_keytab": "keytab", "kerberos_realms": ["EXAMPLE.ORG="]},
        {"kerberos_keytab": "keytab", "kerberos_realms": ["=example.org"]},
        {"kerberos_keytab": "keytab", "kerberos_realms": ["alice@EXAMPLE.ORG"]},
    ],
)
def test_half_a_setting(tmp_path: Path, section: dict[str, object]) -> None:
    """A keytab alone says nothing about whose tickets count, and realms alone say nothing."""
    with pytest.raises(ConfigError, match="kerberos_realms"):
        make_settings({"http": section}, tmp_path)
