"""A stream, its clones and an array of bytes: whatever is done to them, they say the same."""

from __future__ import annotations

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from mapi_holders import Holder

from posthouse.model.ids import AccountId
from posthouse.protocols.mapi.property_values import PropertyTag, PropertyType
from posthouse.protocols.mapi.rops.stream import SeekOrigin
from posthouse.servers.mapi.errors import ErrorCode, RopError
from posthouse.servers.mapi.memory import Memory
from posthouse.servers.mapi.streams.buffer import Buffer
from posthouse.servers.mapi.streams.stream import OpenStream, Value

MOST, ACCOUNT = 64, AccountId(1)
TAG = PropertyTag(0x6900, PropertyType.BINARY)
INDICES = st.integers(0, 3)


class Streams(RuleBasedStateMachine):
    @initialize(data=st.binary(max_size=20))
    def open(self, data: bytes) -> None:
        self.memory = Memory(MOST)
        value = Value(Holder(), TAG, TAG.id, "ascii", Buffer(data, MOST, self.memory.of(ACCOUNT)))
        self.streams, self.places = [OpenStream(value, writable=True)], [0]
        self.model = bytearray(data)

    def pick(self, index: int) -> int:
        return index % len(self.streams)

    @rule(index=INDICES, size=st.integers(0, 30))
    def read(self, index: int, size: int) -> None:
        index = self.pick(index)
        place = self.places[index]
        expected = bytes(self.model[place : place + size])
        assert self.streams[index].read(size) == expected
        self.places[index] += len(expected)

    @rule(index=INDICES, data=st.binary(max_size=30))
    def write(self, index: int, data: bytes) -> None:
        index = self.pick(index)
        end = self.places[index] + len(data)
        if end > MOST:
            with pytest.raises(RopError) as told:
                self.streams[index].write(data)
            assert told.value.code is ErrorCode.ecTooBig
            return
        self.streams[index].write(data)
        self.model += bytes(max(end - len(self.model), 0))
        self.model[self.places[index] : end] = data
        self.places[index] = end

    @rule(index=INDICES, size=st.integers(0, MOST))
    def resize(self, index: int, size: int) -> None:
        self.streams[self.pick(index)].resize(size)
        self.model = bytearray(self.model[:size].ljust(size, b"\0"))

    @rule(index=INDICES, place=st.integers(0, MOST))
    def seek(self, index: int, place: int) -> None:
        index = self.pick(index)
        assert self.streams[index].seek(SeekOrigin.BEGINNING, place) == place
        self.model += bytes(max(place - len(self.model), 0))
        self.places[index] = place

    @rule(index=INDICES)
    def clone(self, index: int) -> None:
        if len(self.streams) < 4:
            index = self.pick(index)
            self.streams.append(self.streams[index].clone())
            self.places.append(self.places[index])

    @rule(index=INDICES)
    def release(self, index: int) -> None:
        if len(self.streams) > 1:
            index = self.pick(index)
            self.streams.pop(index).close()
            self.places.pop(index)

    @invariant()
    def agree(self) -> None:
        for stream, place in zip(self.streams, self.places, strict=True):
            assert (stream.size, stream.position) == (len(self.model), place)
        [value] = self.streams[0].value.properties().values()
        assert value.value == self.model

    def teardown(self) -> None:
        """Nothing is held any more: all of it can be had again."""
        for stream in self.streams:
            stream.close()
        self.memory.take(ACCOUNT, MOST)


TestStreams = Streams.TestCase
