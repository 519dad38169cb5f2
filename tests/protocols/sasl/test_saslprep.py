"""SASLprep – RFC 4013 §3 and RFC 3454."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posthouse.model.refusals import BadSyntax
from posthouse.protocols.sasl import prepare_password, saslprep

PREPARED = [
    ("I\u00adX", "IX"),  # RFC 4013 §3: SOFT HYPHEN mapped to nothing
    ("user", "user"),  # no transformation
    ("USER", "USER"),  # case preserved
    ("\u00aa", "a"),  # output is NFKC, input in ISO 8859-1
    ("\u2168", "IX"),  # output is NFKC
    ("a\u00a0b", "a b"),  # non-ASCII space
    ("a\u3000b", "a b"),
    ("u\u0308", "ü"),
    ("", ""),
    ("\u0627\u0031\u0628", "\u0627\u0031\u0628"),  # RFC 3454 §6: a digit between right-to-left letters
    ("\U0001f511", "\U0001f511"),  # unassigned in Unicode 3.2
]

REFUSED = [
    "\u0007",  # RFC 4013 §3: prohibited character
    "\u0627\u0031",  # RFC 4013 §3: bidirectional check
    "a\u0627",  # both directions
    "\ue000",  # private use
    "\ufffe",  # non-character
    "\u200e",  # change of display
    "\u2ff0",  # inappropriate for canonical representation
    "\ufffd",  # inappropriate for plain text
    "\U000e0001",  # tagging
]


@pytest.mark.parametrize(("text", "prepared"), PREPARED)
def test_examples(text: str, prepared: str) -> None:
    """What looks alike becomes alike."""
    assert saslprep(text) == prepared


@pytest.mark.parametrize("text", REFUSED)
def test_prohibited(text: str) -> None:
    """Prohibited characters and mixed directions are refused."""
    with pytest.raises(BadSyntax):
        saslprep(text)


def test_unassigned() -> None:
    """RFC 3454 §7: a stored string has no code point that Unicode 3.2 did not assign."""
    with pytest.raises(BadSyntax):
        saslprep("\u0221", allow_unassigned=False)


@given(st.text())
def test_idempotent(text: str) -> None:
    """Preparing twice is preparing once; anything else is BadSyntax."""
    try:
        prepared = saslprep(text)
    except BadSyntax:
        return
    assert saslprep(prepared) == prepared


@given(st.text(st.characters(exclude_categories=())))
def test_any_password_can_be_hashed(text: str) -> None:
    """A password which cannot be prepared is still a password."""
    assert isinstance(prepare_password(text), bytes)


@pytest.mark.parametrize(("one", "other"), [("pässword", "pa\u0308ssword"), ("\u00a01", " 1"), ("a\tü", "a\tu\u0308")])
def test_same_password(one: str, other: str) -> None:
    """Two keyboards' ways of typing one password are one password."""
    assert prepare_password(one) == prepare_password(other)
