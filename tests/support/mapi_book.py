"""A client of the address book, and the people that it finds there."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, TypeVar

from mapi_http import MapiClient
from mapi_session import organisation

from posthouse.database import Transaction
from posthouse.directory import add_alias, add_contact, add_group, find_principal, set_attributes
from posthouse.protocols.mapi.address_book import objects, tables
from posthouse.protocols.mapi.address_book.body import Request, Response, Rows
from posthouse.protocols.mapi.address_book.session import BindRequest
from posthouse.protocols.mapi.address_book.stat import Stat
from posthouse.protocols.mapi.property_values import PropertyTag
from posthouse.testing import MailHub

CHANGED = TypeVar("CHANGED", bound=Request)
NAMES = {
    objects.DnToMIdRequest: ("DNToMId", objects.DnToMIdResponse),
    tables.CompareMIdsRequest: ("CompareMIds", tables.CompareMIdsResponse),
    tables.GetMatchesRequest: ("GetMatches", tables.GetMatchesResponse),
    objects.GetPropListRequest: ("GetPropList", objects.GetPropListResponse),
    objects.GetPropsRequest: ("GetProps", objects.GetPropsResponse),
    tables.GetSpecialTableRequest: ("GetSpecialTable", tables.GetSpecialTableResponse),
    objects.GetTemplateInfoRequest: ("GetTemplateInfo", objects.GetTemplateInfoResponse),
    objects.ModLinkAttRequest: ("ModLinkAtt", objects.ModLinkAttResponse),
    objects.ModPropsRequest: ("ModProps", objects.ModPropsResponse),
    tables.QueryColumnsRequest: ("QueryColumns", tables.QueryColumnsResponse),
    tables.QueryRowsRequest: ("QueryRows", tables.QueryRowsResponse),
    objects.ResolveNamesRequest: ("ResolveNames", objects.ResolveNamesResponse),
    tables.ResortRestrictionRequest: ("ResortRestriction", tables.ResortRestrictionResponse),
    tables.SeekEntriesRequest: ("SeekEntries", tables.SeekEntriesResponse),
    tables.UpdateStatRequest: ("UpdateStat", tables.UpdateStatResponse),
}
PERMITTED = {0, 1, 2, 0x00040380, 0x80004005, 0x80040102, 0x80040108, 0x8004010E, 0x8004010F, 0x80040111, 0x80040117}
PERMITTED |= {0x8004011E, 0x8004011F, 0x80040403, 0x80040405, 0x80070005, 0x8007000E, 0x80070057}
"""[MS-OXNSPI] 2.2.1.2: no other error code is ever said."""
ORDER = ["7 of Nine", "Alice Adams", "Bob Brown", "Eve Evans", "Everybody", "Zoë Zimmer"]
"""The Global Address List; Carol is hidden, Dave disabled."""
ALICE = {
    "display-name": "Alice Adams",
    "given-name": "Alice",
    "surname": "Adams",
    "title": "Engineer",
    "department": "Research",
    "office": "Berlin 7",
    "phone": "+49 1",
    "manager": "bob@example.org",
}


def people(hub: MailHub) -> None:
    for local in ("alice", "bob", "carol", "dave", "zoe"):
        hub.add_account(f"{local}@example.org")

    def describe(tx: Transaction) -> None:
        set_attributes(tx, "alice@example.org", ALICE)
        set_attributes(tx, "bob@example.org", {"display-name": "Bob Brown", "title": "Boss"})
        set_attributes(tx, "carol@example.org", {"display-name": "Carol Clark", "hidden": "true"})
        set_attributes(tx, "dave@example.org", {"display-name": "Dave Drake", "disabled": "true"})
        set_attributes(
            tx, "zoe@example.org", {"display-name": "Zoë Zimmer", "phonetic-display-name": "A first", "admin": "true"}
        )
        add_alias(tx, "ally@example.org", ["alice@example.org"])
        seven = {"display-name": "7 of Nine"}
        members = ["alice@example.org", "bob@example.org", "carol@example.org", "x@elsewhere.example"]
        add_group(tx, "seven@example.org", members, owners=["alice@example.org"], attributes=seven)
        add_group(tx, "all@example.org", query="address=*", attributes={"display-name": "Everybody"})
        add_contact(tx, "eve@elsewhere.example", "Eve Evans")

    hub.write(describe)


class BookClient:
    """One session."""

    def __init__(self, hub: MailHub, who: str = "alice@example.org") -> None:
        self.hub = hub
        self.http = MapiClient(hub.https.port, "/mapi/nspi/", f"{who}:secret", hub.client_context())
        self.guid = self.http.post("Bind", BindRequest(state=Stat()).format()).body[8:24]

    def ask(self, request: Request) -> Any:
        """The response, which must be one that can be read, and is written in one way."""
        name, kind = NAMES[type(request)]
        answer = self.http.post(name, request.format())
        assert answer.code == 0
        response: Response = kind.parse(answer.body)
        assert response.format() == answer.body
        assert response.error_code in PERMITTED
        return response

    def error(self, request: Request) -> int:
        """A failure's code; it has nothing else, but the STAT as it came."""
        response = self.ask(request)
        blank = type(response)(response.error_code)
        for name in ("state", "code_page"):
            if hasattr(response, name):
                blank = replace(blank, **{name: getattr(response, name)})
        assert response == blank
        assert getattr(response, "state", None) == (request.state if hasattr(response, "state") else None)
        return int(response.error_code)

    def mid(self, address: str) -> int:
        return mid_of(self.hub, address)

    def rows(self, state: Stat, count: int = 50, *columns: PropertyTag, flags: int = 0) -> list[Any]:
        """Of QueryRows: of one column, its values."""
        response = self.ask(tables.QueryRowsRequest(flags, state, (), count, columns))
        assert response.error_code == 0
        return values_in(response.rows)

    def values(self, address: str, *asked: PropertyTag, flags: int = 0, code_page: int = 1252) -> dict[int, Any]:
        """Of GetProps, by property id."""
        state = Stat(current_rec=self.mid(address), code_page=code_page)
        response = self.ask(objects.GetPropsRequest(flags, state, asked or None))
        return {value.tag.id: value.value for value in response.values}


def values_in(rows: Rows) -> list[Any]:
    return [row[0] if len(row) == 1 else row for row in rows.rows]


def id_of(hub: MailHub, address: str) -> Any:
    found = hub.read(lambda tx: find_principal(tx, address))
    assert found is not None
    return found.id


def mid_of(hub: MailHub, address: str) -> int:
    """As DNToMId tells it."""
    client = MapiClient(hub.https.port, "/mapi/nspi/", "alice@example.org:secret", hub.client_context())
    client.post("Bind", BindRequest(state=Stat()).format())
    dn = organisation(hub).dn_of(id_of(hub, address))
    mids = objects.DnToMIdResponse.parse(client.post("DNToMId", objects.DnToMIdRequest(0, (dn,)).format()).body).mids
    assert mids is not None
    return mids[0]
