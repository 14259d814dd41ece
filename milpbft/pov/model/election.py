"""The election as a MILP: votes are counted, not ballots.

Ballots of K different candidates that add up to given votes exist if and only if no candidate has
more votes than there are ballots and the votes are K per ballot (Gale and Ryser, for rows of equal
sums); :func:`milpbft.pov.model.ballots.deal` makes them. So the adversary chooses votes per
candidate, and the program does not name ballots.

Candidates are numbered from 0, as :class:`milpbft.pov.voting.ElectionInstance` says. The rule of
the reference is one order: candidate j with v votes has rank ``N_bc v + N_bc - 1 - o[j]``, and the
N_b highest ranks are elected; o[j] is j, or the place of j where ties are drawn by lot.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from milpbft.milp.builder import Builder, Sum, each
from milpbft.milp.problem import EQ, GE, LE
from milpbft.pov.formulas import drawn_order
from milpbft.pov.model.ballots import deal, honest_ballots, tally
from milpbft.question.model import StrictModel
from milpbft.schedule import Fault, Schedule, Send
from milpbft.schedule.promising import budget

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from milpbft.milp.block import Block
    from milpbft.milp.problem import Problem
    from milpbft.pov.voting import ElectionInstance


@dataclass(frozen=True)
class Election:
    """Blocks of the model: one entry per candidate, but for the two below.

    ``level``: which number of byzantine commissioners there is, one entry per number. ``bar``: the
    rank that it takes to be elected. ``free`` is there where honest votes follow scores.
    """

    level: Block
    mine: Block
    free: Block | None
    elected: Block
    bar: Block


def build(instance: ElectionInstance) -> tuple[Problem, Election]:
    """Build the problem of an election."""
    m = Builder(instance.name, instance.objective.sense)
    n, most = instance.candidates, instance.commissioners
    x = Election(
        level=m.variables("level", instance.byzantine_commissioners + 1, base=0),
        mine=m.variables("mine", n, upper=instance.byzantine_commissioners, base=0),
        free=m.variables("free", n, upper=most, base=0) if instance.honest == "scores" else None,
        elected=m.variables("elected", n, base=0),
        bar=m.variables("bar", upper=n * (most + 1), base=0),
    )
    levels(m, x, instance)
    byzantine_votes(m, x, instance)
    if x.free is not None:
        honest_votes(m, x, x.free, instance)
    ranks(m, x, instance)
    order(m, x, instance)
    objective(m, x, instance)
    return m.build(), x


def _row(index: NDArray[np.int32], weight: int | NDArray[np.int64] = 1) -> Sum:
    """Return one row with all variables of a block."""
    return Sum(index.reshape(-1), weight)


def levels(m: Builder, x: Election, instance: ElectionInstance) -> None:
    """``sum(a) level[a] = 1``; where the number is given, ``level[a] = 1``."""
    m.add("levels", _row(x.level.index), relation=EQ, rhs=1)
    if instance.objective.name == "seats":
        m.add("levels", each(x.level.index[-1]), relation=EQ, rhs=1)


def byzantine_votes(m: Builder, x: Election, instance: ElectionInstance) -> None:
    """``sum(j) mine[j] = K sum(a) a level[a]``; ``mine[j] <= sum(a) a level[a]``."""
    numbers = np.arange(instance.byzantine_commissioners + 1)
    count = _row(x.level.index, -instance.votes * numbers)
    m.add("tickets", _row(x.mine.index), count, relation=EQ)
    level = Sum(x.level.index[None], -numbers)
    m.add("one_ticket", each(x.mine.index), level, relation=LE)


def honest_votes(m: Builder, x: Election, free: Block, instance: ElectionInstance) -> None:
    """Votes that scores allow, for h honest voters: ``h = sum(a) (N_c - a - dropped) level[a]``.

    ``sum(j) free[j] = K h``; ``free[j] <= h``; of the trusted S, of whom a ballot has
    ``min(|S|, K - designated)`` at least: ``sum(j in S) free[j] >= min(|S|, K - designated) h``.
    """
    voters = np.array([instance.voters(a) for a in range(instance.byzantine_commissioners + 1)])
    count = _row(x.level.index, -instance.votes * voters)
    m.add("tickets", _row(free.index), count, relation=EQ)
    m.add("one_ticket", each(free.index), Sum(x.level.index[None], -voters), relation=LE)
    trusted = list(instance.rivals[: instance.trusted])
    least = min(instance.trusted, instance.votes - instance.designated)
    if trusted and least:
        owed = _row(x.level.index, -least * voters)
        m.add("scores", _row(free.index[trusted]), owed, relation=GE)


def _votes(x: Election, instance: ElectionInstance, factor: int) -> list[Sum]:
    """Return the votes of each candidate times `factor`."""
    terms = [factor * each(x.mine.index)]
    if x.free is not None:
        return [*terms, factor * each(x.free.index)]
    tallies = [
        tally(honest_ballots(instance, instance.voters(a)), instance.candidates)
        for a in range(instance.byzantine_commissioners + 1)
    ]
    index = np.broadcast_to(x.level.index, (instance.candidates, len(tallies)))
    return [*terms, Sum(index, factor * np.stack(tallies, axis=1))]


def ranks(m: Builder, x: Election, instance: ElectionInstance) -> None:
    """Who is elected: ``sum(j) elected[j] = N_b``; with ``rank[j]`` as above and M > any rank,.

    ``rank[j] >= bar - M (1 - elected[j])``; ``rank[j] <= bar - 1 + M elected[j]``.
    """
    n = instance.candidates
    big = n * (instance.commissioners + 1)
    m.add("seats", _row(x.elected.index), relation=EQ, rhs=instance.butlers)
    place = n - 1 - np.argsort(tie_order(instance))
    bar = Sum(x.bar.index.reshape(1, 1), -1)
    terms = [*_votes(x, instance, n), bar, -big * each(x.elected.index)]
    m.add("elected", *terms, relation=GE, rhs=-big - place)
    m.add("not_elected", *terms, relation=LE, rhs=-1 - place)


def tie_order(instance: ElectionInstance) -> list[int]:
    """Return candidates in the order in which equals are elected."""
    numbers = {instance.node(j): j for j in range(instance.candidates)}
    if instance.ties != "drawn":
        return list(numbers.values())
    return [numbers[node] for node in drawn_order(str(instance.lot).encode(), numbers)]


def order(m: Builder, x: Election, instance: ElectionInstance) -> None:
    """Of candidates that are alike, those whom ties favour are elected first.

    ``elected[j] >= elected[k]`` for neighbours in the order of ties among friends, unless honest
    ballots have named some of them; with scores, also among the trusted and among the other honest
    candidates. Where k of a class is elected and j before it is not, k has more votes; with their
    votes exchanged j is elected in its place, above the bar, and k is not, below it.
    """
    groups = [instance.friendly]
    if instance.honest == "scores":
        groups += [instance.rivals[: instance.trusted], instance.rivals[instance.trusted :]]
    elif instance.honest == "random" or instance.votes > len(instance.rivals):
        return
    places = np.argsort(tie_order(instance))
    for group in groups:
        elected = x.elected.index[sorted(group, key=lambda j: places[j])]
        if len(elected) > 1:
            m.add("order", each(elected[:-1]), -each(elected[1:]), relation=GE)


def objective(m: Builder, x: Election, instance: ElectionInstance) -> None:
    """``sum(friends j) elected[j]``, or ``sum(a) a level[a]`` with a majority of friends.

    Without friends it is the others who are at most ``N_b - majority``, which is infeasible.
    """
    friends = x.elected.index[list(instance.friendly)]
    if instance.objective.name == "seats":
        m.optimise(each(friends))
        return
    majority = instance.butlers // 2 + 1
    if len(friends):
        m.add("majority", _row(friends), relation=GE, rhs=majority)
    else:
        m.add("majority", _row(x.elected.index), relation=LE, rhs=instance.butlers - majority)
    m.optimise(_row(x.level.index, np.arange(instance.byzantine_commissioners + 1)))


@dataclass(frozen=True)
class ElectionModel(StrictModel):
    """An election as a MILP."""

    instance: ElectionInstance

    @cached_property
    def _built(self) -> tuple[Problem, Election]:
        return build(self.instance)

    @property
    def problem(self) -> Problem:
        """The problem, built on first use."""
        return self._built[0]

    def schedule(self, point: NDArray[np.int64], source: str) -> Schedule:
        """Read a point as ballots of named commissioners, and who is elected.

        Nodes are numbered as in :mod:`milpbft.pov.reference`: candidates take the numbers from N_c
        on, but for that of the time server. Honest commissioners come first; those whose ballots
        are left out send none.
        """
        i, x = self.instance, self._built[1]
        byzantine = int(x.level.of(point).argmax())
        voters = i.voters(byzantine)
        if x.free is None:
            ballots = honest_ballots(i, voters)
        else:
            ballots = deal(x.free.of(point).tolist(), voters, i.rivals[: i.trusted])
        liars = range(i.commissioners - byzantine, i.commissioners)
        ballots += deal(x.mine.of(point).tolist(), byzantine)
        events = [
            Send(0, node, f"Ballot{{{','.join(str(self.node(one)) for one in ballot)}}}", 0)
            for node, ballot in zip([*range(voters), *liars], ballots, strict=True)
        ]
        elected = np.flatnonzero(x.elected.of(point)).tolist()
        settings: dict[str, object] = {
            "commissioners": i.commissioners,
            "butlers": i.butlers,
            "votes": i.votes,
            "elected": ",".join(str(self.node(one)) for one in elected),
            "friends": ",".join(str(self.node(one)) for one in i.friendly),
            "budget": budget((range(i.commissioners), i.byzantine_commissioners)),
        }
        settings |= {"lot": i.lot} if i.ties == "drawn" else {}
        return Schedule(
            protocol="povelection",
            n=i.commissioners + i.candidates + 1,
            byzantine=tuple(liars),
            primaries=(),
            events=(*(Fault(0, node, "byzantine") for node in liars), *events),
            horizon=0,
            source=source,
            settings={name: str(value) for name, value in settings.items()},
        )

    def node(self, candidate: int) -> int:
        """Return the node of a candidate."""
        return self.instance.node(candidate)
