"""Two clients in cached mode, beside IMAP, POP3 and mail that comes, on several workers: whenever it is quiet, all see
the same, and whoever was away for however long gets there too. Statements are those of [MS-OXCFXICS]."""

from __future__ import annotations

import os

import pytest
from cached_world import Disagreement, World
from hubs import DOMAIN, Hub

WORLDS = int(os.environ.get("POSTHOUSE_CACHED_WORLDS", "2"))
STEPS = int(os.environ.get("POSTHOUSE_CACHED_STEPS", "40"))
QUIET = 8
"""Steps between two looks."""


@pytest.fixture(scope="module")
def cached_hub(tmp_path_factory, authority):
    hub = Hub(tmp_path_factory.mktemp("cached"), authority, {"workers": 2, "mapi": {"enabled": True}})
    hub.command("domain", "add", DOMAIN)
    hub.start()
    yield hub
    assert hub.stop() == 0, hub.log_text()


def run(world: World, seed: int) -> None:
    done: list[str] = []
    for client in world.clients:
        client.synchronize()
    try:
        for number in range(STEPS):
            done.append(world.step())
            if number % QUIET == QUIET - 1:
                world.compare()
        world.compare()
    except AssertionError as failure:
        raise AssertionError(f"seed {seed}, after {done}") from failure
    finally:
        world.imap.logout()


@pytest.mark.timeout(240 + 8 * STEPS)
@pytest.mark.parametrize("seed", range(WORLDS))
def test_all_see_the_same(cached_hub, seed):
    """R3335, R3336, R3337, R1858, R1859, R1916, R3399: nothing is lost, nothing comes twice, from any state that there
    was; what is told in parts, and versions in conflict, end in the same."""
    run(World(cached_hub, seed), seed)


@pytest.mark.timeout(240 + 16 * STEPS)
@pytest.mark.parametrize("seed", range(WORLDS))
def test_nothing_is_lost(cached_hub, seed):
    """R1778, R1779, R1834, R1837, R2451, R2463: two clients change, move, mark and delete the same messages and folders
    without hearing of each other. Both end in what the document says, and whatever was taken from one of them is there,
    in one of the versions of a message or among what can be recovered, until somebody who knew of it has written on."""
    run(Disagreement(cached_hub, seed), seed)
