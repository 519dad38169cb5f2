"""GENURLAUTH, RESETKEY and URLFETCH – RFC 4467, RFC 5524."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from posthouse.database import Transaction
from posthouse.message.decode import UnknownEncoding
from posthouse.message.structure import body_from_structure, part_of_structure
from posthouse.model.ids import AccountId
from posthouse.model.refusals import NotPermitted, Refusal
from posthouse.protocols.imap import codes
from posthouse.protocols.imap.commands.urlauth import Form, GenUrlAuth, ResetKey, UrlFetch
from posthouse.protocols.imap.fetch import Binary, Section, SectionText
from posthouse.protocols.imap.strings import literal_header, string
from posthouse.protocols.imap.urls import MessageUrl
from posthouse.servers.sections import Loaded, slices
from posthouse.servers.urlauth import INTERNAL, Asking, BadUrl, open_signed, sign_url
from posthouse.store.folders import find_folder
from posthouse.store.url_keys import reset_url_keys

from ..fetching.sections import binary_octets
from ..replies import COMPLETED, Done
from ..urls import load, section_of

if TYPE_CHECKING:
    from ..session import Session

ONE_WRITE = 64 * 1024


class CannotSign(Refusal):
    default = "That URL cannot be signed"


async def genurlauth(session: Session, command: GenUrlAuth) -> Done:
    if any(mechanism != INTERNAL for _, mechanism in command.urls):
        return Done("INTERNAL is the one mechanism there is", b"", b"BAD")
    rumps = [url for url, _ in command.urls]
    signed = await session.store.write(_sign, session.account, session.address, rumps)
    out = b" ".join([b"* GENURLAUTH", *(string(url.encode("ascii")) for url in signed)])
    session.connection.write(out + b"\r\n")
    return COMPLETED


def _sign(tx: Transaction, account: AccountId, address: str, rumps: list[str]) -> list[str]:
    try:
        return [sign_url(tx, account, address, rump) for rump in rumps]
    except BadUrl as bad:
        raise CannotSign(str(bad)) from None


async def resetkey(session: Session, command: ResetKey) -> Done:
    """Every URL that was signed by the old keys is void."""
    if any(mechanism != INTERNAL for mechanism in command.mechanisms):
        raise NotPermitted("INTERNAL is the one mechanism there is")
    await session.store.write(_reset, session.account, command.mailbox)
    return COMPLETED if command.mailbox is None else Done(code=codes.URLMECH_INTERNAL)


def _reset(tx: Transaction, account: AccountId, mailbox: str | None) -> None:
    reset_url_keys(tx, account, None if mailbox is None else find_folder(tx, account, mailbox).id)


async def urlfetch(session: Session, command: UrlFetch) -> Done:
    """NIL for whatever cannot be had: whether the message, the right or the time is missing is told to nobody."""
    login = session.login
    asking = Asking(session.address, submitting=login is not None and bool(login.authenticated))
    for text, forms in command.urls:
        session.connection.write(b"* URLFETCH " + string(text.encode("ascii")))
        try:
            url, row = await session.store.read(open_signed, text, asking, session.store.now())
            message = load(session.store, row)
            found = list(_answer(message, url, row[3], forms))
        except (BadUrl, UnknownEncoding):
            session.connection.write(b" NIL\r\n")
            continue
        for pieces in found:
            for octets in pieces:
                session.connection.write(octets)
                if len(octets) >= ONE_WRITE:
                    await session.connection.breathe()
        session.connection.write(b"\r\n")
        await session.connection.breathe()
    return COMPLETED


def _answer(message: Loaded, url: MessageUrl, structure: bytes, forms: tuple[Form, ...]) -> Iterator[Iterator[bytes]]:
    """Each form, as octets that are yet to be read; raises before anything is written."""
    section = url.section or Section()
    if not forms:
        data, start, end = section_of(message, url)
        yield _literal(b" ", slices(data, start, end), end - start, b"")
    for form in forms:
        name = b" (%b " % form.value
        if form is Form.BODY:
            data, start, end = section_of(message, url)
            yield _literal(name, slices(data, start, end), end - start, b")")
        elif form is Form.BINARY:
            decoded = binary_octets(message, Binary(section.part, url.partial))
            if decoded is None or section.text is not SectionText.WHOLE:
                raise BadUrl
            yield _literal(name, decoded[1], decoded[0], b")", binary=True)
        else:
            found = part_of_structure(structure, section.part)
            if found is None or section.text is not SectionText.WHOLE:
                raise BadUrl
            yield iter([name, body_from_structure(found), b")"])


def _literal(before: bytes, pieces: Iterator[bytes], size: int, behind: bytes, binary: bool = False) -> Iterator[bytes]:
    yield before + literal_header(size, binary)
    for octets in pieces:
        yield octets if binary or b"\0" not in octets else octets.replace(b"\0", b"\x80")
    yield behind
