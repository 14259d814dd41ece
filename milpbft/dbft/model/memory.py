"""What a node remembers of the proposals of views that it has left.

A node drops the commits of a view that sign another proposal than the one that it knows, and those
that are left count when it wants to return in a later view. What it did not know of a view when it
left it, it never learns. So where there are two proposals, and commits of other views count, a
location remembers for each view that was left which proposal the node knows: the first (0), the
other one (1), or none.

A primary knows its own proposal. It is correct, so that there is no other, and nothing to remember.

**Decoys.** With at most f Byzantine nodes, correct nodes of a view commit to one of its proposals
only, the first, as one may call it. The other one is good for nothing but to be known in later
views, in which commits to the first are dropped then. So where messages are not counted, it is
not among the proposals of the table, and a location remembers which views it knows the decoy of.
That nobody commits to it: M nodes prepare each of two proposals only if ``2 M <= n + F``, and
``2 (n - f) <= n + F`` gives ``n <= 2 f + F <= 3 f``. Who responds to it in its own view could as
well ask for the next view, and be shown it before it goes: at rest, who does not commit in a view
has asked to leave it.
"""

from __future__ import annotations

import re
from itertools import product
from typing import TYPE_CHECKING

from milpbft.dbft.returns import ReturnRule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from milpbft.dbft.model.variant import Variant

Memory = tuple[int | None, ...]
"""By view that was left: the proposal that a node knows of it. It ends with the last known one."""

LETTERS: dict[int | None, str] = {None: "n", 0: "f", 1: "o"}


def forgets(variant: Variant) -> bool:
    """Whether correct commits of other views may count or not, as a node knows their proposals."""
    two = variant.values > 1 or variant.decoys
    counts = variant.returns in {ReturnRule.ANY_VIEW, ReturnRule.COMMITTED_OR_LOST}
    return variant.reading != "given" and counts and two and variant.liars and variant.rests


def remembers(variant: Variant) -> bool:
    """Whether the locations of a variant remember proposals.

    Not where lost nodes count: there a node that is shown a request answers it, unless it has heard
    of many nodes before. The table lets it know what it likes then, which is a bound.
    """
    return forgets(variant) and variant.returns is ReturnRule.ANY_VIEW


def unseen(variant: Variant) -> tuple[int, ...]:
    """Return the proposals that a node in view change may be shown, and remember."""
    if not remembers(variant):
        return ()
    return (1,) if variant.decoys else tuple(range(variant.values))


def learned(memory: Memory, view: int, proposal: int | None) -> Memory:
    """Return the memory of a node that leaves `view`, whose `proposal` it knows."""
    if proposal is None:
        return memory
    return (*memory, *(None for _ in range(len(memory), view)), proposal)


def memories(klass: int | None, view: int, variant: Variant) -> Iterator[Memory]:
    """Yield what a node of a class can remember that has just entered `view`; nothing first."""
    if not remembers(variant):
        yield ()
        return
    some = (None, *unseen(variant))
    known = [(None,) if klass == u else some for u in range(view)]
    for proposals in product(*known):
        memory: Memory = ()
        for u, proposal in enumerate(proposals):
            memory = learned(memory, u, proposal)
        yield memory


def mark(memory: Memory) -> str:
    """End of the names of locations with a memory."""
    return "_" + "".join(LETTERS[proposal] for proposal in memory) if memory else ""


def recalled(place: str, view: int) -> str | None:
    """Read in a location's name which proposal of a view a node knows: how its messages end."""
    match = re.search(r"_([nfo]+)$", place)
    letter = match.group(1)[view : view + 1] if match else ""
    return {"f": "", "o": "#1"}.get(letter)


def proposals(memory: Memory, view: int, variant: Variant) -> tuple[int, ...]:
    """Return the proposals of a view that was left, to which a node counts commits."""
    known = memory[view] if view < len(memory) else None
    everything = tuple(range(variant.values))
    return everything if known is None else tuple(k for k in everything if k == known)
