"""Sessions in which we are the client: libraries of their own, over the same protocols and streams as the servers."""
