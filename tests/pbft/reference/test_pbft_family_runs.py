"""Whole runs of the three protocols in the executable world."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from milpbft.check.replay import replay
from milpbft.errors import InputError
from milpbft.pbft.reference.linear_reference import LinearReference
from milpbft.pbft.reference.pbft_reference import PbftReference
from milpbft.pbft.reference.rules import Rules
from milpbft.pbft.reference.sbft_reference import SbftFastReference, SbftReference
from milpbft.schedule import Decide, Schedule, Send
from milpbft.sim.adversary import RandomAdversary
from milpbft.sim.faults import Faults
from milpbft.sim.network import Log
from milpbft.sim.world import Run, World
from tests.pbft.reference.splitting import SplittingAdversary
from tests.pbft.reference.staging import Stage

if TYPE_CHECKING:
    from collections.abc import Callable

    from milpbft.pbft.reference.reference import FamilyReference

    Made = type[FamilyReference[Any]]

PROTOCOLS: list[tuple[type[Any], Rules]] = [
    (PbftReference, Rules.of(4)),
    (LinearReference, Rules.of(4)),
    (SbftReference, Rules.sbft(4)),
    (SbftFastReference, Rules.sbft(4)),
    (SbftReference, Rules.sbft(6, 1)),
]
NAMES = ["pbft", "linear", "sbft", "sbftfast", "sbft, c=1"]
protocols = pytest.mark.parametrize(("made", "rules"), PROTOCOLS, ids=NAMES)


def prompt(made: Made, rules: Rules, *, silent: int = 0, switch: float = 0) -> tuple[Any, Run[Any]]:
    """Run with every message a tick late, the last nodes silent, and the collector's timer."""
    reference = made(rules)
    nodes = range(rules.n - silent, rules.n)
    crashes = Faults(crashes=dict.fromkeys(nodes, 0))
    adversary = RandomAdversary(0, deliver=1, expire=0, propose=switch)
    return reference, World(reference, adversary, 12, faults=crashes).run()


def messages(reference: FamilyReference[Any], schedule: Schedule) -> int:
    """Count messages from point to point up to the last decision, those of its tick left out."""
    last = max(e.tick for e in schedule.events if isinstance(e, Decide))
    sends = (e for e in schedule.events if isinstance(e, Send) and e.tick < last)
    return sum(reference.copies(event.kind) for event in sends)


@pytest.mark.parametrize("n", [4, 7, 10, 13])
def test_messages_per_decision(n: int):
    """2n(n-1) for PBFT, 5(n-1) for Linear BFT and SBFT's slow path, 3(n-1) for its fast one.

    A collector decides as it sends the last certificate, a tick before the others.
    """
    expected: list[tuple[Made, Rules, int, set[int], int]] = [
        (PbftReference, Rules.of(n), 0, {3}, 2 * n * (n - 1)),
        (LinearReference, Rules.of(n), 0, {4, 5}, 5 * (n - 1)),
        (SbftReference, Rules.sbft(n, execution=False), 0, {2, 3}, 3 * (n - 1)),
        (SbftReference, Rules.sbft(n, execution=False), 1, {4, 5}, 5 * (n - 1)),
    ]
    for made, rules, switch, ticks, count in expected:
        reference, run = prompt(made, rules, switch=switch)
        ends = {e.tick for e in run.schedule.events if isinstance(e, Decide)}
        assert (ends, messages(reference, run.schedule)) == (ticks, count)


@pytest.mark.parametrize("c", [0, 1, 2])
def test_the_fast_path_bears_c_silent_nodes_and_no_more(c: int):
    """At f = 2, n = 7 + 2c. The slow path bears one more; the fast variant decides nothing."""
    rules = Rules.sbft(6 + 2 * c + 1, c)
    for made in (SbftReference, SbftFastReference):
        _, run = prompt(made, rules, silent=c)
        kinds = Counter(e.kind for e in run.schedule.events if isinstance(e, Send))
        assert kinds["FullCommitProof"] == 1
        assert all(taken for node, taken in run.decisions.items() if node < rules.n - c)
        _, run = prompt(made, rules, silent=c + 1, switch=1)
        kinds = Counter(e.kind for e in run.schedule.events if isinstance(e, Send))
        assert kinds["FullCommitProof"] == 0
        assert kinds["CommitCertificate"] == (made is SbftReference)
        assert any(run.decisions.values()) is (made is SbftReference)


@protocols
@pytest.mark.parametrize("seed", range(6))
def test_a_recorded_run_replays(made: Made, rules: Rules, seed: int):
    """Also with more than f Byzantine nodes, and after a trip through JSON."""
    adversary = RandomAdversary(seed, forge=0.8, values=2, expire=0.05, propose=0.1)
    faults = Faults(frozenset(range(1 + seed % 2)), {rules.n - 1: 12})
    schedule = World(made(rules), adversary, 40, faults=faults).run().schedule
    assert Schedule.from_json(schedule.to_json()) == schedule
    assert replay(schedule, made(rules))


@protocols
def test_the_same_seed_gives_the_same_schedule(made: Made, rules: Rules):
    """A run depends on its seed and on nothing else."""

    def run(seed: int) -> Schedule:
        faults = Faults(frozenset({0}))
        return World(made(rules), SplittingAdversary(seed), 20, faults=faults).run().schedule

    assert run(1) == run(1) != run(2)


def forks(made: Made, rules: Rules, byzantine: int, seeds: range, ticks: int = 25) -> list[int]:
    """Return the seeds of both adversaries whose run forked."""
    found = []
    for seed in seeds:
        faults = Faults(frozenset(range(byzantine)))
        random = RandomAdversary(seed, forge=1, values=2, expire=0.04, deliver=0.3, propose=0.1)
        runs = (World(made(rules), a, ticks, faults=faults).run()
                for a in (SplittingAdversary(seed), random))  # fmt: skip
        if any(len(run.blocks) > 1 for run in runs):
            found.append(seed)
    return found


@protocols
def test_f_liars_never_fork(made: Made, rules: Rules):
    """Neither adversary splits the correct nodes of n = 4 and 6."""
    assert forks(made, rules, 1, range(10)) == []


@pytest.mark.slow
@pytest.mark.parametrize(
    ("made", "rules"),
    [
        *PROTOCOLS,
        (PbftReference, Rules.of(7)),
        (LinearReference, Rules.of(7)),
        (SbftReference, Rules.sbft(7)),
        (SbftReference, Rules.sbft(9, 1)),
    ],
)
def test_f_liars_never_fork_in_many_runs(made: Made, rules: Rules):
    """More seeds, and two liars among seven and nine."""
    assert forks(made, rules, rules.faults, range(100, 130)) == []


def test_two_liars_of_four_fork_pbft_by_chance():
    """Some seed does it; the runs are those that one liar of four survives."""
    assert forks(PbftReference, Rules.of(4), 2, range(30))


def split(stage: Stage) -> None:
    """Node 0 shows half of the correct nodes each value, and its friend votes for both."""
    liars, (one, other) = sorted(stage.byzantine), stage.correct
    for value, node in (("", one), ("#1", other)):
        stage.show(node, (0, "PrePrepare" + value, 0))
        for kind in ("Prepare", "Commit"):
            stage.show(node, *((liar, kind + value, 0) for liar in liars))


def split_collected(stage: Stage) -> None:
    """The same with shares: node 0 collects those of node 1, which node 1 has to send first."""
    one, other = stage.correct
    for value, node in (("", one), ("#1", other)):
        stage.show(node, (0, "PrePrepare" + value, 0), (1, "PrepareShare" + value, 0))
        stage.show(node, (0, "PrepareCertificate" + value, 0), (1, "CommitShare" + value, 0))
        stage.show(node, (0, "CommitCertificate" + value, 0))


def hide(stage: Stage) -> None:
    """Node 2 decides fast on value 0 in view 0; node 1 opens view 1 without f + c + 1 shares."""
    c = stage.reference.rules.redundant
    signers = stage.correct[: len(stage.correct) - c]
    for node in signers:
        stage.show(node, (0, "PrePrepare", 0), (1, "SignShare", 0))
    stage.show(2, (0, "FullCommitProof", 0))
    assert stage.decided(2)
    stage.expire(*stage.correct[1:])
    for node in stage.correct:
        stage.show(node, (0, "ViewChange", 1), (1, "NewView#1", 1), (0, "SignShare#1", 1))
    stage.show(3, (1, "FullCommitProof#1", 1))


@pytest.mark.parametrize(
    ("made", "rules", "script"),
    [
        (*PROTOCOLS[0], split),
        (*PROTOCOLS[1], split_collected),
        *((*case, hide) for case in PROTOCOLS[2:]),
    ],
    ids=NAMES,
)
def test_f_plus_one_liars_can_fork(made: Made, rules: Rules, script: Callable[[Stage], None]):
    """Two liars; and the replay of what happened says that this is the protocol."""
    stage = Stage(made(rules), {0, 1})
    script(stage)
    assert len(stage.blocks) == 2
    assert replay(stage.schedule(), made(rules))


@protocols
def test_unknown_kinds_are_named(made: Made, rules: Rules):
    """Forgeries of what the protocol does not have, or of a value that is no number."""
    reference = made(rules)
    for kind in ("Nonsense", "PrePrepare#x", "PrePrepare#"):
        with pytest.raises(InputError, match="kind"):
            reference.forge(0, kind, 0, Log())
    with pytest.raises(InputError, match="sequences"):
        made(rules, sequences=0)


@protocols
def test_forgeries_bear_their_labels(made: Made, rules: Rules):
    """What is forged under a label has it."""
    reference = made(rules)
    for kind in reference.kinds:
        for label in (kind, f"{kind}#2") if kind in reference.valued_kinds else (kind,):
            envelope = reference.forge(1, label, 1, Log())
            if not kind.endswith("NewView"):
                assert reference.label(envelope) == (label, 1)
            assert reference.keys.verify(1, envelope.payload.encoded, envelope.signature)


@protocols
def test_a_state_is_told_in_words(made: Made, rules: Rules):
    """View, votes and deeds, for verdicts."""
    reference, run = prompt(made, rules)
    text = reference.explain(run.replicas[0])
    assert "in view 0" in text
    assert "executed 1" in text
    stage = Stage(reference)
    stage.expire(2)
    assert "not open" in reference.explain(stage.replicas[2])


@protocols
def test_a_byzantine_decision_needs_a_certificate(made: Made, rules: Rules):
    """Made of the messages of a run that decided, and not of those before its last votes."""
    reference = made(rules)
    world = World(reference, RandomAdversary(0, deliver=1, expire=0, propose=0), 12)
    world.run()
    sent = [packet.envelope for packet in world.network.log]
    assert reference.certified(0, sent)
    assert not reference.certified(1, sent)
    first = [e for e in sent if e.payload.kind in ("PrePrepare", "Prepare", "PrepareShare")]
    assert not reference.certified(0, first)


@pytest.mark.parametrize(
    ("made", "primary", "backup"),
    [
        (
            PbftReference,
            "proposal no. 1: committed, 4 prepares (3 suffice), 4 commits (3 suffice); executed 1",
            "proposal no. 1: prepared, committed, 4 prepares (3 suffice), 4 commits (3 suffice)",
        ),
        (
            LinearReference,
            "proposal no. 1: signed, signed to commit, has a prepare certificate and a commit cert",
            "proposal no. 1: signed, signed to commit, has a prepare certificate and a commit cert",
        ),
        (
            SbftReference,
            "proposal no. 1: signed, has a commit proof",
            "has a commit proof; executed",
        ),
    ],
)
def test_states_say_what_was_done_and_what_is_there(made: Made, primary: str, backup: str):
    """No names of rules or of messages, and who has more than it needs is said to."""
    rules = Rules.sbft(4) if made is SbftReference else Rules.of(4)
    reference, run = prompt(made, rules)
    assert primary in reference.explain(run.replicas[0])
    assert backup in reference.explain(run.replicas[1])


@pytest.mark.parametrize(
    ("made", "short"),
    [
        (PbftReference, "1 of 3 prepares, 0 of 3 commits"),
        (LinearReference, "has no certificate, 1 of 3 prepare shares"),
        (SbftReference, "has no certificate, 1 of 4 sign shares"),
    ],
)
def test_who_lacks_something_says_how_much(made: Made, short: str):
    """A primary whose proposal nobody has seen yet."""
    stage = Stage(made(Rules.sbft(4) if made is SbftReference else Rules.of(4)))
    assert short in stage.reference.explain(stage.replicas[0])
