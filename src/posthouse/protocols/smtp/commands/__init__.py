"""One file a command (or a family of one grammar): its ABNF, its value, its parser. `table` joins them."""
