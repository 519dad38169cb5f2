"""Tables: rows of folders, messages and attachments, chosen and ordered by a client, and kept up to date."""
