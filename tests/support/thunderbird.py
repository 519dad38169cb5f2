"""Thunderbird without a screen, led by its remote protocol for tests, Marionette: a message is a JSON array with its
length before it, over a loopback port. Scripts run in the program itself and see its folders as its windows do."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Any

from hubs import HOST, PASSWORD, Hub
from programs import eventually, free_port, program

_FOLDER = """
const {MailServices} = ChromeUtils.importESModule("resource:///modules/MailServices.sys.mjs");
const server = MailServices.accounts.accounts[0].incomingServer;
const inbox = server.rootFolder.getFolderWithFlags(Ci.nsMsgFolderFlags.Inbox);
const named = subject => [...inbox.messages].filter(header => header.mime2DecodedSubject == subject);
"""
_TRUST = """
const done = arguments[arguments.length - 1], [certificate, url, person, password] = arguments;
Cc["@mozilla.org/security/x509certdb;1"].getService(Ci.nsIX509CertDB).addCertFromBase64(certificate, "C,,");
const login = Cc["@mozilla.org/login-manager/loginInfo;1"].createInstance(Ci.nsILoginInfo);
login.init(url, null, url, person, password, "", "");
Services.logins.addLoginAsync(login).then(() => done("kept"), error => done(String(error)));
"""
_MOVE = """
const done = arguments[arguments.length - 1];
const to = server.rootFolder.getFolderWithFlags(Ci.nsMsgFolderFlags[arguments[1]]);
const listener = {onStartCopy() {}, onProgress() {}, setMessageKey() {}, getMessageId() {}, onStopCopy: done};
MailServices.copy.copyMessages(inbox, named(arguments[0]), to, true, listener, null, false);
"""


class Thunderbird:
    """With one account, and nothing that reaches beyond this machine; `with` starts and ends it. A second one on the
    same folder is the same person's, some time later."""

    def __init__(self, hub: Hub, person: str, folder: Path) -> None:
        self._hub, self._person, self._folder = hub, person, folder
        self._port = free_port()
        self._numbers = count(1)

    def __enter__(self) -> Thunderbird:
        profile, home = self._folder / "profile", self._folder / "home"
        new = not profile.exists()
        for path in (profile, home):
            path.mkdir(exist_ok=True)
        lines = [f"user_pref({json.dumps(key)}, {json.dumps(value)});\n" for key, value in self._preferences().items()]
        (profile / "user.js").write_text("".join(lines), encoding="utf-8")
        command = [program("thunderbird"), "--headless", "--marionette", "-remote-allow-system-access"]
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [*command, "-no-remote", "-profile", str(profile)],
                env={**os.environ, "HOME": str(home)},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        try:
            self._begin(new)
        except BaseException:
            self._process.kill()
            self._process.wait()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self._call("Marionette:Quit", flags=["eAttemptQuit"])
            self._process.wait(60)
        finally:
            self._process.kill()
            self._process.wait()
            self._file.close()
            self._socket.close()

    def _preferences(self) -> dict[str, str | int | bool]:
        server = {
            "type": "imap",
            "hostname": HOST,
            "port": self._hub.ports["imaps"],
            "userName": self._person,
            "socketType": 3,  # TLS from the start
            "authMethod": 3,  # a plain password
            "use_idle": True,
            "use_condstore": True,
            "offline_download": True,
            "login_at_startup": False,  # it would ask for a password before it has one
            "check_new_mail": False,
        }
        proxy = {"type": 1, "http": "127.0.0.1", "http_port": 9, "ssl": "127.0.0.1", "ssl_port": 9}  # to nowhere
        return {
            "marionette.port": self._port,
            "mail.accountmanager.accounts": "account1",
            "mail.accountmanager.defaultaccount": "account1",
            "mail.account.account1.server": "server1",
            "mail.account.account1.identities": "id1",
            "mail.identity.id1.useremail": self._person,
            "mail.identity.id1.valid": True,
            **{f"mail.server.server1.{key}": value for key, value in server.items()},
            **{f"network.proxy.{key}": value for key, value in proxy.items()},
            "services.settings.server": "data:,#remote-settings-dummy/v1",
            "toolkit.telemetry.enabled": False,
            "datareporting.policy.dataSubmissionEnabled": False,
            "app.update.enabled": False,
            "extensions.update.enabled": False,
            "mailnews.start_page.enabled": False,
            "mail.shell.checkDefaultClient": False,
            "mail.spotlight.firstRunDone": True,
            "mail.rights.version": 1,
        }

    def _begin(self, new: bool) -> None:
        self._socket = eventually(self._connect)
        self._file = self._socket.makefile("rb")
        self._read()  # the greeting
        self._call("WebDriver:NewSession", capabilities={})
        self._call("Marionette:SetContext", value="chrome")
        if new:
            certificate = re.sub("-----.*-----|\\s", "", self._hub.authority.ca.read_text(encoding="ascii"))
            url = f"imap://{HOST}"
            assert self._wait(_TRUST, certificate, url, self._person, PASSWORD) == "kept"

    def _connect(self) -> socket.socket | None:
        assert self._process.poll() is None, (self._folder / "log").read_text(errors="replace")
        try:
            return socket.create_connection(("127.0.0.1", self._port), timeout=100)
        except ConnectionRefusedError:
            return None

    def _read(self) -> Any:
        length = b""
        while (octet := self._file.read(1)) != b":":
            assert octet, "Thunderbird is gone"
            length += octet
        return json.loads(self._file.read(int(length)))

    def _call(self, command: str, **words: object) -> Any:
        message = json.dumps([0, next(self._numbers), command, words]).encode()
        self._socket.sendall(b"%d:%b" % (len(message), message))
        _, _, error, answer = self._read()
        assert error is None, error
        return answer

    def _run(self, script: str, *words: object) -> Any:
        return self._call("WebDriver:ExecuteScript", script=_FOLDER + script, args=words)["value"]

    def _wait(self, script: str, *words: object) -> Any:
        """A script that calls its last argument when it has done."""
        return self._call("WebDriver:ExecuteAsyncScript", script=script, args=words)["value"]

    # what a person does
    def get_messages(self) -> None:
        self._run("server.performBiff(null);")

    def inbox(self) -> dict[str, set[str]]:
        """Subject → what is marked, as far as the program knows."""
        rows = (
            "[...inbox.messages].map(h => [h.mime2DecodedSubject, h.isRead ? 'read' : '', h.isFlagged ? 'star' : ''])"
        )
        found = self._run(f"return inbox && inbox.msgDatabase ? {rows} : [];")
        return {subject: {*marks} - {""} for subject, *marks in found}

    def mark_read(self, subject: str) -> None:
        self._run("inbox.markMessagesRead(named(arguments[0]), true);", subject)

    def move(self, subject: str, where: str) -> None:
        """To the folder of this use: Trash, Archive, Junk …; returns when the hub has done it."""
        assert self._wait(_FOLDER + _MOVE, subject, where) == 0
