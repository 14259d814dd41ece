"""What a replica can do next in a state of its own, found by running it.

A *move* is a smallest set of further messages that makes the replica act, or an expired timer, with
the state that it is in then. Nothing here knows the replica's rules.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from milpbft.dbft.enumerate.local import Deed, Local, Run, Stimulus
from milpbft.dbft.reference.messages import ChangeView

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from milpbft.dbft.enumerate.catalogue import Catalogue, Label


@dataclass(frozen=True, slots=True)
class Move:
    """A node's next acts, and the least that makes it do them.

    Parameters
    ----------
    stimulus
        The messages that it must be shown beside those that it was shown before.
    deeds
        What it does at once, nearly always one thing.
    target
        Its state after that.
    """

    stimulus: Stimulus
    deeds: tuple[Deed, ...]
    target: Local


class Probe:
    """Runs replicas of one reference in given local states.

    Parameters
    ----------
    catalogue
        The messages that there can be.
    backwards
        Names the senders in the opposite order. Who the senders are must not matter.
    """

    def __init__(self, catalogue: Catalogue, *, backwards: bool = False) -> None:
        self.catalogue = catalogue
        self._backwards = backwards
        self._histories: dict[Local, tuple[Stimulus, ...]] = {}
        self._moves: dict[tuple[Local, bool], tuple[Move, ...]] = {}

    def start(self, node: int) -> Local:
        """Return the state of `node` before anything happens."""
        local = Local(node)
        self._histories[local] = ()
        return local

    def moves(self, local: Local, *, later: bool = False) -> tuple[Move, ...]:
        """Return every move from a state that :meth:`start` or a move led to.

        Of each first act there are all the smallest sets of messages. They are found from above:
        shown all that the caps allow, the replica does something; messages are taken away while
        that stays its first act; then the caps are lowered so that this set no longer fits. That
        finds all where, shown more, a replica does the same first or what it prefers to that.

        Parameters
        ----------
        later
            Shows change views of later views as well.
        """
        if local != local.bare:
            raise ValueError("moves do not depend on who sent what: ask for those of `bare`")
        if (local, later) not in self._moves:
            found = tuple(self._find(local, later=later)) if local.active else ()
            self._moves[local, later] = found
        return self._moves[local, later]

    def _find(self, local: Local, *, later: bool) -> Iterator[Move]:
        expired = Stimulus(timer=True)
        if self._deeds(local, expired):
            yield self._move(local, expired)
        labels, caps = self._useful(local, later=later)
        found: dict[tuple[int, ...], Deed] = {}
        open_caps, seen = [caps], {caps}
        while open_caps:
            caps = open_caps.pop()
            first = self._first(local, labels, caps)
            if first is None:
                continue
            known = (k for k, deed in found.items() if deed == first and _fits(k, caps))
            least = next(known, None) or self._shrink(local, labels, caps, first)
            if least not in found:
                found[least] = first
                yield self._move(local, _stimulus(labels, least))
            lower = [_lowered(caps, i, count - 1) for i, count in enumerate(least) if count]
            open_caps += [item for item in lower if item not in seen]
            seen.update(lower)

    def _useful(self, local: Local, *, later: bool) -> tuple[list[Label], tuple[int, ...]]:
        """Labels that the replica takes, and how many more senders it can have them from.

        Without restarts, a run needs no change views from later views: nobody gets there before a
        quorum has asked to leave this one, so that there are enough of this view's own, and those
        force the least.
        """
        shown = dict(local.shown)
        labels, caps = [], []
        for label in self.catalogue.labels:
            kind, view = label
            if kind == ChangeView.kind and view != local.view and not later:
                continue
            rest = len(self.catalogue.senders(label, local.node)) - shown.get(label, 0)
            if rest > 0 and self._takes(local, label):
                labels.append(label)
                caps.append(rest)
        return labels, tuple(caps)

    def _takes(self, local: Local, label: Label) -> bool:
        run = self.rerun(local)
        before = run.replica.dropped.total()
        run.show(label, 1)
        return run.replica.dropped.total() == before

    def _shrink(
        self, local: Local, labels: Sequence[Label], counts: tuple[int, ...], first: Deed
    ) -> tuple[int, ...]:
        """Take messages away while `first` stays the first act, until none can be spared."""
        before: tuple[int, ...] = ()
        while counts != before:
            before = counts
            for i, most in enumerate(before):
                trials = (_lowered(counts, i, fewer) for fewer in range(most))
                same = (t for t in trials if self._first(local, labels, t) == first)
                counts = next(same, counts)
        return counts

    def _first(self, local: Local, labels: Sequence[Label], counts: tuple[int, ...]) -> Deed | None:
        return next(iter(self._deeds(local, _stimulus(labels, counts))), None)

    def _deeds(self, local: Local, stimulus: Stimulus) -> tuple[Deed, ...]:
        return self.rerun(local).take(stimulus)

    def _move(self, local: Local, stimulus: Stimulus) -> Move:
        run = self.rerun(local)
        deeds = run.take(stimulus)
        target = run.local(local, stimulus)
        self._histories.setdefault(target, (*self._histories[local], stimulus))
        return Move(stimulus, deeds, target)

    def rerun(
        self,
        local: Local,
        node: int | None = None,
        sent: Mapping[Label, Sequence[int]] = MappingProxyType({}),
        liars: frozenset[int] = frozenset(),
    ) -> Run:
        """Run a new replica into `local`.

        Parameters
        ----------
        node
            The backup that is run where another stands for it.
        sent, liars
            As for :class:`Run`.
        """
        who = local.node if node is None else node
        run = Run(self.catalogue, who, sent, liars=liars, backwards=self._backwards)
        for stimulus in self._histories[local.bare]:
            run.take(stimulus)
        return run


def _stimulus(labels: Sequence[Label], counts: Sequence[int]) -> Stimulus:
    return Stimulus(tuple((k, c) for k, c in zip(labels, counts, strict=True) if c))


def _lowered(counts: tuple[int, ...], i: int, count: int) -> tuple[int, ...]:
    return (*counts[:i], count, *counts[i + 1 :])


def _fits(counts: tuple[int, ...], caps: tuple[int, ...]) -> bool:
    return all(count <= cap for count, cap in zip(counts, caps, strict=True))
