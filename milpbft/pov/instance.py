"""Instances of Proof of Vote: rounds of consensus, and elections of butlers."""

from __future__ import annotations

import re
from typing import Any, ClassVar, Literal, Self

from pydantic import Field, field_validator, model_validator

from milpbft.errors import InputError
from milpbft.question.named import NamedQuestion, Sense
from milpbft.question.strict import OVERLAY
from milpbft.registry import carrier, load


class ElectionInstance(NamedQuestion):
    """The election at the end of a tenure (section III F).

    The Byzantine commissioners are told apart by what they vote for, the Byzantine candidates by
    who wants them elected; the rules know neither.

    Parameters
    ----------
    commissioners
        N_c, 1 to 200.
    butlers
        N_b, seats of the team, 1 to 200.
    candidates
        N_bc, `butlers` to 400.
    votes
        K, tickets of a ballot, to as many different candidates; 1 to `candidates`.
    byzantine_commissioners
        a, commissioners who vote as the adversary likes; where the objective is ``commissioners``,
        at most so many are tried.
    friends
        Candidates that the adversary wants elected; the others are honest.
    dropped
        Ballots of honest commissioners that the butler on duty leaves out of the special block. The
        paper does not say how many it takes; the reference asks for a quorum of ballots.
    honest
        How honest commissioners vote. ``same``: all for the same K honest candidates. ``even``: in
        turn, so that votes of honest candidates differ by one at most. ``random``: each for K of
        all candidates by chance, as the paper assumes for equation 3. ``scores``: in the worst way
        that their scores allow.
    seed
        Of ``random``.
    trusted
        Where `honest` is ``scores``: so many honest candidates have a higher score with every
        honest commissioner than all other candidates, whose scores are equal. Score tickets go to
        them first; ties are broken in the worst way.
    designated
        Where `honest` is ``scores``: tickets of a ballot that do not follow scores.
    ties
        ``won``: the adversary's candidates have the lower numbers, which decide ties (the paper has
        no rule); ``lost``: they have the higher ones. ``drawn``: a lot decides, which is known
        before anybody votes.
    lot
        Where `ties` are ``drawn``: which lot.
    objective
        ``seats``: most friends that are elected. ``commissioners``: fewest Byzantine commissioners
        who elect more than half of the butlers.
    """

    commissioners: int = Field(ge=1, le=200)
    butlers: int = Field(ge=1, le=200)
    candidates: int = Field(ge=1, le=400)
    votes: int = Field(ge=1, le=400)
    byzantine_commissioners: int = Field(default=0, ge=0)
    friends: int = Field(ge=0)
    dropped: int = Field(default=0, ge=0)
    honest: Literal["same", "even", "random", "scores"] = "even"
    seed: int = Field(default=0, ge=0)
    trusted: int = Field(default=0, ge=0)
    designated: int = Field(default=0, ge=0)
    ties: Literal["won", "lost", "drawn"] = "won"
    lot: int = Field(default=0, ge=0)
    encoding: Literal["counted"] = "counted"

    former: ClassVar[dict[str, str]] = {"dishonest": "byzantine_commissioners"}
    sizes: ClassVar[dict[str, str]] = {
        "nc": "commissioners",
        "nb": "butlers",
        "n": "candidates",
        "k": "votes",
        "a": "byzantine_commissioners",
        "d": "friends",
    }
    words: ClassVar[dict[str, tuple[str, Any]]] = {
        "same": ("honest", "same"),
        "random": ("honest", "random"),
        "scores": ("honest", "scores"),
        "lost": ("ties", "lost"),
        "drawn": ("ties", "drawn"),
    }
    numbers: ClassVar[dict[str, str]] = {
        "dropped": "dropped",
        "seed": "seed",
        "trusted": "trusted",
        "designated": "designated",
        "lot": "lot",
    }
    objectives: ClassVar[dict[str, Sense]] = {"seats": "max", "commissioners": "min"}
    example: ClassVar[str] = "povelection-nc20-nb50-n200-k81-a7-d50-seats"

    @model_validator(mode="after")
    def _fits(self) -> Self:
        most = {
            "butlers": self.candidates,
            "votes": self.candidates,
            "byzantine_commissioners": self.commissioners,
            "friends": self.candidates,
            "trusted": self.candidates - self.friends,
            "designated": self.votes,
            "dropped": min(
                self.commissioners - self.quorum, self.commissioners - self.byzantine_commissioners
            ),
        }
        self._at_most(most)
        if self.honest != "scores" and (self.trusted or self.designated):
            raise InputError("honest", self.honest, "scores where trusted or designated are given")
        if self.honest != "random" and self.seed:
            raise InputError("honest", self.honest, "random where a seed is given")
        if self.ties != "drawn" and self.lot:
            raise InputError("ties", self.ties, "drawn where a lot is given")
        return self

    @property
    def quorum(self) -> int:
        """Ballots of a valid election in the reference: floor(N_c/2) + 1."""
        return self.commissioners // 2 + 1

    @property
    def friendly(self) -> range:
        """Numbers of the candidates that the adversary wants elected."""
        if self.ties != "lost":
            return range(self.friends)
        return range(self.candidates - self.friends, self.candidates)

    @property
    def rivals(self) -> range:
        """Numbers of the honest candidates; the trusted ones come first."""
        if self.ties != "lost":
            return range(self.friends, self.candidates)
        return range(self.candidates - self.friends)

    def node(self, candidate: int) -> int:
        """Return the node of a candidate; the one after the first team is the time server."""
        return self.commissioners + candidate + (candidate >= self.butlers)

    def voters(self, byzantine: int) -> int:
        """Honest commissioners whose ballots count where so many are Byzantine."""
        return max(0, self.commissioners - byzantine - self.dropped)


class RoundInstance(NamedQuestion):
    """A round of consensus at one height (sections III C and G).

    Parameters
    ----------
    commissioners
        N_c, 1 to 200.
    butlers
        N_b, 2 to 20. The butler on duty in view 0 has number 0; who is Byzantine is the
        adversary's choice.
    cycle
        T_b in ticks, 1 to 100.
    horizon
        Last tick. Views that begin by then are modelled.
    byzantine_commissioners
        Commissioners who may be Byzantine.
    byzantine_butlers
        Butlers who may be Byzantine: they may withhold, answer some only, publish late, and propose
        several blocks.
    variants
        Different proposals that a Byzantine butler makes in a view at most.
    stamps
        Timestamps that a Byzantine butler gets for one proposal at most.
    delta
        What a correct node sent to another arrives after at most so many ticks; 0 for no bound.
    gst
        The bound holds from this tick on: arrival is by ``max(sent, gst) + delta``.
    skew
        Clocks of commissioners and butlers are so many ticks ahead of the time server's or behind
        it at most, at each T_cut as the adversary likes; less than `cycle`. Not with `fetch` or
        `overlay`, and with the encoding ``compact``.
    late
        What is sent to the time server arrives so many ticks later than `delta` says at most; not
        with `overlay`.
    off
        The time server's clock is so many ticks off at most, at each timestamp as the adversary
        likes; less than `cycle`, and with `stamps` 1: who may ask twice needs no such clock.
    side
        Partition: so many commissioners, the first, are on one side; correct butlers are on the
        side that the adversary likes, the time server answers both, and Byzantine nodes speak to
        both. 0 for no partition.
    cut
        From this tick on nothing crosses; None for the adversary's choice.
    heal
        With `cut`: from this later tick on messages cross again. What was to cross before may be
        lost. None for never.
    isolated
        With `side`, and without Byzantine nodes: the time server is on the first side alone, so
        that the parts have no node in common (Lemma 4.4).
    posted
        With `side`: so many butlers at least are on the first side.
    forwarding
        Correct commissioners forward the block that they adopt; not together with `side`.
    fetch
        Repair: who has no block at the end of a packing cycle asks all nodes, and who has it, or
        gets it later, sends it to all; not together with `side` or `overlay`. In a full mesh what
        is passed on comes no sooner than the butler's own message may; on an overlay it comes along
        another walk, and past other relays, and on sides from another side, which is not modelled.
    lock, once
        Repairs that the paper does not have: a commissioner signs one proposal of a height; the
        time server stamps a header once, and for its producer alone.
    overlay
        An overlay such as ``r4k2s0`` or ``r9k2s0c3w3``, or a gossip such as ``g3s0``, that carries
        all messages (:class:`milpbft.registry.Carrier`) between commissioners, butlers and the time
        server, in this order: they take a tick per hop at least, what `delta` bounds is each hop,
        and what comes on no walk without a Byzantine relay may be lost. None for a full mesh.
        Not with `side` or `forwarding`.
    encoding
        ``counted``: commissioners are counted, so that the size does not depend on N_c.
        ``compact``: they have names; by default on an overlay and with a side, where the counted
        one was found to lose runs in which Byzantine commissioners sign across the cut, and with
        `skew`, for clocks have owners.
    wrap
        m of T_cut after N_b cycles: ``on``, it counts on; ``again``, it starts at 1.
    objective
        ``cycles``: most packing cycles until a correct node has a block; one more than fit in the
        horizon where none does. ``last``: the same until all have. ``blocks``: most different valid
        blocks that correct nodes adopt. ``illegal``: the same of blocks with a forged transaction.
        ``faults_fork``: fewest Byzantine nodes with which correct nodes adopt two different blocks.
        ``faults_illegal``: fewest with which they adopt a block with a forged transaction.
        ``faults_stop``: fewest with which no correct node has a block by the horizon.
    """

    commissioners: int = Field(ge=1, le=200)
    butlers: int = Field(ge=2, le=20)
    cycle: int = Field(ge=1, le=100)
    horizon: int = Field(ge=1, le=1000)
    byzantine_commissioners: int = Field(default=0, ge=0)
    byzantine_butlers: int = Field(default=0, ge=0)
    variants: int = Field(default=1, ge=1, le=4)
    stamps: int = Field(default=1, ge=1, le=4)
    delta: int = Field(default=0, ge=0, le=1000)
    gst: int = Field(default=0, ge=0, le=1000)
    skew: int = Field(default=0, ge=0, le=99)
    late: int = Field(default=0, ge=0, le=1000)
    off: int = Field(default=0, ge=0, le=99)
    side: int = Field(default=0, ge=0)
    cut: int | None = Field(default=None, ge=0)
    heal: int | None = Field(default=None, ge=1)
    isolated: bool = False
    posted: int = Field(default=0, ge=0)
    forwarding: bool = False
    fetch: bool = False
    lock: bool = False
    once: bool = False
    overlay: str | None = None
    wrap: Literal["on", "again"] = "on"
    encoding: Literal["compact", "counted"] = "counted"

    former: ClassVar[dict[str, str]] = {
        "dishonest": "byzantine_commissioners",
        "crooks": "byzantine_butlers",
    }
    sizes: ClassVar[dict[str, str]] = {
        "nc": "commissioners",
        "nb": "butlers",
        "tb": "cycle",
        "t": "horizon",
        "bc": "byzantine_commissioners",
        "bb": "byzantine_butlers",
        "e": "variants",
        "s": "stamps",
    }
    words: ClassVar[dict[str, tuple[str, Any]]] = {
        "forwarding": ("forwarding", True),
        "fetch": ("fetch", True),
        "isolated": ("isolated", True),
        "lock": ("lock", True),
        "once": ("once", True),
        "again": ("wrap", "again"),
    }
    numbers: ClassVar[dict[str, str]] = {
        "delta": "delta",
        "gst": "gst",
        "skew": "skew",
        "late": "late",
        "off": "off",
        "side": "side",
        "cut": "cut",
        "heal": "heal",
        "posted": "posted",
    }
    objectives: ClassVar[dict[str, Sense]] = {
        "cycles": "max",
        "last": "max",
        "blocks": "max",
        "illegal": "max",
        "faults_fork": "min",
        "faults_illegal": "min",
        "faults_stop": "min",
    }
    texts: ClassVar[dict[str, tuple[str, str]]] = OVERLAY
    example: ClassVar[str] = "povround-nc4-nb3-tb5-t15-bb1-blocks-delta1"

    @model_validator(mode="before")
    @classmethod
    def _encoded(cls, fields: Any) -> Any:  # noqa: ANN401
        """On an overlay commissioners have places, and so names; also with sides and own clocks."""
        if isinstance(fields, dict) and any(fields.get(f) for f in ("overlay", "side", "skew")):
            return {"encoding": "compact"} | fields
        return fields

    @field_validator("overlay")
    @classmethod
    def _wired(cls, value: str | None) -> str | None:
        if value is not None and re.search("[ho]", value):
            raise InputError("overlay", value, "one without heartbeats and periods in a round")
        return None if value is None else str(load(carrier().word)(value))

    @model_validator(mode="after")
    def _fits(self) -> Self:
        c = self.commissioners
        self._at_most({"byzantine_commissioners": c, "byzantine_butlers": self.butlers, "side": c})
        if self.gst and not self.delta:
            raise InputError("gst", self.gst, "0 where there is no delta")
        self._split()
        passed = [word for word in ("forwarding", "fetch") if getattr(self, word)]
        if passed and self.side:
            raise InputError(passed[0], True, "not with a side: only one of them is modelled")
        if self.overlay and (self.side or passed or self.encoding == "counted"):
            allowed = "none with a side, forwarding, fetch, or the encoding counted"
            raise InputError("overlay", self.overlay, allowed)
        if (self.side or self.skew) and self.encoding == "counted":
            raise InputError("encoding", self.encoding, "compact with a side or skew")
        if self.skew and (self.skew >= self.cycle or self.fetch or self.overlay):
            allowed = f"at most {self.cycle - 1}, and none with fetch or an overlay"
            raise InputError("skew", self.skew, allowed)
        if self.late and (not self.delta or self.overlay):
            raise InputError("late", self.late, "0 where there is no delta, or an overlay")
        if self.off and (self.off >= self.cycle or self.stamps > 1):
            raise InputError(
                "off", self.off, f"at most {self.cycle - 1}, and 0 with several stamps"
            )
        if not self.byzantine_butlers and (self.variants, self.stamps) != (1, 1):
            raise InputError("byzantine_butlers", 0, "1 or more where variants or stamps are given")
        return self

    def _split(self) -> None:
        if self.cut is not None and not self.side:
            raise InputError("cut", self.cut, "nothing where there is no side")
        if self.heal is not None and (self.cut is None or self.heal <= self.cut):
            raise InputError("heal", self.heal, "later than a cut that is given")
        if self.isolated and (
            not self.side or self.byzantine_commissioners or self.byzantine_butlers
        ):
            raise InputError("isolated", True, "with a side, and without Byzantine nodes")
        if self.posted > (self.butlers if self.side else 0):
            raise InputError("posted", self.posted, "at most the butlers, where there is a side")

    @property
    def quorum(self) -> int:
        """Signatures of a valid block: floor(N_c/2) + 1."""
        return self.commissioners // 2 + 1

    @property
    def views(self) -> int:
        """Packing cycles that a node may be in by the horizon."""
        return (self.horizon + self.skew) // self.cycle + 1

    @property
    def begun(self) -> int:
        """Packing cycles that begin by the horizon, by the time server's clock."""
        return self.horizon // self.cycle + 1
