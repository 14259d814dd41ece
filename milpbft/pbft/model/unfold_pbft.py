"""Runs of PBFT with names: everybody tells everybody."""

from __future__ import annotations

from typing import TYPE_CHECKING

from milpbft.pbft.model.certificates import Claim, Wishes
from milpbft.pbft.model.unfolding import NEW_VIEW, PROPOSAL, Unfolding, suffix

if TYPE_CHECKING:
    from milpbft.automaton.table import Act
    from milpbft.pbft.model.stage import Label


class PbftWishes(Wishes):
    """View changes with prepared certificates."""

    def shows(self, ground: Claim) -> bool:
        """Whether n - f nodes took the proposal, Byzantine ones included."""
        primary, liars = ground.view, self.stage.byzantine
        proposed = primary in liars or any(
            self.stage.has_sent((kind + suffix(ground.value), primary, primary))
            for kind in (PROPOSAL, NEW_VIEW["open"])
        )
        prepares = self._prepares(ground)
        taken = [e for e in prepares if e[2] in liars or self.stage.has_sent(e)]
        return bool(liars) and proposed and len(taken) + 1 >= self.quorum

    def backing(self, ground: Claim) -> list[Label]:
        """Return the prepares of Byzantine nodes."""
        return [e for e in self._prepares(ground) if e[2] in self.stage.byzantine]

    def _prepares(self, ground: Claim) -> list[Label]:
        nodes = (i for i in range(self.instance.n) if i != ground.view)
        return [(f"Prepare{suffix(ground.value)}", ground.view, i) for i in nodes]


class PbftUnfolding(Unfolding):
    """A run of PBFT."""

    wishes_of = PbftWishes

    def took(self, node: int, view: int, value: int) -> None:
        """Send a prepare to all."""
        self.stage.send(node, f"Prepare{suffix(value)}", view)

    def vote(self, node: int, act: Act) -> None:
        """Commit at n - f nodes that took the proposal, decide at n - f commits."""
        view, value, stage = act.view, act.value, self.stage
        if act.what == "commit":
            backups = (i for i in self.nodes if i != view)  # the proposal is its primary's prepare
            stage.show_some(node, self.all("Prepare", view, value, backups), self.quorum - 1)
            stage.send(node, f"Commit{suffix(value)}", view)
            self.claims[node] = Claim("prepared", view, value)
        else:
            stage.show_some(node, self.all("Commit", view, value, self.nodes), self.quorum)
            self.decide(node, view, value)
