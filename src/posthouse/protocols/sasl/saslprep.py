"""SASLprep – RFC 4013: user names and passwords that look alike become alike.

The tables are Unicode 3.2's, as the document demands; `stringprep` has them.
"""

from __future__ import annotations

import stringprep
import unicodedata

from posthouse.model.refusals import BadSyntax

_PROHIBITED = (  # RFC 4013 §2.3, in its order
    stringprep.in_table_c12,
    stringprep.in_table_c21_c22,
    stringprep.in_table_c3,
    stringprep.in_table_c4,
    stringprep.in_table_c5,
    stringprep.in_table_c6,
    stringprep.in_table_c7,
    stringprep.in_table_c8,
    stringprep.in_table_c9,
)


def saslprep(text: str, *, allow_unassigned: bool = True) -> str:
    """The prepared string, or BadSyntax. RFC 3454 §7 wants no unassigned code points in what is stored
    (`allow_unassigned=False`); an emoji in a password is one, so passwords have them on both sides."""
    if text.isascii() and text.isprintable():
        return text
    mapped = "".join(
        " " if stringprep.in_table_c12(char) else char for char in text if not stringprep.in_table_b1(char)
    )
    prepared = unicodedata.ucd_3_2_0.normalize("NFKC", mapped)
    _check_characters(prepared, allow_unassigned)
    _check_direction(prepared)
    return prepared


def prepare_password(password: str) -> bytes:
    """What is hashed of a password, here and at the client: prepared if it can be. One that cannot (a control
    character, mixed directions) is somebody's password all the same: it is taken as it is, in NFC."""
    try:
        prepared = saslprep(password)
    except BadSyntax:
        prepared = unicodedata.normalize("NFC", password)
    return prepared.encode("utf-8", "surrogatepass")


def _check_characters(text: str, allow_unassigned: bool) -> None:
    for where, char in enumerate(text):
        if any(prohibited(char) for prohibited in _PROHIBITED):
            raise BadSyntax("no prohibited character", where)
        if not allow_unassigned and stringprep.in_table_a1(char):
            raise BadSyntax("no unassigned code point", where)


def _check_direction(text: str) -> None:
    """RFC 3454 §6: a string with right-to-left letters has nothing else, and begins and ends with one."""
    if not any(stringprep.in_table_d1(char) for char in text):
        return
    if any(stringprep.in_table_d2(char) for char in text):
        raise BadSyntax("one direction of writing")
    if not (stringprep.in_table_d1(text[0]) and stringprep.in_table_d1(text[-1])):
        raise BadSyntax("a right-to-left letter at both ends")
