"""View-change sets of SBFT: certificates, sign shares, proofs of decisions, and ties of shares."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from milpbft.pbft.model.viewchangeset import PLAIN, Chosen, Evidence, LinearViewChanges

if TYPE_CHECKING:
    from collections.abc import Iterator

    from milpbft.table.stage import Sent


class SbftViewChanges(LinearViewChanges):
    """View changes with certificates, sign shares and proofs of decisions."""

    def grounds(self, what: str, view: int, value: int) -> Iterator[Evidence]:
        """Yield the highest evidence on which a new view with a value can rest."""
        if what == "prove":
            yield from (Evidence("decided", lower, value) for lower in range(view))
            return
        yield PLAIN
        if not self.variant.blind:
            yield from (Evidence("signed", lower, value) for lower in range(view))
            yield from (Evidence("prepared", lower, value) for lower in range(view))

    def admits(self, evidence: Evidence, ground: Evidence) -> bool:
        """Whether a view change says nothing that outdoes the ground, shares apart."""
        if evidence.kind == "decided" or ground.kind == "decided":
            return ground.kind == "decided"
        if evidence.kind != "prepared" or self.variant.blind:
            return True
        highest = ground.view if ground.kind == "prepared" else ground.view - 1
        return evidence.view <= highest

    def supports(self, evidence: Evidence, ground: Evidence) -> bool:
        """Whether a view change makes the ground hold."""
        if ground.kind == "signed":
            said = evidence.signed
            return said is not None and said[0] >= ground.view and said[1] == ground.value
        if ground.kind == "decided":
            return evidence.kind == "decided" and evidence.value == ground.value
        return super().supports(evidence, ground)

    def wanted(self, ground: Evidence) -> int:
        """How many view changes make the ground hold."""
        return self.enough if ground.kind == "signed" else super().wanted(ground)

    def shows(self, ground: Evidence) -> bool:
        """Whether Byzantine nodes can carry the ground: a share they sign themselves."""
        return ground.kind == "signed" or super().shows(ground)

    def capped(
        self, nodes: list[int], known: dict[int, Evidence], ground: Evidence, support: list[int]
    ) -> list[int]:
        """Keep at most f + c shares for each value of views after the ground's.

        Of shares that are the ground, those for another value of its view or later ones.
        """
        if ground.kind == "decided" or self.variant.blind:
            return nodes
        late = (self._late(known[node], ground) for node in support)
        counts = Counter[int | None](value for value in late if value is not None)
        kept: list[int] = []
        for node in nodes:
            value = self._late(known[node], ground)
            if value is None or (ground.kind, value) == ("signed", ground.value):
                kept.append(node)
            elif counts[value] < self.enough - 1:
                kept.append(node)
                counts[value] += 1
        return kept

    def _late(self, evidence: Evidence, ground: Evidence) -> int | None:
        """Return the value of a share that is of a later view than the ground, or of its view."""
        said, first = evidence.signed, ground.view + (ground.kind != "signed")
        return said[1] if said is not None and said[0] >= first else None

    # ---- ties

    def choose(
        self,
        what: str,
        view: int,
        value: int,
        own: int | None,
        *,
        bound: bool = False,
        mine: Evidence | None = None,
        least: int = 0,
    ) -> Chosen | None:
        """Choose view changes as other protocols do; else such as have evidence for two values.

        Then nothing was decided, and shares do not speak for any value.
        """
        found = super().choose(what, view, value, own, bound=bound, mine=mine, least=least)
        if found is not None or what != "open" or not self.variant.split:
            return found
        known = self.known(view, own, mine)
        for ground in self.grounds(what, view, value):
            for tie in range(ground.view + 1, view if ground.kind != "signed" else 0):
                changes = self._tied(ground, (tie, view), known, own)
                if changes is not None and len(changes) >= max(self.quorum, least):
                    return Chosen(ground, changes)
        return None

    def _tied(
        self, ground: Evidence, views: tuple[int, int], known: dict[int, Evidence], own: int | None
    ) -> list[Sent] | None:
        """Choose f + c + 1 shares for either value of a view or later ones, f + c of later ones.

        The primary's own comes first, then shares of that view: those of later ones are capped.

        Parameters
        ----------
        views
            Of the tie, and the one to open.
        """
        tie, view = views
        order = sorted(known, key=lambda node: (node != own, *self._rank(known[node], ground, tie)))
        fitting = [node for node in order if self.admits(known[node], ground)]
        if own is not None and own not in fitting:
            return None
        late = Evidence("plain", tie)
        kept = self.capped(fitting, known, late, [])
        lies: list[Sent] = []
        liars = list(self.stage.byzantine)
        if self.wanted(ground) and not any(self.supports(known[i], ground) for i in kept):
            if not (liars and self.shows(ground)):
                return None
            self.stage.lie(self.backing(ground))
            lies.append(ground.sent(view, liars.pop()))
        counts = Counter(said[1] for i in kept if (said := known[i].signed) and said[0] >= tie)
        for value in (0, 1):
            for _ in range(self.enough - counts[value]):
                if not liars:
                    return None
                lies.append(Evidence("signed", tie, value).sent(view, liars.pop()))
        grounded = [known[i].sent(view, i) for i in kept]
        return [*grounded, *lies, *(PLAIN.sent(view, i) for i in liars)]

    def _rank(self, evidence: Evidence, ground: Evidence, tie: int) -> tuple[bool, bool]:
        """Rank what makes the ground hold first, then shares of the view of the tie."""
        said = evidence.signed
        return not self.supports(evidence, ground), said is None or said[0] != tie
