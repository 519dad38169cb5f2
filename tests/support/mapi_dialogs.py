"""Conversations in operations of MAPI, byte for byte: how they are written down, and how they are held.

    # What is shown – [MS-OXCFOLD] 4.1
    given folder IPM_SUBTREE as top
    H: top new
    C: 1C 00 00 01        ; RopId, LogonId, InputHandleIndex, OutputHandleIndex
    C: "Folder1" ""       ; DisplayName, Comment
    S: 1C 01 00000000     ; RopId, OutputHandleIndex, ReturnValue
    S: <folder> 00        ; FolderId, IsExistingFolder

`H:` names what is in the table of handles; what has no handle yet is empty there, and may have one afterwards. All `C:`
lines up to the next `S:` are one buffer of requests, the `S:` lines all that comes back for it. Behind `;` stand the
fields. `W:` waits for news, which the `S:` lines after it tell.

    00 0E8EDF36           bytes
    "Folder1" 'IPM'       a string of UTF-16 or of ASCII, with its end
    [2 … ]                what has its size before it, in so many bytes; also over several lines
    <folder> <key 22>     what has this name: eight bytes, or so many; an answer gives it its value, unless it has one
    <_> <_ 4> …           of an answer: whatever it is; all that follows

What `given` knows stands at `Conversation.given`, what has a value from the beginning at `Conversation.names`;
<handle of top> is what the table has for it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

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

FOLDER = Path(__file__).resolve().parent.parent / "dialogs" / "mapi"
ID_SIZE = 8
WHATEVER = "_"
_TOKEN = re.compile(r"\[\d|\]|\"[^\"]*\"|'[^']*'|<[^>]+>|\S+")
_NAMED = re.compile(r"<([\w ]+?)(?: (\d+))?>")


@dataclass
class Step:
    """A line, with its number in the file; or several, from the beginning of a block to its end."""

    number: int
    kind: str
    text: str

    @property
    def is_open(self) -> bool:
        """A block goes on in the next line."""
        tokens: list[str] = _TOKEN.findall(self.text)
        return sum(token.startswith("[") for token in tokens) > tokens.count("]")


@dataclass
class Dialog:
    file: str
    title: str
    steps: list[Step] = field(default_factory=list)

    def add(self, number: int, line: str) -> None:
        kind, _, rest = line.partition(" ")
        text = rest.partition(";")[0].strip()
        if self.steps and self.steps[-1].is_open:
            assert kind == self.steps[-1].kind, f"{self.file}.txt:{number}: a block has no end"
            self.steps[-1].text += f" {text}"
        else:
            self.steps.append(Step(number, kind, text))

    def __str__(self) -> str:
        return f"{self.file}: {self.title.split(' – ')[0]}"


def read_dialogs() -> list[Dialog]:
    return [dialog for file in sorted(FOLDER.glob("*.txt")) for dialog in _read(file)]


def _read(file: Path) -> list[Dialog]:
    found: list[Dialog] = []
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
        if line.startswith("# "):
            found.append(Dialog(file.stem, line[2:]))
        elif line.strip():
            found[-1].add(number, line)
    return found


class Unknown(NamedTuple):
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
        for token in _TOKEN.findall(text):
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
            name, size = named[1], int(named[2] or ID_SIZE)
            return Unknown(name, size) if name == WHATEVER or name not in self.names else self.names[name]
        if token[0] in "\"'":
            return (token[1:-1] + "\0").encode("utf-16-le" if token[0] == '"' else "ascii")
        return bytes.fromhex(token)
