"""Mail that must go elsewhere: schedule, routes, couriers, bounces.

`rows` is what is on disk and what may happen to it; `submit` puts a message in, `withdraw` takes it out, within the
caller's transaction.
"""

from posthouse.queue.rows import PATIENCE, ROOM, Patience, submit, withdraw

__all__ = ["PATIENCE", "ROOM", "Patience", "submit", "withdraw"]
