"""A real hub for tests: all protocols on free ports of 127.0.0.1, up in a fraction of a second, gone without a trace.

    def test_welcome_mail(posthouse_hub):                      # the pytest plugin's fixture
        alice = posthouse_hub.add_account("alice@example.org")
        my_program.send_welcome(host=posthouse_hub.smtp.host, port=posthouse_hub.smtp.port)
        [message] = alice.wait_for_messages(1)
        assert message.parsed["Subject"] == "Welcome"

or without pytest, `with MailHub() as hub: …`. What the program under test sends to other domains is caught: see
`MailHub.outgoing`.
"""

from posthouse.testing.hub import Account, MailHub, OutgoingMessage, Port, ReceivedMessage

__all__ = ["Account", "MailHub", "OutgoingMessage", "Port", "ReceivedMessage"]
