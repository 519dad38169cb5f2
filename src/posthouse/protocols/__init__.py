"""Wire formats: bytes ⇄ values. No I/O, no clock, no database, no logger; one protocol does not import another."""
