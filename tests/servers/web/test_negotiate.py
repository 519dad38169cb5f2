"""Logins without a password: realms of Kerberos on loopback, a real hub, curl and a client of our own (RFC 4559)."""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import os
import time
from base64 import b64decode, b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from kdc import Client, Realm, library, serve_realms
from programs import eventually, program, run

from posthouse.directory import set_attributes
from posthouse.directory.errors import BadTicket
from posthouse.testing import MailHub

REALM, FOREIGN, TRUSTED = "CORP.TEST", "FOREIGN.TEST", "EXAMPLE.ORG"
XML = "/autodiscover/autodiscover.xml"
BASIC = 'Basic realm="localhost", charset="UTF-8"'
ASKED = ["Negotiate", BASIC]
"""The challenges of a hub with a keytab."""
BY_TICKET = ("--negotiate", "-u", ":")
PEOPLE = ("alice", "nobody", "dave", "alice/admin", "host/alice")


@pytest.fixture(scope="module")
def realms(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Realm]]:
    library()
    with serve_realms(tmp_path_factory.mktemp("realms"), REALM, FOREIGN, TRUSTED) as realms:
        yield realms


@pytest.fixture(scope="module")
def tickets(realms: list[Realm]) -> dict[str, Path]:
    """Principal → cache."""
    made = {f"{person}@{REALM}": realms[0].ticket(person) for person in PEOPLE}
    return made | {f"alice@{one.name}": one.ticket("alice") for one in realms[1:]}


def configured(realm: Realm, **auth: object) -> dict[str, object]:
    return {
        "auth": {"default_domain": "example.org", **auth},
        "http": {"kerberos_keytab": str(realm.keytab), "kerberos_realms": [f"{realm.name}=example.org"]},
        "mapi": {"enabled": True},
    }


@pytest.fixture(scope="module")
def hub(realms: list[Realm]) -> Iterator[MailHub]:
    with MailHub(settings=configured(realms[0])) as hub:
        hub.add_account("alice@example.org")
        hub.add_account("dave@example.org")
        hub.write(lambda tx: set_attributes(tx, "dave@example.org", {"disabled": "true"}))
        yield hub


class Connection:
    """One, kept alive."""

    def __init__(self, hub: MailHub) -> None:
        self._client = http.client.HTTPSConnection("localhost", hub.https.port, context=hub.client_context())

    def ask(self, token: bytes | None = None, path: str = "/mapi/emsmdb/") -> tuple[int, list[str]]:
        """Status and challenges."""
        headers = {} if token is None else {"Authorization": "Negotiate " + b64encode(token).decode()}
        self._client.request("GET", path, headers=headers)
        answer = self._client.getresponse()
        answer.read()
        return answer.status, answer.headers.get_all("WWW-Authenticate") or []


def answered(challenges: list[str]) -> bytes:
    """The token of the one challenge."""
    [challenge] = challenges
    scheme, _, token = challenge.partition(" ")
    assert scheme == "Negotiate"
    return b64decode(token)


def curl(hub: MailHub, cache: Path, path: str, *words: str) -> str:
    command = [program("curl"), "-sS", "-i", "--cacert", str(hub.certificate), *words]
    return run([*command, f"https://localhost:{hub.https.port}{path}"], env={"KRB5CCNAME": f"FILE:{cache}"})


@pytest.mark.parametrize("path", ["/mapi/emsmdb/", "/mapi/nspi/"])
def test_curl_logs_in_without_a_password(hub: MailHub, tickets: dict[str, Path], path: str) -> None:
    """Both endpoints of MAPI know the account by its ticket."""
    shown = curl(hub, tickets[f"alice@{REALM}"], path, *BY_TICKET)
    assert shown.startswith("HTTP/1.1 200")
    assert "User: alice@example.org" in shown


def test_autodiscover_takes_tickets(hub: MailHub, tickets: dict[str, Path]) -> None:
    """Outlook asks where its mailbox is in the same way as it then asks the mailbox."""
    outlook = "http://schemas.microsoft.com/exchange/autodiscover/outlook/"
    body = (
        f'<Autodiscover xmlns="{outlook}requestschema/2006"><Request><EMailAddress>alice@example.org</EMailAddress>'
        f"<AcceptableResponseSchema>{outlook}responseschema/2006a</AcceptableResponseSchema></Request></Autodiscover>"
    )
    shown = curl(hub, tickets[f"alice@{REALM}"], XML, *BY_TICKET, "-H", "Content-Type: text/xml", "-d", body)
    assert "HTTP/1.1 200" in shown
    assert "<Account" in shown


def test_the_server_proves_itself(hub: MailHub, tickets: dict[str, Path]) -> None:
    """RFC 4559 §5: the token that comes with the page lets a client know that the hub has the key."""
    client = Client(tickets[f"alice@{REALM}"], REALM)
    status, challenges = Connection(hub).ask(client.token())
    assert status == 200
    assert not client.is_sure()
    client.token(answered(challenges))
    assert client.is_sure()


def test_no_connection_is_anybodys(hub: MailHub, tickets: dict[str, Path]) -> None:
    """A proxy sends several people's requests through one connection: each proves itself, none by the one before."""
    connection = Connection(hub)
    for _ in range(2):
        assert connection.ask(Client(tickets[f"alice@{REALM}"], REALM).token())[0] == 200
        assert connection.ask() == (401, ASKED)


def test_a_token_counts_once(hub: MailHub, tickets: dict[str, Path]) -> None:
    """Who has overheard one cannot use it."""
    token = Client(tickets[f"alice@{REALM}"], REALM).token()
    assert Connection(hub).ask(token)[0] == 200
    assert Connection(hub).ask(token) == (401, ASKED)


@pytest.mark.parametrize(
    "token",
    [b"\0", b"x" * 48_000, b"\x60\x82\xff\xff", b"\x60\x28\x06\x06\x2b\x06\x01\x05\x05\x02", b"NTLMSSP\0\1\0\0\0"],
)
def test_garbage(hub: MailHub, token: bytes) -> None:
    """What is no token of Kerberos is answered as a wrong password is, and the connection goes on."""
    connection = Connection(hub)
    assert connection.ask(token) == (401, ASKED)
    assert connection.ask(token) == (401, ASKED)


def test_a_spoiled_ticket(hub: MailHub, tickets: dict[str, Path]) -> None:
    """One octet is enough, wherever it is behind the head."""
    for place in (60, 300, -1):
        token = bytearray(Client(tickets[f"alice@{REALM}"], REALM).token())
        token[place] ^= 1
        assert Connection(hub).ask(bytes(token)) == (401, ASKED)


@pytest.mark.parametrize("principal", [f"nobody@{REALM}", f"alice/admin@{REALM}", f"host/alice@{REALM}"])
def test_who_has_no_account(hub: MailHub, tickets: dict[str, Path], principal: str) -> None:
    """A good ticket of somebody who is no account, or of a role or a machine, which no account is."""
    assert Connection(hub).ask(Client(tickets[principal], REALM).token()) == (401, ASKED)


def test_a_disabled_account(hub: MailHub, tickets: dict[str, Path]) -> None:
    """As with a right password: other credentials would not help."""
    assert Connection(hub).ask(Client(tickets[f"dave@{REALM}"], REALM).token())[0] == 403


def test_a_realm_that_has_not_our_key(hub: MailHub, tickets: dict[str, Path]) -> None:
    """Anybody may set up a realm with a service of our name."""
    assert Connection(hub).ask(Client(tickets[f"alice@{FOREIGN}"], FOREIGN).token()) == (401, ASKED)


def test_a_realm_that_is_not_named(realms: list[Realm], tickets: dict[str, Path]) -> None:
    """That the keytab has a key for a realm, or its own realm trusts it, makes nobody there one of ours."""
    named = configured(realms[2])
    named["http"] = {"kerberos_keytab": str(realms[2].keytab), "kerberos_realms": ["OTHER.TEST=example.org"]}
    with MailHub(settings=named) as hub:
        hub.add_account("alice@example.org")
        assert Connection(hub).ask(Client(tickets[f"alice@{TRUSTED}"], TRUSTED).token()) == (401, ASKED)


def test_the_realm_is_the_domain(realms: list[Realm], tickets: dict[str, Path]) -> None:
    """Where no domain is set, it is the realm's name in lower case."""
    named = configured(realms[2])
    named["http"] = {"kerberos_keytab": str(realms[2].keytab), "kerberos_realms": [TRUSTED]}
    with MailHub(settings=named) as hub:
        hub.add_account("alice@example.org")
        assert Connection(hub).ask(Client(tickets[f"alice@{TRUSTED}"], TRUSTED).token())[0] == 200


def test_a_ticket_of_the_past(tmp_path: Path) -> None:
    """Further back than clocks may differ, a token is worth nothing even if nobody has used it."""
    library()
    with serve_realms(tmp_path, REALM, clockskew=1) as [realm], MailHub(settings=configured(realm)) as hub:
        hub.add_account("alice@example.org")
        cache = realm.ticket("alice")
        token = Client(cache, REALM).token()
        time.sleep(3)
        assert Connection(hub).ask(token) == (401, ASKED)
        eventually(lambda: Connection(hub).ask(Client(cache, REALM).token())[0] == 200)


def test_guesses_are_counted(realms: list[Realm], tickets: dict[str, Path]) -> None:
    """Bad tickets count for the address they come from, and lock it out of tickets and passwords; a client of Windows
    without a ticket, which offers NTLM, has guessed nothing."""
    limits = configured(realms[0], address_failures=3, trusted_addresses=[])
    with MailHub(settings=limits) as hub:
        hub.add_account("alice@example.org")
        for _ in range(5):
            assert Connection(hub).ask(b"NTLMSSP\0\1\0\0\0")[0] == 401
        assert [Connection(hub).ask(b"\0")[0] for _ in range(4)] == [401, 401, 401, 429]
        assert Connection(hub).ask(Client(tickets[f"alice@{REALM}"], REALM).token())[0] == 429


# RFC 4178 §4.2: a client that would rather have another mechanism, written by hand.


def der(tag: int, *parts: bytes) -> bytes:
    content = b"".join(parts)
    size = len(content)
    length = bytes([size]) if size < 128 else b"\x82" + size.to_bytes(2, "big")
    return bytes([tag]) + length + content


NTLM, KERBEROS, WINDOWS, SPNEGO = (
    der(0x06, bytes.fromhex(one))
    for one in ("2b06010401823702020a", "2a864886f712010202", "2a864882f712010202", "2b0601050502")
)
MECHANISMS = der(0x30, NTLM, KERBEROS)


def first(mechanisms: bytes, token: bytes) -> bytes:
    return der(0x60, SPNEGO, der(0xA0, der(0x30, der(0xA0, mechanisms), der(0xA2, der(0x04, token)))))


FIRST = first(MECHANISMS, b"NTLMSSP\0\1\0\0\0")


def plain(cache: Path) -> Any:
    """Kerberos without SPNEGO."""
    gssapi = library()
    return gssapi.SecurityContext(
        name=gssapi.Name(f"HTTP/localhost@{REALM}", gssapi.NameType.kerberos_principal),
        creds=gssapi.Credentials(usage="initiate", store={"ccache": f"FILE:{cache}"}),
        mech=gssapi.MechType.kerberos,
        flags=gssapi.RequirementFlag.integrity,
    )


def second(cache: Path) -> bytes:
    """Kerberos then, and a proof that nobody has changed the list."""
    context = plain(cache)
    token = context.step()
    proof = context.get_signature(MECHANISMS)
    return der(0xA1, der(0x30, der(0xA2, der(0x04, token)), der(0xA3, der(0x04, proof))))


def test_what_windows_sends(hub: MailHub, tickets: dict[str, Path]) -> None:
    """[MS-SPNG] 3.1.5.2: the number of Kerberos that Windows 2000 got wrong comes first to this day, then the right one
    and NTLM."""
    token = first(der(0x30, WINDOWS, KERBEROS, NTLM), plain(tickets[f"alice@{REALM}"]).step())
    assert Connection(hub).ask(token)[0] == 200


def test_several_tokens_of_one_negotiation(hub: MailHub, tickets: dict[str, Path]) -> None:
    """RFC 4559 §4.2: 401 with a token, and the client goes on, on the same connection."""
    connection = Connection(hub)
    status, challenges = connection.ask(FIRST)
    assert status == 401
    assert KERBEROS in answered(challenges)
    status, challenges = connection.ask(second(tickets[f"alice@{REALM}"]))
    assert status == 200
    assert answered(challenges)


def test_a_negotiation_stays_on_its_connection(hub: MailHub, tickets: dict[str, Path]) -> None:
    """What one connection has begun another cannot end."""
    begun = Connection(hub)
    assert begun.ask(FIRST)[0] == 401
    assert Connection(hub).ask(second(tickets[f"alice@{REALM}"])) == (401, ASKED)


def test_a_negotiation_ends(hub: MailHub) -> None:
    """A client that begins again and again gets nowhere, and then its negotiation is over."""
    connection = Connection(hub)
    assert all(connection.ask(FIRST)[0] == 401 for _ in range(10))
    assert connection.ask() == (401, ASKED)


def test_passwords_go_on(hub: MailHub) -> None:
    """Who has no ticket logs in as before."""
    words = ("--basic", "-u", "alice@example.org:secret")
    assert curl(hub, Path(os.devnull), "/mapi/emsmdb/", *words).startswith("HTTP/1.1 200")


@pytest.mark.fuzz
def test_any_token(realms: list[Realm], tickets: dict[str, Path]) -> None:
    """BadTicket is all that may come of bytes that were changed, cut off or put in."""
    from posthouse.directory.kerberos import Kerberos

    kerberos = Kerberos(str(realms[0].keytab), {REALM: "example.org"})
    good = Client(tickets[f"alice@{REALM}"], REALM).token()
    name = good.index(b"localhost")
    places = st.integers(0, len(good))

    @given(places, places, st.binary(max_size=40))
    @example(name, name + 9, b"\xff" * 9)
    @example(name, name + 9, b"\0" * 9)
    @settings(deadline=None)
    def change(start: int, end: int, put: bytes) -> None:
        with contextlib.suppress(BadTicket):
            asyncio.run(kerberos.accept(kerberos.begin(), good[:start] + put + good[end:]))

    change()
