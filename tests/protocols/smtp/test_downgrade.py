"""What to do when the next hop lacks what the message needs."""

import pytest

from posthouse.model.address import Address
from posthouse.protocols.smtp.downgrade import (
    NEEDS_REQUIRETLS,
    NEEDS_UTF8_ADDRESS,
    NEEDS_UTF8_HEADER,
    TOO_LARGE,
    Convert,
    Needs,
    Plan,
    plan,
)
from posthouse.protocols.smtp.extensions import Extensions

A, IDN, EAI = Address("a", "example.org"), Address("a", "bücher.example"), Address("ü", "example.org")


def offering(*keywords, **parameters):
    return Extensions("mx", dict.fromkeys(keywords, ()) | {k: (v,) for k, v in parameters.items()})


NOTHING = offering()
ALL = offering("8BITMIME", "SMTPUTF8", "CHUNKING", "BINARYMIME", "REQUIRETLS", SIZE="1000")

CASES = [
    # (needs, recipient, what the hop offers, plan)
    (Needs(10), A, NOTHING, Plan("7BIT", False, False, Convert.NOTHING)),
    (Needs(10), A, ALL, Plan("7BIT", False, False, Convert.NOTHING)),
    # RFC 6152 §3
    (Needs(10, "8BITMIME"), A, ALL, Plan("8BITMIME", False, False, Convert.NOTHING)),
    (Needs(10, "8BITMIME"), A, NOTHING, Plan("7BIT", False, False, Convert.TO_7BIT)),
    # RFC 3030 §3
    (Needs(10, "BINARYMIME"), A, ALL, Plan("BINARYMIME", False, True, Convert.NOTHING)),
    (Needs(10, "BINARYMIME"), A, offering("8BITMIME"), Plan("8BITMIME", False, False, Convert.TO_8BIT)),
    (Needs(10, "BINARYMIME"), A, offering("8BITMIME", "BINARYMIME"), Plan("8BITMIME", False, False, Convert.TO_8BIT)),
    (Needs(10, "BINARYMIME"), A, NOTHING, Plan("7BIT", False, False, Convert.TO_7BIT)),
    # RFC 6531 §3.2, §3.5
    (Needs(10), IDN, ALL, Plan("7BIT", True, False, Convert.NOTHING)),
    (Needs(10), IDN, NOTHING, Plan("7BIT", False, False, Convert.NOTHING)),
    (Needs(10), EAI, ALL, Plan("7BIT", True, False, Convert.NOTHING)),
    (Needs(10), EAI, NOTHING, NEEDS_UTF8_ADDRESS),
    (Needs(10, utf8_header=True), A, ALL, Plan("7BIT", True, False, Convert.NOTHING)),
    (Needs(10, utf8_header=True), A, NOTHING, NEEDS_UTF8_HEADER),
    # RFC 1870 §6.2
    (Needs(1001), A, ALL, TOO_LARGE),
    (Needs(1001), A, NOTHING, Plan("7BIT", False, False, Convert.NOTHING)),
    (Needs(10**9), A, offering("SIZE"), Plan("7BIT", False, False, Convert.NOTHING)),
    # RFC 8689 §4.2
    (Needs(10, require_tls=True), A, NOTHING, NEEDS_REQUIRETLS),
]


@pytest.mark.parametrize(("needs", "recipient", "peer", "expected"), CASES)
def test_a_plan_for_every_lack(needs, recipient, peer, expected):
    assert plan(needs, A, [recipient], peer) == expected


def test_requiretls_needs_both_the_extension_and_tls():
    """RFC 8689 §4.2.1."""
    needs = Needs(10, require_tls=True)
    assert plan(needs, A, [A], ALL) is NEEDS_REQUIRETLS
    assert isinstance(plan(needs, A, [A], ALL, tls=True), Plan)


def test_chunking_is_used_where_it_is_preferred_and_offered():
    """RFC 3030 §2."""
    for peer, chunking in ((ALL, True), (NOTHING, False)):
        made = plan(Needs(10), None, [A], peer, prefer_chunking=True)
        assert isinstance(made, Plan)
        assert made.chunking is chunking
