"""Runs of Linear BFT and SBFT with names: shares go to the collector, certificates come back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from milpbft.pbft.model.certificates import PLAIN, Claim, Wishes
from milpbft.pbft.model.unfolding import Unfolding, suffix
from milpbft.schedule import Timeout

if TYPE_CHECKING:
    from collections.abc import Iterator

    from milpbft.automaton.table import Act
    from milpbft.pbft.model.stage import Label

FAST_PROOF, CERTIFICATE, COMMITS = "FullCommitProof", "PrepareCertificate", "CommitCertificate"


class LinearWishes(Wishes):
    """View changes with certificates."""

    made = (CERTIFICATE,)

    def shows(self, ground: Claim) -> bool:
        """Whether the collector made a certificate."""
        kinds = (CERTIFICATE,) if ground.kind == "prepared" else (FAST_PROOF, COMMITS)
        return any(
            self.stage.has_sent((kind + suffix(ground.value), ground.view, ground.view))
            for kind in kinds
        )


class SbftWishes(LinearWishes):
    """View changes with certificates, sign shares and proofs of decisions, for two views."""

    @property
    def evidence(self) -> int:
        """Shares that speak for a value: f + c + 1."""
        return self.instance.f + self.instance.redundant + 1

    def grounds(self, what: str, view: int, value: int) -> Iterator[Claim]:
        """Yield the highest claims on which a new view with a value can rest."""
        if what == "teach":
            yield from (Claim("decided", lower, value) for lower in range(view))
            return
        yield PLAIN
        if not self.instance.blind:
            yield from (Claim("signed", lower, value) for lower in range(view))
            yield from (Claim("prepared", lower, value) for lower in range(view))

    def admits(self, claim: Claim, ground: Claim) -> bool:
        """Whether a view change says nothing that outdoes the ground."""
        rank = ("plain", "signed", "prepared", "decided")
        most = {"plain": "signed"}.get(ground.kind, ground.kind)
        if self.instance.blind:
            most = "prepared"
        return rank.index(claim.kind) <= rank.index(most)

    def wanted(self, ground: Claim) -> int:
        """How many view changes make the ground hold."""
        return self.evidence if ground.kind == "signed" else super().wanted(ground)

    def shows(self, ground: Claim) -> bool:
        """Whether Byzantine nodes can claim the ground: a share they sign themselves."""
        return ground.kind == "signed" or super().shows(ground)

    def capped(self, nodes: list[int], known: dict[int, Claim], ground: Claim) -> list[int]:
        """Keep at most f + c shares for each value where they are not to count."""
        if ground != PLAIN or self.instance.blind:
            return nodes
        kept: list[int] = []
        for node in nodes:
            alike = [other for other in kept if known[other] == known[node]]
            if known[node] == PLAIN or len(alike) < self.evidence - 1:
                kept.append(node)
        return kept


class LinearUnfolding(Unfolding):
    """A run of Linear BFT."""

    wishes_of = LinearWishes
    share = "PrepareShare"
    """Kind of what a node sends to the collector once it took a proposal."""

    def took(self, node: int, view: int, value: int) -> None:
        """Send a share to the collector."""
        self.stage.send(node, self.share + suffix(value), view)

    def vote(self, node: int, act: Act) -> None:
        """Commit and decide on certificates; make them, as the collector."""
        view, value, stage = act.view, act.value, self.stage
        match act.what:
            case "commit":
                stage.show(node, [(CERTIFICATE + suffix(value), view, view)])
                stage.send(node, f"CommitShare{suffix(value)}", view)
                self.certified(node, view, value)
            case "decide":
                stage.show(node, [(COMMITS + suffix(value), view, view)])
                self.decide(node, view, value)
            case "certify":
                self._gather(node, self.share, view, value, self.quorum)
                stage.send(node, CERTIFICATE + suffix(value), view)
                self.certified(node, view, value)
            case "conclude":
                self._gather(node, "CommitShare", view, value, self.quorum)
                stage.send(node, COMMITS + suffix(value), view)
                self.decide(node, view, value)

    def certified(self, node: int, view: int, value: int) -> None:
        """Note that a node has a certificate."""
        self.claims[node] = Claim("prepared", view, value)

    def forge(self, act: Act) -> None:
        """Let a Byzantine collector make a certificate with the shares of its kind."""
        made = {"certify": (self.share, CERTIFICATE), "conclude": ("CommitShare", COMMITS)}
        made["shortcut"] = (self.share, FAST_PROOF)
        if act.what not in made:
            super().forge(act)
            return
        share, proof = made[act.what]
        self.stage.lie(self._shares(share, act.view, act.value))
        self.stage.send(act.view, proof + suffix(act.value), act.view)

    def _gather(self, node: int, share: str, view: int, value: int, quorum: int) -> None:
        """Show a collector shares of others; its own it has."""
        self.stage.show_some(node, self._shares(share, view, value), quorum - 1)

    def _shares(self, share: str, view: int, value: int) -> list[Label]:
        return self.all(share, view, value, (i for i in self.nodes if i != view))


class SbftUnfolding(LinearUnfolding):
    """A run of SBFT, with or without its slow path."""

    wishes_of = SbftWishes
    share = "SignShare"

    def took(self, node: int, view: int, value: int) -> None:
        """Send a share for each path, as one message, and claim it from now on."""
        super().took(node, view, value)
        self.proposed(node, view, value)

    def proposed(self, node: int, view: int, value: int) -> None:
        """Claim the share from now on, unless there is a certificate to claim."""
        if self.claims.get(node, PLAIN).kind in ("plain", "signed"):
            self.claims[node] = Claim("signed", view, value)

    def claim(self, node: int) -> Claim:
        """Return what a node's view change claims: a decision before all others."""
        return self.decided.get(node) or super().claim(node)

    def vote(self, node: int, act: Act) -> None:
        """Take the fast path, or switch to the slow one."""
        view, value, stage = act.view, act.value, self.stage
        match act.what:
            case "shortcut":
                fast = self.instance.n - self.instance.redundant
                self._gather(node, self.share, view, value, fast)
                stage.send(node, FAST_PROOF + suffix(value), view)
                self.decide(node, view, value)
            case "finish":
                stage.show(node, [(FAST_PROOF + suffix(value), view, view)])
                self.decide(node, view, value)
            case "switch":
                stage.events.append(Timeout(stage.tick, node, view))
            case _:
                super().vote(node, act)

    def decide(self, node: int, view: int, value: int) -> None:
        """Decide, and sign the state for the collector of the node's view."""
        super().decide(node, view, value)
        now = self._view[node]
        if now not in self.nodes or self.primary(now) != node:
            self.stage.send(node, f"SignState{suffix(value)}", now)

    def primary(self, view: int) -> int:
        """Return the primary of a modelled view."""
        return view

    def expires(self, node: int) -> bool:
        """Whether the timer of a node expires in the end: a collector's does where all is calm."""
        collects = self.primary(0) == node and not self.instance.fastpath
        return collects or super().expires(node)
