"""One file a family of commands: grammar, value, parser. `table` joins them."""
