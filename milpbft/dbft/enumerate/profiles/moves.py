"""What a node can do next: macro steps of silent deliveries and one input that makes it act."""

from __future__ import annotations

from typing import TYPE_CHECKING

from milpbft.dbft.enumerate.profiles.lone import HELLO, TIMER, Lone
from milpbft.dbft.reference.messages import ChangeView

if TYPE_CHECKING:
    from collections.abc import Iterator

    from milpbft.dbft.enumerate.profiles.lone import Label, Pool, Step

Path = tuple["Label", ...]


class Moves:
    """Finds and remembers the macro steps of single nodes.

    **Why macro steps are enough.** A delivery that makes a node say nothing concerns nobody else,
    and messages stay available: it can wait until right before the input that makes the node act.
    If it can even wait until after that input, with the same outcome and in silence, it waits: the
    macro step without it leads on to that with it.

    **Recovery messages** are given here part by part: what one carries are messages that were sent,
    each of which may be given at any time and more than once, and word that its sender is up. So
    there are no fewer executions than there are. So what a node said before it started again may
    be given to it, too.

    Parameters
    ----------
    lone
        The states.
    views
        Views that are explored.
    keeps
        Whether nodes keep what belongs to later views for then: nothing is gained by giving it
        earlier.
    """

    def __init__(self, lone: Lone, views: int, *, keeps: bool) -> None:
        self._lone = lone
        self._views = views
        self._keeps = keeps
        self._found: dict[tuple[int, Pool], list[Step]] = {}
        self._calm: dict[tuple[int, Pool], frozenset[int]] = {}

    def of(self, number: int, pool: Pool) -> list[Step]:
        """Return the macro steps of a node, given what was sent; those out of the views apart."""
        key = number, self._relevant(number, pool)
        if key not in self._found:
            self._found[key] = list(self._search(*key))
        return self._found[key]

    def _relevant(self, number: int, pool: Pool) -> Pool:
        local = self._lone.states[number]
        node, view = local.replica.node, local.replica.view
        others = (k for k in pool if k[1] != node and (k[0] != HELLO or k[2] == view))
        return frozenset(others) | (local.former & pool)

    def _inputs(self, number: int, pool: Pool) -> Iterator[Label]:
        view = self._lone.states[number].replica.view
        for label in pool:
            early = label[2] > view and self._keeps and label[0] != ChangeView.kind
            if not early:
                yield label

    def _search(self, number: int, pool: Pool) -> Iterator[Step]:
        lone = self._lone
        labels = sorted(pool)
        paths: dict[int, Path] = {number: ()}
        queue = [number]
        best: dict[int, int] = {}
        for at in queue:
            for label in (TIMER, *self._inputs(at, frozenset(labels))):
                step = lone.step(at, label)
                if not step.acts:
                    if step.after not in paths:
                        paths[step.after] = (*paths[at], label)
                        queue.append(step.after)
                elif not self._waits(number, (*paths[at], label), step):
                    best[step.after] = min(step.acts, best.get(step.after, step.acts))
        for after, acts in best.items():
            if lone.states[after].replica.view < self._views:
                yield type(step)(acts, after)

    def _waits(self, number: int, path: Path, step: Step) -> bool:
        """Whether something on the path can wait until after the act."""
        *silent, last = path
        for k, label in enumerate(silent):
            other = self._walk(number, (*silent[:k], *silent[k + 1 :]))
            if other is None:
                continue
            sooner = self._lone.step(other, last)
            if sooner.acts == step.acts:
                later = self._lone.step(sooner.after, label)
                if not later.acts and later.after == step.after:
                    return True
        return False

    def _walk(self, number: int, path: Path) -> int | None:
        for label in path:
            step = self._lone.step(number, label)
            if step.acts:
                return None
            number = step.after
        return number

    def calm(self, number: int, owed: Pool) -> frozenset[int]:
        """Return the states in which a node was given all that is owed, and did nothing."""
        owed = frozenset(k for k in owed if k[1] != self._lone.states[number].replica.node)
        key = number, owed
        if key not in self._calm:
            self._calm[key] = frozenset(self._calmed(number, owed))
        return self._calm[key]

    def _calmed(self, number: int, owed: Pool) -> Iterator[int]:
        seen, queue = {number}, [number]
        for at in queue:
            missing = owed - self._lone.states[at].given
            if not missing:
                yield at
            for label in sorted(missing):
                step = self._lone.step(at, label)
                if not step.acts and step.after not in seen:
                    seen.add(step.after)
                    queue.append(step.after)
