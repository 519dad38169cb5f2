"""The layouts of operations as [MS-OXCROPS] lists them, apart from what the code declares: `tests/layouts/rops`.

A file for each family, in it each operation with its forms, in each form the fields in the order of the document:

    RopOpenFolder  2.2.4.1  R531

      failure  2.2.4.1.3
        OutputHandleIndex        1  02                          R575 R576

A field has its name, its size in bytes (`*`: as the field before it says, or up to its end; `8?`: eight, or it is not
there), an example, and the statements that the line is about, those of another document behind its name. `-` is a
field of no bytes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

FOLDER = Path(__file__).resolve().parent.parent / "layouts" / "rops"
_STATEMENTS = re.compile(r"\s+(?:MS-\w+ )?R\d.*$")


@dataclass(frozen=True)
class Field:
    name: str
    size: int | None
    """Bytes; None: it varies."""
    raw: bytes


@dataclass
class Form:
    """Of a request, of a response, or of a structure within one."""

    file: str
    """The family."""
    rop: str
    name: str
    fields: list[Field] = field(default_factory=list)

    @property
    def raw(self) -> bytes:
        return b"".join(one.raw for one in self.fields)

    def offset(self, name: str) -> int:
        """Where that field begins; there is nothing of a varying size before it."""
        at = 0
        for one in self.fields:
            if one.name == name:
                return at
            assert one.size is not None, one
            at += one.size
        raise KeyError(name)

    @property
    def size(self) -> int | None:
        """None: it varies."""
        sizes = [one.size for one in self.fields]
        return None if None in sizes else sum(size for size in sizes if size)

    def __str__(self) -> str:
        return f"{self.rop} {self.name}"


def read_layouts() -> list[Form]:
    """All there are, in the order of the files."""
    return [form for file in sorted(FOLDER.glob("*.txt")) for form in _read(file)]


def _read(file: Path) -> Iterator[Form]:
    rop, form = "", None
    for line in file.read_text(encoding="utf-8").splitlines():
        if not line or line.startswith("#"):
            continue
        depth = len(line) - len(line.lstrip())
        if depth == 4:
            assert form is not None, f"{file.name}: a field of no form: {line}"
            form.fields.append(_field(line))
            continue
        if form is not None:
            yield form
        rop, form = (rop, Form(file.stem, rop, line.strip().rpartition("  ")[0])) if depth else (line.split()[0], None)
    assert form is not None, f"{file.name} ends without a form"
    yield form


def _field(line: str) -> Field:
    name, size, *example = _STATEMENTS.sub("", line).split()
    raw = b"" if example == ["-"] else bytes.fromhex("".join(example))
    assert size == "*" or int(size.removesuffix("?")) == len(raw), f"{size} bytes: {line}"
    return Field(name, int(size) if size.isdigit() else None, raw)
