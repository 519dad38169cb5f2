"""GETQUOTA, GETQUOTAROOT and SETQUOTA – RFC 9208 §4.1.

getquota        = "GETQUOTA" SP quota-root-name
getquotaroot    = "GETQUOTAROOT" SP mailbox
setquota        = "SETQUOTA" SP quota-root-name SP setquota-list
setquota-list   = "(" [setquota-resource *(SP setquota-resource)] ")"
setquota-resource = resource-name SP resource-limit
quota-root-name = astring
"""

from __future__ import annotations

from dataclasses import dataclass

from ..grammar import Parser


@dataclass(frozen=True, slots=True)
class GetQuota:
    root: str


@dataclass(frozen=True, slots=True)
class GetQuotaRoot:
    mailbox: str


@dataclass(frozen=True, slots=True)
class SetQuota:
    root: str
    limits: tuple[tuple[str, int], ...]
    """Resources in upper case, in the protocol's units."""


def parse_getquota(p: Parser) -> GetQuota:
    p.sp()
    root = p.utf8_astring()
    p.end()
    return GetQuota(root)


def parse_getquotaroot(p: Parser) -> GetQuotaRoot:
    p.sp()
    mailbox = p.mailbox()
    p.end()
    return GetQuotaRoot(mailbox)


def parse_setquota(p: Parser) -> SetQuota:
    p.sp()
    root = p.utf8_astring()
    p.sp()
    limits = p.items(_resource, at_least=0)
    p.end()
    return SetQuota(root, limits)


def _resource(p: Parser) -> tuple[str, int]:
    name = p.word().decode("ascii")
    p.sp()
    return name, p.number64()
