"""Addresses as people write them: "host:port", "[::1]:25", ":25" for all of this machine's."""

import contextlib
import ipaddress
import os
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

UNIX_PATH_MAX = 100  # unix(7): 108 bytes with the final zero, on other systems a few less


class BadAddress(ValueError):
    """Not an address; the text says what is expected."""


def parse_address(text: str, default_port: int | None = None) -> tuple[str, int]:
    """Host (without brackets; "" for every address) and port."""
    host, colon, port = text.strip().rpartition(":")
    if not colon or "]" in port or (":" in host and not host.startswith("[")):
        if default_port is None:
            raise BadAddress(f'"host:port" is expected (an IPv6 address as "[::1]:25"), not "{text}"')
        host, port = text.strip(), str(default_port)
    if not (port.isascii() and port.isdigit() and int(port) <= 65535):
        raise BadAddress(f'the port in "{text}" is not a number up to 65535')
    host = host.removeprefix("[").removesuffix("]")
    return ("" if host == "*" else host), int(port)


@lru_cache(4096)
def is_loopback(host: str) -> bool:
    """Whether this numeric address is within the machine; "" (a Unix socket) is."""
    if not host:
        return True
    try:
        return ipaddress.ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        return False


def client_key(host: str) -> str:
    """What counts as one client: an IPv4 address, or the IPv6 network of 64 bits, for a customer has at least that."""
    if ":" not in host:
        return host
    address = ipaddress.IPv6Address(host.partition("%")[0])
    return str(ipaddress.IPv6Address(int(address) >> 64 << 64))


@contextlib.contextmanager
def short_path(path: Path) -> Iterator[str]:
    """A name for a Unix socket that is not too long, however deep its folder is."""
    if len(os.fsencode(path)) <= UNIX_PATH_MAX:
        yield str(path)
        return
    folder = os.open(path.parent, os.O_PATH | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)
