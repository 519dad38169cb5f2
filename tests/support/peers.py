"""Other mail servers, each a real one on a free loopback port in a folder of its own: Postfix and Exim.

Mail for their own domain goes to a Maildir (`received`), all other mail to the hub. In their domain `nobody@` is
unknown, and mail for `broken@` is accepted and then returned.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from hubs import Authority
from programs import ROOT, eventually, missing, need_root, program, run

_MASTER = """
{port} inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
proxywrite unix - - n - 1 proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
fails unix - n n - - pipe flags= user=nobody argv=/bin/false
"""

_MAIN = """
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
mail_owner = postfix
setgid_group = postdrop
maillog_file = {folder}/data/log
maillog_file_prefixes = {folder}
myhostname = postfix.test
mydestination =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
alias_maps =
alias_database =
virtual_mailbox_domains = postfix.test, second.test, later.test
virtual_mailbox_maps = inline:{{ {{ broken@postfix.test = x }}, {{ someone@postfix.test = mail/ }},
  {{ someone@second.test = mail/ }}, {{ someone@later.test = mail/ }} }}
virtual_mailbox_base = {folder}
virtual_mailbox_limit = 0
message_size_limit = 100000000
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{gid}
transport_maps = inline:{{ broken@postfix.test=fails: }}
relayhost = [127.0.0.1]:{hub}
smtpd_tls_security_level = may
smtpd_tls_received_header = yes
smtpd_tls_chain_files = {key}, {certificate}
smtp_tls_security_level = encrypt
smtp_tls_CAfile = {ca}
minimal_backoff_time = 1s
maximal_backoff_time = 2s
queue_run_delay = 1s
"""

_EXIM = """
exim_path = {exim}
spool_directory = {folder}/spool
log_file_path = {folder}/log/%slog
pid_file_path = {folder}/exim.pid
primary_hostname = exim.test
local_interfaces = 127.0.0.3
daemon_smtp_ports = {port}
deliver_drop_privilege = true
message_size_limit = 100M
domainlist local_domains = exim.test
host_lookup =
rfc1413_query_timeout = 0s
tls_advertise_hosts = *
tls_certificate = {folder}/cert.pem
tls_privatekey = {folder}/key.pem
chunking_advertise_hosts = *
dsn_advertise_hosts = *
prdr_enable = true
acl_smtp_rcpt = rcpt
acl_smtp_data = data
ignore_bounce_errors_after = 0s

begin acl
rcpt:
  deny local_parts = nobody
       domains = +local_domains
       message = 5.1.1 no such person
  accept
data:
  accept

begin routers
broken:
  driver = redirect
  domains = +local_domains
  local_parts = broken
  allow_fail
  data = :fail: this mailbox is broken
local:
  driver = accept
  domains = +local_domains
  transport = maildir
hub:
  driver = manualroute
  domains = *
  transport = to_hub
  route_list = * 127.0.0.1
  self = send

begin transports
maildir:
  driver = appendfile
  directory = {folder}/mail
  maildir_format
  create_directory
to_hub:
  driver = smtp
  port = {hub}
  allow_localhost
  hosts_require_tls = *
  tls_verify_certificates = {ca}
  tls_verify_hosts = *
  tls_verify_cert_hostnames = :

begin retry
* * F,1h,1s
"""


class _Peer:
    domain: str
    host: str
    """An address of its own, so that several can have the one port that the hub finds mail exchangers at."""

    def __init__(self, folder: Path, port: int, hub: int, authority: Authority) -> None:
        self.folder = folder
        self.port = port
        self.hub = hub
        self.authority = authority

    @property
    def received(self) -> list[bytes]:
        """Messages delivered to the peer's own domain, as it stored them: lines end with LF."""
        files = sorted((self.folder / "mail" / "new").glob("*"), key=lambda file: file.stat().st_mtime_ns)
        return [file.read_bytes() for file in files]

    def wait_for(self, subject: str) -> bytes:
        """The message with this subject, once it has arrived."""
        line = f"Subject: {subject}\n".encode()
        return eventually(lambda: next((data for data in self.received if line in data), b""))

    def _write(self, name: str, text: str) -> Path:
        file = self.folder / name
        file.write_text(text, encoding="ascii")
        return file


class Postfix(_Peer):
    domain = "postfix.test"
    host = "127.0.0.2"

    def start(self) -> None:
        need_root()
        self._postfix = program("postfix")
        nobody = 65534
        for name, owner in (("config", "root"), ("queue", "root"), ("data", "postfix"), ("mail", nobody)):
            (self.folder / name).mkdir()
            shutil.chown(self.folder / name, owner)
        values = {
            "folder": self.folder,
            "port": f"{self.host}:{self.port}",
            "hub": self.hub,
            "uid": nobody,
            "gid": nobody,
            "key": self.authority.key,
            "certificate": self.authority.certificate,
            "ca": self.authority.ca,
        }
        self._write("config/main.cf", _MAIN.format(**values))
        self._write("config/master.cf", _MASTER.format(**values))
        run([self._postfix, "-c", self.folder / "config", "start"])

    def stop(self) -> None:
        run([self._postfix, "-c", self.folder / "config", "stop"], ok=(0, 1))  # 1: by force, on a busy machine

    def send(self, sender: str, recipient: str, data: bytes, *options: str) -> None:
        run([program("sendmail"), "-C", self.folder / "config", "-i", "-f", sender, *options, recipient], stdin=data)

    @property
    def log(self) -> str:
        return (self.folder / "data" / "log").read_text(encoding="utf-8", errors="replace")


class Exim(_Peer):
    domain = "exim.test"
    host = "127.0.0.3"

    def start(self) -> None:
        need_root()
        exim = ROOT / ".cache" / "exim" / "usr" / "sbin" / "exim4"
        if not exim.exists():
            missing("Exim is not there")
        for name in ("cert.pem", "key.pem"):
            shutil.copy(self.authority.folder / name, self.folder / name)
            shutil.chown(self.folder / name, "Debian-exim")
        for name in ("spool", "log", "mail"):
            (self.folder / name).mkdir()
            shutil.chown(self.folder / name, "Debian-exim", "Debian-exim")
        shutil.chown(self.folder, "Debian-exim")
        values = {"folder": self.folder, "exim": exim, "port": self.port, "hub": self.hub, "ca": self.authority.ca}
        config = self._write("exim.conf", _EXIM.format(**values))
        self._command = [str(exim), "-C", str(config)]
        user = ["setpriv", "--reuid=Debian-exim", "--regid=Debian-exim", "--clear-groups"]
        self._process = subprocess.Popen(
            [*user, *self._command, "-bdf", "-q5s"],
            stdin=subprocess.DEVNULL,
            env={**os.environ, "PATH": "/usr/bin:/bin"},
        )
        self._user = user
        eventually(lambda: self._process.poll() is not None or (self.folder / "exim.pid").exists())
        assert self._process.poll() is None, self.log

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(30)

    def send(self, sender: str, recipient: str, data: bytes, *options: str) -> None:
        run([*self._user, *self._command, "-f", sender, "-oi", *options, recipient], stdin=data)

    @property
    def log(self) -> str:
        return "".join(file.read_text(errors="replace") for file in sorted((self.folder / "log").glob("*log")))
