"""TLS over memory buffers: ciphertext in, plaintext out, and the reverse. No socket, no waiting.

The event loop's own TLS transport holds a quarter of a megabyte per connection and cannot take over bytes that have
arrived before; this one costs what OpenSSL needs and lives inside the Stream.
"""

import ssl
from contextlib import suppress

RECORD = 16 * 1024  # RFC 8446 §5.1: plaintext of one record; what one SSL_read or SSL_write moves


class TlsEngine:
    """One side of one TLS connection. Any method may raise ssl.SSLError; `outgoing` may then hold an alert to send."""

    __slots__ = ("_incoming", "_outgoing", "ended", "tls")

    def __init__(self, context: ssl.SSLContext, server_hostname: str | None) -> None:
        self._incoming = ssl.MemoryBIO()
        self._outgoing = ssl.MemoryBIO()
        self.ended = False  # the peer has sent its close_notify
        self.tls = context.wrap_bio(
            self._incoming,
            self._outgoing,
            server_side=context.protocol != ssl.PROTOCOL_TLS_CLIENT,
            server_hostname=server_hostname,
        )

    def handshake(self, ciphertext: bytes) -> bool:
        """Go one step on; True when the handshake is complete. Send `outgoing()` after each step."""
        self._incoming.write(ciphertext)
        try:
            self.tls.do_handshake()
        except ssl.SSLWantReadError:
            return False
        return True

    def decrypt(self, ciphertext: bytes) -> bytes:
        """The plaintext that can be had so far; sets `ended`."""
        incoming, tls = self._incoming, self.tls
        incoming.write(ciphertext)
        pieces = []
        try:
            while incoming.pending or tls.pending():
                piece = tls.read(RECORD)
                if not piece:
                    self.ended = True
                    break
                pieces.append(piece)
        except ssl.SSLWantReadError:
            pass  # half a record: the rest is still to come
        except ssl.SSLZeroReturnError:
            self.ended = True
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def encrypt(self, plaintext: bytes | bytearray | memoryview) -> bytes:
        """The records to send, with whatever TLS itself wants to say."""
        view = memoryview(plaintext)
        while view:
            view = view[self.tls.write(view) :]
        return self._outgoing.read()

    def outgoing(self) -> bytes:
        """What TLS itself wants to say: handshake messages, tickets, alerts."""
        return self._outgoing.read() if self._outgoing.pending else b""

    def goodbye(self) -> bytes:
        """Our close_notify; the peer's is not waited for."""
        with suppress(ssl.SSLError):  # SSLWantReadError: ours is written, the answer is missing
            self.tls.unwrap()
        return self._outgoing.read()
