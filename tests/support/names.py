"""A real authoritative name server over UDP and TCP on a free loopback port, with whatever a test says."""

from __future__ import annotations

import socket
import socketserver
import struct
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.rrset


@dataclass
class NameServer:
    """`set("example.net", "MX", "10 mx.example.net.")`; a name that was never set does not exist (NXDOMAIN)."""

    records: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    broken: set[str] = field(default_factory=set)
    """Names that get SERVFAIL."""
    asked: list[tuple[str, str]] = field(default_factory=list)
    """Every question, as name and type."""
    port: int = 0

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    def set(self, name: str, kind: str, *values: str) -> None:
        self.records[name.rstrip(".").lower(), kind] = list(values)

    def start(self) -> None:
        self._udp = socketserver.ThreadingUDPServer(("127.0.0.1", 0), self._handler(_udp))
        self.port = self._udp.server_address[1]
        self._tcp = socketserver.ThreadingTCPServer(("127.0.0.1", self.port), self._handler(_tcp))
        for server in (self._udp, self._tcp):
            server.daemon_threads = True
            threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self) -> None:
        for server in (self._udp, self._tcp):
            server.shutdown()
            server.server_close()

    def answer(self, query: dns.message.Message) -> dns.message.Message:
        reply = dns.message.make_response(query, recursion_available=True)
        reply.flags |= dns.flags.AA
        question = query.question[0]
        name, kind = question.name.to_text(omit_final_dot=True).lower(), dns.rdatatype.to_text(question.rdtype)
        self.asked.append((name, kind))
        if name in self.broken:
            reply.set_rcode(dns.rcode.SERVFAIL)
            return reply
        alias = self.records.get((name, "CNAME"))
        if alias and kind != "CNAME":
            reply.answer.append(_records(name, "CNAME", alias))
            name = alias[0].rstrip(".").lower()
        found = self.records.get((name, kind))
        if found:
            reply.answer.append(_records(name, kind, found))
        elif not any(known == name or known.endswith("." + name) for known, _ in self.records):
            reply.set_rcode(dns.rcode.NXDOMAIN)
        return reply

    def _handler(
        self, serve: Callable[[Any, tuple[str, int], NameServer], None]
    ) -> type[socketserver.BaseRequestHandler]:
        names = self

        class Handler(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                serve(self.request, self.client_address, names)

        return Handler


def _records(name: str, kind: str, values: list[str]) -> dns.rrset.RRset:
    return dns.rrset.from_text_list(dns.name.from_text(name), 60, "IN", kind, values)


def _udp(request: tuple[bytes, socket.socket], client: tuple[str, int], names: NameServer) -> None:
    data, sender = request
    query = dns.message.from_wire(data)
    wire = names.answer(query).to_wire()
    if len(wire) > 1232:  # the client asks again over TCP
        truncated = dns.message.make_response(query)
        truncated.flags |= dns.flags.TC
        wire = truncated.to_wire()
    sender.sendto(wire, client)


def _tcp(request: socket.socket, client: tuple[str, int], names: NameServer) -> None:
    with request.makefile("rwb") as stream:
        while length := stream.read(2):
            query = dns.message.from_wire(stream.read(struct.unpack("!H", length)[0]))
            wire = names.answer(query).to_wire()
            stream.write(struct.pack("!H", len(wire)) + wire)
            stream.flush()
