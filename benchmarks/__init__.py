"""How fast the hub is, beside Postfix with Dovecot where they are installed: `python -m benchmarks --help`."""
