"""The example of docs/integrators.md does what it says."""

from __future__ import annotations

import asyncio
import re
import smtplib
import textwrap
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from mapi_mailbox import network_of_mail_hub
from mapi_session import imap_folders, mapi_hub

PAGE = Path(__file__).parents[3] / "docs" / "integrators.md"


def example() -> Any:
    """Its function."""
    found = re.search(
        r"\n    from posthouse\.clients\.mapi .*?\n(?=\n?\S)", PAGE.read_text(encoding="utf-8"), re.DOTALL
    )
    assert found is not None
    names: dict[str, Any] = {}
    exec(textwrap.dedent(found[0]), names)
    return names["answer_orders"]


def test_the_example() -> None:
    """It answers, files what it has answered, and does nothing the second time."""
    order = EmailMessage()
    order["From"], order["To"], order["Subject"] = "customer@elsewhere.example", "shop@example.org", "order"
    order.set_content("3 apples, please\n")
    order.add_attachment(b"apples" * 9000, maintype="application", subtype="octet-stream", filename="apples.bin")
    with mapi_hub("shop", hostname="example.org") as hub:
        with smtplib.SMTP(hub.smtp.host, hub.smtp.port, timeout=30) as smtp:
            smtp.send_message(order)
        arguments = "shop@example.org", "secret", network_of_mail_hub(hub)
        assert asyncio.run(example()(*arguments)) == ["customer@elsewhere.example"]
        assert asyncio.run(example()(*arguments)) == []
        [sent] = hub.outgoing()
        assert sent.recipients == ("customer@elsewhere.example",)
        assert sent.parsed["Subject"] == "Thank you for your order"
        [file] = sent.parsed.iter_attachments()
        assert file.get_content() == b"apples" * 9000
        assert "Orders" in imap_folders(hub, "shop")
