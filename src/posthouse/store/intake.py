"""A message on its way in: bytes arrive in pieces, memory stays bounded, and at the end there is a `NewContent`."""

from __future__ import annotations

import hashlib

from posthouse.message.derive import derive
from posthouse.model.refusals import MessageTooLarge
from posthouse.store.blobs import Blobs, BlobWriter
from posthouse.store.content import NewContent

INLINE = 128 * 1024
"""Up to this many bytes a message is a row, and stays in memory while it arrives; larger ones are blobs."""


class Intake:
    """Collects one message. `write` pieces, then `finish` or `discard`; nothing is kept unless its content is added
    in a transaction afterwards."""

    def __init__(self, blobs: Blobs, limit: int = 0) -> None:
        """`limit`: bytes at most, 0 for no limit."""
        self._blobs = blobs
        self._limit = limit
        self._pieces: list[bytes] = []
        self._writer: BlobWriter | None = None
        self._hash = hashlib.sha256()
        self.size = 0

    def write(self, data: bytes) -> None:
        """Raise `MessageTooLarge` beyond the limit; the caller then discards."""
        self.size += len(data)
        if self._limit and self.size > self._limit:
            raise MessageTooLarge
        self._hash.update(data)
        if self._writer is not None:
            self._writer.write(data)
            return
        self._pieces.append(data)
        if self.size > INLINE:
            self._writer = self._blobs.create()
            self._writer.write(b"".join(self._pieces))
            self._pieces.clear()

    @property
    def is_large(self) -> bool:
        """Whether `finish` writes a file: then it belongs in a thread."""
        return self._writer is not None

    def head(self) -> bytes:
        """What has arrived, up to the first 128 KB: enough to look at the header before it is all there."""
        if self._writer is not None:
            return bytes(self._writer.buffer()[:INLINE])
        return b"".join(self._pieces)

    def finish(self, prefix: bytes = b"", cut: int = 0) -> NewContent:
        """Derive and make durable. `prefix` replaces the first `cut` bytes: header fields put in front, or the header
        repaired."""
        if prefix or cut:
            return self._finish_changed(prefix, cut)
        digest = self._hash.digest()
        if self._writer is None:
            body = b"".join(self._pieces)
            return NewContent(digest, derive(body), body, None)
        derived = derive(self._writer.buffer())
        return NewContent(digest, derived, None, self._writer.seal())

    def _finish_changed(self, prefix: bytes, cut: int) -> NewContent:
        changed = Intake(self._blobs)
        changed.write(prefix)
        if self._writer is None:
            changed.write(b"".join(self._pieces)[cut:])
        else:
            whole = self._writer.buffer()
            for start in range(cut, len(whole), 1 << 20):
                changed.write(whole[start : start + (1 << 20)])
        self.discard()
        return changed.finish()

    def discard(self) -> None:
        if self._writer is not None:
            self._writer.discard()
        self._pieces.clear()


def content_of(blobs: Blobs, data: bytes) -> NewContent:
    """A message that is there as a whole."""
    intake = Intake(blobs)
    intake.write(data)
    return intake.finish()
