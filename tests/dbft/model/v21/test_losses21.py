"""Messages of dBFT 2.1 that are lost in two views: tables, replicas, enumeration."""

from __future__ import annotations

import re
from itertools import product
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

import pytest

from milpbft.automaton.counted import goal
from milpbft.automaton.counted.bounds import bound
from milpbft.automaton.counted.dependence import complete_slots
from milpbft.automaton.counted.encoding import Counted
from milpbft.dbft.enumerate.catalogue import Catalogue
from milpbft.dbft.enumerate.staged.explore import explore_staged
from milpbft.dbft.enumerate.staged.lone import Lone
from milpbft.dbft.enumerate.staged.messages import Messages
from milpbft.dbft.enumerate.staged.search import Faults
from milpbft.dbft.instance import DbftInstance
from milpbft.dbft.model.strict import strict_model
from milpbft.dbft.model.v21.state import TO_COME, State21
from milpbft.dbft.reference.rules import Rules
from milpbft.dbft.reference.v21.context import Phase
from milpbft.dbft.reference.v21.reference import Dbft21Reference
from milpbft.milp.problem import EQ
from milpbft.question.files import InstanceFile, parse_instance
from milpbft.solvers import solve as solve_problem
from milpbft.table import START
from tests.dbft.asking import agrees
from tests.proven import proven

if TYPE_CHECKING:
    from collections.abc import Mapping

    from milpbft.dbft.enumerate.staged.lone import Present
    from milpbft.milp.problem import Problem

RULES = Rules.of(4, agreement=False)
LIMIT = 200_000
CRASHED = "crashed"
LETTERS = {
    Phase.INITIALIZED: START,
    Phase.PREPARED: "P",
    Phase.CV1: "A",
    Phase.CV2: "B",
    Phase.COMMITTED: "C",
    Phase.CV3: "E",
}
Sent = frozenset[tuple[str, int]]
"""Kinds and views of what a node sent."""


class Walk:
    """Four replicas that act at random in two views, and miss messages in the end.

    Parameters
    ----------
    lone
        The states of single nodes.
    random
        Chooses.
    crash
        Whether a node crashes on the way.
    """

    def __init__(self, lone: Lone, random: Random, *, crash: bool) -> None:
        self.lone = lone
        self.numbers = list(lone.starts)
        self.crashed: set[int] = set()
        acts = random.randrange(4, 22)
        for act in range(acts):
            if crash and act == acts // 2:
                self.crashed.add(random.randrange(4))
            self._step(random, 0)
        while self._step(random, -1):
            pass

    def _step(self, random: Random, others: int) -> bool:
        """Take a move that needs no messages but some of others, of those that were sent."""
        moves = [
            (node, move.target)
            for node, number in enumerate(self.numbers)
            if node not in self.crashed
            for move in self.lone.moves(number)
            if not move.needed & ~(self.there(node) if others == 0 else 0)
            if self.lone.states[move.target].replica.view < 2
            if self.lone.states[move.target].block < 0
        ]
        if moves:
            node, target = random.choice(moves)
            self.numbers[node] = target
        return bool(moves)

    def there(self, node: int) -> int:
        """Return what others have sent, by number."""
        sent = 0
        for other, number in enumerate(self.numbers):
            sent |= self.lone.states[number].sent if other != node else 0
        return sent

    def missed(self, most: int) -> int | None:
        """Return the fewest messages whose loss keeps everybody still, None for many for one."""
        total = 0
        for node, number in enumerate(self.numbers):
            if node not in self.crashed:
                few = self.lone.fewest(number, self.there(node), most)
                if few is None:
                    return None
                total += few
        return total

    def said(self, node: int) -> Sent:
        """Return what a node sent."""
        sent = self.lone.states[self.numbers[node]].sent
        return frozenset(label for label, _ in self.lone.messages.named(sent))

    def places(self) -> dict[str, int]:
        """Count nodes by the location of the table in which they are."""
        found: dict[str, int] = {}
        for node, number in enumerate(self.numbers):
            state = State21(phase=CRASHED)
            if node not in self.crashed:
                state = located(self.lone.states[number], self.said(node))
            name = state.name(node if node < 2 else None)
            found[name] = found.get(name, 0) + 1
        return found

    def counts(self) -> dict[str, int]:
        """Count nodes by what they sent."""
        found: dict[str, int] = {}
        for said in map(self.said, range(4)):
            for counter in counted(said):
                found[counter] = found.get(counter, 0) + 1
        return found


def located(present: Present, said: Sent) -> State21:
    """Return where the table has a node."""
    context = present.replica.context
    view, phase = context.view, LETTERS[context.phase]
    if phase == "C" and ("ChangeView2", view) in said:
        phase = "K"
    stages = [0 if (f"ChangeView{k}", 0) in said else -1 for k in (1, 2, 3)]
    if view == 1 and phase != START:
        stages = [v if k in TO_COME.get(phase, ()) else -1 for k, v in enumerate(stages, 1)]
    return State21(view, phase, stages=tuple(stages))


def counted(said: Sent) -> list[str]:
    """Name the counters of the table that a node counts for."""
    found = []
    for kind, view in said:
        stage = kind.removeprefix("ChangeView")
        if stage != kind:
            found.append(f"cv{stage}_{view}")
        elif kind == "Commit":
            found.append(f"com_{view}")
            found += [] if ("ChangeView2", view) in said else [f"first_{view}"]
        else:
            found.append(f"prep_{view}")
            found += [f"req_{view}"] if kind == "PrepareRequest" else []
    for stage in "123":
        asked = sum((f"ChangeView{stage}", view) in said for view in (0, 1))
        found += [f"later{stage}_0"] if asked else []
        found += [f"cv{stage}_0_1"] if asked == 2 else []
    return found


def pinned(places: Mapping[str, int], counts: Mapping[str, int], most: int) -> Problem:
    """Return the problem of the fewest losses of a lock whose nodes are in given locations."""
    crash = "-c1" * any(name.endswith(CRASHED) for name in places)
    instance = parse_instance(f"dbft21-strict-n4-v2{crash}-losses_lock-lossy{most}")
    assert isinstance(instance, DbftInstance)
    model = strict_model(instance)
    automaton = model.table.automaton
    assert places.keys() <= {*automaton.locations}
    (initial,) = automaton.initial.dnf()
    bounds = bound(automaton, initial, model.parameters)
    assert bounds is not None
    encoded = Counted(automaton, bounds, complete_slots(automaton))
    encoded.start(initial)
    lost = goal.lock(encoded, model.table, losses=most)
    assert lost is not None
    for place in automaton.locations:
        encoded.row("pinned", goal.final(encoded, (place,)), EQ, places.get(place, 0))
    for counter, variables in encoded.counted.items():
        number = int(variables.index[encoded.slots])
        encoded.row("pinned", [(1, number)], EQ, counts.get(counter, 0))
    encoded.optimise(lost.total)
    return encoded.build()


def walked(seeds: range, most: int, *, crash: bool) -> list[tuple[int, int]]:
    """Return what random runs must lose to stand still, as replicas say and as the table does.

    The table forgets which messages a node was shown, so that it may say less.
    """
    catalogue = Catalogue(RULES, 2, 1, None, Dbft21Reference)
    lone = Lone(Messages(catalogue), 4, RULES.commit_quorum, forgetful=False)
    found = []
    for seed in seeds:
        walk = Walk(lone, Random(seed), crash=crash)
        missed = walk.missed(most)
        if missed is None:
            continue
        solution = solve_problem(pinned(walk.places(), walk.counts(), 4 * most), "cpsat")
        assert solution.status == "optimal", (seed, walk.places())
        assert solution.objective is not None
        assert solution.objective <= missed, (seed, walk.places(), walk.counts())
        found.append((missed, int(solution.objective)))
    return found


@pytest.mark.parametrize(
    ("seed", "crash", "value"), [(6, False, 6), (7, False, 8), (7, True, 1), (8, True, 3)]
)
def test_a_few_runs_lose_what_the_table_says(seed: int, value: int, *, crash: bool):
    """Of nodes in view 0 alone, in view 1 alone, and in both after a crash."""
    assert walked(range(seed, seed + 1), 2, crash=crash) == [(value, value)]


@pytest.mark.slow
@pytest.mark.parametrize("crash", [False, True])
@pytest.mark.parametrize("seeds", [range(100, 175), range(175, 250)])
def test_many_runs_lose_what_the_table_says(seeds: range, *, crash: bool):
    """Nearly always as much; it is less where a node was shown what would best be lost."""
    found = walked(seeds, 3, crash=crash)
    assert len(found) > len(seeds) // 3
    assert sum(missed == value for missed, value in found) > 0.9 * len(found)


STEPS = {
    ("", "", 1): 9,
    ("", "", 2): 6,
    ("", "", 4): 6,
    ("", "", 6): 5,
    ("", "-nofetch", 2): 6,
    ("-c1", "", 1): 6,
    ("-c1", "", 2): 5,
    ("-c1", "", 4): 4,
    ("-c1", "-nofetch", 2): 5,
}
"""Fewest acts of a lock, by crashes, options and lost messages."""


@pytest.mark.slow
@pytest.mark.parametrize(("case", "value"), STEPS.items())
def test_the_shortest_locks_are_those_of_all_runs(case: tuple[str, str, int], value: int):
    """All runs with as many acts are seen, and more are not needed."""
    crash, word, most = case
    assert proven(f"dbft21-strict-n4-v2{crash}-steps_lock{word}-lossy{most}", "cpsat") == value
    faults = Faults(crashes=len(crash) // 2, losses=most)
    found = explore_staged(RULES, views=2, faults=faults, fetch=not word, until="lock", limit=LIMIT)
    assert found.lock == value


def test_the_table_of_the_page_is_that_of_the_files():
    """Every cell of the table in the docs is the proven value of an instance file."""
    root = Path(__file__).parents[4]
    text = (root / "docs" / "losses.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| [^|]+, `(dbft21-strict-\S+)` \|(.+)\|$", text, re.M)
    assert len(rows) == 3
    for name, cells in rows:
        for most, cell in zip((1, 2, 4, 6), cells.split("|"), strict=True):
            path = root / f"instances/strict/dbft21/{name}-steps_lock-lossy{most}.toml"
            expected = InstanceFile.read(path).expected if path.exists() else None
            assert cell.strip() == (f"{expected.objective:.0f}" if expected else ""), path.stem


GOALS = ("undecided", "losses_lock", "faults_lock", "forks", "steps_fork", "faults_fork")


@pytest.mark.slow
@pytest.mark.parametrize(
    "name",
    [
        f"dbft21-strict-n4-v2{crash}-{what}{word}-lossy{most}"
        for crash, what, word, most in product(("", "-c1"), GOALS, ("", "-nofetch"), (1, 2, 4))
    ],
)
def test_other_objectives_are_no_worse_than_runs_that_are_seen(name: str):
    """As far as the enumeration comes."""
    agrees(name, 20_000, "cpsat")
