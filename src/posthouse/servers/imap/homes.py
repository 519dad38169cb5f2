"""Mailboxes on another host – RFC 2193, RFC 2221.

A referral must not lead back. So who is at home elsewhere may log in here as long as an account that is at home here
shares something with them; of their own mailboxes they are then told where those are.
"""

from __future__ import annotations

from posthouse.model.refusals import Refusal


class Elsewhere(Refusal):
    """A mailbox is on another host; of RENAME, where both are that it names."""

    default = "That mailbox is on another host"

    def __init__(self, *urls: str) -> None:
        super().__init__()
        self.urls = urls
