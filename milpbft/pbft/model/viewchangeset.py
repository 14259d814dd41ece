"""View-change sets: what view changes of a run carry, and on which of them a new view can rest."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

from milpbft.table import Label
from milpbft.table.stage import Sent

if TYPE_CHECKING:
    from collections.abc import Iterator

    from milpbft.pbft.model.variant import Variant
    from milpbft.table.stage import Stage


class Evidence(NamedTuple):
    """What a view change carries first.

    Parameters
    ----------
    kind
        ``plain`` nothing, ``signed`` a sign share, ``prepared`` a prepare certificate, ``decided``
        the proof of a decision.
    view, value
        Where it is from, and what it is about; of ``plain`` neither counts.
    share
        SBFT: the view and value of the latest sign share beside a certificate.
    """

    kind: str
    view: int = -1
    value: int = 0
    share: tuple[int, int] | None = None

    @property
    def signed(self) -> tuple[int, int] | None:
        """View and value of its sign share."""
        return (self.view, self.value) if self.kind == "signed" else self.share

    def sent(self, view: int, sender: int) -> Sent:
        """Return the view change for a view that carries it."""
        if self.kind == "plain":
            return Sent("ViewChange", view, sender)
        label = Label(f"{self.kind.capitalize()}ViewChange", view, self.value)
        return Sent(label.spoken, view, sender)

    def about(self, kind: str, sender: int) -> Sent:
        """Return a message of a kind about the same proposal."""
        return Sent(Label(kind, self.view, self.value).spoken, self.view, sender)


PLAIN = Evidence("plain")


class Chosen(NamedTuple):
    """View changes that a new view rests on.

    Parameters
    ----------
    ground
        The highest evidence among them; plain where the primary proposes what it likes.
    changes
        The view changes, in the order in which they should come.
    """

    ground: Evidence
    changes: list[Sent]


class ViewChanges(ABC):
    """The view changes of a run of PBFT or Linear BFT.

    Parameters
    ----------
    variant
        Of the protocol.
    values
        Of the table's parameters.
    stage
        Where they are sent.
    """

    def __init__(self, variant: Variant, values: dict[str, int], stage: Stage) -> None:
        self.variant = variant
        self.n, self.faults = values["N"], values["T"]
        self.enough = self.faults + values["C"] + 1
        """Sign shares of SBFT that speak for a value: f + c + 1."""
        self.stage = stage
        self.quorum = variant.thresholds.view.evaluate(values)
        """View changes of a new view."""
        self.prepared = variant.thresholds.quorum.evaluate(values)
        """Nodes that took a proposal, for a certificate."""
        self._carried: dict[tuple[int, int], Evidence] = {}
        self._before: defaultdict[tuple[int, int], list[Evidence]] = defaultdict(list)
        self._lied: defaultdict[int, set[int]] = defaultdict(set)

    def add(self, node: int, view: int, evidence: Evidence) -> None:
        """Let a correct node send its view change."""
        self._carried[view, node] = evidence
        self._before[view, node].append(evidence)
        self.stage.send(node, evidence.sent(view, node).kind, view)

    def all(self, view: int, *, later: bool = False) -> Iterator[Sent]:
        """Yield a view change of each node; Byzantine ones carry nothing.

        Parameters
        ----------
        view
            That they are for; or `later`, where a node sent none for it, the first after it.
        """
        for node in range(self.n):
            if node in self.stage.byzantine:
                yield from self._lies(node, view, later=later)
                continue
            known = [v for v, sender in sorted(self._carried) if sender == node and v >= view]
            first = known[0] if known and later else view
            yield self._carried.get((first, node), PLAIN).sent(first, node)

    def _lies(self, node: int, view: int, *, later: bool = False) -> Iterator[Sent]:
        """Yield the view change of a Byzantine node; with gossip, of those that it sent."""
        if self.variant.relay != "gossip":
            yield PLAIN.sent(view, node)
            return
        said = sorted(v for v in self._lied[node] if v == view or (later and v > view))
        yield from (PLAIN.sent(v, node) for v in said[:1])

    def lie(self, node: int, view: int) -> None:
        """Let a Byzantine node send a view change, which is in the end everybody's."""
        self._lied[node].add(view)
        self.stage.lie([PLAIN.sent(view, node)])

    def heard(self, view: int, *, later: bool = False) -> int:
        """Count the correct nodes that have asked for a view, or `later` ones, before now."""
        liars = self.stage.byzantine
        asked = (e for e in self.all(view, later=later) if e.sender not in liars)
        return sum(map(self.stage.has_sent, asked))

    def mixed(self, node: int, view: int, count: int) -> list[Sent]:
        """Choose so many view changes for a view and later ones, not all of them for that view.

        Of correct nodes where there are some.
        """
        liars = self.stage.byzantine
        exact = self._usable(node, self.all(view))
        later = self._usable(node, self.all(view + 1, later=True))
        pairs = [(a, b) for a in exact for b in later if a.sender != b.sender]
        first, second = min(pairs, key=lambda p: (p[0].sender in liars) + (p[1].sender in liars))
        rest = (e for e in (*later, *exact) if e.sender not in {first.sender, second.sender})
        more = {e.sender: e for e in rest}
        return [first, second, *more.values()][:count]

    def _usable(self, node: int, changes: Iterator[Sent]) -> list[Sent]:
        return [e for e in changes if e.sender != node and self.stage.there(e)]

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
        """Choose view changes that let a view be opened with a value.

        Parameters
        ----------
        what
            ``open``, or ``prove`` for the proof of a decision.
        own
            The correct primary, whose own is counted first; None for a Byzantine one.
        bound
            Whether the primary has nothing to propose on its own account.
        mine
            What the primary's own view change will carry, where it has not sent it yet.
        least
            Choose at least so many.

        Returns
        -------
        Chosen | None
            A quorum of them in the order in which they should come; None where there are none.
        """
        grounds = list(self.grounds(what, view, value))
        for ground in reversed(grounds) if bound else grounds:
            if (changes := self._rest_on(ground, view, own, mine, least)) is not None:
                return Chosen(ground, changes)
        return None

    def _rest_on(
        self, ground: Evidence, view: int, own: int | None, mine: Evidence | None, least: int
    ) -> list[Sent] | None:
        known = self.known(view, own, mine)
        known |= self._other_lives(known, view, own, ground)
        if own is not None and not self.admits(known[own], ground):
            return None
        order = sorted(known, key=lambda node: (node != own, node))
        fitting = [node for node in order if self.admits(known[node], ground)]
        wanted = self.wanted(ground)
        support = [node for node in fitting if self.supports(known[node], ground)][:wanted]
        liars = [i for i in self.stage.byzantine if own is None or any(self._lies(i, view))]
        if len(support) < wanted and not self.shows(ground):
            return None
        lending = liars[: max(0, wanted - len(support))]
        if len(support) + len(lending) < wanted:
            return None
        rest = [node for node in fitting if node not in support]
        if lending:
            self.stage.lie(self.backing(ground))
        chosen = [known[i].sent(view, i) for i in support]
        chosen += [ground.sent(view, i) for i in lending]
        chosen += [PLAIN.sent(view, i) for i in liars if i not in lending and own is None]
        chosen += [known[i].sent(view, i) for i in self.capped(rest, known, ground, support)]
        if own is not None:
            chosen += [PLAIN.sent(view, i) for i in liars if i not in lending]
            first = known[own].sent(view, own)
            chosen = [first, *(change for change in chosen if change != first)]
        grounded = len(support) + len(lending) + (own is not None and own not in support)
        enough = max(self.quorum, least, grounded)
        return chosen[:enough] if len(chosen) >= enough else None

    def known(self, view: int, own: int | None, mine: Evidence | None) -> dict[int, Evidence]:
        """Return what view changes for a view carry that a primary can have, its own included."""
        carried = {
            node: evidence
            for (v, node), evidence in self._carried.items()
            if v == view and (node == own or self.stage.has_sent(evidence.sent(view, node)))
        }
        return carried if own is None or mine is None else carried | {own: mine}

    def _other_lives(
        self, known: dict[int, Evidence], view: int, own: int | None, ground: Evidence
    ) -> dict[int, Evidence]:
        """Return what other nodes carried before they started again, where that fits the ground."""
        found: dict[int, Evidence] = {}
        for node in known:
            said = self._before[view, node] if node != own else []
            there = [e for e in said if self.stage.has_sent(e.sent(view, node))]
            fitting = [e for e in there if self.admits(e, ground)]
            supporting = [e for e in fitting if self.supports(e, ground)]
            if fitting:
                found[node] = [*supporting, *fitting][0]
        return found

    # ---- what a protocol's new views rest on

    def grounds(self, what: str, view: int, value: int) -> Iterator[Evidence]:
        """Yield the highest evidence on which a new view with a value can rest."""
        yield PLAIN
        if not self.variant.blind:
            yield from (Evidence("prepared", lower, value) for lower in range(view))

    def admits(self, evidence: Evidence, ground: Evidence) -> bool:
        """Whether a view change says nothing that outdoes the ground."""
        return self.variant.blind or evidence.kind == "plain" or evidence.view <= ground.view

    def supports(self, evidence: Evidence, ground: Evidence) -> bool:
        """Whether a view change makes the ground hold, whatever share it carries beside."""
        return evidence[:3] == ground[:3]

    def wanted(self, ground: Evidence) -> int:
        """How many view changes make the ground hold."""
        return 0 if ground.kind == "plain" else 1

    @abstractmethod
    def shows(self, ground: Evidence) -> bool:
        """Whether Byzantine nodes can carry the ground."""

    def backing(self, ground: Evidence) -> list[Sent]:
        """Return what Byzantine nodes sign so that they can carry the ground."""
        return []

    def capped(
        self, nodes: list[int], known: dict[int, Evidence], ground: Evidence, support: list[int]
    ) -> list[int]:
        """Keep of the other view changes those that do not speak too loudly."""
        return nodes


class PbftViewChanges(ViewChanges):
    """View changes with prepared certificates."""

    def shows(self, ground: Evidence) -> bool:
        """Whether a quorum took the proposal, Byzantine ones included."""
        primary = ground.view
        kinds = ("PrePrepare", "NewView")
        proposed = any(self.stage.there(ground.about(kind, primary)) for kind in kinds)
        taken = sum(map(self.stage.there, self._prepares(ground)))
        return bool(self.stage.byzantine) and proposed and taken + 1 >= self.prepared

    def backing(self, ground: Evidence) -> list[Sent]:
        """Return the prepares of Byzantine nodes."""
        return [e for e in self._prepares(ground) if e.sender in self.stage.byzantine]

    def _prepares(self, ground: Evidence) -> list[Sent]:
        return [ground.about("Prepare", i) for i in range(self.n) if i != ground.view]


class LinearViewChanges(ViewChanges):
    """View changes with certificates."""

    def shows(self, ground: Evidence) -> bool:
        """Whether the collector made a certificate."""
        prepared = ground.kind == "prepared"
        kinds = ("PrepareCertificate",) if prepared else ("FullCommitProof", "CommitCertificate")
        return any(self.stage.has_sent(ground.about(kind, ground.view)) for kind in kinds)
