"""Instances of the overlay: broadcasts under an adversary, and best broadcast trees."""

from __future__ import annotations

from typing import Any, ClassVar, Literal, Self

from pydantic import Field, model_validator

from milpbft.errors import InputError
from milpbft.hgfrr.ringed import RingedQuestion, lettered
from milpbft.hgfrr.sizes import Sizes
from milpbft.hgfrr.spread import Spread
from milpbft.question.named import RESTARTS, NamedQuestion, Sense


class BroadcastInstance(RingedQuestion):
    """A broadcast over the overlay, the worst that an adversary can make of it.

    Fields that are not said here are those of :class:`milpbft.hgfrr.ringed.RingedQuestion`.

    Parameters
    ----------
    k_most
        Greatest base of the trees within rings, see :class:`milpbft.hgfrr.spread.Spread`.
    faults
        So many nodes are faulty, chosen by the adversary; where the objective is ``faults_half``,
        at most so many are tried.
    fault
        ``silent``: receives and never sends. ``crash``: does nothing from a tick of the
        adversary's choice on.
    election
        ``drawn``: contacts are those that the seed draws. ``chosen``: the adversary picks the
        contacts of every ring, and who of them broadcasts.
    repair
        Tick at which crashed nodes have been found and removed, their rings have elected other
        contacts, whom the adversary picks, and the source repeats its broadcast; after the first
        one has ended. 0 for no repair. For at most two crashes.
    change
        Tick at which all contacts have been elected anew, as the seed draws them, and the source
        repeats its broadcast; after the first one has ended. 0 for no change. For silent relays,
        who stay on their rings, and are known to whoever knows the draws.
    latency
        Ticks that a message takes per unit of distance, rounded up, at least one; 0: a hop is a
        tick whatever its length. For drawn contacts, without repair.
    ports
        Messages that a node sends per tick, at most, in the order in which it decided to; 0 for no
        limit, as the paper counts. For one drawn contact per ring and silent relays.
    amnesia
        So many correct nodes start again at most, each once, at the beginning of a tick from 1 on,
        and have forgotten the message and where they passed it on: the source too. What is under
        way to them comes as before, nothing is sent again for their sake, and what they get later
        they pass on anew. Without repair, change or ports.
    reloads
        So many correct nodes start again at most, likewise, with a log of what they were given and
        passed on; what is under way to them is lost. Without `amnesia`, repair or ports. With a
        change each still does so once, in either broadcast.
    horizon
        Last tick; by default late enough for every broadcast to end.
    objective
        ``coverage``: fewest correct nodes that hold the message at the horizon, the source
        included. ``ticks``: latest tick at which a correct node first holds it, since it started
        again where it has forgotten it. ``messages``: most messages on the wire. ``faults_half``:
        fewest faulty nodes, and nodes that start again, with which it comes to at most half of the
        correct ones. ``cost``: most messages of the repair, beside the two broadcasts.
    """

    k_most: int = 0
    fault: Literal["silent", "crash"] = "silent"
    election: Literal["drawn", "chosen"] = "drawn"
    repair: int = Field(default=0, ge=0, le=1000)
    change: int = Field(default=0, ge=0, le=1000)
    latency: int = Field(default=0, ge=0, le=100)
    ports: int = Field(default=0, ge=0, le=1000)
    amnesia: int = Field(default=0, ge=0)
    reloads: int = Field(default=0, ge=0)
    horizon: int | None = Field(default=None, ge=1, le=1000)

    sizes: ClassVar[dict[str, str]] = lettered(
        km=("k_most", "k"),
        l=("latency", "b"),
        p=("ports", "l"),
        t=("horizon", "p"),
    )
    words: ClassVar[dict[str, tuple[str, Any]]] = RingedQuestion.words | {
        "chosen": ("election", "chosen"),
    }
    objectives: ClassVar[dict[str, Sense]] = {
        "coverage": "min",
        "ticks": "max",
        "messages": "max",
        "faults_half": "min",
        "cost": "max",
    }
    numbers: ClassVar[dict[str, str]] = {
        "repair": "repair",
        "change": "change",
        "amnesia": "amnesia",
        "reload": "reloads",
    }
    example: ClassVar[str] = "hgfrr-n12-r4-k2-s0-b1-coverage"

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.objective.name == "messages" and self.fault == "crash":
            raise InputError("fault", self.fault, "silent where messages are counted")
        self._repairs()
        self._changes()
        self._links()
        self._restarts()
        return self

    def _restarts(self) -> None:
        """Refuse what nodes that start again are not modelled with."""
        kind = "amnesia" if self.amnesia else "reloads"
        if not (found := getattr(self, kind)):
            return
        self._at_most({"amnesia": self.n, "reloads": self.n})
        if self.amnesia and self.reloads:
            raise InputError("amnesia", self.amnesia, "0 with reloads")
        if self.repair:
            allowed = "0 with repair: who starts again answers heartbeats, and nobody removes it"
            raise InputError(kind, found, allowed)
        if self.ports or (self.change and self.amnesia):
            raise InputError(kind, found, "0 with ports, and no amnesia with a change of contacts")
        if self.reloads and self.objective.name == "messages":
            allowed = "coverage, ticks or faults_half: who reloads a log adds no message"
            raise InputError("objective", "messages", allowed)

    def _changes(self) -> None:
        if not self.change:
            return
        if self.objective.name not in {"coverage", "faults_half"}:
            raise InputError("objective", self.objective.name, "coverage or faults_half")
        drawn = self.election == "drawn" and not self.repair and self.horizon is None
        if self.fault != "silent" or not drawn:
            allowed = "0, but for silent relays and drawn contacts, without repair and horizon"
            raise InputError("change", self.change, allowed)

    def _links(self) -> None:
        drawn = self.election == "drawn" and not self.repair and not self.change
        if self.latency and not drawn:
            allowed = "0, but for drawn contacts without repair or change"
            raise InputError("latency", self.latency, allowed)
        if self.ports and not (drawn and self.contacts == 1 and self.fault == "silent"):
            allowed = "0, but for silent relays, one drawn contact per ring, without repair"
            raise InputError("ports", self.ports, allowed)

    def _repairs(self) -> None:
        repaired = {"coverage", "ticks", "cost"}
        if self.objective.name == "cost" and not self.repair:
            raise InputError("repair", 0, "a tick where the cost of a repair is asked for")
        if not self.repair:
            return
        if self.objective.name not in repaired:
            raise InputError("objective", self.objective.name, f"one of {', '.join(repaired)}")
        drawn = self.election == "drawn"
        if self.fault != "crash" or self.horizon is not None or not drawn:
            allowed = "0, but for crashes of drawn contacts, without a horizon"
            raise InputError("repair", self.repair, allowed)
        if not 1 <= self.faults <= 2:
            raise InputError("faults", self.faults, "1 or 2 with repair")

    @property
    def spread(self) -> Spread:
        """Parameters of the broadcast."""
        return Spread(self.k, self.k_most, self.serving, self.seed)


class TreeInstance(NamedQuestion):
    """A best broadcast tree: fewest ticks with bounded sends per tick.

    Parameters
    ----------
    n
        Nodes, 2 to 200.
    ports
        Messages that a node sends per tick, at most.
    graph
        Who can send to whom: ``complete`` all to all, as on a ring of HGFRR; ``cycle`` neighbours
        on a ring; ``hypercube``; ``kary`` only along the k-ary tree of a ring; ``rings`` who shares
        a ring of an overlay.
    k
        Base, of ``kary``.
    ring, seed
        Members of a ring at most, and seed, of ``rings``.
    source
        The node that broadcasts; 0 is the root of ``kary``.
    objective
        ``ticks``: fewest until all hold the message.
    """

    n: int = Field(ge=2, le=200)
    ports: int = Field(default=1, ge=1, le=200)
    graph: Literal["complete", "cycle", "hypercube", "kary", "rings"] = "complete"
    k: int = Field(default=2, ge=2, le=200)
    ring: int = Field(default=16, ge=1, le=1000)
    seed: int = Field(default=0, ge=0)
    source: int = Field(default=0, ge=0)
    encoding: Literal["compact"] = "compact"

    sizes: ClassVar[dict[str, str]] = {
        "n": "n",
        "p": "ports",
        "k": "k",
        "r": "ring",
        "s": "seed",
        "src": "source",
    }
    always: ClassVar[frozenset[str]] = frozenset({"ports"})
    words: ClassVar[dict[str, tuple[str, Any]]] = {
        word: ("graph", word) for word in ("cycle", "hypercube", "kary", "rings")
    }
    objectives: ClassVar[dict[str, Sense]] = {"ticks": "min"}
    refused: ClassVar[dict[str, str]] = {
        RESTARTS: "no node of a best tree fails; hgfrr has nodes that start again"
    }
    example: ClassVar[str] = "besttree-n10-p1-ticks-kary"

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.source >= self.n:
            raise InputError("source", self.source, f"a node from 0 to {self.n - 1}")
        if self.graph != "kary" and self.k != 2:
            raise InputError("k", self.k, "given where the graph is kary")
        if self.graph != "rings" and (self.ring, self.seed) != (16, 0):
            raise InputError("graph", self.graph, "rings where ring or seed are given")
        if self.graph == "hypercube" and self.n & (self.n - 1):
            raise InputError("n", self.n, "a power of two for a hypercube")
        _ = Sizes(self.ring)
        return self
