"""Whom the address book finds by a name, over HTTPS. Statements are those of [MS-OXNSPI]."""

from __future__ import annotations

import pytest
from mapi_book import BookClient, id_of, values_in
from mapi_session import organisation

from posthouse.protocols.mapi.address_book.objects import ResolveNamesRequest
from posthouse.protocols.mapi.address_book.stat import Stat
from posthouse.protocols.mapi.property_values import PropertyTag, PropertyType
from posthouse.protocols.mapi.tags import PidTagDisplayName, PidTagSmtpAddress
from posthouse.servers.mapi.errors import ErrorCode
from posthouse.testing import MailHub

NAME8 = PropertyTag(PidTagDisplayName.id, PropertyType.STRING8)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("alice", "Alice Adams"),
        ("ALICE ADAMS", "Alice Adams"),
        (" adams al ", "Alice Adams"),
        ("Adams, Alice", "Alice Adams"),
        ("ally", "Alice Adams"),
        ("alice@example.org", "Alice Adams"),
        ("Ally@Example.org", "Alice Adams"),
        ("alice@exa", "Alice Adams"),
        ("smtp:alice@example.org", "Alice Adams"),
        ("=SMTP:alice@example.org", "Alice Adams"),
        ("=SMTP:ally@example.org", "Alice Adams"),
        ("=alice", "Alice Adams"),
        ("=Alice Adams", "Alice Adams"),
        ("zoe z", "Zoë Zimmer"),
        ("berlin", "Alice Adams"),
        ("seven", "7 of Nine"),
        ("eve evans", "Eve Evans"),
        ("eve@elsewhere.example", "Eve Evans"),
        ("carol@example.org", "Carol Clark"),
        ("=SMTP:carol@example.org", "Carol Clark"),
    ],
)
def test_resolved(book: BookClient, text: str, found: str) -> None:
    """R90, R612, R613, R615, R616, R622, R1611: one person, by a name, an alias, an address, or the beginnings of
    them; who is hidden, by the whole address alone."""
    response = book.ask(ResolveNamesRequest(0, Stat(), (PidTagDisplayName,), (text,)))
    assert response.mids == (2,)
    assert values_in(response.rows) == [found]


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("", 0),
        ("  ", 0),
        ("nobody", 0),
        ("=ali", 0),
        ("=", 0),
        ("carol", 0),
        ("carol clark", 0),
        ("dave", 0),
        ("=SMTP:nobody@example.org", 0),
        ("=SMTP:alice@exa", 0),
        ("SMTP:", 0),
        ("/o=x", 0),
        ("EX:/o=x", 0),
        ("a", 1),
        ("e", 1),
        ("e ev", 1),
    ],
)
def test_not_resolved(book: BookClient, text: str, result: int) -> None:
    """R88, R89, R618, R620, R623, R624, R1611: nobody, or more than one, has no row."""
    response = book.ask(ResolveNamesRequest(0, Stat(), (PidTagDisplayName,), (text,)))
    assert (response.mids, response.rows.rows) == ((result,), ())


def test_dns(book: BookClient, hub: MailHub) -> None:
    """R622: by a legacy DN, with or without its type."""
    for address in ("bob@example.org", "carol@example.org"):
        dn = organisation(hub).dn_of(id_of(hub, address))
        for text in (dn, dn.upper(), f"EX:{dn}", f"=EX:{dn}"):
            response = book.ask(ResolveNamesRequest(0, Stat(), (PidTagSmtpAddress,), (text,)))
            assert values_in(response.rows) == [address]


def test_many_names(book: BookClient) -> None:
    """R86, R87, R460, R659, R1393 to R1395, R1399, R1401, R1402, R1403, R1404, R1405, R1406, R1425, R1426, R1428,
    R1430, R1443, R1650, R1939, R1947, R1978, R1979; MS-OXCMAPIHTTP R895, R913, R934 to R943, R945 to R947, R949, R950,
    R952, R953, R955 to R957: an outcome for each name, in their order, and rows of those that are resolved."""
    names = ("alice", "x", "e", "Zoë")
    response = book.ask(ResolveNamesRequest(0, Stat(), (NAME8, PidTagDisplayName), names))
    assert (response.error_code, response.code_page) == (0, 1252)
    assert response.mids == (2, 0, 1, 2)
    assert response.rows.columns == (NAME8, PidTagDisplayName)
    assert response.rows.rows == ((b"Alice Adams", "Alice Adams"), (b"Zo\xeb Zimmer", "Zoë Zimmer"))


def test_default_columns(book: BookClient) -> None:
    """R1430: those of every table."""
    rows = book.ask(ResolveNamesRequest(0, Stat(), None, ("bob",))).rows
    assert [tag.id for tag in rows.columns] == [0xFFFD, 0x0FFE, 0x3900, 0x3001, 0x3A1A, 0x3A18, 0x3A19]


def test_containers(book: BookClient) -> None:
    """R612: within a container, and nobody else."""
    for container, mids in ((0x11, (0, 2, 0)), (0x12, (0, 0, 2)), (0x13, (2, 0, 0)), (0x10, (0, 0, 0))):
        names = ("alice@example.org", "evans", "seven")
        state = Stat(container_id=container)
        assert book.ask(ResolveNamesRequest(0, state, (PidTagDisplayName,), names)).mids == mids


def test_reserved(book: BookClient) -> None:
    """R1414; MS-OXCMAPIHTTP R1314: Outlook sets a bit of it."""
    asked = ResolveNamesRequest(0x80000000, Stat(), (PidTagDisplayName,), ("alice",))
    assert book.ask(asked).mids == (2,)


@pytest.mark.parametrize(
    ("state", "names", "code"),
    [
        (None, ("a",), ErrorCode.ecInvalidParameter),
        (Stat(), None, ErrorCode.ecInvalidParameter),
        (Stat(code_page=1200), ("a",), ErrorCode.ecNotSupported),
        (Stat(container_id=0x77), ("a",), ErrorCode.ecInvalidBookmark),
        (Stat(), ("a",) * 501, ErrorCode.ecTooComplex),
    ],
)
def test_errors(book: BookClient, state: Stat | None, names: tuple[str, ...] | None, code: ErrorCode) -> None:
    """R1410, R1418, R1423, R1761; MS-OXCMAPIHTTP R944, R948, R951, R954, R1416, R2189 to R2193."""
    assert book.error(ResolveNamesRequest(0, state, (PidTagDisplayName,), names)) == code
