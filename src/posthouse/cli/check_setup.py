"""Whether mail programs find the hub from an address alone."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import suppress

from posthouse.cli.findings import Finding
from posthouse.net.resolver import Resolver, ResolverError


async def check_setup(
    resolver: Resolver, domain: str, hostname: str, certificate: Sequence[str]
) -> AsyncIterator[Finding]:
    """By the SRV record, or by a name of its own, for which the certificate must be as well."""
    service, own = f"_autodiscover._tcp.{domain}", f"autodiscover.{domain}"
    targets: list[str] = []
    with suppress(ResolverError):
        targets = [record.target.lower() for record in await resolver.srv(service)]
    named = await _has_address(resolver, own)
    if named and not {own, f"*.{domain}"} & set(certificate):
        yield Finding(
            "warning",
            f"dns: {own} is published, and the certificate is not for it",
            f"get one for {hostname} and {own}, or publish {service}. SRV 0 1 443 {hostname}. instead",
        )
    elif named or hostname.lower() in targets:
        yield Finding("ok", f"dns: mail programs for {domain} find the hub")
    elif targets:
        where = ", ".join(targets)
        yield Finding("warning", f"dns: mail programs for {domain} are sent to {where}", f"{service}. to {hostname}.")
    else:
        yield Finding(
            "warning",
            f"dns: mail programs for {domain} cannot find the hub by themselves",
            f"publish {service}. SRV 0 1 443 {hostname}.",
        )


async def _has_address(resolver: Resolver, name: str) -> bool:
    for ask in (resolver.a, resolver.aaaa):
        with suppress(ResolverError):
            if await ask(name):
                return True
    return False
