"""Between MIME and MAPI: a message in one form → the same in the other – [MS-OXCMAIL], and what it refers to."""
