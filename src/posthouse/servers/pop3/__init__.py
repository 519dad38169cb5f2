"""The POP3 server – RFC 1939 and its extensions.

maildrop    what the session sees: the INBOX as it was at login, and what it has marked
session     one connection, from the greeting to QUIT
server      what all sessions of a worker share
"""
