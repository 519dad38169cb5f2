"""The hierarchy of containers over HTTPS, and templates. Statements are those of [MS-OXNSPI]."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from mapi_book import BookClient, people

from posthouse.protocols.mapi.address_book.objects import DnToMIdRequest, GetTemplateInfoRequest
from posthouse.protocols.mapi.address_book.stat import Stat
from posthouse.protocols.mapi.address_book.tables import GetSpecialTableRequest, UpdateStatRequest
from posthouse.servers.mapi.errors import ErrorCode
from posthouse.testing import MailHub

UNICODE, CREATION = 4, 2
HEAD = bytes(4) + bytes.fromhex("DCA740C8C042101AB4B908002B2FE182") + b"\1\0\0\0" + b"\0\1\0\0"
"""Of a permanent entry id of a container."""


@pytest.fixture(scope="module")
def hub() -> Iterator[MailHub]:
    with MailHub(settings={"mapi": {"enabled": True}}) as hub:
        people(hub)
        yield hub


@pytest.fixture
def book(hub: MailHub) -> BookClient:
    return BookClient(hub)


def test_hierarchy(book: BookClient) -> None:
    """R56, R57, R111, R518, R520, R653, R717, R718, R726, R727, R743, R750, R760, R765, R767, R1863 to R1866, R1941,
    R1966, R1998; MS-OXCMAPIHTTP R631, R664 to R670, R672, R673, R675, R677, R678, R680 to R682: all containers, the
    parents before what is in them, with these properties in this order."""
    response = book.ask(GetSpecialTableRequest(UNICODE, Stat(), None))
    assert (response.error_code, response.code_page) == (0, 1252)
    for row in response.rows:
        assert [value.tag.id for value in row[:6]] == [0x0FFF, 0x3600, 0x3005, 0xFFFD, 0x3001, 0xFFFB]
        assert [value.tag.id for value in row[6:]] in ([], [0xFFFC])
        assert row[0].value.startswith(HEAD)
        assert row[5].value is False
    shown = [(row[4].value, row[1].value, row[2].value, len(row)) for row in response.rows]
    assert shown == [
        ("Global Address List", 9, 0, 6),
        ("All Address Lists", 10, 0, 6),
        ("All Contacts", 9, 1, 7),
        ("All Groups", 9, 1, 7),
        ("All Users", 9, 1, 7),
    ]
    assert response.rows[0][0].value == HEAD + b"/\0"
    assert all(row[0].value[28:].startswith(b"/guid=") for row in response.rows[1:])
    assert {row[6].value for row in response.rows[2:]} == {response.rows[1][0].value}


def test_containers_can_be_opened(book: BookClient) -> None:
    """R315, R502: by the id that the hierarchy tells, which is also what their names stand for."""
    rows = book.ask(GetSpecialTableRequest(UNICODE, Stat(), None)).rows
    for row in rows:
        assert book.ask(UpdateStatRequest(0, Stat(container_id=row[3].value))).error_code == 0
    names = tuple(row[0].value[28:-1].decode() for row in rows)
    assert list(book.ask(DnToMIdRequest(0, names)).mids) == [row[3].value for row in rows]


def test_hierarchy_of_eight_bits(book: BookClient) -> None:
    """R454, R762, R1933, R1967."""
    narrow = book.ask(GetSpecialTableRequest(0, Stat(), None)).rows
    wide = book.ask(GetSpecialTableRequest(UNICODE, Stat(), None)).rows
    assert [row[4].value for row in narrow] == [row[4].value.encode() for row in wide]
    assert [row[0] for row in narrow] == [row[0] for row in wide]


def test_version(book: BookClient) -> None:
    """R748, R750: who has this version gets no rows."""
    first = book.ask(GetSpecialTableRequest(UNICODE, Stat(), 0))
    again = book.ask(GetSpecialTableRequest(UNICODE, Stat(), first.version))
    assert len(first.rows) == 5
    assert (again.error_code, again.version, again.rows) == (0, first.version, ())


def test_special_errors(book: BookClient) -> None:
    """R732, R736; MS-OXCMAPIHTTP R671, R679, R1400, R1452: Unicode's code page will do where there are no 8 bits."""
    assert book.error(GetSpecialTableRequest(UNICODE, None, None)) == ErrorCode.ecInvalidParameter
    assert book.error(GetSpecialTableRequest(0, Stat(code_page=1200), None)) == ErrorCode.ecNotSupported
    assert len(book.ask(GetSpecialTableRequest(UNICODE, Stat(code_page=1200), None)).rows) == 5


def test_special_flags(book: BookClient) -> None:
    """R110, R721, R741, R1740; MS-OXCMAPIHTTP R642, R1322: other flags mean nothing, and beside CREATION Unicode does
    not either."""
    for flags in (0, UNICODE, CREATION):
        same = book.ask(GetSpecialTableRequest(0xFFFFFFF9 | flags, Stat(), None))
        assert same == book.ask(GetSpecialTableRequest(flags, Stat(), None))
    both = book.ask(GetSpecialTableRequest(CREATION | UNICODE, Stat(), None))
    assert both == book.ask(GetSpecialTableRequest(CREATION, Stat(), None))


def test_creation_templates(book: BookClient) -> None:
    """R109, R521, R752, R757, R758: a table, without rows where there are none, is no error."""
    for locale in (0x409, 0x7777):
        response = book.ask(GetSpecialTableRequest(CREATION, Stat(template_locale=locale), None))
        assert response.error_code == 0
        assert response.rows is not None


@pytest.mark.parametrize(("code_page", "code"), [(1200, ErrorCode.ecInvalidCodePage), (7, ErrorCode.ecInvalidCodePage)])
def test_template_code_pages(book: BookClient, code_page: int, code: ErrorCode) -> None:
    """R1462, R1467, R1469; MS-OXCMAPIHTTP R720, R1402."""
    request = GetTemplateInfoRequest(1, 0, None, code_page, 0x409)
    assert book.error(request) == code
    assert book.ask(replace(request, code_page=1252)).error_code != code
