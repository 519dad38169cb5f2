"""A client and a server of ours, joined without a wire."""

from collections.abc import Callable, Mapping

import pytest

from posthouse.protocols.sasl import Challenge, Claim, ClientMechanism, Exchange, FindKeys, ProvenClaim, ScramKeys

Conversation = Callable[[ClientMechanism, Exchange, Mapping[str, ScramKeys]], Claim]


def converse(client: ClientMechanism, server: Exchange, keys: Mapping[str, ScramKeys]) -> Claim:
    """`keys` by user name. The server's additional data goes to the client as a last challenge."""
    step = server.start(client.initial())
    while True:
        match step:
            case Challenge(data):
                step = server.respond(client.respond(data))
            case FindKeys(user, _):
                step = server.found(keys[user])
            case ProvenClaim():
                assert client.respond(step.final_data) == b""
                client.finish()
                return step
            case claim:
                client.finish()
                return claim


@pytest.fixture(scope="session")
def conversation() -> Conversation:
    return converse
