"""The words in which the engines differ."""

from __future__ import annotations

import apsw
import pytest

from posthouse.database import Queries
from posthouse.database.dialect import ddl, for_postgresql, for_sqlite


def test_ddl():
    """One migration file, statements of either engine; comments may hold semicolons."""
    text = "-- a; comment\nCREATE TABLE t (\n    id {serial},\n    data {blob}\n);\n\n"
    text += "CREATE TABLE u (k {id}) {clustered};\n"
    assert ddl("sqlite", text)[0].endswith("id INTEGER PRIMARY KEY AUTOINCREMENT,\n    data BLOB\n)")
    assert ddl("sqlite", text)[1] == "CREATE TABLE u (k INTEGER PRIMARY KEY) WITHOUT ROWID"
    assert ddl("postgresql", text)[1] == "CREATE TABLE u (k BIGINT PRIMARY KEY)"
    assert len(ddl("postgresql", text)) == 2


@pytest.mark.parametrize(
    ("sql", "written"),
    [
        ("SELECT ? WHERE a LIKE '%?%' AND b = ?", "SELECT %s WHERE a LIKE '%%?%%' AND b = %s"),
        ("SELECT instr(a || '?''instr(', ?)", "SELECT strpos(a || '?''instr(', %s)"),
        ("SELECT 5 % 3", "SELECT 5 %% 3"),
    ],
)
def test_for_postgresql(sql, written):
    """Parameters and functions are renamed, literals stay."""
    assert for_postgresql(sql) == written


def test_milliseconds():
    """Both engines tell them in their own words, as whole numbers, and what happens now is after what has been."""
    [(now,)] = apsw.Connection(":memory:").execute(for_sqlite("SELECT epoch_ms()"))
    assert isinstance(now, int)
    assert for_postgresql("SELECT epoch_ms(), 'epoch_ms()'").endswith("+ 1 AS BIGINT), 'epoch_ms()'")


def test_row_locks():
    """SQLite has one writer and no row locks."""
    assert for_sqlite("SELECT a FROM t WHERE b = ? FOR UPDATE SKIP LOCKED") == "SELECT a FROM t WHERE b = ?"
    assert for_sqlite("SELECT a FROM t FOR KEY SHARE") == "SELECT a FROM t"


def test_queries():
    """Queries are attributes, their comments stay in the file."""
    queries = Queries("posthouse.store", "content.sql")
    assert queries.find_content.startswith("SELECT content_id")
    with pytest.raises(AttributeError, match="no query is named nonsense"):
        _ = queries.nonsense
