"""Realms of Kerberos on loopback, each with a KDC of its own, and people who have tickets."""

from __future__ import annotations

import os
import socket
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from programs import eventually, free_port, missing, program, run

PASSWORD = "secret"
SERVICE = "HTTP/localhost"
_LIBRARY = """
[libdefaults]
default_realm = {default}
dns_lookup_kdc = false
dns_lookup_realm = false
dns_canonicalize_hostname = false
rdns = false
clockskew = {clockskew}
[realms]
{realms}
[domain_realm]
localhost = {default}
"""
_KDC = """
[kdcdefaults]
kdc_listen = 127.0.0.1:{port}
kdc_tcp_listen = 127.0.0.1:{port}
[realms]
{name} = {{
  database_name = {folder}/principal
  key_stash_file = {folder}/stash
  max_life = 1d
}}
"""


def library() -> Any:
    """The Python binding, an extra of ours."""
    try:
        import gssapi
    except ImportError:
        missing("gssapi is not installed (posthouse[kerberos])")
    return gssapi


class Realm:
    """`keytab` has the key of SERVICE."""

    def __init__(self, folder: Path, name: str) -> None:
        self.folder, self.name, self.port = folder, name, free_port()
        folder.mkdir()
        self.keytab = folder / "keytab"
        self.profile = folder / "kdc.conf"
        self.profile.write_text(_KDC.format(port=self.port, name=name, folder=folder), encoding="ascii")

    def make(self) -> None:
        self._tool("kdb5_util", "-r", self.name, "create", "-s", "-P", "master")
        self.administer(f"add_principal -randkey {SERVICE}")
        self.administer(f"ktadd -k {self.keytab} {SERVICE}")

    def administer(self, query: str) -> None:
        self._tool("kadmin.local", "-r", self.name, "-q", query)

    def _tool(self, name: str, *words: str) -> None:
        run([program(name), *words], env={"KRB5_KDC_PROFILE": str(self.profile)})

    def ticket(self, person: str) -> Path:
        """A new person with this name, logged in: their cache of tickets."""
        self.administer(f"add_principal -pw {PASSWORD} {person}")
        cache = self.folder / f"tickets of {person.replace('/', ' ')}"
        words = [program("kinit"), "-c", f"FILE:{cache}", f"{person}@{self.name}"]
        run(words, stdin=f"{PASSWORD}\n".encode())
        return cache

    def _answers(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    @contextmanager
    def running(self) -> Iterator[None]:
        self.make()
        words = [program("krb5kdc"), "-n", "-r", self.name, "-P", str(self.folder / "pid")]
        environment = {**os.environ, "KRB5_KDC_PROFILE": str(self.profile)}
        with (self.folder / "log").open("wb") as log:
            process = subprocess.Popen(words, env=environment, stdout=log, stderr=log)
        try:
            eventually(self._answers)
            yield
        finally:
            process.terminate()
            process.wait(30)


@contextmanager
def serve_realms(folder: Path, *names: str, clockskew: int = 300) -> Iterator[list[Realm]]:
    """The first is that of localhost. Until the end this process and its children know these realms and no others."""
    realms = [Realm(folder / name, name) for name in names]
    entries = "\n".join(f"{one.name} = {{\n  kdc = 127.0.0.1:{one.port}\n}}" for one in realms)
    text = _LIBRARY.format(default=names[0], realms=entries, clockskew=clockskew)
    (folder / "krb5.conf").write_text(text, encoding="ascii")
    before = dict(os.environ)
    os.environ["KRB5_CONFIG"], os.environ["KRB5RCACHEDIR"] = str(folder / "krb5.conf"), str(folder)
    try:
        with ExitStack() as stack:
            for realm in realms:
                stack.enter_context(realm.running())
            yield realms
    finally:
        for name in ("KRB5_CONFIG", "KRB5RCACHEDIR"):
            os.environ.pop(name, None)
            if name in before:
                os.environ[name] = before[name]


class Client:
    """One negotiation of somebody with a ticket."""

    def __init__(self, cache: Path, realm: str) -> None:
        gssapi = library()
        spnego = gssapi.OID.from_int_seq("1.3.6.1.5.5.2")
        self.context = gssapi.SecurityContext(
            name=gssapi.Name(f"{SERVICE}@{realm}", gssapi.NameType.kerberos_principal),
            creds=gssapi.Credentials(usage="initiate", mechs=[spnego], store={"ccache": f"FILE:{cache}"}),
            mech=spnego,
            flags=gssapi.RequirementFlag.mutual_authentication,
            usage="initiate",
        )

    def token(self, answer: bytes | None = None) -> bytes:
        return self.context.step(answer) or b""

    def is_sure(self) -> bool:
        """That the server is the one it asked for."""
        return bool(self.context.complete)
