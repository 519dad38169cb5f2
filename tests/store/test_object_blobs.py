"""Blobs in an object store: a real client talks HTTP to a server that speaks S3."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from object_store import make_bucket, object_store

from posthouse.model.refusals import Unavailable
from posthouse.store.bucket import Bucket

pytest.importorskip("obstore")
pytest.importorskip("moto.server")

from posthouse.store.object_blobs import ObjectBlobs, connect

MEGABYTE = 1024 * 1024


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    with object_store() as address:
        yield address


@pytest.fixture
def place(endpoint: str, request: pytest.FixtureRequest) -> Bucket:
    """An empty bucket."""
    name = re.sub(r"[^a-z]+", "-", request.node.name)[:40].strip("-")
    make_bucket(endpoint, name)
    return Bucket.parse(f"s3://{name}/mail/blobs?endpoint={endpoint}")


def blobs_in(place: Bucket, cache: Path, cache_size: int = 100 * MEGABYTE) -> ObjectBlobs:
    return ObjectBlobs(connect(place, "key", "secret"), cache, cache_size)


def keep(blobs: ObjectBlobs, data: bytes) -> str:
    writer = blobs.create()
    writer.write(data[:1000])
    writer.write(data[1000:])
    assert bytes(writer.buffer()) == data
    return writer.seal()


def test_from_one_machine_to_another(place: Bucket, tmp_path: Path) -> None:
    """What one has sealed another reads, and from then on from its own disk."""
    data = bytes(range(256)) * 40_000  # larger than the piece in which it is sent
    here, there = blobs_in(place, tmp_path / "here"), blobs_in(place, tmp_path / "there")
    name = keep(here, data)
    assert here.is_near(name)
    assert not there.is_near(name)
    assert bytes(there.open(name)) == data
    assert there.is_near(name)
    ((listed, sealed),) = there.names()
    assert listed == name
    assert abs(sealed - time.time()) < 60
    there.remove(name)
    there.remove(name)
    assert list(here.names()) == []
    with pytest.raises(FileNotFoundError):
        there.open(name)


def test_what_is_discarded_was_never_there(place: Bucket, tmp_path: Path) -> None:
    """Neither in the bucket nor on the disk."""
    blobs = blobs_in(place, tmp_path)
    writer = blobs.create()
    writer.write(b"x")
    writer.discard()
    writer.discard()
    assert list(blobs.names()) == []
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_the_cache_is_bounded(place: Bucket, tmp_path: Path) -> None:
    """The oldest files make room, what is gone is fetched again, and who reads one keeps it."""
    blobs = blobs_in(place, tmp_path, cache_size=4 * MEGABYTE)
    first = keep(blobs, b"0" * MEGABYTE)
    reading = blobs.open(first)
    names = [keep(blobs, b"%d" % number * MEGABYTE) for number in range(1, 9)]
    assert sum(path.stat().st_size for path in tmp_path.rglob("*") if path.is_file()) <= 4 * MEGABYTE
    assert not blobs.is_near(first)
    assert reading[:3] == b"000"
    for number, name in enumerate([first, *names]):
        assert bytes(blobs.open(name)) == b"%d" % number * MEGABYTE


def test_a_store_that_takes_nothing(tmp_path: Path, endpoint: str) -> None:
    """Nothing is acknowledged and nothing left behind: the client is told to come again."""
    gone = Bucket.parse(f"s3://no-such-bucket?endpoint={endpoint}")
    blobs = blobs_in(gone, tmp_path)
    with pytest.raises(Unavailable):
        keep(blobs, b"x" * 2000)
    assert list(tmp_path.glob("??/*")) == []


@pytest.mark.parametrize(
    ("url", "wrong"),
    [
        ("s3:", "is expected"),
        ("s3:///prefix", "is expected"),
        ("s3://b?endpoint=localhost:9000", "http:// or https://"),
        ("s3://b?key=x", "not key"),
    ],
)
def test_a_wrong_address(url: str, wrong: str) -> None:
    """It is told what would be right."""
    with pytest.raises(ValueError, match=wrong):
        Bucket.parse(url)


def test_an_address() -> None:
    """Only the bucket must be there."""
    assert Bucket.parse("s3://mail") == Bucket("mail")
    assert Bucket.parse("s3://mail/a/b?endpoint=http://h:9&region=x") == Bucket("mail", "a/b", "http://h:9", "x")
