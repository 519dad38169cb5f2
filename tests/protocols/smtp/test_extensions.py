"""The EHLO response, built and read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posthouse.protocols.smtp.commands.mail import PARAMETERS as MAIL_PARAMETERS
from posthouse.protocols.smtp.commands.rcpt import PARAMETERS as RCPT_PARAMETERS
from posthouse.protocols.smtp.extensions import (
    PARAMETERS_OF,
    Extensions,
    Limits,
    Offer,
    ehlo_reply,
    keywords,
    offered_parameters,
    parse_extensions,
)
from posthouse.protocols.smtp.replies import Reply


def test_the_whole_response():
    """RFC 5321 §4.1.1.1: the host first, then one keyword a line; no enhanced code (RFC 2034 §4)."""
    offer = Offer(size=1000, starttls=True, mechanisms=("PLAIN", "SCRAM-SHA-256"), limits=Limits(rcpt_max=100))
    assert ehlo_reply("mail.example.org", "greets you", offer).wire.decode().split("\r\n") == [
        "250-mail.example.org greets you",
        "250-PIPELINING",
        "250-8BITMIME",
        "250-SMTPUTF8",
        "250-CHUNKING",
        "250-BINARYMIME",
        "250-ENHANCEDSTATUSCODES",
        "250-DSN",
        "250-STARTTLS",
        "250-HELP",
        "250-SIZE 1000",
        "250-AUTH PLAIN SCRAM-SHA-256",
        "250 LIMITS RCPTMAX=100",
        "",
    ]


@pytest.mark.parametrize(
    ("offer", "present", "absent"),
    [
        (Offer(size=0), "SIZE", "SIZE 0"),  # RFC 1870 §4
        (Offer(size=None), "HELP", "SIZE"),
        (Offer(chunking=False), "HELP", "BINARYMIME"),  # RFC 3030 §3
        (Offer(future_release=(86400, "2026-12-01T00:00:00Z")), "FUTURERELEASE 86400 2026-12-01T00:00:00Z", "AUTH"),
    ],
)
def test_keywords_by_offer(offer, present, absent):
    assert present in keywords(offer)
    assert absent not in keywords(offer)


def test_a_server_takes_the_parameters_of_what_it_offers():
    """RFC 5321 §2.2.2: an extension brings its parameters."""
    assert offered_parameters(Offer(dsn=False, smtputf8=False)) == {"SIZE", "BODY"}
    assert offered_parameters(Offer(mechanisms=("PLAIN",))) >= {"AUTH", "RET", "ENVID", "NOTIFY", "ORCPT", "SMTPUTF8"}


def test_every_parameter_of_the_grammar_belongs_to_an_extension():
    of_extensions = {name for names in PARAMETERS_OF.values() for name in names}
    assert of_extensions == MAIL_PARAMETERS.keys() | RCPT_PARAMETERS.keys()


def test_what_was_built_is_read():
    """The client's view of our own response."""
    offer = Offer(size=5000, mechanisms=("PLAIN", "LOGIN"), limits=Limits(10, 100, 5))
    peer = parse_extensions(ehlo_reply("mail.example.org", "hello", offer))
    assert peer.hostname == "mail.example.org"
    assert peer.size == 5000
    assert peer.mechanisms == ("PLAIN", "LOGIN")
    assert peer.limits == Limits(10, 100, 5)
    assert "CHUNKING" in peer
    assert "XYZZY" not in peer


@pytest.mark.parametrize(
    ("lines", "mechanisms"),
    [
        (("h", "AUTH=LOGIN PLAIN"), ("LOGIN", "PLAIN")),  # servers before RFC 2554
        (("h", "AUTH LOGIN", "AUTH=LOGIN PLAIN"), ("LOGIN", "PLAIN")),
        (("h", "auth login"), ("LOGIN",)),
        (("h",), ()),
    ],
)
def test_old_ways_to_offer_auth(lines, mechanisms):
    assert parse_extensions(Reply(250, "", lines)).mechanisms == mechanisms


@given(st.lists(st.text(max_size=30), min_size=1, max_size=6))
def test_fuzz_reading(lines):
    """A response to EHLO is never a reason to fail: what is not understood is not offered."""
    peer = parse_extensions(Reply(250, "", tuple(lines)))
    assert isinstance(peer, Extensions)
    assert peer.size >= 0
    assert peer.limits.rcpt_max >= 0
