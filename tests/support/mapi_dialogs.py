"""Conversations in operations of MAPI, byte for byte, as they are written down in tests/dialogs/mapi.

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
from dataclasses import dataclass, field
from pathlib import Path

FOLDER = Path(__file__).resolve().parent.parent / "dialogs" / "mapi"
TOKEN = re.compile(r"\[\d|\]|\"[^\"]*\"|'[^']*'|<[^>]+>|\S+")
"""Bytes, a string, a name, or where a block begins or ends."""


@dataclass
class Step:
    """A line, with its number in the file; or several, from the beginning of a block to its end."""

    number: int
    kind: str
    text: str

    @property
    def is_open(self) -> bool:
        """A block goes on in the next line."""
        tokens: list[str] = TOKEN.findall(self.text)
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
