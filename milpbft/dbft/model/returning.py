"""How a node in view change takes part again, as guards of the rule tables.

More than f nodes must have committed, and a node can only count what it knows.

**Lies.** A Byzantine node can show a commit too. Where commits of every view count, its lie is one
of a later view in which a Byzantine node is primary, to a block that nobody proposed. Once it has
done its work that primary shows the node its request, and the node drops the lie: lies last as long
as the adversary likes. Where only commits of the node's own view count, they are to the proposal
that the node knows, stay with it, and count for its block. All nodes that return in a view, stay
there and decide nothing may be shown the same number of lies, the most that one of them is shown:
with it, each could return no later, and those of the most decide nothing either. That number is a
parameter of the automaton, ``L_v``. Who leaves the view, crashes or decides can be shown all lies.

**Commits that it has.** What a node was shown to return it never loses, so that where nodes may
miss messages it takes part from then on, in later views too where commits of every view count. If
M is f + 2, who was shown f + 1 of its own view has M with its own, and accepts at once. Then there
is a way for commits of each view, and one for commits of both; a node must go back as soon as there
are enough in all.

Where there are liars too, a node that needs their commits was shown f of correct nodes at most.
Once it has dropped the lies it has too few to return, and too few for a block with its own: it
counts as one that was shown none. Where commits of the node's own view alone count, lies stay, and
who was shown fewer of them loses fewer messages: no one number would do for all.

**Two proposals.** A node drops commits of its view that sign another proposal than the one that it
knows, and those of views that it left (:mod:`milpbft.dbft.model.state`). Of a later view it knows
none, which lets it return with most commits. At the end the adversary may show it that of a
Byzantine primary which makes it drop most: then it must return only if the commits suffice with
each.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import combinations, product
from typing import TYPE_CHECKING

from milpbft.automaton.condition import TRUE, Condition, all_of, at_least
from milpbft.automaton.linear import Linear
from milpbft.dbft.model.state import MIXED, Memory, State, forgets, proposals, remembers, showed
from milpbft.dbft.returns import ReturnRule
from milpbft.table import BYZANTINE, FAULTS, NODES, NONE, ONE, Need, need, suffix

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from milpbft.dbft.model.variant import Variant

MOST = 1000
"""Most nodes of an instance."""
ENOUGH = FAULTS + 1
"""Commits that let a node return."""
FREE = Need(TRUE, TRUE)
SOME, ALL = "l", "m"
"""Phases of nodes that were shown ``L_v`` lies of their own view, or as many as there are."""


@dataclass(frozen=True)
class Way:
    """One way in which a node takes part again in its view.

    Parameters
    ----------
    respond, commit
        What it needs for its response, and for its commit.
    again, committed
        Its phases after the response and after the commit.
    lies
        How many Byzantine commits of its own view it has then.
    owed
        Whether a node has to go this way where what correct nodes sent suffices.
    shown
        Which commits it has then, as of :class:`~milpbft.dbft.model.state.State`.
    """

    respond: Need
    commit: Need
    again: str = "X"
    committed: str = "C"
    lies: Linear = NONE
    owed: bool = True
    shown: int | None = None

    @property
    def marked(self) -> str:
        """How the phase is told apart of a node that committed after it went this way."""
        return self.committed.removeprefix("C")

    @property
    def ending(self) -> str:
        """How rules are told apart of a node that goes this way."""
        return self.marked + showed(self.shown)

    @property
    def phases(self) -> tuple[str, ...]:
        """Phases that only nodes are in that went this way."""
        again = (self.again,) if self.stays else ()
        return (*again, self.committed) if self.marked else again

    @property
    def stays(self) -> bool:
        """Whether the node still takes part after its response, whatever it is shown."""
        return self.again != "X"


def ways(variant: Variant, view: int, value: int, memory: Memory) -> Iterator[Way]:
    """Yield the ways back of a node that knows proposal `value` of its view."""
    own = f"com_{view}{suffix(value)}"
    given = variant.reading == "given"
    match variant.returns:
        case ReturnRule.NEVER:
            return
        case ReturnRule.OWN_VIEW if false_commits(variant):
            some = Linear.of(f"L_{view}{suffix(value)}")
            for phase, lies in ((SOME, some), (ALL, BYZANTINE)):
                back = need((own,), ENOUGH, lies)
                yield Way(back, back, f"Y{phase}", f"C{phase}", lies, owed=phase == SOME)
        case ReturnRule.OWN_VIEW:
            back = need((own,), ENOUGH, BYZANTINE)
            yield Way(back, back, "Y" if given else "X")
        case ReturnRule.ANY_VIEW:
            back = _everywhere(variant, view, value, memory)
            yield Way(back, back, "Y" if given else "X")
        case ReturnRule.COMMITTED_OR_LOST if given:
            few = at_least(NODES - ENOUGH - 1 - Linear.of(f"heard_{view}"))
            yield Way(Need(few, few), Need(few, few))
        case ReturnRule.COMMITTED_OR_LOST:
            owed = _everywhere(variant, view, value, memory, f"silent_{view}").sent
            later = (f"com_{u}{suffix(k)}" for u, k in _later(variant, view))
            one = need((own, *later), ONE, BYZANTINE)
            yield Way(Need(TRUE, owed), Need(one.shown, owed))


def missing(variant: Variant, state: State, value: int) -> Iterator[Way]:
    """Yield the ways back of a node that may miss messages, and knows proposal `value`."""
    if variant.returns is ReturnRule.NEVER:
        return
    if state.shown is not None:
        yield Way(FREE, FREE, shown=state.shown)
        return
    if variant.returns is ReturnRule.OWN_VIEW:
        own = need((f"com_{state.view}{suffix(value)}",), ENOUGH)
        yield Way(own, own, shown=state.view)
        return
    back = _everywhere(variant, state.view, value, ())
    views = range(variant.views)
    if variant.liars:
        # Of the commits that it was shown, T at most were of correct nodes: it has too few.
        lied = back.shown & at_least(BYZANTINE - ONE)
        yield Way(Need(lied, back.sent), Need(lied, back.sent))
    if not variant.tight:
        yield Way(Need(back.sent, back.sent), Need(back.sent, back.sent), shown=MIXED)
        return
    for u in views:
        of_one = replace(back, shown=need((f"com_{u}",), ENOUGH).sent)
        yield Way(of_one, of_one, owed=u == 0, shown=u)
    for pair in combinations(views, 2):
        some = [need((f"com_{u}",), ONE).sent for u in pair]
        mixed = replace(back, shown=all_of([back.sent, *some]))
        yield Way(mixed, mixed, owed=False, shown=MIXED)


def false_commits(variant: Variant) -> tuple[str, ...]:
    """Name the parameters that count Byzantine commits of a node's own view that stay with it."""
    kept = variant.liars and variant.rests and variant.reading != "given"
    if variant.returns is not ReturnRule.OWN_VIEW or not kept:
        return ()
    pairs = product(range(variant.views), range(variant.values))
    return tuple(f"L_{view}{suffix(value)}" for view, value in pairs)


def _later(variant: Variant, view: int) -> Iterator[tuple[int, int]]:
    return product(range(view + 1, variant.views), range(variant.values))


def _everywhere(variant: Variant, view: int, value: int, memory: Memory, *more: str) -> Need:
    """More than f nodes committed in any view, or are counted by `more` counters."""
    own = [*more, f"com_{view}{suffix(value)}"]
    views = [u for u in range(variant.views) if u != view]
    remembered = {u: proposals(memory, u, variant) for u in range(view)}
    pairs = [(u, k) for u in views for k in remembered.get(u, range(variant.values))]
    back = need((*own, *_commits(pairs)), ENOUGH, BYZANTINE)
    if not forgets(variant):
        return back
    if remembers(variant):
        known = [(u, k) for u, k in pairs if u < view]
        return Need(
            back.shown, _whatever(variant, [*own, *_commits(known)], range(view + 1, variant.views))
        )
    return Need(back.shown, _whatever(variant, own, views))


def _commits(pairs: Iterable[tuple[int, int]]) -> list[str]:
    return [f"com_{u}{suffix(k)}" for u, k in pairs]


def _whatever(variant: Variant, known: list[str], views: Iterable[int]) -> Condition:
    """More than f commits of correct nodes, whichever proposals of some views a node knows.

    ``known + sum of com_u(k_u) + MOST * sum of (1 - F_u) over k_u = 1 >= T + 1`` for each choice of
    k: a correct primary has no other proposal.
    """
    atoms = []
    for choice in product(*([(u, 0), (u, 1)] for u in views)):
        commits = [*known, *_commits((u, k) for u, k in choice if k < variant.values)]
        count = Linear.combine((name, 1) for name in commits)
        for u, k in choice:
            count += k * MOST * (ONE - Linear.of(f"F_{u}"))
        atoms.append(at_least(count - ENOUGH))
    return all_of(atoms)
