"""RFC 5322 and MIME: bytes ⇄ structure. Pure: no I/O, no clock, no logger. `derive` is the way in."""
