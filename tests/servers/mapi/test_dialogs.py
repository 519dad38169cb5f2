"""Every conversation in tests/dialogs/mapi, held with a real server: it answers as the documents' examples say."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

import pytest
from mapi_conversation import Conversation
from mapi_dialogs import Dialog, read_dialogs
from mapi_public import make_public
from mapi_session import mapi_hub

from posthouse.testing import MailHub

NUMBERS = count(1)


@pytest.fixture(scope="module")
def hub() -> Iterator[MailHub]:
    with mapi_hub("other") as hub:
        make_public(hub, "News")
        yield hub


@pytest.mark.parametrize("dialog", read_dialogs(), ids=str)
def test_dialogs(hub: MailHub, dialog: Dialog) -> None:
    """The server says what the dialog says, byte for byte; what we read of both sides is written as it was."""
    who = f"person{next(NUMBERS)}"
    hub.add_account(f"{who}@example.org")
    Conversation(hub, who, "other").hold(dialog)
