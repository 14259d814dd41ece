"""Whether nobody does anything more once all that is owed was delivered: the replicas tell."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from milpbft.dbft.enumerate.local import Stimulus
from milpbft.dbft.reference.messages import Commit, PrepareRequest

if TYPE_CHECKING:
    from milpbft.dbft.enumerate.catalogue import Label
    from milpbft.dbft.enumerate.local import Counts, Local
    from milpbft.dbft.enumerate.space import Space, State

Senders = dict["Label", list[int]]


class MissedError(AssertionError):
    """A replica acts at the end although no move of its was known: the exploration is wrong."""


class Quiescence:
    """Delivers everything to real replicas, lets their timers expire, and listens.

    Parameters
    ----------
    space
        The local states.
    patient
        Whether timers depend on the messages shown
        (:attr:`milpbft.dbft.reference.rules.Rules.patient`). Then a Byzantine node may also show a
        commit just to keep someone waiting.
    """

    def __init__(self, space: Space, *, patient: bool) -> None:
        self.patient = patient
        self._space = space
        self._verdicts: dict[tuple[int, tuple[int, ...], frozenset[int]], Counts | None] = {}

    def silent(self, state: State) -> bool:
        """Whether every correct node stays silent in a state where no message is owed an act."""
        return self.byzantine_messages(state) is not None

    def byzantine_messages(self, state: State) -> dict[int, Counts] | None:
        """Return what Byzantine nodes must have shown in each local state to keep it silent.

        None where some correct node is not silent whatever they do.
        """
        space = self._space
        liars = space.liars(state)
        sent: Senders | None = None
        said = [space.sent[number] for number in state]
        byzantine_messages: dict[int, Counts] = {}
        for place, (node, number) in enumerate(zip(space.nodes, state, strict=True)):
            if number == 0 or not space.locals[number].active:
                continue
            case = (number, tuple(sorted(said[:place] + said[place + 1 :])), liars)
            if case not in self._verdicts:
                sent = sent or self._sent(state)
                self._verdicts[case] = self._keeps_still(node, space.locals[number], sent, liars)
            if (kept := self._verdicts[case]) is None:
                return None
            byzantine_messages[number] = kept
        return byzantine_messages

    def _sent(self, state: State) -> Senders:
        sent: Senders = defaultdict(list)
        for node, number in zip(self._space.nodes, state, strict=True):
            for label in self._space.locals[number].said:
                sent[label].append(node)
        return sent

    def _keeps_still(
        self, node: int, local: Local, sent: Senders, liars: frozenset[int]
    ) -> Counts | None:
        tries = [local.byzantine]
        if self.patient and liars:
            commits = [k for k in self._space.catalogue.labels if k[0].startswith(Commit.kind)]
            useful = [k for k in commits if sent.get((PrepareRequest.kind, k[1])) or "#" in k[0]]
            tries += [(*local.byzantine, (label, len(liars))) for label in useful]
        silent = (
            byzantine for byzantine in tries if self._listen(node, local, sent, liars, byzantine)
        )
        return next(silent, None)

    def _listen(
        self, node: int, local: Local, sent: Senders, liars: frozenset[int], byzantine: Counts
    ) -> bool:
        catalogue = self._space.catalogue
        can = {label: catalogue.senders(label, node) for label in catalogue.labels}
        lies = {label: [i for i in can[label] if i in liars] for label in can}
        senders = {label: [*sent.get(label, ()), *lies[label]] for label in can}
        senders = {label: [i for i in senders[label] if i != node] for label in can}
        # What is forgotten may have come from anybody: histories that differ in it are one.
        counting = {label: senders[label] for label, _ in local.shown}
        run = self._space.probe.rerun(local, node, counting, liars)
        for label, correct in sent.items():
            run.hear(label, [i for i in correct if i != node])
        for label, count in byzantine:
            run.hear(label, lies[label][:count])
        if deeds := run.take(Stimulus()):
            # A correct node's later change view may count where a Byzantine one did: a move
            # that is known, but not known to be owed. Without Byzantine nodes all moves are known.
            if not liars:
                raise MissedError(f"node {node} in {local} does {deeds}")
            return False
        return not run.take(Stimulus(timer=True))
