"""Random adversaries and replicas with a known fault: what they reach, and what is recorded."""

from __future__ import annotations

from importlib import import_module
from itertools import islice
from pathlib import Path

import pytest

from milpbft.cases import Case
from milpbft.question.files import Expected, InstanceFile, parse_instance

INSTANCES = Path(__file__).parents[1] / "instances"


def test_adversaries_answer_the_question_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Random runs stay within the question's network and faults, or there are none."""
    monkeypatch.syspath_prepend(str(INSTANCES))
    made = import_module("attacking")
    for name, best in (
        ("povround-nc4-nb3-tb6-t11-bb1-blocks-delta1", 2),
        ("povround-nc4-nb3-tb6-t23-bb2-cycles-delta1", 3),
        ("pbft-n4-v2-b1-e2-forks", 1),
        ("dbft2-strict-n4-v1-b1-e2-forks", 1),
    ):
        values = made.attacked(parse_instance(name), range(8))
        assert values
        assert max(values) <= best
    for name in ("pbft-n4-v1-c2-undecided-nofetch",
                 "dbft21-strict-n4-v2-undecided-pool",
                 "dbft2-strict-n4-v2-p3", "sbft-n4-v1-b1-undecided-calm",
                 "pbft-n4-v2-t16-undecided-gst0-delta1-timer5", "dbft2-n4-t5-p1",
                 "dbft2-strict-n4-v2-t12-delay_last-neo-go-gst0-delta1-timer6"):  # fmt: skip
        with pytest.raises(made.NotAttackedError):
            made.attacked(parse_instance(name), range(1))


def test_relays_that_fail_by_chance_do_no_more_than_the_worst(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Of sets and ticks that all are tried of, some are drawn; one of many draws is the worst."""
    monkeypatch.syspath_prepend(str(INSTANCES))
    made, everything = import_module("attacking"), import_module("enumerating")
    for name in (
        "hgfrr-n9-r4-k2-s0-b1-coverage",
        "hgfrr-n7-r4-k2-s0-b1-ticks-crash",
        "hgfrr-n7-r4-k2-s0-b2-faults_half",
    ):
        instance = parse_instance(name)
        better = min if instance.objective.sense == "min" else max
        values = made.attacked(instance, range(60))
        assert better(values) == everything.enumerated(instance, 60)
    with pytest.raises(made.NotAttackedError):
        made.attacked(parse_instance("hgfrr-n12-r4-k2-s0-messages"), range(1))


def test_rings_that_change_and_chains_are_attacked_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who fails when, who is elected, who joins where and what is shown to whom, all by chance."""
    monkeypatch.syspath_prepend(str(INSTANCES))
    made = import_module("attacking")
    for name, best in (
        ("hgfrr-n12-r8-k2-s0-b2-ticks-crash-repair20", 24),
        ("hgfrr-n12-r8-k2-s0-b2-coverage-crash-repair20", 10),
        ("churn-n12-r4-k2-s0-b1-t12-coverage-crash-beat2-again4", 11),
        ("churn-n10-r6-k2-s0-j1-t10-messages", 12),
        ("dissemination-n100-f2-s0-b1-coverage", 75),
        ("besttree-n10-p1-ticks", 4),
        ("povchain-nc4-nb3-h3-halt-reload2", 1),
        ("povchain-nc3-nb2-h2-bb1-duties", 2),
    ):
        instance = parse_instance(name)
        better = max if instance.objective.sense == "max" else min
        values = made.attacked(instance, range(6))
        assert values
        assert better([best, *values]) == best, name


def test_a_block_that_many_lose_at_once_is_the_first_of_two(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Nodes reload together; without the lock another butler's block is signed as well."""
    monkeypatch.syspath_prepend(str(INSTANCES))
    made, signing = import_module("attacking"), import_module("milpbft.pov.reference.mutants")
    locked = parse_instance("povround-nc4-nb3-tb6-t17-faults_fork-lock-reload7-delta1")
    chain = parse_instance("povchain-nc4-nb3-h3-faults_branches-lock-reload7")
    for runs, instance, seeds in (
        (made.rounds, locked, range(150, 155)),
        (made.chains, chain, range(258, 261)),
    ):
        assert set(runs(instance, seeds)) == {None}
        assert {4, 5, 6, 7} & set(runs(instance, seeds, signing.wanton))


def test_replicas_with_a_fault_do_more_than_the_optimum(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sound ones do not under the same adversaries; where there is no mutant, none is made up."""
    monkeypatch.syspath_prepend(str(INSTANCES))
    made, sound = import_module("mutating"), import_module("attacking")
    for name, best in (
        ("dbft2-strict-n4-v1-b1-e2-forks", 1),
        ("povround-nc5-nb2-tb5-t9-bc2-bb2-illegal", 0),
    ):
        instance, seeds = parse_instance(name), range(100 if best else 6)
        assert max(sound.attacked(instance, seeds[:6])) <= best
        assert any(value > best for value in made.mutated(instance, seeds))
    election = parse_instance("povelection-nc10-nb5-n20-k5-a1-d10-seats-same")
    assert max(made.mutated(election, range(1))) > 0
    voters = parse_instance("povelection-nc5-nb4-n12-k4-a1-d6-commissioners-same")
    assert list(made.mutated(voters, range(1))) == [1]
    chain = parse_instance("povchain-nc4-nb3-h4-halt-fetch-term2-swap2")
    assert min(sound.attacked(chain, range(2))) == 4
    assert any(value < 4 for value in made.mutated(chain, range(2)))
    for name in ("pbft-n4-v2-c1-t16-faults_lock-gst0-delta1-timer5",
                 "dbft2-strict-n4-v2-c1-t16-faults_lock-gst0-delta1-timer5"):  # fmt: skip
        # None are enough, but for replicas that wait for all.
        assert sound.attacked(parse_instance(name), range(20)) == []
        assert 1 in made.mutated(parse_instance(name), range(20))
    for name in ("dbft2-n4-t5-p1", "dbft2-strict-n4-v2-p3"):
        with pytest.raises(sound.NotAttackedError):
            list(made.mutated(parse_instance(name), range(2)))


@pytest.mark.parametrize(
    ("name", "best", "runs"),
    [
        ("dbft2-strict-n4-v2-c1-steps_lock", 7, 80),
        ("dbft2-strict-n4-v2-c1-steps_lock-neo-cs", 7, 20),
        ("dbft2-strict-n4-v2-c1-steps_state-neo-cs-1c0.2v0", 7, 100),
        ("dbft2-strict-n4-v2-c1-t8-ticks_lock", 2, 100),
        ("pbft-n4-v2-c2-undecided", 2, 10),
        ("pbft-n4-v1-b2-e2-steps_fork", 6, 400),
        ("sbft-n4-v1-c1-steps_lock-calm-fastpath", 4, 40),
        ("dbft1-strict-n4-v1-b1-e2-forks", 1, 10),
        ("pbft-n4-v2-b1-t20-faults_lock-gst0-delta1-timer8-overlay-r4k2s0", 1, 20),
        ("pbft-n4-v2-b1-t21-delay_first-gst2-delta2-timer9", 18, 60),
        ("linear-n4-v2-c1-t17-delay_first-gst1-delta1-timer8", 13, 20),
        ("sbft-n4-v2-t20-delay_last-gst0-delta1-timer9-collector3", 3, 3),
    ],
)
def test_what_random_adversaries_find_is_the_optimum(
    name: str, best: int, runs: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without being told what leads to a lock, a fork, or the fewest acts of one."""
    monkeypatch.syspath_prepend(str(INSTANCES))
    instance = parse_instance(name)
    found = import_module("attacking").attacked(instance, range(runs))
    better = max if instance.objective.sense == "max" else min
    assert better(found) == best


@pytest.mark.parametrize(
    "name",
    [
        "dbft2-strict-n4-v2-steps_lock",
        "dbft2-strict-n4-v2-faults_lock-neo-cs-reload4",
        "dbft2-strict-n4-v2-steps_state-2c0.2v1",
        "dbft2-strict-n4-v2-steps_state-neo-cs-2c0.2v1",
        "dbft2-strict-n13-v2-faults_fork-amnesia4",
        "dbft21-strict-n4-v2-t4-ticks_fork-amnesia2",
        "pbft-n4-v2-losses_lock-resent-lossy8",
        "pbft-n4-v2-b1-e2-steps_fork-viewquorum-2f+1",
        "sbft-n6-r1-v1-c1-steps_lock-calm-fastpath",
        "pbft-n4-v2-c1-t20-faults_lock-gst0-delta1-timer8-overlay-r4k2s0h2",
    ],
)
def test_what_nothing_does_replicas_with_a_fault_do(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Under the very same adversaries, who are wild enough then."""
    monkeypatch.syspath_prepend(str(INSTANCES))
    instance = parse_instance(name)
    assert import_module("attacking").attacked(instance, range(15)) == []
    assert list(islice(import_module("mutating").mutated(instance, range(200)), 1))


def test_a_value_that_an_adversary_beats_is_not_recorded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The script stops there; what none of them beats is written."""
    monkeypatch.syspath_prepend(str(INSTANCES))
    withstood = import_module("make_evidence").withstood
    instance, path = (
        parse_instance("povround-nc4-nb3-tb6-t11-bb1-blocks-delta1"),
        tmp_path / "a.toml",
    )
    for value, kept in ((0, False), (2, True)):
        InstanceFile(instance=instance, expected=Expected(status="optimal", objective=value)).write(
            path
        )
        if kept:
            withstood(Case.read(path), 8)
        else:
            with pytest.raises(SystemExit, match="by a random adversary"):
                withstood(Case.read(path), 8)
        evidence = Case.read(path).evidence
        assert (evidence is not None and evidence.checks == ("adversaries",)) == kept


@pytest.mark.parametrize(
    ("name", "seed"),
    [
        ("dbft2-strict-n4-v2-steps_fork-neo-go-amnesia2", 43),
        ("dbft2-strict-n7-v2-faults_fork-neo-go-amnesia3", 51),
    ],
)
def test_a_primary_that_forgot_may_answer_its_own_request(
    name: str, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Replay takes its response for itself: it reaches nodes that its request has not reached."""
    monkeypatch.syspath_prepend(str(INSTANCES))
    hunting = import_module("hunting")
    assert [*hunting.hunted(parse_instance(name), range(seed, seed + 1))]
