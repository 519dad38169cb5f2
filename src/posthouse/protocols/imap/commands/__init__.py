"""One file per command or tight family: the rule, the value, the parser; `table` is the list of them all."""
