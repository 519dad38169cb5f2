"""Telling a client what has happened in its folder – RFC 9051 §5.2, §7.4.1, §7.5.1.

    * 3 EXPUNGE, each number as it is after those before it; then * n EXISTS; then * n FETCH (UID … FLAGS (…))

EXPUNGE waits while a command that names messages by number is under way, EXISTS and FETCH don't. An unsolicited FETCH
has the UID (§7.5.2). Of annotations it has the names (RFC 5257 §4.4).
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass, field

from posthouse.database import Row, Transaction
from posthouse.model.flags import Flag
from posthouse.model.ranges import from_numbers
from posthouse.model.rights import Right, changeable
from posthouse.protocols.imap import codes
from posthouse.protocols.imap.annotations import format_entries
from posthouse.protocols.imap.responses import (
    flag_list,
    format_exists,
    format_expunge,
    format_flags,
    format_untagged,
    format_vanished,
)
from posthouse.store.blobs import Blobs
from posthouse.store.comparators import Comparator

from .contexts import Changed
from .fetching.fields import FLAG_TEXTS
from .selected import Selected
from .view import News, View

ALL_BITS = sum(Flag)


@dataclass(frozen=True, slots=True)
class Seen:
    """What has happened in a folder, as one snapshot has it."""

    news: News
    found: list[Changed] = field(default_factory=list)
    """What it means for the searches whose results are told."""
    annotated: Mapping[int, list[str]] = field(default_factory=dict)
    """Annotations that others have changed, by UID."""


def look_into(tx: Transaction, blobs: Blobs, selected: Selected, comparator: Comparator, *, annotations: bool) -> Seen:
    """`annotations`: whether the client wants to hear of them."""
    where = selected.account, selected.folder
    view, contexts = selected.view, selected.contexts
    return Seen(
        view.look(tx, *where),
        contexts.look(tx, blobs, *where, comparator) if contexts else [],
        selected.annotations.look(tx, *where, selected.reader, view.next_uid) if annotations else {},
    )


def format_updates(
    selected: Selected, enabled: Container[str], annotated: Mapping[int, list[str]], *, expunge: bool
) -> list[bytes]:
    """With QRESYNC it is VANISHED instead of EXPUNGE (RFC 7162 §3.2.10), with CONDSTORE a FETCH has MODSEQ (§3.1); with
    UIDONLY it is VANISHED and UIDFETCH (RFC 9586 §3.6)."""
    view = selected.view
    out: list[bytes] = []
    if expunge and view.expunged:
        by_uid = "QRESYNC" in enabled or "UIDONLY" in enabled
        gone = from_numbers(sorted(uid for uid in view.expunged if view.number(uid))) if by_uid else ()
        numbers = view.take_expunged()
        out = [format_vanished(gone)] if gone else list(map(format_expunge, numbers))
    if view.take_grown():
        out.append(format_exists(view.exists))
    changed = view.take_flagged()
    if changed:
        out += format_keywords(selected, changed)
    out += _format_changed(view, changed, _there(view, annotated), enabled)
    return out


def _there(view: View, annotated: Mapping[int, list[str]]) -> dict[int, bytes]:
    """What of a FETCH is about annotations, of the messages that are there."""
    there = [uid for uid in annotated if uid not in view.expunged and view.number(uid)]
    return {uid: format_entries(annotated[uid]) for uid in there}


def _format_changed(
    view: View, changed: list[Row], annotated: dict[int, bytes], enabled: Container[str]
) -> Iterator[bytes]:
    """Flags, with what has changed of the same message's annotations; then those of messages whose flags were told."""
    condstore, by_uid = "CONDSTORE" in enabled, "UIDONLY" in enabled
    for uid, bits, words, modseq in changed:
        text = b"FLAGS " + FLAG_TEXTS[bits, words]
        if condstore:
            text += b" MODSEQ (%d)" % modseq
        if uid in annotated:
            text += b" " + annotated.pop(uid)
        yield _format_one(view, uid, text, by_uid)
    for uid, text in annotated.items():
        yield _format_one(view, uid, text, by_uid)


def _format_one(view: View, uid: int, text: bytes, by_uid: bool) -> bytes:
    if by_uid:
        return b"* %d UIDFETCH (%b)\r\n" % (uid, text)
    return b"* %d FETCH (UID %d %b)\r\n" % (view.number(uid), uid, text)


def format_keywords(selected: Selected, changed: list[Row]) -> list[bytes]:
    """A new FLAGS response, when there are keywords which the client has not been told of (§7.3.5)."""
    words = {row[2] for row in changed if row[2]}
    new = {keyword for text in words for keyword in text.split(" ")} - selected.keywords
    if not new:
        return []
    selected.keywords |= new
    return [format_flags(applicable_flags(selected.keywords))]


def applicable_flags(keywords: set[str]) -> bytes:
    return flag_list(ALL_BITS, sorted(keywords))


def permanent_flags(selected: Selected) -> bytes:
    """Those which the client may change, by its rights (RFC 4314 §5.1.1)."""
    bits = changeable(selected.flag_rights)
    others = [*sorted(selected.keywords), "\\*"] if selected.flag_rights & Right.WRITE else []
    return flag_list(bits, others)


def format_limits(selected: Selected) -> bytes:
    """FLAGS and PERMANENTFLAGS."""
    code = codes.permanentflags(permanent_flags(selected))
    text = "No changes" if selected.read_only else "Limited"
    return format_flags(applicable_flags(selected.keywords)) + format_untagged(b"OK", text, code)
