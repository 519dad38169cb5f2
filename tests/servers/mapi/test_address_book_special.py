"""The hierarchy of containers over HTTPS, and templates. Statements are those of [MS-OXNSPI]."""

from __future__ import annotations

from dataclasses import replace
from struct import unpack
from typing import Any

import pytest
from mapi_book import BookClient
from mapi_session import organisation

from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.address_book.objects import DnToMIdRequest, GetTemplateInfoRequest
from posthouse.protocols.mapi.address_book.stat import Stat
from posthouse.protocols.mapi.address_book.tables import (
    GetSpecialTableRequest,
    QueryColumnsRequest,
    UpdateStatRequest,
)
from posthouse.protocols.mapi.address_book.templates import Control, ControlFlags, ControlType, parse_template
from posthouse.protocols.mapi.property_values import PropertyTag, PropertyType
from posthouse.servers.mapi.errors import ErrorCode
from posthouse.testing import MailHub

UNICODE, CREATION = 4, 2
TEMPLATE, SCRIPT = 1, 4
HEAD = bytes(4) + bytes.fromhex("DCA740C8C042101AB4B908002B2FE182") + b"\1\0\0\0" + b"\0\1\0\0"
"""Of a permanent entry id of a container."""


def test_hierarchy(book: BookClient) -> None:
    """R56, R57, R111, R518, R520, R653, R717, R718, R724, R726, R727, R728, R743, R760, R765, R767, R1863 to
    R1866, R1941, R1966, R1998; MS-OXCMAPIHTTP R631, R664 to R667, R672, R673, R675, R677, R678, R680 to R682: all
    containers, the parents before what is in them, with these properties in this order."""
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


@pytest.mark.parametrize("version", [None, 0, 1, 0xFFFFFFFF])
def test_version(book: BookClient, version: int | None) -> None:
    """R748001, R750; MS-OXCMAPIHTTP R668 to R671: there are rows whatever version a client has, and the version that
    there is; of templates there are none."""
    response = book.ask(GetSpecialTableRequest(UNICODE, Stat(), version))
    assert (response.error_code, response.version, len(response.rows)) == (0, 1, 5)
    assert book.ask(GetSpecialTableRequest(CREATION, Stat(), version)).version == version


def test_special_errors(book: BookClient) -> None:
    """R732, R736; MS-OXCMAPIHTTP R671, R679, R1400, R1452, R2148 to R2152: Unicode's code page will do where there are
    no 8 bits."""
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


TEMPLATE_HEAD = HEAD[:-4] + b"\2\1\0\0"
"""Of an entry id of an address creation template."""


@pytest.mark.parametrize(
    ("locale", "name"), [(0x409, b"SMTP Address"), (0x809, b"SMTP Address"), (0x407, b"SMTP-Adresse")]
)
@pytest.mark.parametrize("code_page", [1252, 20261, 1200, 7])
def test_creation_table(book: BookClient, hub: MailHub, locale: int, name: bytes, code_page: int) -> None:
    """R60, R109, R339, R521, R752, R1996, MS-OXOABKT 2.2.1: a row for each type of addresses that can be made,
    with strings of 8 bits; its name stands for a number. R61: the display type of a template stands in its entry id,
    and nowhere else. No code page is wrong, for the names are in letters that all have."""
    state = Stat(template_locale=locale, code_page=code_page)
    response = book.ask(GetSpecialTableRequest(CREATION, state, 5))
    assert (response.error_code, response.code_page, response.version) == (0, code_page, 5)
    [row] = response.rows
    values = {value.tag.id << 16 | value.tag.type: value.value for value in row}
    dn = f"{organisation(hub).dn}/cn=Address-Templates/cn={locale:x}/cn=SMTP"
    instance = values.pop(0x0FF60102)
    assert book.ask(DnToMIdRequest(0, (dn, dn.upper()))).mids == (int.from_bytes(instance, "little"),) * 2
    assert values == {
        0x3002001E: b"SMTP",
        0x3001001E: name,
        0x39000003: 0,
        0x0FFF0102: TEMPLATE_HEAD + dn.encode() + b"\0",
        0x30050003: 0,
        0x3609000B: True,
    }


@pytest.mark.parametrize("locale", [0, 0x40C, 0x7777])
def test_no_creation_table(book: BookClient, hub: MailHub, locale: int) -> None:
    """R757, R758: in a language that there is not there are no rows, and that is no error; R1260: nor is there a number
    for its name."""
    response = book.ask(GetSpecialTableRequest(CREATION, Stat(template_locale=locale), None))
    assert (response.error_code, response.rows) == (0, ())
    dn = f"{organisation(hub).dn}/cn=Address-Templates/cn={locale:x}/cn=SMTP"
    assert book.ask(DnToMIdRequest(0, (dn,))).mids == (0,)


def run(script: bytes, typed: dict[int, bytes]) -> bytes | None:
    """MS-OXOABKT 2.2.2.2: the address that a script makes of what was typed, by property tags; None: none."""
    count, *words = unpack(f"<{len(script) // 4}I", script)
    assert count == len(words)
    at, address = 0, b""
    while True:
        match words[at:]:
            case [0, *_]:
                return address
            case [1, *_]:
                return None
            case [2, tag, *_]:
                address, at = address + typed[tag], at + 2
            case [4, tag, target, *_]:
                at = at + 3 if tag in typed else target // 4


@pytest.mark.parametrize(("locale", "label"), [(0x409, b"E-mail address:"), (0x407, b"E-Mail-Adresse:")])
def test_a_client_makes_an_address(book: BookClient, locale: int, label: bytes) -> None:
    """R1444, R1483, R1484, R1485, R1486, R1980, R1981, MS-OXOABKT 3.1.4.1: by the row's name there are a dialog, in
    which an address must be typed, and a script that makes it; whatever else is asked for."""
    [row] = book.ask(GetSpecialTableRequest(CREATION, Stat(template_locale=locale), None)).rows
    [entry_id] = [value.value for value in row if value.tag.id == tags.PidTagEntryId.id]
    name = entry_id[28:-1].decode()
    template, script = book.ask(GetTemplateInfoRequest(TEMPLATE | SCRIPT, 0, name, 1252, 0x40C)).row
    assert (template.tag.id, script.tag) == (1, PropertyTag(4, PropertyType.BINARY))
    controls = parse_template(template.value)
    assert label in [one.text for one in controls]
    [must] = [one for one in controls if one.flags & ControlFlags.MANDATORY]
    assert must.flags & ControlFlags.EDITABLE
    tag = must.property.id << 16 | must.property.type
    assert run(script.value, {tag: b"x@elsewhere.example"}) == b"x@elsewhere.example"
    assert run(script.value, {}) is None
    assert book.ask(GetTemplateInfoRequest(SCRIPT, 0, None, 1252, locale)).row[0].value == b""


def dialog(book: BookClient, display_type: int, locale: int = 0x409, code_page: int = 1252) -> tuple[Control, ...]:
    response = book.ask(GetTemplateInfoRequest(TEMPLATE, display_type, None, code_page, locale))
    assert (response.error_code, response.code_page) == (0, code_page)
    [value] = response.row
    assert value.tag == PropertyTag(0x0001, PropertyType.BINARY)
    return parse_template(value.value)


@pytest.mark.parametrize("display_type", [0, 1, 2, 3, 5, 6])
def test_templates(book: BookClient, display_type: int) -> None:
    """R120, R453, R654, R1444, R1449, R1453, R1455 to R1457, R1458, R1471, R1472, R1478, R1485, R1486, R1490, R1492;
    MS-OXCMAPIHTTP R683, R713 to R719, R721 to R723: for each kind of object a dialog, whose controls lie within their
    page and show what there is."""
    controls = dialog(book, display_type)
    pages = [one for one in controls if one.type is ControlType.PAGE]
    assert controls[0].type is ControlType.PAGE
    assert len(pages) >= 3
    for one in controls:
        assert one.x + one.width <= pages[0].width
        assert one.y + one.height <= pages[0].height
        assert len(one.text) < (32 if one.type is ControlType.PAGE else 128)
    shown = {one.property for one in controls if one.property.id}
    columns = set(book.ask(QueryColumnsRequest(0, 0x80000000)).columns)
    assert shown <= columns | {tags.PidTagAddressBookManageDistributionList}
    assert (tags.PidTagAddressBookMember in shown) == (display_type in (1, 5))


def test_template_languages(book: BookClient) -> None:
    """R1471, R19391: in the client's language, if there is one, and in its code page."""
    for locale in (0x407, 0x807):
        assert dialog(book, 0, locale)[0].text == b"Allgemein"
        assert b"B\xc3\xbcro:" in [one.text for one in dialog(book, 0, locale, 65001)]
        assert b"B\xfcro:" in [one.text for one in dialog(book, 0, locale)]
    for locale in (0x409, 0x40C):
        assert dialog(book, 0, locale)[0].text == b"General"


def test_templates_by_name(book: BookClient, hub: MailHub) -> None:
    """R1980 to R1983: by a DN, and then whatever else is asked for."""
    name = f"{organisation(hub).dn}/cn=Display-Templates/cn=407/cn=1"
    for display_type, locale in ((0, 0x409), (0x77, 0xFFFFFFFF)):
        request = GetTemplateInfoRequest(TEMPLATE, display_type, name, 1252, locale)
        [value] = book.ask(request).row
        assert parse_template(value.value) == dialog(book, 1, 0x407)
        assert book.ask(replace(request, dn=name.upper())).row == (value,)


def test_template_flags(book: BookClient) -> None:
    """R121, R1447, R1483, R1484, R1692; MS-OXCMAPIHTTP R694, R1324: the template, the script, or both; nothing else."""
    for flags, ids in ((0, []), (TEMPLATE, [1]), (SCRIPT, [4]), (TEMPLATE | SCRIPT, [1, 4])):
        request = GetTemplateInfoRequest(flags, 0, None, 1252, 0x409)
        response = book.ask(request)
        assert [value.tag.id for value in response.row] == ids
        assert book.ask(replace(request, flags=flags | 0xFFFFFF8A)) == response


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"code_page": 1200}, ErrorCode.ecInvalidCodePage),
        ({"code_page": 7}, ErrorCode.ecInvalidCodePage),
        ({"display_type": 4}, ErrorCode.ecInvalidLocale),
        ({"locale": 0}, ErrorCode.ecInvalidLocale),
        ({"locale": 0x7FF}, ErrorCode.ecInvalidLocale),
        ({"locale": 0xFFFFFFFF}, ErrorCode.ecInvalidLocale),
        ({"dn": "/o=x"}, ErrorCode.ecInvalidLocale),
        ({"dn": ""}, ErrorCode.ecInvalidLocale),
    ],
)
def test_template_errors(book: BookClient, changes: dict[str, Any], code: ErrorCode) -> None:
    """R1462, R1467, R1469, R1476; MS-OXCMAPIHTTP R720, R1402, R2154 to R2158."""
    assert book.error(replace(GetTemplateInfoRequest(TEMPLATE, 0, None, 1252, 0x409), **changes)) == code
