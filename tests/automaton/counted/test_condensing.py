"""Rows of runs in one stretch follow from slots: the exact verifier says so of each derivation."""

from __future__ import annotations

import random
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from milpbft.automaton.automaton import Automaton
from milpbft.automaton.condition import TRUE, all_of, at_least, equal
from milpbft.automaton.counted.bounds import bound
from milpbft.automaton.counted.condensing import condensed
from milpbft.automaton.counted.encoding import Counted
from milpbft.automaton.counted.longer import lengthened
from milpbft.automaton.counted.model import CountedModel
from milpbft.automaton.counted.whole import Whole
from milpbft.automaton.linear import Linear
from milpbft.automaton.rule import Rule
from milpbft.automaton.specification import Specification
from milpbft.milp.certificate.claims import CertificateError
from milpbft.milp.certificate.condensed import Condensed, UnderivedError, added
from milpbft.milp.certificate.proof import proof_of
from milpbft.milp.certificate.steps import Combined, Given, Step
from milpbft.milp.certificate.verify import verify
from milpbft.milp.certificate.write import write_certificate
from milpbft.milp.problem import GE, LE
from milpbft.question.files import parse_instance
from milpbft.question.objective import Goal
from milpbft.question.strict import StrictInstance
from milpbft.room import room_of
from milpbft.solvers import solve as solve_problem
from milpbft.suite import find
from tests.automaton import random_automata

if TYPE_CHECKING:
    from collections.abc import Iterator

    from milpbft.cases import Case
    from milpbft.milp.problem import Problem

INSTANCES = Path(__file__).parents[3] / "instances"

NODES = 5
CLAIM = Specification("s", "safety", TRUE, TRUE)
"""No matter what."""


def examined(path: Path, problem: Problem, made: Condensed) -> int:
    """Test that each bound and row of the smaller problem says what it should, and is derived.

    The verifier is given a sum that rests on all of them. Returns how many lines it tested.
    """
    small, (columns, given, size) = made
    assert size == 2 * len(problem.lower) + len(problem.rhs)
    assert len(columns) == len(small.lower)
    stated = [(sense, side, [(k, 1)]) for k in range(len(columns))
              for sense, side in ((GE, small.lower[k]), (LE, small.upper[k]))]  # fmt: skip
    matrix = small.matrix
    for k, sense in enumerate(small.relation.tolist()):
        span = slice(matrix.indptr[k], matrix.indptr[k + 1])
        terms = list(zip(matrix.indices[span].tolist(), matrix.data[span].tolist(), strict=True))
        stated.append((sense, small.rhs[k], terms))
    for step, (sense, side, terms) in zip(given, stated, strict=True):
        assert step.terms == made.expansion.image(terms)
        assert step.sense == sense
        assert step.side == side if sense == 0 else (step.side - side) * sense >= 0
    return lines(path, problem, added([(step, -step.sense or 1) for step in given], LE), size)


def lines(path: Path, problem: Problem, final: Step, size: int) -> int:
    """Let the verifier test what a step rests on; return how many lines that is."""
    proof = proof_of(final, size, 0, 10**8)
    write_certificate(path, problem, None, proof)
    path.write_text(path.read_text().replace("RTP infeas", "RTP range -inf inf"))
    return verify(path, problem).derivations


@pytest.mark.parametrize(
    "name",
    [
        "dbft2-strict-n4-v2-forks-neo-go-amnesia1",
        "dbft2-strict-n4-v2-faults_fork-neo-cs-amnesia2",
        "dbft2-strict-n4-v2-undecided-amnesia1",
    ],
)
def test_each_row_of_a_table_with_restarts_follows(tmp_path: Path, name: str):
    """Bounds of flows and flows behind guards among them, which no row of the table says."""
    model = room_of("dbft2").model(parse_instance(name))
    assert isinstance(model, CountedModel)
    made = model.condensed()
    assert made is not None
    assert examined(tmp_path / "a.vipr", model.problem, made) > len(made.problem.rhs) / 2


def stretch(automaton: Automaton, slots: int) -> tuple[Counted, Problem, Condensed]:
    """Encode an automaton in slots and in one stretch, and how the one gives the other."""
    (initial,) = automaton.initial.dnf()
    own, whole = encoded(automaton, slots), encoded(automaton)
    return *own, condensed(own, whole, initial)


def encoded(automaton: Automaton, slots: int | None = None) -> tuple[Counted, Problem]:
    """Encode the longest run of some slots, or of one stretch."""
    (initial,) = automaton.initial.dnf()
    sizes = {name: (0 if name == "T" else NODES, NODES) for name in automaton.parameters}
    bounds = bound(automaton, initial, sizes)
    assert bounds is not None
    made = Counted(automaton, bounds, slots, "max") if slots else Whole(automaton, bounds, "max")
    made.start(initial)
    made.optimise(made.taken())
    return made, made.build()


def fixed(made: Automaton) -> Automaton:
    """Let all start in one of two places, and let counters count from 0."""
    rest = all_of(equal(Linear.of(name)) for name in ("c", "d", "x", "y"))
    initial = all_of((made.initial, rest))
    return Automaton(made.name, made.parameters, made.counters, made.locations, made.assumptions,
                     initial, made.rules, ())  # fmt: skip


@pytest.mark.parametrize("seed", range(40))
def test_each_row_of_random_automata_follows(tmp_path: Path, seed: int):
    """Guards that turn on and off, read early or not, in one slot to five."""
    rng = random.Random(seed)
    drawn = fixed(random_automata.automaton(rng, CLAIM))
    _, problem, made = stretch(drawn, rng.randint(1, 5))
    examined(tmp_path / "a.vipr", problem, made)


def test_more_nodes_than_start_somewhere_are_bounded_place_by_place(tmp_path: Path):
    """Twice three halves are three, but each place has one: the bound of both is two."""
    a, b, c = (Linear.of(name) for name in "abc")
    odd = all_of([at_least(Linear.number(3) - a * 2), at_least(Linear.number(3) - b * 2),
                  equal(c), equal(Linear.of("d")), at_least(Linear.of("N") - a - b)])  # fmt: skip
    rules = (Rule("r", "a", "c"), Rule("s", "b", "c"), Rule("t", "c", "d"))
    made = Automaton("odd", ("N",), (), ("a", "b", "c", "d"), all_of(()), odd, rules, ())
    own, problem, short = stretch(made, 2)
    assert own.bounds.location["c"] == 2
    examined(tmp_path / "a.vipr", problem, short)


def test_a_row_that_does_not_follow_is_refused(tmp_path: Path):
    """By the verifier where a derivation is another one's, and before where there is none."""
    drawn = fixed(random_automata.automaton(random.Random(3), CLAIM))
    own, problem, made = stretch(drawn, 3)
    step = next(s for s in made.expansion.given if isinstance(s.reason, Combined))
    path, size = tmp_path / "a.vipr", made.expansion.size
    assert lines(path, problem, step, size) >= 1
    tighter = Step(step.sense, step.side + (step.sense or 1), step.terms, step.reason)
    with pytest.raises(CertificateError, match="does not follow"):
        lines(path, problem, tighter, size)
    other = Step(step.sense, step.side, step.terms, Combined([(Step(GE, 0, (), Given(1)), 1)]))
    with pytest.raises(CertificateError, match="does not follow"):
        lines(path, problem, other, size)
    (initial,) = drawn.initial.dnf()
    whole = Whole(drawn, own.bounds, "max")
    whole.start(initial)
    whole.row("more", [(1, 0), (1, 1)], LE, 1)
    with pytest.raises(UnderivedError, match="more_0"):
        condensed((own, problem), (whole, whole.build()), initial)


@pytest.mark.parametrize("seed", [0, 1, 2, 3, 5, 6])
def test_a_run_of_few_slots_is_one_of_many(seed: int):
    """The longest one of three slots, where guards turn on or off, satisfies the rows of five."""
    drawn = fixed(random_automata.automaton(random.Random(seed), CLAIM))
    (short, few), (long, many) = (encoded(drawn, slots) for slots in (3, 5))
    found = solve_problem(few, "cpsat")
    assert found.values is not None
    point = lengthened(few, long, many, found.values)
    assert not many.violations(point)
    assert many.value(point) == few.value(found.values) > 0
    assert long.steps(point) == short.steps(found.values)


@pytest.mark.parametrize(("slots", "fewer"), [(6, [3, 5]), (4, [3]), (3, [])])
def test_instances_of_many_slots_have_shorter_ones(slots: int, fewer: list[int]):
    """Where there are more than three."""
    instance = parse_instance("dbft2-strict-n4-v1-forks-amnesia1", slots=slots)
    model = room_of("dbft2").model(instance)
    found = [next(b.shape[0] for b in short.blocks if b.name == "used")
             for short, _ in model.shorter()]  # fmt: skip
    assert found == fewer


def again() -> Iterator[object]:
    """Shipped instances of the counted encoding in which nodes start again, of up to 31."""
    for case in find([INSTANCES / "strict", INSTANCES / "pbft"]):
        one = case.instance
        counted = isinstance(one, StrictInstance) and one.encoding == "counted" and one.n <= 31
        if counted and one.amnesia and one.views > 1 and isinstance(one.objective, Goal):
            yield pytest.param(case, id=one.name)


@pytest.mark.slow
@pytest.mark.parametrize("case", list(again()))
def test_runs_in_one_stretch_follow_wherever_they_bound(case: Case):
    """It is known how the problem follows, whatever of it is counted, acts among it."""
    assert room_of(case.instance.protocol).model(case.instance).condensed() is not None
