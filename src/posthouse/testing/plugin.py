"""The pytest plugin: fixtures `posthouse_hub`, fresh for each test, and `posthouse_session_hub`, one for all."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from posthouse.testing.hub import MailHub


@pytest.fixture
def posthouse_hub() -> Iterator[MailHub]:
    """A hub of this test's own."""
    from posthouse.testing.hub import MailHub  # not before it is needed: every pytest run loads plugins

    with MailHub() as hub:
        yield hub


@pytest.fixture(scope="session")
def posthouse_session_hub() -> Iterator[MailHub]:
    """One hub for the whole run; tests share its accounts."""
    from posthouse.testing.hub import MailHub

    with MailHub() as hub:
        yield hub
