"""What is kept of a principal as bytes: certificates and a photo."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from posthouse.database import Queries, Transaction
from posthouse.directory.errors import BadAttribute
from posthouse.directory.state import changed
from posthouse.model.ids import AccountId

SQL = Queries(__package__, "values.sql")

MAX_VALUES = 32
MAX_BYTES = 256 * 1024
"""Of all values of one name together."""


class ValueName(StrEnum):
    CERTIFICATE = "certificate"
    """X.509, DER."""
    SMIME_CERTIFICATE = "smime-certificate"
    """PKCS #7, as Outlook publishes them."""
    PHOTO = "photo"
    """JPEG, one."""


def values_of(tx: Transaction, principal: AccountId, name: ValueName) -> tuple[bytes, ...]:
    return tuple(bytes(row[0]) for row in tx.all(SQL.values, (principal, name.value)))


def set_values(tx: Transaction, principal: AccountId, name: ValueName, values: Sequence[bytes]) -> None:
    """In place of those that were there. BadAttribute when they are too many or too large."""
    if len(values) > MAX_VALUES or sum(map(len, values)) > MAX_BYTES:
        raise BadAttribute(f"At most {MAX_VALUES} values of {name}, and {MAX_BYTES // 1024} KB")
    tx.run(SQL.remove, (principal, name.value))
    tx.many(SQL.add, [(principal, name.value, position, value) for position, value in enumerate(values)])
    changed(tx, principal)
