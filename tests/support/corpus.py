"""Awkward messages of real life, which are not ours to give away: tests that want them are skipped where they lack."""

from __future__ import annotations

import os
from pathlib import Path


def real_messages() -> dict[str, bytes]:
    """Name → bytes; POSTHOUSE_CORPUS names another folder than the usual one. Empty: there is none."""
    folder = Path(os.environ.get("POSTHOUSE_CORPUS", Path(__file__).parents[2].parent / "shared" / "corpus"))
    return {path.name: path.read_bytes() for path in sorted(folder.glob("*.eml"))} if folder.is_dir() else {}
