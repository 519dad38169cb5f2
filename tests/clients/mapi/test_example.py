"""The examples of docs/integrators.md do what they say."""

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

from posthouse.testing import MailHub

PAGE = Path(__file__).parents[3] / "docs" / "integrators.md"


def example(name: str) -> Any:
    """One of its functions."""
    page = PAGE.read_text(encoding="utf-8")
    names: dict[str, Any] = {}
    for found in re.findall(r"\n    from posthouse\.clients\.mapi .*?\n(?=\n?\S)", page, re.DOTALL):
        exec(textwrap.dedent(found), names)
    return names[name]


def test_orders() -> None:
    """It answers, files what it has answered, and does nothing the second time."""
    order = EmailMessage()
    order["From"], order["To"], order["Subject"] = "customer@elsewhere.example", "shop@example.org", "order"
    order.set_content("3 apples, please\n")
    order.add_attachment(b"apples" * 9000, maintype="application", subtype="octet-stream", filename="apples.bin")
    with mapi_hub("shop", hostname="example.org") as hub:
        with smtplib.SMTP(hub.smtp.host, hub.smtp.port, timeout=30) as smtp:
            smtp.send_message(order)
        arguments = "shop@example.org", "secret", network_of_mail_hub(hub)
        assert asyncio.run(example("answer_orders")(*arguments)) == ["customer@elsewhere.example"]
        assert asyncio.run(example("answer_orders")(*arguments)) == []
        [sent] = hub.outgoing()
        assert sent.recipients == ("customer@elsewhere.example",)
        assert sent.parsed["Subject"] == "Thank you for your order"
        [file] = sent.parsed.iter_attachments()
        assert file.get_content() == b"apples" * 9000
        assert "Orders" in imap_folders(hub, "shop")


def test_whoever_leaves() -> None:
    """An invoice is filed and goes to the deputy, who sees the folder; who has written hears of the absence."""
    with MailHub(settings={"mapi": {"enabled": True}}, hostname="example.org", relay="127.0.0.1:1") as hub:
        shop, deputy, customer = (hub.add_account(f"{name}@example.org") for name in ("shop", "bob", "carol"))
        asyncio.run(example("leave")(shop.address, "secret", deputy.address, network_of_mail_hub(hub)))
        header = f"From: {customer.address}\r\nTo: {shop.address}\r\nSubject: an invoice\r\n"
        with smtplib.SMTP(hub.smtp.host, hub.smtp.port, timeout=30) as smtp:
            smtp.sendmail(customer.address, [shop.address], f"{header}\r\n3 apples\r\n")
        [answer], [forwarded] = customer.wait_for_messages(1), deputy.wait_for_messages(1)
        assert answer.parsed["Subject"] == "Automatic reply: an invoice"
        assert forwarded.parsed["Subject"] == "FW: an invoice"
        assert [one.parsed["Subject"] for one in shop.messages("Invoices")] == ["an invoice"]
        assert "Users/shop@example.org/Invoices" in imap_folders(hub, "bob")
