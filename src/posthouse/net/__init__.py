"""The only room with sockets: streams, listeners, TLS, outgoing connections, the resolver."""
