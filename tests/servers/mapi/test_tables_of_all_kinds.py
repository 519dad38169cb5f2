"""What can be asked of which kind of table. Statements are those of [MS-OXCTABL]."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from mapi_session import mapi_hub
from mapi_tables import SYNC, TableSession

from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.rops import RopRequest
from posthouse.protocols.mapi.rops.attachment import RopGetAttachmentTableRequest, RopGetAttachmentTableResponse
from posthouse.protocols.mapi.rops.bookmark import (
    RopCreateBookmarkRequest,
    RopFreeBookmarkRequest,
    RopSeekRowBookmarkRequest,
    RopSeekRowFractionalRequest,
)
from posthouse.protocols.mapi.rops.category import (
    RopCollapseRowRequest,
    RopExpandRowRequest,
    RopGetCollapseStateRequest,
    RopSetCollapseStateRequest,
)
from posthouse.protocols.mapi.rops.permission import (
    PermissionsTableFlags,
    RopGetPermissionsTableRequest,
    RopGetPermissionsTableResponse,
)
from posthouse.protocols.mapi.rops.rule import RopGetRulesTableRequest, RopGetRulesTableResponse, RulesTableFlags
from posthouse.protocols.mapi.rops.table import (
    Bookmark,
    FindRowFlags,
    QueryRowsFlags,
    RopAbortRequest,
    RopFindRowRequest,
    RopGetStatusRequest,
    RopQueryColumnsAllRequest,
    RopQueryPositionRequest,
    RopQueryRowsRequest,
    RopResetTableRequest,
    RopRestrictRequest,
    RopSeekRowRequest,
    RopSetColumnsRequest,
    RopSortTableRequest,
)
from posthouse.servers.mapi.errors import ErrorCode

COLUMNS = {
    "contents": tags.PidTagSubject,
    "hierarchy": tags.PidTagDisplayName,
    "rules": tags.PidTagRuleName,
    "attachments": tags.PidTagAttachNumber,
    "permissions": tags.PidTagMemberName,
}
"""Of each kind, one that its rows have."""


@pytest.fixture(scope="module")
def alice() -> Iterator[TableSession]:
    with mapi_hub("alice") as hub:
        yield TableSession(hub, "alice")


@pytest.fixture(scope="module")
def tables(alice: TableSession) -> dict[str, int]:
    """One of each kind."""
    _, folder, _ = alice.new()
    message = alice.new_message()
    alice.saved_attachment(message, alice.new_attachment(message))
    rules, attachments, permissions = alice.slot(), alice.slot(), alice.slot()
    alice.get(RopGetRulesTableRequest(0, folder, rules, RulesTableFlags.UNICODE), RopGetRulesTableResponse)
    alice.get(RopGetAttachmentTableRequest(0, message, attachments), RopGetAttachmentTableResponse)
    rop = RopGetPermissionsTableRequest(0, folder, permissions, PermissionsTableFlags(0))
    alice.get(rop, RopGetPermissionsTableResponse)
    found = {"rules": rules, "attachments": attachments, "permissions": permissions}
    return found | {"contents": alice.contents(folder), "hierarchy": alice.hierarchy(folder)}


@pytest.mark.parametrize("kind", COLUMNS)
def test_what_every_table_can(alice: TableSession, tables: dict[str, int], kind: str) -> None:
    """R432, R474, R488, R493, R499, R519, R531: columns, rows, places, and how far it is."""
    table, column = tables[kind], COLUMNS[kind]
    for rop in (
        RopSetColumnsRequest(0, table, SYNC, (column,)),
        RopQueryRowsRequest(0, table, QueryRowsFlags(0), True, 5),
        RopGetStatusRequest(0, table),
        RopQueryPositionRequest(0, table),
        RopSeekRowRequest(0, table, Bookmark.BOOKMARK_BEGINNING, 0, True),
        RopSeekRowFractionalRequest(0, table, 1, 2),
        RopQueryColumnsAllRequest(0, table),
    ):
        [answer] = alice.execute(rop, columns=[column])
        assert answer.return_value == 0


def limited(table: int) -> tuple[tuple[RopRequest, set[str]], ...]:
    """Operations on a table, and the kinds that know them."""
    sorted_ones, marked, sought = {"contents"}, {"contents", "hierarchy"}, {"contents", "hierarchy", "rules"}
    return (
        (RopSortTableRequest(0, table, SYNC, 0, 0, ()), sorted_ones),
        (RopRestrictRequest(0, table, SYNC, None), sought),
        (RopAbortRequest(0, table), marked),
        (RopSeekRowBookmarkRequest(0, table, b"1234", 0, True), marked),
        (RopCreateBookmarkRequest(0, table), marked),
        (RopFreeBookmarkRequest(0, table, b"1234"), marked),
        (RopFindRowRequest(0, table, FindRowFlags(0), None, Bookmark.BOOKMARK_BEGINNING), sought),
        (RopExpandRowRequest(0, table, 0, 1), sorted_ones),
        (RopCollapseRowRequest(0, table, 1), sorted_ones),
        (RopGetCollapseStateRequest(0, table, 1, 0), sorted_ones),
        (RopSetCollapseStateRequest(0, table, b""), sorted_ones),
        (RopResetTableRequest(0, table), sorted_ones),
    )


@pytest.mark.parametrize("kind", COLUMNS)
def test_what_only_some_tables_can(alice: TableSession, tables: dict[str, int], kind: str) -> None:
    """R450, R459, R461, R486, R512, R529, R544, R551, R566, R572, R578, R584, R590: any other kind says
    ecNotSupported."""
    table = tables[kind]
    assert alice.error(RopSetColumnsRequest(0, table, SYNC, (COLUMNS[kind],))) == 0
    for rop, kinds in limited(table):
        assert (alice.error(rop) == ErrorCode.ecNotSupported) == (kind not in kinds), rop
