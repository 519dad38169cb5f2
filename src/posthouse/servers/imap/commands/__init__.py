"""One handler for each command, in the file that has the command's name; `table` is the list of them all."""
