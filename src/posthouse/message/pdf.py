"""The text of a PDF document, for searches.

A PDF is a program of sorts: it may ask for any amount of time and memory. The bounds here keep an honest one cheap; a
hostile one is only safe to read in a process that has limits of its own, as `store/pdf_process.py` gives it.
"""

from __future__ import annotations

import io

from pypdf import PdfReader

MAX_PAGES = 500
MAX_TEXT = 4 * 1024 * 1024
"""Characters."""


def pdf_text(data: bytes) -> str:
    """What is written on its pages, as far as it could be read; nothing where a password is needed."""
    pages: list[str] = []
    left = MAX_TEXT
    try:
        reader = PdfReader(io.BytesIO(data), root_object_recovery_limit=1000, xref_stream_maximum_entries=200_000)
        for number in range(min(MAX_PAGES, len(reader.pages))):
            pages.append(reader.pages[number].extract_text()[:left])
            left -= len(pages[-1])
            if left <= 0:
                break
    except Exception:
        pass
    return "\n".join(pages)
