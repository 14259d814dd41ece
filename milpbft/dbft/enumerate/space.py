"""The local states of all nodes, numbered, and what leads from each to which."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from milpbft.dbft.enumerate.local import ENTER, Counts, Local
from milpbft.dbft.enumerate.losing import base
from milpbft.dbft.enumerate.probe import Move, Probe
from milpbft.dbft.enumerate.tally import Tally, distinct

if TYPE_CHECKING:
    from milpbft.dbft.enumerate.catalogue import Catalogue, Label

State = tuple[int, ...]
"""Per node the number of its local state, primaries first, backups sorted; 0 is Byzantine."""


@dataclass(frozen=True, slots=True)
class Guarded:
    """A move with what must have been sent for it, packed."""

    move: Move
    needed: int
    mixed: tuple[Label, ...]
    """Labels of one kind that need different senders, each as often as it needs one."""
    leaves: bool


class Space:
    """Numbers the local states, and knows what leads from each to which.

    Parameters
    ----------
    catalogue
        The messages.
    n
        Number of nodes.
    views
        Number of views.
    restarts
        Whether nodes start again. Then fewer of those that asked to leave a view may be others than
        the node itself, and change views of later views matter too.
    """

    def __init__(self, catalogue: Catalogue, n: int, views: int, *, restarts: bool = False) -> None:
        self.catalogue = catalogue
        self.probe = Probe(catalogue)
        self._restarts = restarts
        self.tally = Tally(catalogue.labels)
        self.views = views
        self.primaries = tuple(catalogue.primary(view) for view in range(views))
        self.backups = tuple(node for node in range(n) if node not in self.primaries)
        self.nodes = (*self.primaries, *self.backups)
        """The nodes in the order of a state."""
        self.locals: list[Local] = [Local(-1)]
        self.sent: list[int] = [0]
        self.byzantine: list[int] = [0]
        self._lies: dict[tuple[frozenset[int], tuple[bool, ...]], int] = {}
        self._numbers: dict[Local, int] = {}
        self._moves: dict[int, list[Guarded]] = {0: []}
        self._owed: dict[int, list[Guarded]] = {0: []}

    def number(self, local: Local) -> int:
        """Return the number of a local state."""
        number = self._numbers.setdefault(local, len(self.locals))
        if number == len(self.locals):
            self.locals.append(local)
            self.sent.append(self.tally.pack(dict.fromkeys(local.said, 1)))
            self.byzantine.append(self.tally.pack(dict(local.byzantine)))
        return number

    def named(self, liars: frozenset[int]) -> dict[int, int]:
        """Return the local state of every node before anything happens, 0 for `liars`."""
        stand_in = max(self.backups, default=0)
        starts = {i: self.number(self.probe.start(i)) for i in self.primaries}
        starts |= dict.fromkeys(self.backups, self.number(self.probe.start(stand_in)))
        return {node: 0 if node in liars else number for node, number in starts.items()}

    def start(self, liars: frozenset[int]) -> State:
        """Return the state before anything happens, `liars` being Byzantine."""
        return self.canonical(list(self.named(liars).values()))

    def liars(self, state: State) -> frozenset[int]:
        """Return the Byzantine nodes."""
        return frozenset(i for i, number in zip(self.nodes, state, strict=True) if number == 0)

    def lies(self, state: State, sent: int) -> int:
        """Return how many Byzantine nodes can send each label now, packed.

        Nobody foresees what a correct primary will propose; about something else, which it never
        proposes, they may always speak.
        """
        if 0 not in state:
            return 0
        liars = self.liars(state)
        proposals = self.catalogue.proposals
        known = tuple(
            i in liars or self.tally.count(sent, label) > 0
            for i, label in zip(self.primaries, proposals, strict=True)
        )
        if (liars, known) not in self._lies:
            said = dict.fromkeys(self.catalogue.labels, 0)
            for label in said:
                if known[label[1]] or not self.catalogue.concerns_first(label):
                    said[label] = len(liars.intersection(self.catalogue.senders(label)))
            self._lies[liars, known] = self.tally.pack(said)
        return self._lies[liars, known]

    def distinct(self, state: State, place: int, item: Guarded, lies: int) -> bool:
        """Whether different nodes can send the node at `place` what must come from such."""
        if not item.mixed:
            return True
        others = [(i, number) for i, number in enumerate(state) if i != place]
        return distinct(
            [
                frozenset(
                    i
                    for i, k in others
                    if (label in self.locals[k].said if k else self.tally.count(lies, label))
                )
                for label in item.mixed
            ]
        )

    def canonical(self, numbers: list[int]) -> State:
        """Sort the backups, who are interchangeable."""
        fixed = len(self.primaries)
        return (*numbers[:fixed], *sorted(numbers[fixed:]))

    def moves(self, number: int) -> list[Guarded]:
        """Return the moves of a local state."""
        if number not in self._moves:
            self._moves[number] = self._found(number, later=self._restarts)
        return self._moves[number]

    def owed(self, number: int) -> list[Guarded]:
        """Return the moves of a local state, those that change views of later views allow too.

        Where messages are lost, the network may deliver these and not those of the view itself.
        """
        if number not in self._owed:
            self._owed[number] = self._found(number, later=True)
        return self._owed[number]

    def _found(self, number: int, *, later: bool) -> list[Guarded]:
        bare = self.locals[number].bare
        return [self._guarded(bare, m) for m in self.probe.moves(bare, later=later)]

    def _guarded(self, local: Local, move: Move) -> Guarded:
        shown = dict(local.shown)
        messages = move.stimulus.messages
        needed = {label: shown.get(label, 0) + count for label, count in messages}
        kinds = Counter(base(label) for label, _ in messages)
        mixed = [[label] * count for label, count in messages if kinds[base(label)] > 1]
        return Guarded(
            move,
            self.tally.pack(needed),
            tuple(label for labels in mixed for label in labels),
            any(what == ENTER and view >= self.views for what, view in move.deeds),
        )

    def after(self, number: int, move: Move, correct: int) -> int:
        """Return the local state after a move, the fewest possible messages being Byzantine ones.

        Parameters
        ----------
        correct
            What other nodes than the Byzantine have sent, packed.
        """
        before = self.locals[number]
        target = replace(move.target, before=before.before, restarts=before.restarts)
        byzantine = dict(before.byzantine)
        shown = dict(before.shown)
        for label, more in move.stimulus.messages:
            missing = shown.get(label, 0) + more - self.tally.count(correct, label)
            if missing > byzantine.get(label, 0):
                byzantine[label] = missing
        if not byzantine:
            return self.number(target)
        kept = dict(target.shown)
        byzantine_messages: Counts = tuple(
            sorted((k, c) for k, c in byzantine.items() if k in kept)
        )
        return self.number(replace(target, byzantine=byzantine_messages))
