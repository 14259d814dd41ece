"""Gossip and Kademlia: what nodes do, and what breaks a run of theirs."""

from __future__ import annotations

from dataclasses import replace

import pytest

from milpbft.errors import InputError
from milpbft.hgfrr.model.dissemination import DisseminationModel, arcs_of
from milpbft.hgfrr.peers import peers_of
from milpbft.hgfrr.reference.telling import EVERYTHING, Handler, tell
from milpbft.hgfrr.room import HGFRR
from milpbft.question.files import parse_instance
from milpbft.schedule import Deliver
from milpbft.solve import replay_schedule, solve
from tests.hgfrr.counting import counted_alone
from tests.witness import schedule_of

GOSSIP = "dissemination-n12-f2-s0-b2-coverage"
KADEMLIA = "dissemination-n12-s0-b1-coverage-kademlia"
HALF = "dissemination-n12-s0-b3-faults_half-kademlia"


@pytest.mark.parametrize(("n", "seed", "source"), [(2, 0, 1), (12, 0, 0), (64, 3, 9), (100, 0, 5)])
def test_kademlia_tells_everybody_once(n: int, seed: int, source: int):
    """As many messages as other nodes without faults, and every node is reached."""
    run = tell(peers_of("kademlia", n, 1, seed), source)
    assert sum(isinstance(event, Deliver) for event in run.events) == n - 1
    assert run.first.keys() == set(range(n))


def test_buckets_share_all_higher_bits():
    """Whom a node knows of a bucket differs from it in that bit, and in no higher one."""
    peers = peers_of("kademlia", 40, 1, 2)
    for own, known in zip(peers.identifiers, peers.known, strict=True):
        for bit, node in known:
            assert (own ^ peers.identifiers[node]) >> bit == 1


def test_gossip_tells_its_fanout_once():
    """Nobody is drawn twice or itself; as many messages as nodes reached have peers."""
    peers = peers_of("gossip", 30, 4, 1)
    for node, known in enumerate(peers.known):
        others = {other for _, other in known}
        assert len(others) == 4
        assert node not in others
    run = tell(peers, 0)
    assert sum(isinstance(event, Deliver) for event in run.events) == 4 * len(run.first)


def test_a_node_hands_over_smaller_buckets():
    """Of three buckets the node that was handed the third answers for two, and once only."""
    node = Handler(((0, 1), (1, 2), (2, 4)))
    assert node.on_message(2) == [(0, 1), (1, 2)]
    assert node.on_message(EVERYTHING) == []


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"budget": "0-11:1"}, "faulty"),
        ({"fanout": "3"}, "happen"),
        ({"seed": "1"}, "happen"),
        ({"scheme": "kademlia"}, "happen"),
    ],
)
def test_a_broken_gossip_is_refuted(settings: dict[str, str], words: str):
    """One silent node too many, and other nodes told."""
    schedule = schedule_of(GOSSIP)
    verdict = replay_schedule(replace(schedule, settings=schedule.settings | settings))
    assert verdict.status == "refuted"
    assert words in verdict.reason


@pytest.mark.parametrize("name", [GOSSIP, KADEMLIA, HALF])
def test_disseminations_are_counted_again(name: str):
    """One number passes, those beside it do not; nor does a run with another budget."""
    instance, schedule, value = counted_alone(name)
    bare = replace(schedule, settings=schedule.settings | {"budget": "0-11:9"})
    assert not HGFRR.recount(instance, bare, value)


def test_a_model_that_lacks_a_message_is_refuted(monkeypatch: pytest.MonkeyPatch):
    """Without the last arc fewer are reached in the model, and replay says who else is told."""

    def fewer(model: DisseminationModel) -> list[tuple[int, int, int]]:
        return arcs_of(model.peers, model.instance.source)[:-1]

    monkeypatch.setattr(DisseminationModel, "arcs", property(fewer))
    verdict = solve(parse_instance("dissemination-n12-f2-s0-coverage")).verdict("replay")
    assert verdict is not None
    assert verdict.status == "refuted"
    assert "the schedule does not have it" in verdict.reason


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("dissemination-n12-f12-s0-coverage", "fanout"),
        ("dissemination-n12-f2-s0-coverage-kademlia", "fanout"),
        ("dissemination-n12-src12-coverage", "source"),
        ("dissemination-n12-b12-coverage", "faults"),
    ],
)
def test_what_no_dissemination_has_is_refused(name: str, field: str):
    """The error names the field that is in the way."""
    with pytest.raises(InputError) as error:
        parse_instance(name)
    assert error.value.field == field
