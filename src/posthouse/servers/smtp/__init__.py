"""SMTP for other hubs (MX), submission with and without STARTTLS, and LMTP – RFC 5321, 6409, 8314, 2033.

server     what all sessions of one service share
session    one conversation
commands/  one file a command
refusals   from our no to SMTP's words
kinds      the four services
settings   limits and policy
"""
