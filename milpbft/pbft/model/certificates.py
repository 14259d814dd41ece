"""What view changes of a run claim, and which of them a new view can rest on."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from milpbft.pbft.instance import PbftInstance
    from milpbft.pbft.model.stage import Label, Stage


class Claim(NamedTuple):
    """What a view change claims first.

    Parameters
    ----------
    kind
        ``plain`` nothing, ``signed`` a sign share, ``prepared`` a prepare certificate, ``decided``
        the proof of a decision.
    view, value
        Where it is from, and what it is about; of ``plain`` neither counts.
    """

    kind: str
    view: int = -1
    value: int = 0

    @property
    def label(self) -> str:
        """Kind of the view change in schedules."""
        if self.kind == "plain":
            return "ViewChange"
        name = f"{self.kind.capitalize()}ViewChange"
        return f"{name}#{self.value}" if self.value else name


PLAIN = Claim("plain")


class Chosen(NamedTuple):
    """View changes that a new view rests on.

    Parameters
    ----------
    ground
        The highest claim among them; plain where the primary proposes what it likes.
    labels
        The view changes, in the order in which they should come.
    """

    ground: Claim
    labels: list[Label]


class Wishes(ABC):
    """The view changes of a run of PBFT or Linear BFT.

    Parameters
    ----------
    instance
        What was asked.
    stage
        Where they are sent.
    """

    def __init__(self, instance: PbftInstance, stage: Stage) -> None:
        self.instance = instance
        self.stage = stage
        self.quorum = instance.n - instance.f
        self._claims: dict[tuple[int, int], Claim] = {}

    def add(self, node: int, view: int, claim: Claim) -> None:
        """Let a correct node send its view change."""
        self._claims[view, node] = claim
        self.stage.send(node, claim.label, view)

    def all(self, view: int) -> Iterator[Label]:
        """Yield a view change of each node; Byzantine ones claim nothing."""
        for node in range(self.instance.n):
            yield self._claims.get((view, node), PLAIN).label, view, node

    def heard(self, view: int) -> int:
        """Count the correct nodes that have asked for a view before now."""
        mine = ((claim.label, v, node) for (v, node), claim in self._claims.items() if v == view)
        return sum(map(self.stage.has_sent, mine))

    def choose(
        self, what: str, view: int, value: int, own: int | None, *, bound: bool = False
    ) -> Chosen | None:
        """Choose view changes that let a view be opened with a value.

        Parameters
        ----------
        what
            ``open``, or ``teach`` for the proof of a decision.
        own
            The correct primary, whose own is counted first; None for a Byzantine one.
        bound
            Whether the primary has nothing to propose on its own account.

        Returns
        -------
        Chosen | None
            n - f of them in the order in which they should come; None where there are none.
        """
        grounds = list(self.grounds(what, view, value))
        for ground in reversed(grounds) if bound else grounds:
            if (labels := self._rest_on(ground, view, own)) is not None:
                return Chosen(ground, labels)
        return None

    def _rest_on(self, ground: Claim, view: int, own: int | None) -> list[Label] | None:
        known = {
            node: claim
            for (v, node), claim in self._claims.items()
            if v == view and (node == own or self.stage.has_sent((claim.label, view, node)))
        }
        if own is not None and not self.admits(known[own], ground):
            return None
        order = sorted(known, key=lambda node: (node != own, node))
        fitting = [node for node in order if self.admits(known[node], ground)]
        wanted = self.wanted(ground)
        support = [node for node in fitting if self.supports(known[node], ground)][:wanted]
        liars = list(self.stage.byzantine)
        if len(support) < wanted and not self.shows(ground):
            return None
        lending = liars[: max(0, wanted - len(support))]
        if len(support) + len(lending) < wanted:
            return None
        rest = [node for node in fitting if node not in support]
        if lending:
            self.stage.lie(self.backing(ground))
        chosen = [(known[i].label, view, i) for i in support]
        chosen += [(ground.label, view, i) for i in lending]
        chosen += [(PLAIN.label, view, i) for i in liars if i not in lending and own is None]
        chosen += [(known[i].label, view, i) for i in self.capped(rest, known, ground)]
        if own is not None:
            chosen += [(PLAIN.label, view, i) for i in liars if i not in lending]
            mine = (known[own].label, view, own)
            chosen = [mine, *(label for label in chosen if label != mine)]
        return chosen[: self.quorum] if len(chosen) >= self.quorum else None

    # ---- what a protocol's new views rest on

    def grounds(self, what: str, view: int, value: int) -> Iterator[Claim]:
        """Yield the highest claims on which a new view with a value can rest."""
        yield PLAIN
        if not self.instance.blind:
            yield from (Claim("prepared", lower, value) for lower in range(view))

    def admits(self, claim: Claim, ground: Claim) -> bool:
        """Whether a view change says nothing that outdoes the ground."""
        return self.instance.blind or claim.kind == "plain" or claim.view <= ground.view

    def supports(self, claim: Claim, ground: Claim) -> bool:
        """Whether a view change makes the ground hold."""
        return claim == ground

    def wanted(self, ground: Claim) -> int:
        """How many view changes make the ground hold."""
        return 0 if ground.kind == "plain" else 1

    @abstractmethod
    def shows(self, ground: Claim) -> bool:
        """Whether Byzantine nodes can claim the ground."""

    def backing(self, ground: Claim) -> list[Label]:
        """Return what Byzantine nodes sign so that they can claim the ground."""
        return []

    def capped(self, nodes: list[int], known: dict[int, Claim], ground: Claim) -> list[int]:
        """Keep of the other view changes those that do not speak too loudly."""
        return nodes
