"""Tables of rules take what tables must. Statements are those of [MS-OXCTABL]."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from mapi_rules import DELETING, RuleSession, rule
from mapi_session import mapi_hub
from mapi_tables import SYNC

from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.property_values import TaggedValue
from posthouse.protocols.mapi.restrictions import Property, RelOp, Restriction
from posthouse.protocols.mapi.rops.bookmark import RopSeekRowFractionalRequest, RopSeekRowFractionalResponse
from posthouse.protocols.mapi.rops.rule import RopGetRulesTableRequest, RopGetRulesTableResponse, RulesTableFlags
from posthouse.protocols.mapi.rops.table import (
    Bookmark,
    FindRowFlags,
    QueryRowsFlags,
    RopFindRowRequest,
    RopFindRowResponse,
    RopGetStatusRequest,
    RopGetStatusResponse,
    RopQueryColumnsAllRequest,
    RopQueryColumnsAllResponse,
    RopQueryPositionRequest,
    RopQueryPositionResponse,
    RopQueryRowsRequest,
    RopQueryRowsResponse,
    RopRestrictRequest,
    RopRestrictResponse,
    TableStatus,
)

NAME = tags.PidTagRuleName


@pytest.fixture(scope="module")
def alice() -> Iterator[RuleSession]:
    with mapi_hub("alice") as hub:
        session = RuleSession(hub, "alice")
        assert session.modify(*(rule(DELETING, name=name, sequence=at) for at, name in enumerate("abcd", 1))) == 0
        yield session


@pytest.fixture
def table(alice: RuleSession) -> int:
    """R830: its columns are set."""
    slot = alice.slot()
    alice.get(RopGetRulesTableRequest(0, alice.inbox, slot, RulesTableFlags.UNICODE), RopGetRulesTableResponse)
    return alice.set_columns(slot, NAME)


def named(name: str, how: RelOp = RelOp.EQ) -> Restriction:
    return Property(how, NAME, TaggedValue(NAME, name))


def test_rows(alice: RuleSession, table: int) -> None:
    """R830, R836, R834: in their order."""
    assert alice.rows(table) == ["a", "b", "c", "d"]
    asked = RopQueryRowsRequest(0, table, QueryRowsFlags(0), True, 9)
    assert alice.get(asked, RopQueryRowsResponse, [NAME]).origin is Bookmark.BOOKMARK_END


def test_restrictions(alice: RuleSession, table: int) -> None:
    """R459, R832: those that fit."""
    alice.get(RopRestrictRequest(0, table, SYNC, named("b", RelOp.GT)), RopRestrictResponse)
    assert alice.rows(table) == ["c", "d"]


def test_places(alice: RuleSession, table: int) -> None:
    """R841, R845, R854: nothing goes on; half the way is the middle."""
    assert alice.get(RopGetStatusRequest(0, table), RopGetStatusResponse).table_status is TableStatus.TBLSTAT_COMPLETE
    alice.get(RopSeekRowFractionalRequest(0, table, 1, 2), RopSeekRowFractionalResponse)
    assert alice.get(RopQueryPositionRequest(0, table), RopQueryPositionResponse) == RopQueryPositionResponse(
        table, 2, 4
    )


def test_columns_and_rows_that_are_sought(alice: RuleSession, table: int) -> None:
    """R877, R874."""
    assert NAME in alice.get(RopQueryColumnsAllRequest(0, table), RopQueryColumnsAllResponse).property_tags
    rop = RopFindRowRequest(0, table, FindRowFlags(0), named("c"), Bookmark.BOOKMARK_BEGINNING)
    assert alice.get(rop, RopFindRowResponse, [NAME]).row is not None
    assert alice.get(RopQueryPositionRequest(0, table), RopQueryPositionResponse).numerator == 2
