"""From a point of a chain's program to a plan, as :mod:`milpbft.pov.reference.chains` reads it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from milpbft.schedule import Decide, Event, Fault, Schedule, Send
from milpbft.schedule.promising import budget

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    from numpy.typing import NDArray

    from milpbft.pov.heights import ChainInstance
    from milpbft.pov.model.chain_acts import Chain

Group = list[int]
"""Nodes that have a block."""


def plan_of(x: Chain, i: ChainInstance, point: NDArray[np.int64], source: str) -> Schedule:
    """Write down who makes which block, and who adopts it; ticks are heights.

    Byzantine commissioners are the last, Byzantine butlers and other candidates the first. Block 0
    of a height is the live one, if any is.
    """
    named = _Named(x, i, point)
    events: list[Event] = [Fault(0, node, "byzantine") for node in named.faulty]
    for t in range(1, i.heights + 1):
        events += named.height(t)
    events += named.newcomers()
    teams = {"teams": "|".join(".".join(map(str, team)) for team in named.teams)}
    swaps = "|".join(".".join(map(str, leaving)) for leaving in named.swaps)
    return Schedule(
        protocol="povchain",
        n=i.size,
        byzantine=tuple(named.faulty),
        primaries=(),
        events=tuple(events),
        horizon=i.heights,
        source=source,
        settings=i.settings
        | {"budget": budget(*i.nodes)}
        | (teams if i.outside else {})
        | ({"swaps": swaps} if i.swaps else {}),
    )


class _Named:
    """Names for those that a point counts.

    Attributes
    ----------
    faulty
        Byzantine nodes.
    teams
        Who is elected in each tenure.
    swaps
        Which commissioners leave as each tenure begins, from the second on.
    """

    def __init__(self, x: Chain, i: ChainInstance, point: NDArray[np.int64]) -> None:
        self._x, self._i, self._point = x, i, point
        (voters, _), (butlers, _), (outside, _) = i.nodes
        liars, crooks = int(x.b.of(point)), int(x.f.of(point))
        friends = int(x.fo.of(point)) if x.fo else 0
        self._crooks = [*butlers[:crooks], *outside[:friends]]
        self.faulty = [*range(i.commissioners - liars, i.commissioners), *self._crooks]
        self._team = list(butlers)
        self._correct = [*butlers[crooks:], *outside[friends:]]
        self._at: tuple[Group, Group, Group] = (
            list(voters[: i.commissioners - liars]),
            list(butlers[crooks:]),
            list(outside[friends:]),
        )
        self.teams: list[Group] = []
        self.swaps: list[Group] = []
        self._commission = list(voters)
        self._next = i.size - i.swaps * sum(map(i.ends, range(i.heights)))
        self._joined: list[tuple[int, Group]] = []
        self._taken: set[int] = set()

    def _many(self, name: str, t: int) -> int:
        kinds = self._x, self._x.others, self._x.swaps
        block = next(filter(None, (getattr(kind, name, None) for kind in kinds)), None)
        return int(block.of(self._point)[t]) if block else 0

    def height(self, t: int) -> Iterator[Event]:
        """Yield the events of a height, and go on to the next."""
        alive: tuple[Group, Group, Group] = ([], [], [])
        self._taken = set()
        live = bool(self._many("mine", t) or self._many("fair", t))
        for number, (maker, groups) in enumerate(list(self._blocks(t))):
            kind = "Block" + (f"#{number}" if number else "") + (f"@{t}" if t > 1 else "")
            yield Send(t, maker, kind, 0)
            yield from (Decide(t, node, number) for node in sorted(node for g in groups
                                                                   for node in g))  # fmt: skip
            self._taken |= {node for group in groups for node in group}
            if number == 0 and live:
                alive = groups
        yield from self._reloads(t, alive)
        self._at = alive
        if self._i.outside and t % self._i.term == 0:
            self._elect(t)
        if self._i.swaps and self._i.ends(t):
            self._replace(t)

    def _replace(self, t: int) -> None:
        """Choose who leaves, with the block and without, and which newcomers join."""
        voters, *rest = self._at
        out, joined, new = self._many("out", t), self._many("joined", t), self._i.swaps
        behind = [node for node in self._commission if node not in voters]
        leaving = sorted([*voters[:out], *behind[: new - out]])
        names = list(range(self._next, self._next + new))
        self._next += new
        self._commission = [node for node in self._commission if node not in leaving] + names
        self._at = voters[out:] + names[:joined], rest[0], rest[1]
        self.swaps.append(leaving)
        self._joined.append((t, names[:joined]))

    def newcomers(self) -> Iterator[Event]:
        """Yield what newcomers adopt of the terms before theirs."""
        for t, joined in self._joined:
            yield from (Decide(s, node, 0) for s in range(1, t + 1) for node in joined)

    def _reloads(self, t: int, alive: tuple[Group, Group, Group]) -> Iterator[Event]:
        """Yield who reloads its log: whoever misses the first block of an honest butler."""
        if self._many("stall", t) and self._at[1]:
            yield Fault(t, self._at[1][0], "reload")
            return
        if not self._many("used", t) or not self._many("fair", t) + self._many("late", t):
            return
        had = self._taken if not self._many("both", t) else self._taken - {*alive[0], *alive[1]}
        missing = {*self._at[0], *self._at[1]} - had
        yield from (Fault(t, node, "reload") for node in sorted(missing))

    def _elect(self, t: int) -> None:
        """Choose the next team: of those with the block, and of the others, incumbents first."""
        if not self._i.closes(t):
            self.teams.append(sorted(self._team))
            return
        voters, butlers, others = self._at
        have = [*butlers, *others]
        behind = [node for node in self._correct if node not in have]
        crooks = self._crooks[: self._many("crooks", t)]
        seated = have[: self._many("g", t)]
        rest = behind[: self._i.butlers - len(crooks) - len(seated)]
        self._team = sorted([*crooks, *seated, *rest])
        self._at = voters, seated, have[len(seated) :]
        self.teams.append(self._team)

    def _blocks(self, t: int) -> Iterator[tuple[int, tuple[Group, Group, Group]]]:
        """Yield makers and adopters of the blocks of height t, the live one first.

        The honest butler who makes one is the first of those who have the block below.
        """
        voters, butlers, others = (list(group) for group in self._at)
        crook = next((node for node in self._team if node in self._crooks), self._team[0])
        producer = butlers[0] if butlers else crook

        def take(what: str) -> tuple[Group, Group, Group]:
            sizes = [self._many(f"{what}_{role}", t) for role in "cgo"]
            if not what:
                seated = "gl" if self._i.outside else "g"
                voting = "cl" if self._i.swaps else "c"
                sizes = [self._many(name, t) for name in (voting, seated, "ol")]
            taken = []
            for group, size in zip((voters, butlers, others), sizes, strict=True):
                taken.append(group[:size])
                del group[:size]
            return taken[0], taken[1], taken[2]

        late = take("late")
        if self._many("mine", t) or self._many("fair", t):
            yield (crook if self._many("mine", t) else producer), take("")
        if blocks := self._many("dead", t):
            nodes = [node for group in take("dead") for node in group]
            yield from ((crook, (nodes[place::blocks], [], [])) for place in range(blocks))
        if self._many("late", t):
            yield producer, late
