"""Streams: a property's value in parts, as a client reads and writes it – [MS-OXCPRPT] 3.2.5.11 to 3.2.5.24."""
