"""Kept: whether a schedule has the rules, the lies and the honest ballots that an instance says.

What a model writes into a schedule could be of another question than it was asked: another quorum,
a proposal or a timestamp too many, an honest commissioner who votes for whom the adversary likes.
All of that is read off the settings and the events here, and nothing of the model is asked.
"""

from __future__ import annotations

from collections import Counter
from itertools import cycle, islice
from random import Random
from typing import TYPE_CHECKING

from milpbft.pov.reference.labels import Label
from milpbft.pov.reference.rules import Rules
from milpbft.schedule import Send

if TYPE_CHECKING:
    from milpbft.pov.instance import RoundInstance
    from milpbft.pov.voting import ElectionInstance
    from milpbft.schedule import Schedule

Ballot = tuple[int, ...]
"""Numbers of candidates, as :class:`milpbft.pov.voting.ElectionInstance` has them, ascending."""


def same_rules(q: RoundInstance, schedule: Schedule) -> bool:
    """Whether nodes of a schedule run by the rules of a round, and none is one too many."""
    return Rules.of_round(q) == Rules.of(schedule.n, schedule.settings)


def few_lies(q: RoundInstance, schedule: Schedule) -> bool:
    """Whether Byzantine butlers propose, and ask for timestamps, as often as they may.

    Of `variants` proposals in a view, one of them forged where that is asked about, beside them;
    and of `stamps` requests for each.
    """
    made: dict[tuple[int, int], set[Label]] = {}
    asked: Counter[tuple[int, int, str]] = Counter()
    for event in schedule.events:
        if isinstance(event, Send) and event.node in schedule.byzantine:
            label = Label.parse(event.kind)
            if label.base == "Proposal":
                made.setdefault((event.node, event.view), set()).add(label)
            if label.base == "StampRequest":
                asked[event.node, event.view, label.proposal] += 1
    forged = int(q.objective.name.endswith("illegal"))
    few = all(sum(not one.illegal for one in labels) <= q.variants for labels in made.values())
    few &= all(sum(one.illegal for one in labels) <= forged for labels in made.values())
    return few and max(asked.values(), default=0) <= q.stamps


def honest_votes(q: ElectionInstance, schedule: Schedule) -> bool:
    """Whether an election has its sizes, and its honest ballots are filled in as it says.

    All of them are there but for those that the butler leaves out.
    """
    sizes = {"commissioners": q.commissioners, "butlers": q.butlers, "votes": q.votes}
    same = all(schedule.settings.get(name) == str(size) for name, size in sizes.items())
    if not same or schedule.n != q.commissioners + q.candidates + 1:
        return False
    number = {q.node(candidate): candidate for candidate in range(q.candidates)}
    honest = sorted(
        (event.node, tuple(sorted(number[one] for one in Label.parse(event.kind).named or ())))
        for event in schedule.events
        if isinstance(event, Send) and event.node not in schedule.byzantine
    )
    if len(honest) != q.voters(len(schedule.byzantine)):
        return False
    ballots = [ballot for _, ballot in honest]
    if q.honest == "scores":
        trusted, least = set(q.rivals[: q.trusted]), min(q.trusted, q.votes - q.designated)
        return all(len(trusted.intersection(ballot)) >= least for ballot in ballots)
    return ballots == _filled_in(q, len(ballots))


def _filled_in(q: ElectionInstance, voters: int) -> list[Ballot]:
    """Return the ballots of honest commissioners, in the order of their numbers."""
    if q.honest == "random":
        return [
            tuple(sorted(Random(f"{q.seed} {voter}").sample(range(q.candidates), q.votes)))
            for voter in range(voters)
        ]
    # Tickets that are left when all honest candidates have one go to the others.
    mine = min(q.votes, len(q.rivals))
    if q.honest == "same":
        return [tuple(sorted([*q.rivals[:mine], *q.friendly[: q.votes - mine]]))] * voters
    honest, others = cycle(q.rivals), cycle(q.friendly)
    return [
        tuple(sorted([*islice(honest, mine), *islice(others, q.votes - mine)]))
        for _ in range(voters)
    ]
