"""Lemmas 4.1, 4.3 and 4.4 on the reference: where a block is unique and where it is not.

Lemma 4.3 says that each valid block is unique, "by verifying the TimeStamp and T_cut". It is not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from milpbft.pov.reference.adversaries import Prompt, RandomNetwork, partition
from milpbft.pov.reference.replay import replay
from milpbft.pov.reference.rules import Rules
from tests.pov.reference.povworld import liars, run, says

if TYPE_CHECKING:
    from milpbft.pov.reference.world import World

RULES = Rules(5, 3, cycle=8, rounds=1)
"""Commissioners 0 to 4, butlers 5 to 7, time server 8."""


def assert_fork(world: World, blocks: int = 2) -> None:
    """So many valid blocks at height 1, of which correct nodes adopted at least two."""
    assert world.forks == {1: blocks}
    assert len(world.adopted(1)) > 1
    assert replay(world.schedule(60)).status == "confirmed"


def test_a_late_block_forks_without_any_fault():
    """Everybody is honest; only the first butler's block is slow.

    It is stamped at 3, before T_cut = 8, and published at 4, but arrives after 8. By then the
    commissioners have handed over, as S7 tells them, and they sign the second butler's block, which
    is stamped before its own T_cut = 16. Both blocks pass every check of section III G.
    """
    slow = Prompt(hold=lambda tick, node, p: p.kind == "Block" and p.view == 0 and tick < 14)
    world = run(RULES, 60, slow)
    assert_fork(world)
    first, second = world.valid[1].values()
    assert (first.header.cycle, first.timestamp) == (1, 3)
    assert (second.header.cycle, second.timestamp) == (2, 11)
    assert all(len(node.chain.conflicts) == 1 for node in world.nodes.values())
    assert world.nodes[5].chain.head == first
    assert all(world.nodes[i].chain.head == second for i in (0, 1, 2, 3, 4, 6, 7))


@pytest.mark.parametrize(("commissioners", "goes_on"), [(4, False), (5, True)])
def test_after_a_fork_the_chain_may_stand_still_for_good(commissioners: int, goes_on: bool):
    """Everybody is honest, and from tick 15 on every message takes one tick.

    Commissioners 0 and 1 have the first block, the others the second, and nobody takes a block
    back. Of four commissioners none of the two branches has a quorum, ever again; of five, three
    go on, and none of them may fail.
    """
    rules = Rules(commissioners, 3, cycle=8)
    first, second = commissioners, commissioners + 1

    def hold(tick, node, packet):
        if packet.kind != "Block" or tick >= 15:
            return False
        early = node in (0, 1) if packet.sender == first else node not in (0, 1)
        return packet.sender in (first, second) and not (early and tick >= 13)

    world = run(rules, 400, Prompt(hold=hold))
    assert world.forks[1] == 2
    sides = [world.nodes[i].chain.blocks[1].header.cycle for i in range(commissioners)]
    assert sides == [1, 1, *[2] * (commissioners - 2)]
    heights = {i: world.nodes[i].chain.height for i in range(commissioners)}
    assert (max(heights.values()) > 1) is goes_on
    assert heights[0] == heights[1] == 1


def test_a_late_timestamp_does_the_same():
    """The butler publishes after T_cut what was stamped before: its timestamp is in time."""
    slow = Prompt(hold=lambda tick, node, p: p.kind == "Timestamp" and p.view == 0 and tick < 12)
    world = run(RULES, 60, slow)
    assert_fork(world)
    sent = [event.tick for event in world.events if event.event == "send" and event.kind == "Block"]
    assert sent == [12, 12]


def slowest(delay: int, length: int) -> World:
    """Run honest nodes where messages of view 0 take up to `delay` ticks, and others one.

    The first block is stamped as late as its cycle allows, and then as slow as possible.
    """
    stamped = min(3 * delay, length - 1)
    arrivals = {"Proposal": min(delay, stamped - 2), "Signature": min(2 * delay, stamped - 1),
                "StampRequest": stamped, "Timestamp": stamped + delay,
                "Block": stamped + 2 * delay}  # fmt: skip

    def hold(tick, node, packet):
        return packet.view == 0 and tick < arrivals[packet.kind]

    return run(Rules(5, 3, cycle=length, rounds=1), 3 * length, Prompt(hold=hold))


@pytest.mark.parametrize("delay", [1, 2, 3, 4, 5])
def test_how_long_a_cycle_must_be_among_honest_nodes(delay: int):
    """With delays of 1 to D ticks, D >= 3, cycles of 4 to 5 D - 5 ticks can fork.

    Proposal, signature, request, timestamp and block take 5 D at most, so that cycles of 5 D ticks
    cannot; in between the second butler gets the first block before it publishes its own.
    """
    forking = {length for length in range(4, 6 * delay) if slowest(delay, length).forks}
    assert forking == set(range(4, 5 * delay - 4) if delay >= 3 else ())


@pytest.mark.parametrize("length", [8, 100])
def test_one_byzantine_butler_forks_however_long_the_cycle(length: int):
    """It keeps its stamped block back until the next butler's is adopted by all others."""
    forgeries = [says(0, 5, "Proposal"), says(2, 5, "StampRequest")]
    forgeries += [says(length + 10, 5, "Block")]
    world = run(Rules(5, 3, cycle=length, rounds=1), length + 15, Prompt(forgeries=forgeries),
                faults=liars(5))  # fmt: skip
    assert world.forks == {1: 2}
    assert all(node.chain.head.header.cycle == 2 for node in world.nodes.values())
    assert all(len(node.chain.conflicts) == 1 for node in world.nodes.values())


def test_as_many_valid_blocks_as_butlers_without_any_fault():
    """Each butler's block is slow to all others: N_b valid blocks, each with its own adopter."""
    slow = Prompt(hold=lambda tick, node, p: p.kind == "Block" and tick < 50)
    world = run(RULES, 26, slow)
    assert world.forks == {1: 3}
    assert len({world.nodes[i].chain.head.digest for i in (5, 6, 7)}) == 3


def test_one_butler_makes_many_valid_blocks_of_one_header():
    """Other signatures, or another time, and R differs: all are valid, in one cycle.

    No commissioner does anything wrong, and two halves of the network adopt different successors.
    """
    choices = ["{0,1,2}", "{0,1,3}", "{2,3,4}", "{0,1,2}~1", "{0,1,2,3}"]
    forgeries = [says(0, 5, "Proposal")]
    forgeries += [says(2 + i, 5, f"StampRequest{one}") for i, one in enumerate(choices[:4])]
    forgeries += [says(5, 5, f"StampRequest{choices[4]}")]
    forgeries += [says(7, 5, f"Block{one}") for one in choices]

    def hold(tick, node, packet):
        halves = {"Block{0,1,2}": (0, 1, 6), "Block{2,3,4}": (2, 3, 4, 7)}
        return packet.kind.startswith("Block") and node not in halves.get(packet.kind, ())

    world = run(RULES, 60, Prompt(hold=hold, forgeries=forgeries), faults=liars(5))
    assert world.impossible == []
    assert_fork(world, blocks=5)
    assert len({block.header for block in world.valid[1].values()}) == 1
    assert len({block.random for block in world.valid[1].values()}) > 1


def test_one_commissioner_who_signs_twice_forks_a_cycle():
    """With odd N_c, quorums of one cycle share a single commissioner: far below half."""
    forgeries = [says(0, 5, "Proposal"), says(0, 5, "Proposal#1")]
    forgeries += [says(2, 5, "StampRequest{0,1,4}"), says(2, 5, "StampRequest#1{2,3,4}")]
    forgeries += [says(4, 5, "Block{0,1,4}"), says(4, 5, "Block#1{2,3,4}")]

    def hold(tick, node, packet):
        shown = {"Proposal": (0, 1), "Proposal#1": (2, 3)}
        if packet.kind.startswith("Block"):
            return node not in ((0, 1, 6) if "#" not in packet.kind else (2, 3, 7))
        return packet.kind in shown and node not in shown[packet.kind]

    world = run(RULES, 60, Prompt(hold=hold, forgeries=forgeries), faults=liars(4, 5))
    assert world.impossible == []
    assert_fork(world)
    assert len({block.header.cycle for block in world.valid[1].values()}) == 1


def test_a_partition_between_stamp_and_block_forks():
    """Lemma 4.4 looks at signatures only; a stamped block on the small side is valid as well."""
    cut = partition((0, 1, 2, 6, 8), (3, 4, 5, 7), until=40)
    split = Prompt(reaches=lambda tick, a, b: tick < 5 or cut(tick, a, b))
    world = run(RULES, 60, split)
    assert_fork(world)
    heads = {i: node.chain.head.header.cycle for i, node in world.nodes.items()}
    assert [heads[i] for i in (3, 4, 5, 7)] == [1] * 4
    assert [heads[i] for i in (0, 1, 2, 6)] == [2] * 4


def test_the_side_with_a_majority_goes_on():
    """Three of five commissioners with butlers and time server; the other side stalls."""
    world = run(Rules(5, 3, cycle=8), 39,
                Prompt(reaches=partition((0, 1, 2, 5, 6, 8), (3, 4, 7), until=99)))  # fmt: skip
    assert world.nodes[0].chain.height >= 2
    assert world.nodes[3].chain.height == 0
    assert not world.forks


def test_the_side_with_a_majority_stalls_without_the_time_server():
    """Which lemma 4.4 does not mention."""
    world = run(Rules(5, 3, cycle=8), 60,
                Prompt(reaches=partition((0, 1, 2, 3, 5, 6, 7), (4, 8), until=99)))  # fmt: skip
    assert world.valid == {}


@pytest.mark.parametrize(("wrap", "heals"), [("on", True), ("again", False)])
def test_equal_halves_stall_and_may_never_recover(wrap: Any, heals: bool):
    """After N_b cycles without a block, M = 1 "again" puts T_cut into the past, for good."""
    rules = Rules(4, 3, cycle=8, rounds=1, wrap=wrap)
    world = run(rules, 120, Prompt(reaches=partition((0, 1, 4, 7), (2, 3, 5, 6), until=30)))
    assert {e.kind for e in world.events if e.event == "send" and e.tick < 30} == {
        "Proposal", "Signature",
    }  # fmt: skip
    assert bool(world.valid) is heals


def test_illegal_blocks_take_a_quorum_of_byzantine_commissioners():
    """Lemma 4.1: one Byzantine commissioner less, and there is none."""
    forgeries = [says(0, 5, "Proposal#1!"), says(2, 5, "StampRequest#1!"), says(4, 5, "Block#1!")]
    three = run(RULES, 7, Prompt(forgeries=forgeries), faults=liars(0, 1, 2, 5))
    assert all(node.chain.ledger.illegal == 1 for node in three.nodes.values())
    two = run(RULES, 7, Prompt(forgeries=forgeries), faults=liars(0, 1, 5))
    assert two.valid == {}
    assert all(node.chain.height == 0 for node in two.nodes.values())


@pytest.mark.parametrize("seed", range(25))
def test_random_adversaries_make_no_illegal_block(seed: int):
    """Two of five commissioners and two of three butlers, any delays: lemma 4.1 holds."""
    world = run(Rules(5, 3, cycle=6, rounds=2), 30, RandomNetwork(seed), faults=liars(0, 3, 5, 6))
    for node in world.nodes.values():
        assert node.chain.ledger.illegal == 0
        for block in node.chain.blocks[1:]:
            assert block.digest in world.valid[block.header.height]
    assert replay(world.schedule(30)).status == "confirmed"


@pytest.mark.parametrize("honest", [5, 6, 7])
def test_one_honest_butler_suffices_for_a_block(honest: int):
    """Where commissioners answer and messages take a tick: by the end of its cycle."""
    byzantine = {5, 6, 7} - {honest}
    world = run(RULES, 24, faults=liars(*byzantine))
    assert all(node.chain.height == 1 for node in world.nodes.values())
    assert world.nodes[0].chain.head.header.cycle == honest - 4
