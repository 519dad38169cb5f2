"""The IMAP server: IMAP4rev2 (RFC 9051) and IMAP4rev1 (RFC 3501) by one session layer.

State is grouped by how long it lives:

    connection    the stream, the framing, replies, limits before and after login
    session       who is logged in, what is enabled, which folder is selected
    selected      one folder: its view (sequence numbers ⇄ UIDs), announced keywords, saved search

`commands/` has a handler for each command, under the name that its grammar has in `protocols/imap/commands`;
`fetching/` turns what a FETCH asks for into a plan that formats rows of the store at once.
"""
