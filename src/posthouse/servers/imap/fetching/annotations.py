"""ANNOTATION of a FETCH – RFC 5257 §4.3, §4.4.

A name that was asked for is answered in any case, with NIL for what has no value; a pattern, with what there is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from posthouse.model.annotations import Annotation, Scope
from posthouse.protocols.imap.annotations import AnnotationAttribute, AnnotationItem
from posthouse.protocols.imap.patterns import compile_pattern
from posthouse.protocols.imap.strings import astring, literal8, nstring

Found = Mapping[int, Sequence[Annotation]]
"""By UID."""


def formatter(item: AnnotationItem, found: Found) -> Callable[[Iterable[int]], tuple[list[bytes]]]:
    """From UIDs to the values of the item."""
    names = [entry for entry in item.entries if not set(entry) & {"*", "%"}]
    matchers = [compile_pattern(entry) for entry in item.entries if entry not in names]
    scopes = {attribute.scope for attribute in item.attributes}

    def format_one(there: Sequence[Annotation]) -> bytes:
        values: dict[str, dict[Scope, bytes]] = {name: {} for name in names}
        for entry, scope, value in there:
            if entry in values or (scope in scopes and any(matches(entry) for matches in matchers)):
                values.setdefault(entry, {})[scope] = value
        return b"(%b)" % b" ".join(
            [
                b"%b (%b)" % (astring(entry.encode("ascii")), _attributes(item.attributes, of_entry))
                for entry, of_entry in values.items()
            ]
        )

    return lambda uids: ([format_one(found.get(uid, ())) for uid in uids],)


def _attributes(attributes: Iterable[AnnotationAttribute], values: Mapping[Scope, bytes]) -> bytes:
    return b" ".join([b"%b %b" % (each.name, _value(values.get(each.scope), each.is_size)) for each in attributes])


def _value(value: bytes | None, is_size: bool) -> bytes:
    if is_size:
        return b'"%d"' % len(value or b"")
    return literal8(value) if value is not None and b"\0" in value else nstring(value)
