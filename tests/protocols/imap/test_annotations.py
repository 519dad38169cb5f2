"""Annotations in commands: bytes ⇄ values, and names that are none (RFC 5257 §3.2, §5)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posthouse.model.annotations import AnnotationChange, AnnotationName, Scope
from posthouse.model.refusals import BadSyntax
from posthouse.protocols.imap.annotations import (
    AnnotationAttribute,
    AnnotationItem,
    annotation_changes,
    annotation_entry,
    annotation_item,
    entry_match,
)
from posthouse.protocols.imap.commands.append import Append, parse_append
from posthouse.protocols.imap.commands.select import Select, parse_select
from posthouse.protocols.imap.fetch import fetch_att, format_fetch_item
from posthouse.protocols.imap.grammar import Parser
from posthouse.protocols.imap.search import AnnotationKey
from posthouse.protocols.imap.search_keys import search_program

PRIVATE, SHARED = Scope.PRIVATE, Scope.SHARED
VALUE, SIZE = (tuple([AnnotationAttribute(scope, size) for scope in (PRIVATE, SHARED)]) for size in (False, True))


def test_changes():
    """§4.5: entries with attributes with values; of what is said twice the last counts."""
    text = (
        b' (/comment (value.priv "My new comment" value.shared NIL) "/1/flags/seen" (value.shared "1")'
        b" /vendor/x/y (value.priv ~{3}\r\n\0\r\n) /comment (value.shared {2}\r\nhi))"
    )
    assert annotation_changes(Parser(text)) == (
        AnnotationChange(AnnotationName("/comment", PRIVATE), b"My new comment"),
        AnnotationChange(AnnotationName("/comment", SHARED), b"hi"),
        AnnotationChange(AnnotationName("/1/flags/seen", SHARED), b"1"),
        AnnotationChange(AnnotationName("/vendor/x/y", PRIVATE), b"\0\r\n"),
    )


@pytest.mark.parametrize(
    ("text", "item"),
    [
        (b"(/comment value)", AnnotationItem(("/comment",), VALUE)),
        (b"(/* (value.priv size.priv))", AnnotationItem(("/*",), (VALUE[0], SIZE[0]))),
        (b'((/comment "/alt%") value.shared)', AnnotationItem(("/comment", "/alt%"), (VALUE[1],))),
        (b"(* (size value.priv size.priv))", AnnotationItem(("*",), (*SIZE, VALUE[0]))),
    ],
)
def test_items(text, item):
    """§4.3: entries and attributes, single or in lists; without a suffix both are meant."""
    assert annotation_item(Parser(b" " + text)) == item


ENTRIES = st.lists(
    st.sampled_from(["/comment", "/%", "*", '/a"b\\', "/1.2/vendor/x y", "/x*"]), min_size=1, unique=True
)


@given(ENTRIES, st.lists(st.sampled_from([*VALUE, *SIZE]), min_size=1, unique=True))
def test_formatted_items_are_read_again(entries, attributes):
    """What is asked for can be written as it was read."""
    item = AnnotationItem(tuple(entries), tuple(attributes))
    assert fetch_att(Parser(format_fetch_item(item))) == item


@pytest.mark.parametrize(
    "name",
    [
        *("/comment", "/altsubject", "/vendor/foobar/personality", "/vendor/foobar", "/flagsome", "/a b.c"),
        *("/1/comment", "/1.2.3/flags/forwarded", "/1/vendor/x", "/1/flagsome"),
    ],
)
def test_names(name):
    """§3.2.1."""
    assert annotation_entry(Parser(b'"' + name.encode() + b'"')) == name


@pytest.mark.parametrize(
    "name",
    [
        *("", "/", "comment", "/a//b", "/a/", "/a*", "/%", "/Gr\xfc", "/a\tb", "/flags", "/flags/seen", "/vendor"),
        *("/1", "/1/", "/0/comment", "/1.0/comment", "/1..2/comment", "/1x/comment", "/1/flags", "/1/flags/a/b"),
        *("/1/vendor", "/" + "x" * 256),
    ],
)
def test_no_names(name):
    """§3.2, §3.5."""
    with pytest.raises(BadSyntax):
        annotation_entry(Parser(b'"' + name.encode("latin-1") + b'"'))


@pytest.mark.parametrize("text", [b"/a/", b"x", b"/a//*", b"NIL", b'""', b"/" + b"x" * 256, b'"/\xc3\xbc"'])
def test_no_patterns(text):
    """What no name could match is none."""
    with pytest.raises(BadSyntax):
        entry_match(Parser(text))


def test_where_they_are_named():
    """§4.2, §4.7, §4.8: parameters of SELECT and APPEND, and keys of SEARCH."""
    changes = (AnnotationChange(AnnotationName("/comment", PRIVATE), b"x"),)
    assert parse_append(Parser(b' drafts (\\Seen) ANNOTATION (/comment (value.priv "x")) {3}')) == Append(
        "drafts", parse_append(Parser(b" x (\\Seen) {3}")).flags, annotations=changes
    )
    assert parse_select(Parser(b" x (ANNOTATE CONDSTORE)")) == Select("x", condstore=True, annotate=True)
    assert search_program(Parser(b"ANNOTATION * value.priv {1}\r\n\xfc"), "latin-1") == AnnotationKey(
        "*", (PRIVATE,), "ü"
    )
    assert search_program(Parser(b"ANNOTATION /comment value NIL")) == AnnotationKey(
        "/comment", (PRIVATE, SHARED), None
    )
