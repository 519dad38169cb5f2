"""Roles of folders (special use). The wire spelling is RFC 6154's attribute, without its backslash."""

from enum import StrEnum


class Role(StrEnum):
    INBOX = "Inbox"
    ALL = "All"
    ARCHIVE = "Archive"
    DRAFTS = "Drafts"
    FLAGGED = "Flagged"
    IMPORTANT = "Important"
    JUNK = "Junk"
    SENT = "Sent"
    TRASH = "Trash"


DEFAULT_FOLDERS: tuple[tuple[str, Role], ...] = (
    ("INBOX", Role.INBOX),
    ("Archive", Role.ARCHIVE),
    ("Drafts", Role.DRAFTS),
    ("Junk", Role.JUNK),
    ("Sent", Role.SENT),
    ("Trash", Role.TRASH),
)
"""What a new account starts with, so that every client finds the same ones instead of making its own."""
