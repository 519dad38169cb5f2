"""Posthouse: a complete mail hub. The folder list shows the architecture; `docs/architecture.md` explains it."""

__version__ = "0.1.0"
