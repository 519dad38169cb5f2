"""One interface to a transactional database, two engines behind it: SQLite (through apsw) and PostgreSQL (psycopg 3).

Everything above is plain synchronous Python on a `Transaction`: `def append(tx, folder, …)`. The event loop reaches it
through the doors of a `Database`:

    await db.read(fn, *args)     a few point queries; on SQLite in place, on the loop's own thread
    await db.scan(fn, *args)     a read that may take long; in a reader thread
    await db.write(fn, *args)    returns when what `fn` did is on disk, together with other writes of that moment

Programs without a loop (commands, tests) use `with db.transaction() as tx` and `with db.snapshot() as tx`.
"""

from posthouse.database.interface import Database, Row, Transaction
from posthouse.database.open import open_database
from posthouse.database.queries import Queries

__all__ = ["Database", "Queries", "Row", "Transaction", "open_database"]
