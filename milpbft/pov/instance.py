"""Instances of Proof of Vote: rounds of consensus."""

from __future__ import annotations

import re
from itertools import accumulate
from typing import Any, ClassVar, Literal, Self

from pydantic import Field, field_validator, model_validator

from milpbft.errors import InputError
from milpbft.question.named import NamedQuestion, Sense
from milpbft.question.strict import OVERLAY
from milpbft.registry import carrier, load


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
    amnesia
        So many correct commissioners start again at most, each once, and have forgotten which
        headers they signed, and so their lock. Blocks are kept, the time is the server's again, and
        what is under way to them comes as before. With names (encoding ``compact``), and without
        sides, `skew`, `overlay` or `fetch`.
    lapses
        So many correct butlers start again at most, each once, and have forgotten what they
        proposed, which signatures they have, and their request of a timestamp. One that is on duty
        proposes the same again. As `amnesia` otherwise, and without it, `reloads`, and `twofaced`;
        Byzantine nodes could hand on signatures that a butler has forgotten, which matters once
        somebody has a block: with them for ``cycles`` and ``faults_stop`` alone.
    reloads
        So many correct nodes, commissioners or butlers, start again at most, each once, with a log
        of all that they did and were given; what is under way to them is lost. As `amnesia`
        otherwise, and without it, `lapses`, `forwarding`, and Byzantine nodes, which could hand on
        what is lost.
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
    withholding
        The time server is faulty: it answers whom it likes when it likes, so `delta` bounds nothing
        that goes to it or comes from it; with `delta`, and without `late` or `overlay`. It gives no
        false time but for `off`.
    off
        The time server's clock is so many ticks off at most, at each timestamp as the adversary
        likes; less than `cycle`, and with `stamps` 1 unless it is `twofaced`: who may ask twice
        needs no such clock.
    twofaced
        With `off`, `stamps` and a Byzantine butler: the time server is faulty. Asked for one header
        again, with the same signatures and at the same tick, it gives another time, whatever `once`
        says.
    side
        Partition: so many commissioners, the first, are on one side; correct butlers are on the
        side that the adversary likes, the time server answers both, and Byzantine nodes speak to
        both. 0 for no partition.
    sides
        Partition with more sides, such as ``2x1x1``: how many commissioners each has, in the order
        of their numbers. As `side` otherwise, which is then 0.
    cut
        From this tick on nothing crosses; None for the adversary's choice.
    heal
        With `cut`: from this later tick on messages cross again. What was to cross before may be
        lost. None for never.
    isolated
        With sides, and without Byzantine nodes: the time server is on the first side alone, so
        that the parts have no node in common (Lemma 4.4).
    posted
        With sides: so many butlers at least are on the first.
    forwarding
        Correct commissioners forward the block that they adopt; not together with sides.
    fetch
        Repair: who has no block at the end of a packing cycle asks all nodes, and who has it, or
        gets it later, sends it to all; not together with sides or `overlay`. In a full mesh what
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
        Not with sides or `forwarding`.
    encoding
        ``counted``: commissioners are counted, so that the size does not depend on N_c.
        ``compact``: they have names; by default on an overlay and with sides, where the counted
        one was found to lose runs in which Byzantine commissioners sign across the cut, and with
        `skew`, for clocks have owners, with `amnesia`, and with a `twofaced` server.
    wrap
        m of T_cut after N_b cycles: ``on``, it counts on; ``again``, it starts at 1.
    objective
        ``cycles``: most packing cycles until a correct node has a block; one more than fit in the
        horizon where none does. ``last``: the same until all have. ``blocks``: most different valid
        blocks that correct nodes adopt. ``illegal``: the same of blocks with a forged transaction.
        ``faults_fork``: fewest Byzantine nodes, and nodes that start again, with which correct
        nodes adopt two different blocks. ``faults_illegal``: fewest with which they adopt
        a block with a forged transaction.
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
    amnesia: int = Field(default=0, ge=0)
    lapses: int = Field(default=0, ge=0)
    reloads: int = Field(default=0, ge=0)
    delta: int = Field(default=0, ge=0, le=1000)
    gst: int = Field(default=0, ge=0, le=1000)
    skew: int = Field(default=0, ge=0, le=99)
    late: int = Field(default=0, ge=0, le=1000)
    withholding: bool = False
    off: int = Field(default=0, ge=0, le=99)
    twofaced: bool = False
    side: int = Field(default=0, ge=0)
    sides: str | None = None
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
        "withholding": ("withholding", True),
        "twofaced": ("twofaced", True),
        "again": ("wrap", "again"),
    }
    numbers: ClassVar[dict[str, str]] = {
        "amnesia": "amnesia",
        "lapse": "lapses",
        "reload": "reloads",
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
    texts: ClassVar[dict[str, tuple[str, str]]] = {"sides": ("sides", r"\d+(?:x\d+)+"), **OVERLAY}
    example: ClassVar[str] = "povround-nc4-nb3-tb5-t15-bb1-blocks-delta1"

    @model_validator(mode="before")
    @classmethod
    def _encoded(cls, fields: Any) -> Any:  # noqa: ANN401
        """On an overlay commissioners have places, and so names; also where they are not alike."""
        named = ("overlay", "side", "sides", "skew", "twofaced", "amnesia", "lapses", "reloads")
        if isinstance(fields, dict) and any(fields.get(field) for field in named):
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
        self._at_most({"byzantine_commissioners": c, "byzantine_butlers": self.butlers, "side": c,
                       "amnesia": c, "lapses": self.butlers,
                       "reloads": c + self.butlers})  # fmt: skip
        if self.gst and not self.delta:
            raise InputError("gst", self.gst, "0 where there is no delta")
        self._split()
        passed = [word for word in ("forwarding", "fetch") if getattr(self, word)]
        if passed and self.parts:
            raise InputError(passed[0], True, "not with a side: only one of them is modelled")
        if self.overlay and (self.parts or passed or self.encoding == "counted"):
            allowed = "none with a side, forwarding, fetch, or the encoding counted"
            raise InputError("overlay", self.overlay, allowed)
        if (self.parts or self.skew) and self.encoding == "counted":
            raise InputError("encoding", self.encoding, "compact with a side or skew")
        if self.twofaced and (not self.off or self.stamps == 1 or self.encoding == "counted"):
            raise InputError("twofaced", True, "with off, 2 stamps or more, and encoding compact")
        if self.skew and (self.skew >= self.cycle or self.fetch or self.overlay):
            allowed = f"at most {self.cycle - 1}, and none with fetch or an overlay"
            raise InputError("skew", self.skew, allowed)
        self._restarts()
        if self.late and (not self.delta or self.overlay):
            raise InputError("late", self.late, "0 where there is no delta, or an overlay")
        if self.withholding and (not self.delta or self.late or self.overlay):
            raise InputError("withholding", True, "with delta, and without late or an overlay")
        if self.off and (self.off >= self.cycle or (self.stamps > 1 and not self.twofaced)):
            raise InputError(
                "off", self.off, f"at most {self.cycle - 1}, and 0 with several stamps"
            )
        if not self.byzantine_butlers and (self.variants, self.stamps) != (1, 1):
            raise InputError("byzantine_butlers", 0, "1 or more where variants or stamps are given")
        return self

    def _restarts(self) -> None:
        """Refuse what nodes that start again are not modelled with."""
        kinds = ("amnesia", "lapses", "reloads")
        kind = next((one for one in kinds if getattr(self, one)), None)
        if kind is None:
            return
        found, others = getattr(self, kind), [one for one in kinds if one != kind]
        alone = self.parts or self.skew or self.overlay or self.fetch
        if alone or self.encoding == "counted":
            allowed = "0 with a side, skew, an overlay, fetch, or the encoding counted"
            raise InputError(kind, found, allowed)
        if any(getattr(self, one) for one in others):
            raise InputError(kind, found, f"0 with {' or '.join(others)}")
        liars = self.byzantine_commissioners + self.byzantine_butlers
        if kind == "lapses" and self.twofaced:
            raise InputError(kind, found, "0 with twofaced")
        if kind == "lapses" and liars and self.objective.name not in ("cycles", "faults_stop"):
            allowed = "0 with Byzantine nodes, but for cycles and faults_stop"
            raise InputError(kind, found, allowed)
        if kind == "reloads" and (liars or self.forwarding):
            raise InputError(kind, found, "0 with Byzantine nodes or forwarding")

    def _split(self) -> None:
        if self.sides is not None:
            self._several()
        if self.cut is not None and not self.parts:
            raise InputError("cut", self.cut, "nothing where there is no side")
        if self.heal is not None and (self.cut is None or self.heal <= self.cut):
            raise InputError("heal", self.heal, "later than a cut that is given")
        if self.isolated and (
            not self.parts or self.byzantine_commissioners or self.byzantine_butlers
        ):
            raise InputError("isolated", True, "with a side, and without Byzantine nodes")
        if self.posted > (self.butlers if self.parts else 0):
            raise InputError("posted", self.posted, "at most the butlers, where there is a side")

    def _several(self) -> None:
        if not re.fullmatch(r"\d{1,3}(x\d{1,3}){2,5}", self.sides or ""):
            raise InputError("sides", self.sides, "3 to 6 numbers such as 2x1x1; side K for two")
        if self.side or sum(self.parts) != self.commissioners or self.parts[0] == 0:
            allowed = f"numbers that add up to {self.commissioners}, the first not 0, without side"
            raise InputError("sides", self.sides, allowed)

    @property
    def parts(self) -> tuple[int, ...]:
        """Commissioners of each side of the partition; none where there is none."""
        if self.sides is not None:
            return tuple(map(int, self.sides.split("x")))
        return (self.side, self.commissioners - self.side) if self.side else ()

    def part(self, commissioner: int) -> int:
        """Return the side of a commissioner, from 0, where there is a partition."""
        ends = accumulate(self.parts)
        return next(number for number, end in enumerate(ends) if commissioner < end)

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
