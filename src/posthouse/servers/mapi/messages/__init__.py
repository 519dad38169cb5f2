"""Messages: how one is read from the store, which properties follow, what a client opens, how it is saved."""
