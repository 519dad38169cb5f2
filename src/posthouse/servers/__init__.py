"""Sessions of each protocol: its core from `protocols`, a stream from `net`, and the rooms below."""
