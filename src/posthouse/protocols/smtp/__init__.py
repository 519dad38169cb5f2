"""SMTP and LMTP, both sides – RFC 5321, 6409, 2033. Bytes ⇄ values; the sockets are elsewhere.

framing       bytes from the client → command lines, message content (server side)
commands/     one file a command: grammar and value; `commands.table` joins word, parser and states
grammar       what the commands share: paths, mailboxes, domains, xtext, parameters
machine       which command is allowed when, and where it leads (a table)
replies       code, enhanced code, text ⇄ bytes; the standard replies
extensions    the EHLO response: built (server), read (client)
client        replies read, content dot-stuffed, MAIL and RCPT written
downgrade     what to do when the next hop lacks an extension that the message needs
trace_fields  Received and Return-Path
"""
