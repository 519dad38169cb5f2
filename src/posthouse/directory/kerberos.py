"""Tickets of Kerberos – RFC 4120, as SPNEGO carries them (RFC 4178).

Imported only where a keytab is configured, for its library is an extra. That of the system does the work: it reads the
keytab, knows what has been used (its replay cache is shared by all processes of a user) and allows five minutes between
clocks. It blocks, and is called in threads of our own.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

import gssapi
from gssapi.raw import set_neg_mechs
from gssapi.raw.misc import GSSError

from posthouse.directory.errors import BadKeytab, BadTicket
from posthouse.model.refusals import TryLater

SPNEGO = gssapi.OID.from_int_seq("1.3.6.1.5.5.2")
KERBEROS = gssapi.OID.from_int_seq("1.2.840.113554.1.2.2")
WAITING = 1000
"""Tickets that may wait for a thread."""
REASON = 400
"""Characters of what is logged of one."""
MOST_TURNS = 4
"""Of one negotiation; two are needed where client and server prefer different mechanisms."""


class Acceptance:
    """A negotiation with one client."""

    def __init__(self, context: gssapi.SecurityContext) -> None:
        self.context = context
        self.turns = 0


class Kerberos:
    """What this hub's keys say of a ticket."""

    def __init__(self, keytab: str, realms: Mapping[str, str]) -> None:
        """`realms`: whose users are ours, each with the domain of their accounts. BadKeytab."""
        try:
            with open(keytab, "rb"):
                self._credentials = gssapi.Credentials(
                    usage="accept", mechs=[SPNEGO], store={"keytab": f"FILE:{keytab}"}
                )
                set_neg_mechs(self._credentials, [KERBEROS])  # and nothing else that this machine may know
        except OSError as error:
            raise BadKeytab(f"{keytab}: {error.strerror}") from None
        except GSSError:
            raise BadKeytab(f"{keytab}: has no keys of Kerberos") from None
        self._realms = dict(realms)
        self._threads = ThreadPoolExecutor(min(4, os.cpu_count() or 1), thread_name_prefix="kerberos")
        self._waiting = 0

    def begin(self) -> Acceptance:
        return Acceptance(gssapi.SecurityContext(creds=self._credentials, usage="accept"))

    async def accept(self, acceptance: Acceptance, token: bytes) -> tuple[str | None, bytes]:
        """The address of whose ticket it is, None when another token must come; and what the client gets. BadTicket,
        TryLater."""
        if self._waiting >= WAITING:
            raise TryLater
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, self._step, acceptance, token)
        finally:
            self._waiting -= 1

    def _step(self, acceptance: Acceptance, token: bytes) -> tuple[str | None, bytes]:
        context = acceptance.context
        acceptance.turns += 1
        if acceptance.turns > MOST_TURNS:
            raise BadTicket("a negotiation without end")
        try:
            answer = context.step(token) or b""
            if not context.complete:
                return None, answer
            return self._address(str(context.initiator_name)), answer
        except GSSError as error:
            raise BadTicket(_reason(error)) from None
        except UnicodeDecodeError:
            raise BadTicket("a name that is not UTF-8") from None

    def _address(self, principal: str) -> str:
        """Of the account. Only people: `alice@REALM`, not `host/name@REALM`; another realm that ours trusts counts only
        if it is named."""
        name, _, realm = principal.rpartition("@")
        domain = self._realms.get(realm)
        if domain is None or not name or set(name) & set("/\\@"):
            raise BadTicket(f"{principal} is nobody of our realms")
        return f"{name}@{domain}"


def _reason(error: GSSError) -> str:
    """Short, for the library quotes names that a stranger has sent, and those in any encoding."""
    try:
        return str(error)[:REASON]
    except UnicodeDecodeError:
        return f"major {error.maj_code}, minor {error.min_code}"
