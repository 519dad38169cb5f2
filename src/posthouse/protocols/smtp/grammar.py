"""What the commands share: paths, mailboxes, domains, parameters, xtext – RFC 5321 §4.1.2, §4.1.3; RFC 6531 §3.3.

    Reverse-path   = Path / "<>"
    Forward-path   = Path                              ; RCPT also takes "<postmaster>", §4.1.1.3
    Path           = "<" [ A-d-l ":" ] Mailbox ">"
    A-d-l          = At-domain *( "," At-domain )      ; source route: accepted and ignored, appendix C
    Mailbox        = Local-part "@" ( Domain / address-literal )
    Local-part     = Dot-string / Quoted-string
    Domain         = sub-domain *("." sub-domain)
    sub-domain     = Let-dig [Ldh-str] / U-label
    esmtp-param    = esmtp-keyword ["=" esmtp-value]

Nearly every path is an ASCII dot-string at a domain: one expression reads it. Whatever it does not match goes the long
way, rule by rule. Every expression is linear: no two neighbours in it can take the same octet.

Sizes: RFC 5321 §4.5.3.1 asks that at least 64 octets of local part and 255 of domain be taken, and that limits be
avoided where possible. Bounce addresses that carry their recipient (VERP, BATV, SRS) are often longer than 64, so the
local part is bounded by the command line only. A domain has 255 octets and a label 63, as in the DNS (RFC 1035 §2.3.4).

Not accepted, though some servers do: a path without brackets, `a..b@`, a trailing dot, an underscore in a mail domain.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Mapping
from typing import Any

import idna

from posthouse.model.address import Address
from posthouse.model.refusals import BadSyntax

from .replies import PARAMETER_UNKNOWN, SYNTAX_ERROR, BadCommand, Reply

DOMAIN_LIMIT = 255
"""Octets: RFC 5321 §4.5.3.1.2."""

_ATEXT = rb"A-Za-z0-9!#$%&'*+/=?^_`{|}~\-"
_DOT_STRING = rb"[%b]+(?:\.[%b]+)*" % (_ATEXT, _ATEXT)
_LABEL = rb"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_DOMAIN = rb"%b(?:\.%b)*" % (_LABEL, _LABEL)

_COMMON_PATH = re.compile(rb"<(%b)@(%b)>" % (_DOT_STRING, _DOMAIN))
_ASCII_DOMAIN = re.compile(_DOMAIN)
_UTF8_DOT_STRING = re.compile(rb"[%b\x80-\xff]+(?:\.[%b\x80-\xff]+)*" % (_ATEXT, _ATEXT))
_QUOTED_STRING = re.compile(rb'"((?:[ !#-\[\]-~\x80-\xff]|\\[ -~])*)"')
_QUOTED_PAIR = re.compile(rb"\\(.)")
_DOMAIN_OR_LITERAL = re.compile(rb"\[[!-Z^-~]+\]|[A-Za-z0-9.\x80-\xff-]+")
_IPV4 = re.compile(r"(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})", re.ASCII)
_GENERAL_LITERAL = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?:[!-Z^-~]+")
_POSTMASTER = re.compile(rb"<(postmaster)>", re.IGNORECASE)
_KEYWORD = re.compile(r"[A-Z0-9][A-Z0-9-]*")
_HEX_CHARACTER = re.compile(r"\+([0-9A-Fa-f]{2})?")
_XTEXT_SPECIAL = re.compile(r"[^!-*,-<>-~]")
_EMBEDDED = re.compile(r"\\(?:x\{([0-9A-Fa-f]{2,6})\})?")


def parse_reverse_path(text: bytes, at: int, bad: Reply) -> tuple[Address | None, int]:
    """Reverse-path at `text[at:]` → the address (None: the null path) and where it ends."""
    if (match := _COMMON_PATH.match(text, at)) is not None and len(match[2]) <= DOMAIN_LIMIT:
        return Address(match[1].decode(), match[2].decode()), match.end()
    if text.startswith(b"<>", at):
        return None, at + 2
    return _uncommon_path(text, at, bad)


def parse_forward_path(text: bytes, at: int, bad: Reply) -> tuple[Address, int]:
    """Forward-path; `<postmaster>`, in any case, is an address without a domain."""
    if (match := _COMMON_PATH.match(text, at)) is not None and len(match[2]) <= DOMAIN_LIMIT:
        return Address(match[1].decode(), match[2].decode()), match.end()
    if (match := _POSTMASTER.match(text, at)) is not None:
        return Address(match[1].decode(), ""), match.end()
    return _uncommon_path(text, at, bad)


def _uncommon_path(text: bytes, at: int, bad: Reply) -> tuple[Address, int]:
    try:
        return _path(text, at)
    except BadSyntax as error:
        raise BadCommand(bad.with_text(f"{bad.text}: {error.expected}"), error.where) from None


def _path(text: bytes, at: int) -> tuple[Address, int]:
    if text[at : at + 1] != b"<":
        raise BadSyntax("<address> expected", at)
    at += 1
    if text[at : at + 1] == b"@":
        at = _source_route(text, at)
    address, at = _mailbox(text, at)
    if text[at : at + 1] != b">":
        raise BadSyntax("> expected", at)
    return address, at + 1


def _source_route(text: bytes, at: int) -> int:
    """A-d-l ":" – checked and dropped."""
    while text[at : at + 1] == b"@":
        _, at = _domain(text, at + 1)
        if text[at : at + 1] == b",":
            at += 1
            continue
        if text[at : at + 1] == b":":
            return at + 1
        break
    raise BadSyntax("source route is not well-formed", at)


def _mailbox(text: bytes, at: int) -> tuple[Address, int]:
    if (match := _UTF8_DOT_STRING.match(text, at)) is not None:
        local = _utf8(match[0], at)
    elif (match := _QUOTED_STRING.match(text, at)) is not None:
        local = _utf8(_QUOTED_PAIR.sub(rb"\1", match[1]), at)
    else:
        raise BadSyntax("local part expected", at)
    at = match.end()
    if text[at : at + 1] != b"@":
        raise BadSyntax("@ and a domain expected", at)
    domain, at = _domain(text, at + 1)
    return Address(local, domain), at


def _domain(text: bytes, at: int) -> tuple[str, int]:
    match = _DOMAIN_OR_LITERAL.match(text, at)
    if match is None:
        raise BadSyntax("domain expected", at)
    return check_domain(match[0], at), match.end()


def check_domain(data: bytes, where: int = -1) -> str:
    """Domain / address-literal, as given."""
    if len(data) > DOMAIN_LIMIT:
        raise BadSyntax("domain is too long", where)
    if data.startswith(b"["):
        return _literal(data, where)
    if data.isascii():
        if _ASCII_DOMAIN.fullmatch(data) is None:
            raise BadSyntax("domain is not well-formed", where)
        return data.decode()
    name = _utf8(data, where)
    try:
        idna.encode(name, uts46=True, std3_rules=True)
    except (idna.IDNAError, UnicodeError):
        raise BadSyntax("domain is no internationalized domain name", where) from None
    return name


def _literal(data: bytes, where: int) -> str:
    """address-literal – RFC 5321 §4.1.3. Tags other than IPv6 are taken as they are: none is registered yet."""
    text = _utf8(data, where)
    inner = text[1:-1]
    if (match := _IPV4.fullmatch(inner)) is not None:
        if all(int(number) <= 255 for number in match.groups()):
            return text
    elif inner[:5].lower() == "ipv6:":
        try:
            if "%" not in inner:
                ipaddress.IPv6Address(inner[5:])
                return text
        except ValueError:
            pass
    elif _GENERAL_LITERAL.fullmatch(inner):
        return text
    raise BadSyntax("address literal is not well-formed", where)


def parse_mailbox(data: bytes) -> Address:
    """A whole Mailbox without brackets, as AUTH=, ORCPT= and VRFY carry it."""
    address, at = _mailbox(data, 0)
    if at != len(data):
        raise BadSyntax("end of address expected", at)
    return address


def _utf8(data: bytes, where: int) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise BadSyntax("address is not UTF-8", where) from None


Parameter = Callable[[str | None], Any]
"""A row of a table of parameters: value as sent, None without one → what it means; BadSyntax when that is nothing."""


def parse_parameters(text: bytes, table: Mapping[str, Parameter]) -> dict[str, Any]:
    """*(SP esmtp-param) → name in capitals and meaning. Unknown: 555; twice or malformed: 501 (RFC 5321 §4.1.1.11)."""
    found: dict[str, Any] = {}
    try:
        words = text.decode().split(" ")
    except UnicodeDecodeError:
        raise BadCommand(SYNTAX_ERROR) from None
    for word in words:
        if word:
            name, equals, value = word.partition("=")
            name = name.upper()
            if name in found:
                raise BadCommand(SYNTAX_ERROR.with_text(f"{name} given twice"))
            if (parse := table.get(name)) is None:
                raise BadCommand(PARAMETER_UNKNOWN if _KEYWORD.fullmatch(name) else SYNTAX_ERROR)
            found[name] = _meaning(name, parse, value if equals else None)
    return found


def _meaning(name: str, parse: Parameter, value: str | None) -> Any:
    try:
        if value is not None and (not value or "=" in value):
            raise BadSyntax("esmtp-value")
        return parse(value)
    except BadSyntax:
        raise BadCommand(SYNTAX_ERROR.with_text(f"Bad value of {name}")) from None


def one_of(*choices: str) -> Callable[[str | None], str]:
    """A value out of a few, in any case; the value is in capitals."""

    def parse(value: str | None) -> str:
        if value is None or (choice := value.upper()) not in choices:
            raise BadSyntax(" or ".join(choices))
        return choice

    return parse


def no_value(value: str | None) -> bool:
    if value is not None:
        raise BadSyntax("no value")
    return True


def digits(most: int) -> Callable[[str | None], int]:
    """1*mostDIGIT"""

    def parse(value: str | None) -> int:
        if not value or len(value) > most or not (value.isascii() and value.isdigit()):
            raise BadSyntax(f"a number of at most {most} digits")
        return int(value)

    return parse


def decode_xtext(text: str) -> str:
    """RFC 3461 §4: xtext = *( xchar / hexchar ), hexchar = "+" 2HEXDIG. Octets that are not ASCII are read as Latin-1
    would: what may be in the value is its parameter's rule."""

    def character(match: re.Match[str]) -> str:
        if match[1] is None:
            raise BadSyntax("two hexadecimal digits after +")
        return chr(int(match[1], 16))

    return _HEX_CHARACTER.sub(character, text) if "+" in text else text


def encode_xtext(text: str) -> str:
    """Any ASCII → xtext."""
    return _XTEXT_SPECIAL.sub(lambda match: f"+{ord(match[0]):02X}", text)


def decode_unitext(text: str) -> str:
    r"""RFC 6533 §3: `\x{2B}` → `+`, in addresses of the type utf-8."""

    def character(match: re.Match[str]) -> str:
        point = int(match[1] or "110000", 16)
        if point > 0x10FFFF or 0xD800 <= point < 0xE000:
            raise BadSyntax("a Unicode character")
        return chr(point)

    return _EMBEDDED.sub(character, text) if "\\" in text else text


def encode_unitext(text: str) -> str:
    """utf-8-addr-xtext: every character that is not a QCHAR embedded, so that the result is ASCII."""
    return re.sub(r"[^!-*,-<>-\[\]-~]", lambda match: f"\\x{{{ord(match[0]):X}}}", text)
