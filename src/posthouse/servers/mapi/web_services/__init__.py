"""Exchange Web Services over the mailboxes of MAPI: what Outlook asks for there."""

from .endpoint import PATH, WebServices

__all__ = ["PATH", "WebServices"]
