"""ID – RFC 2971 §3.1.

id              = "ID" SP id-params-list
id-params-list  = "(" #(string SP nstring) ")" / nil
    ;; list of field value pairs; at most 30, fields of at most 30 octets, values of at most 1024
"""

from __future__ import annotations

from dataclasses import dataclass

from posthouse.model.refusals import BadSyntax

from ..grammar import Parser

MAX_FIELDS = 30
MAX_FIELD = 30
MAX_VALUE = 1024


@dataclass(frozen=True, slots=True)
class Id:
    fields: tuple[tuple[str, str | None], ...] = ()
    """Names in lower case. Only for logs and statistics (RFC 2971 §1)."""


def parse_id(p: Parser) -> Id:
    p.sp()
    pairs = () if _nil(p) else p.items(_field, at_least=0)
    p.end()
    if len(pairs) > MAX_FIELDS:
        raise BadSyntax(f"at most {MAX_FIELDS} fields")
    return Id(pairs)


def _nil(p: Parser) -> bool:
    return not p.sees(b"(") and p.nstring() is None


def _field(p: Parser) -> tuple[str, str | None]:
    name = p.string()
    p.sp()
    value = p.nstring()
    if len(name) > MAX_FIELD or len(value or b"") > MAX_VALUE:
        raise p.fail(f"a field of at most {MAX_FIELD} octets with a value of at most {MAX_VALUE}")
    return name.decode("utf-8", "replace").lower(), None if value is None else value.decode("utf-8", "replace")
