"""Handlers, in the files named after their grammar in `protocols.pop3.commands`."""
