"""Postfix and Dovecot as a side: private instances on free loopback ports, all their files in one folder.

Postfix delivers mail for the first domain itself, into Maildirs, which is the fastest that it does, and hands mail for
the second to Dovecot by LMTP; all else goes to the sink. Dovecot keeps mdbox, reuses its processes as its guide for
large sites advises, and syncs what it acknowledges, except flags.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from benchmarks.cpu import cpu_seconds
from benchmarks.hub import free_ports
from benchmarks.load import Step, conversations
from benchmarks.mail import DOMAIN, EVERYBODY, LMTP_DOMAIN, PASSWORD, message
from benchmarks.side import Side
from benchmarks.sink import Sink

SERVICES = ("smtp", "lmtp", "imap", "pop3")
NOBODY = 65534

_MAIN = """
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/state
mail_owner = postfix
setgid_group = postdrop
maillog_file = {folder}/state/log
maillog_file_prefixes = {folder}
myhostname = mx.example.org
mydestination =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
alias_maps =
alias_database =
virtual_mailbox_domains = {domain}
virtual_mailbox_maps = hash:{folder}/config/people
virtual_mailbox_base = {folder}/maildirs
virtual_mailbox_limit = 0
virtual_minimum_uid = 100
virtual_uid_maps = static:{nobody}
virtual_gid_maps = static:{nobody}
relay_domains = {lmtp_domain}
transport_maps = inline:{{ {{ {lmtp_domain} = lmtp:inet:127.0.0.1:{lmtp} }} }}
relayhost = [127.0.0.1]:{sink}
smtp_tls_security_level = none
minimal_backoff_time = 1s
maximal_backoff_time = 2s
queue_run_delay = 1s
"""

_MASTER = """
127.0.0.1:{smtp} inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
lmtp unix - - n - - lmtp
error unix - - n - - error
retry unix - - n - - error
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""

_DOVECOT = """
base_dir = {folder}/run
state_dir = {folder}/run
protocols = imap lmtp pop3
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
log_path = {folder}/dovecot.log
mail_location = mdbox:~/mdbox
auth_username_format = %Ln
mail_max_userip_connections = 100000
mailbox_idle_check_interval = 1 secs
default_process_limit = 100
default_client_limit = 20000
default_vsz_limit = 0
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={nobody} gid={nobody} home={folder}/homes/%n allow_all_users=yes
}}
service imap-login {{
  inet_listener imap {{
    port = {imap}
  }}
  inet_listener imaps {{
    port = 0
  }}
  service_count = 0
  process_min_avail = 2
  process_limit = 2
}}
service pop3-login {{
  inet_listener pop3 {{
    port = {pop3}
  }}
  inet_listener pop3s {{
    port = 0
  }}
  service_count = 0
  process_min_avail = 2
  process_limit = 2
}}
protocol imap {{
  mail_plugins = imap_zlib
}}
service imap {{
  service_count = 256
  process_limit = 6000
}}
service pop3 {{
  service_count = 256
}}
service lmtp {{
  inet_listener lmtp {{
    port = {lmtp}
  }}
  user = nobody
  service_count = 0
  process_min_avail = 4
}}
namespace inbox {{
  inbox = yes
  separator = /
  mailbox Target {{
    auto = create
  }}
}}
"""


def are_there() -> bool:
    """Whether both are installed, and we may start them."""
    return os.geteuid() == 0 and all(shutil.which(name, path=_PATH) for name in ("postfix", "dovecot"))


_PATH = os.environ.get("PATH", "") + os.pathsep + "/usr/sbin"


def start_peers(folder: Path) -> Side:
    folder.chmod(0o755)
    sink = Sink()
    ports = free_ports(SERVICES)
    values = {
        **ports,
        "folder": folder,
        "sink": sink.port,
        "domain": DOMAIN,
        "lmtp_domain": LMTP_DOMAIN,
        "nobody": NOBODY,
        "password": PASSWORD,
    }
    began = time.perf_counter()
    dovecot = _start_dovecot(folder, values)
    postfix = _start_postfix(folder, values)
    side = Side(
        "Dovecot",
        folder,
        ports,
        [dovecot.pid, postfix],
        sink,
        domains=((DOMAIN, "Postfix, Maildir"), (LMTP_DOMAIN, "Postfix, LMTP, Dovecot")),
        unfinished=lambda: _has_queue(folder / "queue"),
    )
    for name in ("smtp", "imap"):
        side.wait(lambda port=ports[name]: _answers(port))  # type: ignore[misc]
    side.start_seconds = time.perf_counter() - began
    side.start_cpu = cpu_seconds(side.roots)

    def stop() -> None:
        _postfix(folder, "stop")
        dovecot.terminate()
        dovecot.wait()
        sink.close()

    side.stop = stop
    return side


def _start_dovecot(folder: Path, values: dict[str, object]) -> subprocess.Popen[bytes]:
    config = folder / "dovecot.conf"
    config.write_text(_DOVECOT.format(**values))
    homes = folder / "homes"
    homes.mkdir()
    os.chown(homes, NOBODY, NOBODY)
    program = shutil.which("dovecot", path=_PATH)
    return subprocess.Popen([str(program), "-F", "-c", config], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def _start_postfix(folder: Path, values: dict[str, object]) -> int:
    """The process of its master."""
    for name in ("config", "queue", "state", "maildirs"):
        (folder / name).mkdir()
    shutil.chown(folder / "state", "postfix")
    os.chown(folder / "maildirs", NOBODY, NOBODY)
    config = folder / "config"
    (config / "main.cf").write_text(_MAIN.format(**values))
    (config / "master.cf").write_text(_MASTER.format(**values))
    (config / "people").write_text("".join(f"{name}@{DOMAIN} {name}/\n" for name in EVERYBODY))
    subprocess.run(["postmap", "-c", config, f"hash:{config}/people"], check=True, env={"PATH": _PATH})
    _postfix(folder, "start")
    return int((folder / "queue" / "pid" / "master.pid").read_text())


def _postfix(folder: Path, command: str) -> None:
    program = shutil.which("postfix", path=_PATH)
    subprocess.run(
        [str(program), "-c", folder / "config", command],
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def _has_queue(queue: Path) -> bool:
    """Whether Postfix has mail under way."""
    return any(_has_files(queue / name) for name in ("maildrop", "incoming", "active", "deferred"))


def _has_files(folder: Path) -> bool:
    return any(files for _, _, files in os.walk(folder))


def _answers(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1) as connection:
            return bool(connection.recv(100))
    except OSError:
        return False


def fill_peers(side: Side, fill: Mapping[str, tuple[int, int]]) -> None:
    """By IMAP, 50 messages at a time. Before, every mailbox is made by one client: made by several deliveries at the
    same time, Dovecot's LMTP service may break down in a deadlock."""
    for who in EVERYBODY:
        side.measure(lambda _, who=who: conversations(side.ports["imap"], _login(who), [_SELECT]), 1, times=1)  # type: ignore[misc]
    for who, (total, size) in fill.items():
        _append(side, who, total, size)


_SELECT: list[Step] = [(b"t SELECT INBOX\r\n", b"t OK "), (b"t SELECT Target\r\n", b"t OK ")]


def _login(who: str) -> list[Step]:
    return [(b"", b"* OK"), (f"t LOGIN {who}@{DOMAIN} {PASSWORD}\r\n".encode(), b"t OK ")]


def _append(side: Side, who: str, total: int, size: int) -> None:
    def steps() -> Iterator[Step]:
        for start in range(0, total, 50):
            data = [message(number, size) for number in range(start, min(total, start + 50))]
            yield b"t APPEND INBOX " + b" ".join(b"{%d+}\r\n%b" % (len(d), d) for d in data) + b"\r\n", b"t OK "

    side.measure(lambda _: conversations(side.ports["imap"], _login(who), [steps()]), total, times=1)
