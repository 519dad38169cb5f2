"""Names that are the same have the same key."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posthouse.directory.errors import BadAddress
from posthouse.directory.names import Key, address_key, domain_key, local_key, parse_address, parse_domain
from posthouse.model.address import Address

SAME_DOMAIN = [
    ("example.org", "Example.ORG"),
    ("example.org", "example.org."),
    ("bücher.example", "xn--bcher-kva.example"),
    ("BÜCHER.example", "XN--BCHER-KVA.EXAMPLE"),
    ("bu\u0308cher.example", "bücher.example"),  # NFD
    ("faß.example", "xn--fa-hia.example"),  # IDNA 2008: not fass.example
    ("例え。example", "例え.example"),  # an ideographic full stop
]

SAME_LOCAL = [("Alice", "alice"), ("ÄRGER", "ärger"), ("u\u0308ber", "über"), ("jOSÉ", "jose\u0301")]


@pytest.mark.parametrize(("one", "other"), SAME_DOMAIN)
def test_domains(one: str, other: str) -> None:
    """Domains are equal without regard to case, and as A-label and U-label (RFC 5890 §2.3.2.4)."""
    assert domain_key(one) == domain_key(other)


@pytest.mark.parametrize(("one", "other"), SAME_LOCAL)
def test_local_parts(one: str, other: str) -> None:
    """Local parts of ours have no case, and are in NFC."""
    assert local_key(one) == local_key(other)


PARSED = [
    ("alice@example.org", Address("alice", "example.org"), Key("example.org", "alice")),
    (" Alice@Example.Org ", Address("Alice", "Example.Org"), Key("example.org", "alice")),
    ('"a b"@example.org', Address("a b", "example.org"), Key("example.org", "a b")),
    ('"a\\"@b"@example.org', Address('a"@b', "example.org"), Key("example.org", 'a"@b')),
    ("ärger@bücher.example", Address("ärger", "bücher.example"), Key("xn--bcher-kva.example", "ärger")),
]

REFUSED = [
    "",
    "alice",
    "@example.org",
    "alice@",
    "alice@exa mple.org",
    "al ice@example.org",
    "alice@-x.org",
    "alice@example..org",
    "a@b@example.org",
    '"a@example.org',
    "al\nice@example.org",
    "x" * 65 + "@example.org",
    "alice@" + "x" * 64 + ".org",
    "alice@[192.0.2.1]",
]


@pytest.mark.parametrize(("text", "address", "key"), PARSED)
def test_parse(text: str, address: Address, key: Key) -> None:
    """An address as a person types it; written again, it is the same."""
    assert parse_address(text) == address
    assert address_key(address) == key
    assert address_key(parse_address(str(address))) == key


@pytest.mark.parametrize("text", REFUSED)
def test_refused(text: str) -> None:
    """What cannot be an address of ours is refused when it is typed."""
    with pytest.raises(BadAddress):
        parse_address(text)


def test_catch_all() -> None:
    """`@example.org` is the whole domain, where that is asked for."""
    assert parse_address("@example.org", catch_all=True) == Address("", "example.org")


@given(st.text(st.characters(exclude_categories=()), max_size=80))
def test_fuzz(text: str) -> None:
    """Any text is an address or refused; a key never fails."""
    for key in (domain_key(text), local_key(text)):
        assert "\0" not in key
        key.encode()
    for parse in (parse_domain, parse_address):
        try:
            parse(text)
        except BadAddress:
            continue


@given(st.text(max_size=20))
def test_keys_are_stable(text: str) -> None:
    """The key of a key is itself."""
    assert local_key(local_key(text)) == local_key(text)
