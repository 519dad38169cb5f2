"""The nouns that every room shares. Nothing here knows a protocol, a database or a socket."""
