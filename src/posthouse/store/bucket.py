"""The address of a place in an object store."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit


@dataclass(frozen=True, slots=True)
class Bucket:
    """`s3://bucket/prefix?endpoint=http://host:9000&region=eu-1`, taken apart; without an endpoint it is Amazon's."""

    name: str
    prefix: str = ""
    endpoint: str = ""
    region: str = ""

    @classmethod
    def parse(cls, url: str) -> Bucket:
        """ValueError tells what is wrong."""
        parts = urlsplit(url)
        query = parse_qs(parts.query, keep_blank_values=True)
        if parts.scheme != "s3" or not parts.hostname:
            raise ValueError(f'url: "s3://bucket/prefix?endpoint=…" is expected, not {url!r}')
        if unknown := sorted(query.keys() - {"endpoint", "region"}):
            raise ValueError(f"url: knows endpoint and region behind the question mark, not {', '.join(unknown)}")
        endpoint = query.get("endpoint", [""])[0]
        if endpoint and not endpoint.startswith(("http://", "https://")):
            raise ValueError(f"url: endpoint begins with http:// or https://: {endpoint!r}")
        return cls(parts.hostname, parts.path.strip("/"), endpoint, query.get("region", [""])[0])
