"""IMAP4rev2 and IMAP4rev1 on the wire (RFC 9051, RFC 3501 and their extensions): bytes ⇄ values.

`framing` cuts the stream into whole commands, `commands` turns one into a value, `responses` and `codes` write the
answers, `client` reads them. Nothing here knows a mailbox's content, a socket or a clock.
"""
