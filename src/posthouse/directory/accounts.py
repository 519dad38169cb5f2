"""Accounts: whoever can log in and has folders in the store, under the same id."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from posthouse.database import Queries, Transaction
from posthouse.directory.domains import require_ours
from posthouse.directory.errors import AddressExists, NotInDirectory
from posthouse.directory.names import Key, parse_address
from posthouse.directory.passwords import PasswordKeys
from posthouse.directory.principals import (
    Kind,
    Principal,
    add_principal,
    get_principal,
    list_principals,
    remove_principal,
    set_attributes,
)
from posthouse.directory.state import changed
from posthouse.model.ids import AccountId
from posthouse.protocols.sasl import ScramKeys, format_keys, parse_keys

SQL = Queries(__package__, "accounts.sql")


class LoginRow(NamedTuple):
    """What a login needs, in one point query."""

    account: AccountId
    address: str
    disabled: int
    admin: int
    version: int | None
    """Of the credential: another one after each change. None: there is no password."""
    password_hash: str | None
    scram_iterations: int | None

    def __repr__(self) -> str:
        return f"LoginRow({self.account}, {self.address})"


def add_account(
    tx: Transaction,
    address: str,
    keys: PasswordKeys | None = None,
    attributes: Mapping[str, str] | None = None,
) -> AccountId:
    """`keys` come from `Hasher.make`, outside of any transaction. Without keys nobody can log in by password.
    `attributes` may have `admin=true`. The store's row for the new id is the caller's to make, in this transaction."""
    parsed = parse_address(address)
    require_ours(tx, parsed.domain)
    account = add_principal(tx, Kind.ACCOUNT, parsed, {})
    if attributes:
        set_attributes(tx, address, attributes)
    if keys is not None:
        _set_keys(tx, account, keys)
    return account


def remove_account(tx: Transaction, address: str) -> AccountId:
    """Its id, for what else the hub keeps of it."""
    return remove_principal(tx, Kind.ACCOUNT, address).id


def list_accounts(tx: Transaction) -> list[Principal]:
    return list_principals(tx, Kind.ACCOUNT)


def set_password(tx: Transaction, address: str, keys: PasswordKeys) -> None:
    """The next login needs the new one; sessions under way stay."""
    _set_keys(tx, get_principal(tx, address, Kind.ACCOUNT).id, keys)
    changed(tx)


def remove_password(tx: Transaction, address: str) -> None:
    tx.run(SQL.remove_keys, (get_principal(tx, address, Kind.ACCOUNT).id,))
    changed(tx)


def renew_keys(tx: Transaction, account: AccountId, version: int, keys: PasswordKeys) -> None:
    """The same password under newer parameters, unless it has changed since `version`."""
    tx.run(SQL.renew_keys, (*_columns(keys), account, version))


def find_login(tx: Transaction, key: Key) -> LoginRow | None:
    """The account of this address."""
    row = tx.one(SQL.find_login, key)
    return LoginRow(*row) if row else None


def find_scram_keys(tx: Transaction, key: Key, mechanism: str) -> ScramKeys | None:
    row = tx.one(SQL.find_scram_keys, key)
    text = row[0 if mechanism == "SCRAM-SHA-256" else 1] if row else ""
    return parse_keys(text) if text else None


def add_certificate(tx: Transaction, address: str, identity: str) -> None:
    """A client certificate that is this account's: `sha256:` and its fingerprint, `subject:` and its name as RFC 4514
    writes it, or `email:` and an address."""
    account = get_principal(tx, address, Kind.ACCOUNT).id
    if not tx.run(SQL.add_certificate, (normalise_identity(identity), account)):
        raise AddressExists(f"The certificate belongs to an account: {identity}")
    changed(tx)


def remove_certificate(tx: Transaction, identity: str) -> None:
    if not tx.run(SQL.remove_certificate, (normalise_identity(identity),)):
        raise NotInDirectory(f"No such certificate: {identity}")
    changed(tx)


def find_certified(tx: Transaction, identities: Iterable[str]) -> LoginRow | None:
    """Whose certificate it is: the first identity that is somebody's; failing that, an account with one of the
    certificate's e-mail addresses, which a CA of ours has vouched for."""
    for identity in identities:
        if row := tx.one(SQL.find_certificate, (normalise_identity(identity),)):
            return LoginRow(*row)
    return None


def normalise_identity(identity: str) -> str:
    kind, _, value = identity.strip().partition(":")
    kind = kind.lower()
    if kind == "sha256":
        value = value.replace(":", "").lower()
    if kind == "email":
        value = value.lower()
    return f"{kind}:{value}"


def _set_keys(tx: Transaction, account: AccountId, keys: PasswordKeys) -> None:
    tx.run(SQL.set_keys, (account, *_columns(keys)))


def _columns(keys: PasswordKeys) -> tuple[str, int, str, str]:
    scram = {made.mechanism: format_keys(made) for made in keys.scram}
    iterations = max((made.iterations for made in keys.scram), default=0)
    return keys.password_hash, iterations, scram.get("SCRAM-SHA-256", ""), scram.get("SCRAM-SHA-1", "")
