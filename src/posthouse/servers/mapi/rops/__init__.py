"""The remote operations of a mailbox: a file for each family."""
