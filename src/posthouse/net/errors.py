"""What can go wrong with a connection. A session lets these pass: the listener closes the stream and logs."""


class StreamError(Exception):
    """The connection is of no more use."""


class ConnectionLost(StreamError):
    """The peer went away without a word, or we closed the stream under a waiting task."""


class TimedOut(StreamError):
    """The deadline passed while we waited for the peer to send, or to read what we sent. Writing is still possible."""


class TlsFailed(StreamError):
    """The handshake failed; the connection is closed."""


class CannotConnect(StreamError):
    """No address of the destination accepted a connection in time."""
