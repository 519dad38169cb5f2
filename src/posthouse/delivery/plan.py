"""From the accepted recipients to what has to be done: each mailbox once, each outside address once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from posthouse.directory import LocalRecipient
from posthouse.model.address import Address, Recipient
from posthouse.model.ids import AccountId

from .recipients import Accepted

SUCCESS, FAILURE, NEVER = "SUCCESS", "FAILURE", "NEVER"


class Plan(NamedTuple):
    accepted: tuple[Accepted, ...]
    local: tuple[LocalRecipient, ...]
    """In the order of accounts, so that two deliveries never wait for each other's locks."""
    remote: tuple[Recipient, ...]


def make_plan(accepted: Sequence[Accepted]) -> Plan:
    local: dict[AccountId, LocalRecipient] = {}
    remote: dict[tuple[str, str], Recipient] = {}
    for one in accepted:
        for account in one.accounts:
            local.setdefault(account.account, account)
        for address in one.remote:
            remote.setdefault((address.local, address.domain.lower()), forwarded(one, address))
    ordered = tuple(local.values()) if len(local) < 2 else tuple(sorted(local.values(), key=lambda a: a.account))
    return Plan(tuple(accepted), ordered, tuple(remote.values()))


def held_plan(accepted: Sequence[Accepted]) -> Plan:
    """All wait in the queue as they were named; where each leads is asked when the message is released."""
    return make_plan([Accepted(one.recipient, (), (one.recipient.address,)) for one in accepted])


def forwarded(accepted: Accepted, address: Address) -> Recipient:
    """RFC 3461 §5.2.7: an alias for one address hands the sender's wishes on; of one for several only the first of us
    confirms, with `expanded`. Who the sender wrote to stays known as ORCPT."""
    recipient = accepted.recipient
    if not accepted.through:
        return recipient if address is recipient.address else replace(recipient, address=address)
    notify = recipient.notify
    if accepted.expanded and SUCCESS in notify:
        notify = (notify - {SUCCESS}) or frozenset({NEVER})
    orcpt = recipient.orcpt or original_recipient(recipient.address)
    return Recipient(address, notify, orcpt)


def original_recipient(address: Address) -> str:
    return f"rfc822;{address}" if address.is_ascii else f"utf-8;{address}"
