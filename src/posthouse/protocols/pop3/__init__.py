"""POP3 – RFC 1939, 2449, 2595 §4, 5034, 6856. Bytes ⇄ values; the sockets are elsewhere.

    framing        bytes from the client → command lines
    commands/      grammar and value of every command; `commands.table` joins word, parser and states
    machine        which command is allowed when, and where it leads (a table)
    replies        +OK and -ERR with response codes ⇄ bytes, listings
    multiline      messages dot-stuffed, the cut of TOP
    capabilities   the list that CAPA gives

APOP is not offered: it needs the password in clear on our side, and MD5. The greeting therefore has no timestamp.
"""
