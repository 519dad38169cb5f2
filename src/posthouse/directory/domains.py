"""The domains that are ours."""

from __future__ import annotations

from posthouse.database import Queries, Transaction
from posthouse.directory.errors import DomainExists, DomainInUse, NotInDirectory
from posthouse.directory.names import domain_key, parse_domain
from posthouse.directory.state import changed

SQL = Queries(__package__, "domains.sql")


def add_domain(tx: Transaction, name: str) -> None:
    if not tx.run(SQL.add_domain, (parse_domain(name), name.strip().removesuffix("."))):
        raise DomainExists(f"The domain exists: {name}")
    changed(tx)


def remove_domain(tx: Transaction, name: str) -> None:
    """Only an empty one: its accounts are removed one by one, so that nobody's mail goes away by a slip."""
    key = domain_key(name)
    if tx.one(SQL.any_address, (key,)):
        raise DomainInUse(f"The domain still has addresses: {name}")
    if not tx.run(SQL.remove_domain, (key,)):
        raise NotInDirectory(f"No such domain: {name}")
    changed(tx)


def list_domains(tx: Transaction) -> list[str]:
    """As they were written."""
    return [row[0] for row in tx.all(SQL.list_domains)]


def is_ours(tx: Transaction, domain: str) -> bool:
    return tx.one(SQL.find_domain, (domain_key(domain),)) is not None


def require_ours(tx: Transaction, domain: str) -> None:
    if not is_ours(tx, domain):
        raise NotInDirectory(f"The domain is not ours: {domain}")
