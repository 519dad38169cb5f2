"""NOTIFY – RFC 5465: what a client hears of other mailboxes than the selected one, and of that one between commands.

interest     what of the selected mailbox is told
scope        which events of which mailboxes are wanted
known        what the client knows of a mailbox, and what a change of it is told as
looking      what has changed since, read in one snapshot
names        mailboxes that came, went, or have other names, rights or subscribers: LIST responses
watch        what one session knows, and what it is told next
listening    hints that wake a session, and how it tells

Nothing is queued: a session compares what there is with what its client was told. One that falls behind tells of the
latest state, and memory is bounded by the number of mailboxes that are watched.
"""
