"""Logins by Kerberos, where they are switched on."""

from __future__ import annotations

from posthouse.config import ConfigError, Settings
from posthouse.directory.errors import BadKeytab
from posthouse.observe.logs import Logger
from posthouse.servers.http import Negotiation


def negotiation(settings: Settings) -> Negotiation | None:
    """None without a keytab. ConfigError when it cannot be used."""
    http = settings.http
    if not http.kerberos_keytab:
        return None
    try:
        from posthouse.directory.kerberos import Kerberos
    except ImportError:
        raise ConfigError(["http.kerberos_keytab: needs more: pip install 'posthouse[kerberos]'"]) from None
    try:
        return Negotiation(Kerberos(http.kerberos_keytab, http.realms), Logger("http"))
    except BadKeytab as error:
        raise ConfigError([f"http.kerberos_keytab: {error}"]) from None
