"""A conversation of `mapi_dialogs`, held with a hub."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from mapi_dialogs import TOKEN, Dialog, Step
from mapi_news import PENDING, NewsSession
from mapi_session import LOGON, deliver, dn_of

from posthouse.protocols.mapi.entry_ids import AddressBookEntryId
from posthouse.protocols.mapi.identifiers import read_object_id
from posthouse.protocols.mapi.property_values import PropertyTag
from posthouse.protocols.mapi.reader import Reader
from posthouse.protocols.mapi.rop_buffer import EMPTY, RopBuffer
from posthouse.protocols.mapi.rops import parse_rops
from posthouse.protocols.mapi.rops.responses import parse_responses
from posthouse.protocols.mapi.rops.table import RopSetColumnsRequest
from posthouse.servers.mapi.special_folders import Special
from posthouse.testing import MailHub

ID_SIZE = 8
WHATEVER = "_"
_NAMED = re.compile(r"<([\w ]+?)(?: (\d+))?>")


@dataclass(frozen=True)
class Unknown:
    """What an answer has to tell."""

    name: str
    size: int

    def __len__(self) -> int:
        return self.size


Piece = bytes | Unknown


class Conversation:
    """One dialog with a hub, by somebody with an empty mailbox."""

    def __init__(self, hub: MailHub, who: str, other: str) -> None:
        """`other`: somebody else of the hub."""
        self.hub, self.who = hub, who
        self.session = NewsSession(hub, who)
        self.handles = {"logon": self.session.handles[LOGON]}
        self.names = {special.name: self.session.special(special).format() for special in Special}
        for name, person in (("me", who), ("other", other)):
            self.names[f"dn of {name}"] = dn_of(hub, person).encode()
            self.names[f"entry id of {name}"] = AddressBookEntryId(dn_of(hub, person)).format()
        self.sizes: dict[str, int] = {}
        """Of what an answer tells, by names."""
        self.table: list[str] = []
        self.columns: dict[str, tuple[PropertyTag, ...]] = {}
        """Of tables, by the names of their handles."""
        self.asked, self.answer = b"", b""

    def hold(self, dialog: Dialog) -> None:
        """AssertionError: with the line of the file that is not kept."""
        number = 0
        try:
            for step in dialog.steps:
                number = step.number
                self.take(step)
            self.finish()
        except AssertionError as difference:
            raise AssertionError(f"{dialog.file}.txt:{number}: {difference}") from difference

    def take(self, step: Step) -> None:
        match step.kind:
            case "given":
                self.given(step.text)
            case "H:":
                self.finish()
                self.table = step.text.split()
            case "C:":
                self.asked += b"".join(self.written(step.text))
            case "W:":
                self.finish()
                self.wait()
            case "S:":
                self.ask()
                told, anything, _ = step.text.partition("…")
                for piece in self.pieces(told):
                    self.expect(piece)
                if anything:
                    self.answer = b""
            case other:
                raise AssertionError(f"what is {other}?")

    def given(self, text: str) -> None:
        """`mail "…"`: a message with this subject is in the Inbox. `folder INBOX as h`: it is open, its handle is h."""
        match text.split():
            case ["mail", *_]:
                deliver(self.hub, self.who, text.partition(" ")[2].strip('"'))
            case ["folder", name, "as", handle]:
                slot = self.session.open(read_object_id(Reader(self.names[name])))
                self.handles[handle] = self.session.handles[slot]
            case _:
                raise AssertionError(f"what is given by {text}?")

    def ask(self) -> None:
        """What has not been asked yet. All of the last answer has been expected."""
        if not self.asked:
            return
        assert not self.answer, f"there is more: {self.answer.hex(' ')}"
        handles = tuple(self.handles.get(name, EMPTY) for name in self.table)
        buffer = self.session.execute_raw(RopBuffer(self.asked, handles).format())
        self.handles.update(zip(self.table, buffer.handles, strict=True))
        self.names.update({f"handle of {name}": handle.to_bytes(4, "little") for name, handle in self.handles.items()})
        self.read_and_write(buffer.rops)
        self.asked, self.answer = b"", buffer.rops

    def read_and_write(self, answer: bytes) -> None:
        """Our own reading of both sides, written again, is the same bytes."""
        requests = [placed.request for placed in parse_rops(self.asked)]
        assert b"".join(rop.format() for rop in requests) == self.asked
        columns = {place: self.columns[name] for place, name in enumerate(self.table) if name in self.columns}
        answers = parse_responses(answer, requests, columns)
        assert b"".join(one.response.format() for one in answers) == answer
        for rop in requests:
            if isinstance(rop, RopSetColumnsRequest):
                self.columns[self.table[rop.input_index]] = rop.property_tags

    def wait(self) -> None:
        """Until there are news, and ask for them with no operation."""
        assert self.session.wait() == PENDING
        buffer = self.session.execute_raw(RopBuffer(b"", ()).format())
        self.read_and_write(buffer.rops)
        self.answer = buffer.rops

    def finish(self) -> None:
        self.ask()
        assert not self.answer, f"there is more: {self.answer.hex(' ')}"

    def expect(self, piece: Piece) -> None:
        got, self.answer = self.answer[: len(piece)], self.answer[len(piece) :]
        if isinstance(piece, Unknown) and piece.name != WHATEVER and piece.name in self.names:
            piece = self.names[piece.name]  # told in this very block
        if isinstance(piece, Unknown):
            assert len(got) == piece.size, f"there are only {got.hex(' ')} of {piece.name}"
            self.names[piece.name] = got
        else:
            assert got == piece, f"{got.hex(' ')} and not {piece.hex(' ')}; {self.answer.hex(' ')} follow"

    def written(self, text: str) -> Iterator[bytes]:
        for piece in self.pieces(text):
            assert isinstance(piece, bytes), f"nobody has told {piece.name}"
            yield piece

    def pieces(self, text: str) -> list[Piece]:
        blocks: list[tuple[int, list[Piece]]] = [(0, [])]
        for token in TOKEN.findall(text):
            if token.startswith("["):
                blocks.append((int(token[1:]), []))
            elif token == "]":
                width, inner = blocks.pop()
                size = sum(len(piece) for piece in inner)
                blocks[-1][1].extend([size.to_bytes(width, "little"), *inner])
            else:
                blocks[-1][1].append(self.piece(token))
        [(_, found)] = blocks
        return found

    def piece(self, token: str) -> Piece:
        if named := _NAMED.fullmatch(token):
            name = named[1]
            if name == WHATEVER:
                return Unknown(name, int(named[2] or ID_SIZE))
            size = self.sizes.setdefault(name, int(named[2] or ID_SIZE))
            return self.names.get(name) or Unknown(name, size)
        if token[0] in "\"'":
            return (token[1:-1] + "\0").encode("utf-16-le" if token[0] == '"' else "ascii")
        return bytes.fromhex(token)
