"""Base subjects, collation keys and threads."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posthouse.message.collation import casemap
from posthouse.message.ordering import message_ids, order_keys
from posthouse.message.subject import base_subject
from posthouse.message.threading import Member, Threads, make_threads
from posthouse.model.ordering import ThreadAlgorithm


@pytest.mark.parametrize(
    ("subject", "base", "is_reply"),
    [
        ("hello", "hello", False),
        ("Re: hello", "hello", True),
        ("RE :\thello  \r\n there ", "hello there", True),
        ("Re[2]: hello", "hello", True),  # subj-refwd = ("re" / ("fw" ["d"])) *WSP [subj-blob] ":"
        ("[list] Re: [other] fwd: hello (fwd) (FWD)", "hello", True),
        ("hello (fwd)", "hello", True),
        ("[Fwd: Re: hello]", "hello", True),
        ("[fwd: [fwd: hello] (fwd)]", "hello", True),
        ("[blob]", "[blob]", False),  # the last blob stays when nothing else would be left
        ("Re: [blob] [blob]", "[blob]", True),
        ("[blob] hello", "hello", False),
        ("re", "re", False),
        ("Re:", "", True),
        ("[unclosed Re: hello", "[unclosed Re: hello", False),
        ("Antwort: hello", "Antwort: hello", False),
        ("", "", False),
    ],
)
def test_base_subject(subject: str, base: str, is_reply: bool) -> None:
    """The steps of RFC 5256 §2.1, and what makes a message a reply or a forward (§3, THREAD)."""
    assert base_subject(subject) == (base, is_reply)


@given(st.text(alphabet="re:fwd[]() x\t", max_size=60))
def test_base_subject_is_its_own(subject: str) -> None:
    """Nothing more can be removed from a base subject."""
    base, _ = base_subject(subject)
    assert base_subject(base)[0] == base


def test_long_artefacts() -> None:
    """Thousands of artefacts are removed in one pass each."""
    assert base_subject("[a] re: " * 5000 + "x" + "(fwd) " * 5000) == ("x", True)


@pytest.mark.parametrize(
    ("text", "key"),
    [("abC_", "ABC_"), ("Ä", "A\u0308"), ("ä", "A\u0308"), ("ß", "ß"), ("ǆ", "Dz\u030c"), ("ﬁ", "fi")],
)
def test_casemap(text: str, key: str) -> None:
    """Title case, one character to one, then decomposed – RFC 5051 §2."""
    assert casemap(text) == key


def test_message_ids() -> None:
    """Quoting is no difference between message ids – RFC 5256 §3."""
    assert message_ids(b'<"01KF8JCEOCBS0045PS"@xxx.yyy.com> x <a@b>\r\n <> <c d@e>') == [
        "01KF8JCEOCBS0045PS@xxx.yyy.com",
        "a@b",
    ]


def test_keys() -> None:
    """The first address alone counts; a group is an address with its name as mailbox – RFC 5256 §3, RFC 5957 §3."""
    fields = {b"from": b"=?utf-8?Q?=C3=A4?= <B@x.test>, c@x.test", b"to": b"Friends: d@x.test;", b"cc": b"e@x.test"}
    keys = order_keys(fields, "Re: x")
    assert (keys.from_, keys.to, keys.cc) == ("B", "FRIENDS", "E")
    assert (keys.display_from, keys.display_to) == ("A\u0308", "FRIENDS")


def member(number: int, subject: str = "", refs: str = "", is_reply: bool = False, sent: int = 0) -> Member:
    return Member(number, sent or number, subject, is_reply, f"m{number}", refs)


def shape(threads: Threads) -> list[object]:
    """Threads as nested lists: a number, or [number or None, children …]."""

    def of(node: int) -> object:
        number = threads.members[node].number if node < len(threads.members) else None
        below = [of(child) for child in threads.children.get(node, ())]
        return [number, *below] if below else number

    return [of(root) for root in threads.roots]


REFERENCES, REFS = ThreadAlgorithm.REFERENCES, ThreadAlgorithm.REFS


@pytest.mark.parametrize(
    ("members", "algorithm", "expected"),
    [
        # (1): links by references; a reference that is missing is a dummy, and pruned within a thread
        ([member(1), member(2, refs="m1"), member(3, refs="m1 gone m2")], REFERENCES, [[1, [2, 3]]]),
        ([member(1), member(3, refs="m1 gone")], REFERENCES, [[1, 3]]),
        # (1.B): the last reference is the parent, whatever another said
        ([member(1), member(2), member(3, refs="m1 m2"), member(4, refs="m2 m3")], REFERENCES, [[1, [2, [3, 4]]]]),
        # no loops
        ([member(1, refs="m2"), member(2, refs="m1")], REFERENCES, [[2, 1]]),
        ([member(1, refs="m1")], REFERENCES, [1]),
        # (3): a dummy at the top stays when it holds several
        ([member(1, refs="gone"), member(2, refs="gone")], REFERENCES, [[None, 1, 2]]),
        ([member(1, refs="gone")], REFERENCES, [1]),
        # two with one message id: the second is somebody else
        ([member(1), member(1, sent=5), member(2, refs="m1")], REFERENCES, [[1, 2], 1]),
        # (5): a reply goes below the first, two alike below a dummy
        ([member(1, "x"), member(2, "x", is_reply=True)], REFERENCES, [[1, 2]]),
        ([member(1, "x", is_reply=True), member(2, "x")], REFERENCES, [[2, 1]]),
        ([member(1, "x"), member(2, "y"), member(3, "x")], REFERENCES, [[None, 1, 3], 2]),
        ([member(1, "x"), member(2, "x"), member(3, "x")], REFERENCES, [[None, 1, 2, 3]]),
        (
            [member(n, "x", refs=refs) for n, refs in ((1, "a"), (2, "a"), (3, "b"), (4, "b"))],
            REFERENCES,
            [[None, 1, 2, 3, 4]],
        ),
        # REFS joins no subjects, and the thread with the newest message is last
        ([member(1, "x"), member(2, "x"), member(3, refs="m1")], REFS, [2, [1, 3]]),
        (
            [member(1, "x"), member(2, "y"), member(3, "x"), member(4, "x")],
            ThreadAlgorithm.ORDEREDSUBJECT,
            [[1, 3, 4], 2],
        ),
    ],
)
def test_threads(members: list[Member], algorithm: ThreadAlgorithm, expected: list[object]) -> None:
    """The steps of RFC 5256 §3, THREAD."""
    assert shape(make_threads(members, algorithm)) == expected


ANY_MEMBERS = st.lists(
    st.tuples(
        st.integers(0, 9),
        st.sampled_from(["", "x", "y"]),
        st.booleans(),
        st.lists(st.integers(0, 12), max_size=4),
        st.integers(0, 3),
    ),
    max_size=14,
)


@given(ANY_MEMBERS, st.sampled_from(list(ThreadAlgorithm)))
def test_every_message_is_in_one_place(
    rows: list[tuple[int, str, bool, list[int], int]], algorithm: ThreadAlgorithm
) -> None:
    """Whatever refers to whatever, each message is told once."""
    members = [
        Member(number, sent, subject, reply, f"m{own}", " ".join(f"m{each}" for each in refs))
        for number, (own, subject, reply, refs, sent) in enumerate(rows)
    ]
    threads = make_threads(members, algorithm)
    nodes, stack = [], list(threads.roots)
    while stack:
        node = stack.pop()
        nodes.append(node)
        stack += threads.children.get(node, [])
    assert sorted(node for node in nodes if node < len(members)) == list(range(len(members)))
    dummies = [node for node in nodes if node >= len(members)]
    assert all(node in threads.roots and len(threads.children[node]) > 1 for node in dummies)


def test_a_very_deep_thread() -> None:
    """Depth costs neither the stack nor much time, in whichever order the messages are."""
    chain = [member(n, refs=f"m{n - 1}" if n else "") for n in range(20_000)]
    assert len(make_threads(chain, REFERENCES).roots) == 1
    assert make_threads(chain[::-1], REFERENCES).members
