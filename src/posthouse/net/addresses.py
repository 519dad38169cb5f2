"""Addresses as people write them: "host:port", "[::1]:25", ":25" for all of this machine's."""

import ipaddress

LOOPBACK = tuple(ipaddress.ip_network(text) for text in ("127.0.0.0/8", "::1/128"))


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
