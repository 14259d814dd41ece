"""Walks of messages over several contacts and by gossip: those of the reference, and all needed."""

from __future__ import annotations

from itertools import combinations

import pytest

from milpbft.errors import InputError
from milpbft.hgfrr.carried import paths_of
from milpbft.hgfrr.peers import peers_of
from milpbft.hgfrr.reference.build import topology_of
from milpbft.hgfrr.reference.telling import tell
from milpbft.hgfrr.reference.walks import walks
from milpbft.hgfrr.reference.world import broadcast, silence
from milpbft.hgfrr.wiring import Gossip, Wiring, normal, read

WORDS = [
    (9, "r4k2s0"),
    (8, "r6k2s1c2w2"),
    (10, "r6k2s0c2"),
    (9, "r6k3s3c2w2"),
    (7, "g2s5"),
    (9, "g3s0"),
    pytest.param(12, "r9k2s0c3w3", marks=pytest.mark.slow),
    pytest.param(11, "r9k2s2c3w2", marks=pytest.mark.slow),
]


@pytest.mark.parametrize(("n", "word"), WORDS)
def test_the_model_has_the_walks_of_the_reference(n: int, word: str):
    """As sets: walks of one length have no order."""
    ours, theirs = paths_of(n, word), walks(n, word)
    for i, j in theirs:
        assert set(ours.between(i, j)) == {way[1:-1] for way in theirs[i, j]}
        assert ours.distance(i, j) == len(theirs[i, j][0]) - 1
        lengths = [len(way) for way in ours.between(i, j)]
        assert lengths == sorted(lengths)


def first(n: int, word: str, source: int, silent: tuple[int, ...]):
    """Return when each node first holds a message, as the nodes of the reference pass it on."""
    wiring = read(word)
    if isinstance(wiring, Gossip):
        return tell(peers_of("gossip", n, wiring.fanout, wiring.seed), source, silent).first
    topology = topology_of(n, wiring.limits, wiring.seed)
    return broadcast(topology, source, wiring.spread, failures=silence(silent)).first


@pytest.mark.parametrize(("n", "word"), WORDS)
def test_a_message_comes_on_the_shortest_walk_without_silent_relays(n: int, word: str):
    """Whoever is silent, up to three: the reference delivers when the walks say, or never."""
    paths = paths_of(n, word)
    for source in range(0, n, 2):
        others = [node for node in range(n) if node != source]
        for count in range(4):
            for silent in combinations(others, count):
                held = first(n, word, source, silent)
                for node in others:
                    ways = (way for way in paths.between(source, node) if not set(way) & {*silent})
                    assert held.get(node) == next((len(way) + 1 for way in ways), None)


@pytest.mark.parametrize("word", ["r4k2s0", "r9k3s7c3w2", "r9k2s0c3", "g3s12"])
def test_words_read_back(word: str):
    """As names of instances have them."""
    assert normal(word) == str(read(word)) == word


def test_a_contact_and_a_servant_are_not_said():
    """What is there anyway has no letters."""
    assert normal("r9k2s0c1w1") == "r9k2s0"
    assert Wiring.parse("r9k2s0c3") == Wiring(9, 2, 0, 3, 1)


@pytest.mark.parametrize("word", ["r4k2", "g3", "r4k2s0w2", "g0s1x", "r6k2s0c3"])
def test_other_words_are_refused(word: str):
    """Neither too few letters nor more who broadcast than contacts, nor small rings."""
    with pytest.raises(InputError):
        read(word)


def test_a_gossip_that_leaves_somebody_out_is_refused():
    """Whom nobody has drawn gets no message."""
    with pytest.raises(InputError, match="overlay"):
        paths_of(9, "g1s0")
