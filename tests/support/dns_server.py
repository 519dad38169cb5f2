"""A name server of the test's own: authoritative for what its zone says, over UDP and TCP on a free loopback port."""

from __future__ import annotations

import contextlib
import socket
import socketserver
import struct
import threading
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import dns.rrset

Records = Mapping[str, Mapping[str, Sequence[str]]]
UDP_SIZE = 512  # RFC 1035 §4.2.1, for questions without EDNS


class DnsServer:
    """`zone` may be changed while it runs:

        {"example.org": {"MX": ["10 mx.example.org."], "TXT": ['"v=spf1 -all"']}, "mx.example.org": {"AAAA": ["::1"]}}

    Names in `fails` are answered with SERVFAIL, those in `silent` not at all. `questions` counts who was asked for.
    """

    def __init__(self, zone: Records, ttl: int = 300) -> None:
        self.zone: dict[str, Mapping[str, Sequence[str]]] = dict(zone)
        self.ttl = ttl
        self.authentic = False
        self.fails: set[str] = set()
        self.silent: set[str] = set()
        self.questions: Counter[tuple[str, str]] = Counter()
        self.transports: Counter[str] = Counter()
        self._udp, self._tcp = self._bind()
        for server in (self._udp, self._tcp):
            server.daemon_threads = True
            threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def _bind(self) -> tuple[socketserver.ThreadingUDPServer, socketserver.ThreadingTCPServer]:
        """On one port number that is free for both."""
        while True:
            udp = socketserver.ThreadingUDPServer(("127.0.0.1", 0), self._handler(tcp=False))
            try:
                return udp, socketserver.ThreadingTCPServer(udp.server_address, self._handler(tcp=True))
            except OSError:
                udp.server_close()

    @property
    def address(self) -> str:
        """For `[dns] servers`."""
        host, port = self._udp.server_address[:2]
        return f"{host!s}:{port}"

    def set(self, name: str, kind: str, *records: str) -> None:
        """The records of one kind of a name."""
        name = name.lower().rstrip(".")
        self.zone[name] = {**self.zone.get(name, {}), kind: records}

    def close(self) -> None:
        for server in (self._udp, self._tcp):
            server.shutdown()
            server.server_close()

    def answer(self, wire: bytes, limit: int | None) -> bytes | None:
        """To one question; None where a test wants silence. A UDP answer longer than the asker takes is truncated."""
        try:
            query = dns.message.from_wire(wire)
            question = query.question[0]
        except (dns.exception.DNSException, IndexError):
            return None
        name = question.name.to_text(omit_final_dot=True).lower()
        self.questions[name, dns.rdatatype.to_text(question.rdtype)] += 1
        if name in self.silent:
            return None
        reply = dns.message.make_response(query, recursion_available=True)
        if self.authentic:
            reply.flags |= dns.flags.AD
        if name in self.fails:
            reply.set_rcode(dns.rcode.SERVFAIL)
        else:
            self._fill(reply, name, question.rdtype)
        if limit is None:
            return reply.to_wire(max_size=65535)
        try:
            return reply.to_wire(max_size=max(limit, query.payload))
        except dns.exception.TooBig:
            for section in (reply.answer, reply.authority):
                section.clear()
            reply.flags |= dns.flags.TC
            return reply.to_wire()

    def _fill(self, reply: dns.message.Message, name: str, kind: dns.rdatatype.RdataType) -> None:
        for _ in range(8):
            records = self.zone.get(name)
            if records is None:
                has_children = any(owner.endswith("." + name) for owner in self.zone)
                if not has_children:
                    reply.set_rcode(dns.rcode.NXDOMAIN)
                break
            if found := records.get(dns.rdatatype.to_text(kind)):
                reply.answer.append(self._rrset(name, kind, found))
                return
            if "CNAME" not in records:
                break
            reply.answer.append(self._rrset(name, dns.rdatatype.CNAME, records["CNAME"]))
            name = records["CNAME"][0].rstrip(".").lower()
        soa = f"ns.test. root.test. 1 3600 600 86400 {self.ttl}"
        reply.authority.append(self._rrset("test", dns.rdatatype.SOA, [soa]))

    def _rrset(self, name: str, kind: dns.rdatatype.RdataType, texts: Sequence[str]) -> dns.rrset.RRset:
        data = [dns.rdata.from_text(dns.rdataclass.IN, kind, text) for text in texts]
        return dns.rrset.from_rdata_list(dns.name.from_text(name), self.ttl, data)

    def _handler(self, *, tcp: bool) -> type[socketserver.BaseRequestHandler]:
        server = self

        class Udp(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                wire, sock = self.request
                server.transports["udp"] += 1
                if (reply := server.answer(wire, UDP_SIZE)) is not None:
                    sock.sendto(reply, self.client_address)

        class Tcp(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                server.transports["tcp"] += 1
                while head := _exactly(self.request, 2):
                    wire = _exactly(self.request, struct.unpack("!H", head)[0])
                    if (reply := server.answer(wire, None)) is not None:
                        self.request.sendall(struct.pack("!H", len(reply)) + reply)

        return Tcp if tcp else Udp


def _exactly(sock: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        piece = sock.recv(size - len(data))
        if not piece:
            return b""
        data += piece
    return data


@contextlib.contextmanager
def serve_zone(zone: Records, ttl: int = 300) -> Iterator[DnsServer]:
    """A server for as long as the block lasts."""
    server = DnsServer(zone, ttl)
    try:
        yield server
    finally:
        server.close()
