"""The parameters of a Proof of Vote network, and the rules that follow from them alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Self

from milpbft.errors import InputError
from milpbft.pov.formulas import cutoff, drawn_order, proven_number, random_number
from milpbft.pov.reference import commission
from milpbft.schedule.promising import PROMISES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from milpbft.pov.instance import RoundInstance
    from milpbft.pov.reference.commission import Swaps
    from milpbft.pov.reference.encoding import Signed

REPAIRS = ("fetch", "lock", "once")
"""Switches of what the paper does not have."""

DRAWS = ("vrf", "lots")
"""More of them, about what is drawn by chance; a round of one height does not look at that."""

TEAMS = "teams"
"""The setting that says whom all commissioners designate: a team per tenure, ``4.5|4.6``."""

VACANT = -1
"""The seat of a butler who resigned, or for which there was no candidate."""


@dataclass(frozen=True)
class Rules:
    """What the nodes of one network agree on.

    Tests override methods to make faulty replicas.

    Parameters
    ----------
    commissioners, butlers
        N_c and N_b, the seats of the team.
    cycle
        T_b, ticks of a packing cycle.
    others
        Nodes beside commissioners, first team and time server: candidates and ordinary users.
    candidates
        So many of the others, the first, are candidates from the genesis block on (section III E).
    first
        R of the genesis block.
    ordinary
        B_w, ordinary blocks of a tenure; the block after them is special.
    rounds
        Heights after which nodes rest; None for none.
    votes, designated
        K, tickets of a commissioner in an election, and how many of them are designated tickets.
    quorum
        Signatures of a valid block; 0 for floor(N_c/2) + 1. The paper also says "at least 51%",
        which is the same up to 50 commissioners, and one more for 51.
    deposit, pay, wealth
        What a candidate deposits, what a butler earns per valid block (B), and what each node and
        the alliance fund have at first.
    block_size
        Transactions that a correct butler packs at most.
    clocks
        ``synchronised``: timers expire at T_cut; ``free``: whenever who runs the node says so.
    skew
        With synchronised clocks: ticks by which a clock may be ahead of the time server's or behind
        it. A timer then expires when whoever runs the node says so, from `skew` ticks before T_cut
        on, and `skew` ticks after it at the latest. For runs of one round, and less than `cycle`.
    off
        Ticks by which the time server's clock may be off, at each timestamp another way. It shows
        no time before the genesis block.
    twofaced
        Whether the time server is faulty, and stamps a header again whatever `once` says.
    wrap
        What m of T_cut is after N_b cycles without a block. ``on``: it counts on. ``again``: it
        starts at 1, as section III C has it; T_cut is then past, and stays so.
    swaps
        Who leaves the commission as a tenure begins, from the second on; the last of the other
        nodes have their seats, see :mod:`milpbft.pov.reference.commission`.
    forwarding
        Whether commissioners forward blocks that they adopt, and nodes the legal transactions of
        others (sections III A and III C, S1).
    fetch, lock, once
        Repairs that the paper does not have. ``fetch``: who is without a block at the end of a
        packing cycle asks all for it; who has it, or gets it later, sends it to all, once.
        ``lock``: a commissioner signs one header of a height.
        ``once``: the time server stamps a header once, and for its producer alone.
    vrf, lots
        Two more. ``vrf``: R is a verifiable random function of the height under the time server's
        key, which it evaluates for a header that a quorum has signed. ``lots``: equals in an
        election are ranked by lots drawn from the block below, not by node number.
    """

    commissioners: int
    butlers: int
    cycle: int = 8
    others: int = 0
    candidates: int = 0
    first: int = 0
    ordinary: int = 1_000_000
    rounds: int | None = None
    votes: int = 1
    designated: int = 0
    quorum: int = 0
    deposit: int = 10
    pay: int = 1
    wealth: int = 100
    block_size: int = 16
    clocks: Literal["synchronised", "free"] = "synchronised"
    skew: int = 0
    off: int = 0
    twofaced: bool = False
    wrap: Literal["on", "again"] = "on"
    swaps: Swaps = ()
    forwarding: bool = False
    fetch: bool = False
    lock: bool = False
    once: bool = False
    vrf: bool = False
    lots: bool = False

    def __post_init__(self) -> None:
        least = {"commissioners": 1, "butlers": 1, "cycle": 1, "ordinary": 1, "votes": 1,
                 "block_size": 1}  # fmt: skip
        zeros = ("others", "candidates", "first", "designated", "quorum", "deposit", "pay",
                 "wealth", "skew", "off")  # fmt: skip
        for name in zeros:
            least[name] = 0
        for name, low in least.items():
            if getattr(self, name) < low:
                raise InputError(name, getattr(self, name), f"{low} or more")
        if self.rounds is not None and self.rounds < 1:
            raise InputError("rounds", self.rounds, "1 or more")
        most = {"first": self.butlers - 1, "quorum": self.commissioners, "designated": self.votes,
                "skew": self.cycle - 1, "candidates": self.others}  # fmt: skip
        if self.skew and (self.rounds != 1 or self.clocks == "free"):
            raise InputError("skew", self.skew, "0, but for one round and synchronised clocks")
        for name, high in most.items():
            if getattr(self, name) > high:
                raise InputError(name, getattr(self, name), f"{high} at most")
        newcomers = sum(map(len, self.swaps))
        if newcomers > self.others - self.candidates:
            allowed = f"{self.others - self.candidates} newcomers at most"
            raise InputError(f"settings.{commission.SWAPS}", newcomers, allowed)
        commission.check(self.commissioners, self.server + 1 + self.candidates, self.swaps)
        if not self.quorum:
            object.__setattr__(self, "quorum", self.commissioners // 2 + 1)

    @classmethod
    def of(cls, n: int, settings: Mapping[str, str]) -> Rules:
        """Return the rules that a schedule of `n` nodes names in its settings.

        Raises
        ------
        InputError
            Where a required one is missing, or one is unknown or out of its range.
        """
        values: dict[str, Any] = {"rounds": 1}
        numbers = {"commissioners", "butlers", "cycle", "rounds", "first", "ordinary", "votes",
                   "quorum", "skew", "off", "candidates", "designated"}  # fmt: skip
        switches = {"forwarding", "twofaced", *REPAIRS, *DRAWS}
        words = {"clocks": ("synchronised", "free"), "wrap": ("on", "again")}
        for name, text in settings.items():
            if name in PROMISES or (name == "keys" and text.isdecimal()) or name == TEAMS:
                continue  # The network's, the adversary's and nature's: nodes do not know them.
            if name == commission.SWAPS:
                values[name] = commission.parse(text)
            elif name in numbers and text.isdecimal():
                values[name] = int(text)
            elif name in words and text in words[name]:
                values[name] = text
            elif name in switches and text in ("no", "yes"):
                values[name] = text == "yes"
            else:
                allowed = ", ".join(sorted(numbers | words.keys() | switches))
                raise InputError(f"settings.{name}", text, f"a fitting value of one of {allowed}")
        for name in ("commissioners", "butlers", "cycle"):
            if name not in values:
                raise InputError(f"settings.{name}", None, "the setting is required")
        others = n - values["commissioners"] - values["butlers"] - 1
        if others < 0:
            raise InputError("n", n, "commissioners, butlers and the time server at least")
        return cls(**values, others=others)

    def settings(self) -> dict[str, str]:
        """Return the settings of a schedule from which :meth:`of` makes these rules.

        Raises
        ------
        InputError
            Where nodes never rest: a schedule is about a number of rounds.
        """
        if self.rounds is None:
            raise InputError("rounds", None, "a number, in schedules")
        names = ("commissioners", "butlers", "cycle", "rounds", "first", "ordinary", "votes",
                 "quorum", "clocks", "wrap")  # fmt: skip
        found = {name: str(getattr(self, name)) for name in names}
        rare = ("skew", "off", "candidates", "designated")
        found |= {name: str(getattr(self, name)) for name in rare if getattr(self, name)}
        found |= {w: "yes" for w in ("twofaced", *REPAIRS, *DRAWS) if getattr(self, w)}
        found |= {commission.SWAPS: commission.written(self.swaps)} if self.swaps else {}
        return found | {"forwarding": "yes" if self.forwarding else "no"}

    @classmethod
    def of_round(cls, i: RoundInstance) -> Self:
        """Return the rules of the one round that an instance is about."""
        return cls(
            i.commissioners, i.butlers, i.cycle, rounds=1, wrap=i.wrap, forwarding=i.forwarding,
            fetch=i.fetch, lock=i.lock, once=i.once, skew=i.skew, off=i.off, twofaced=i.twofaced,
        )  # fmt: skip

    # ---- who is who

    @property
    def n(self) -> int:
        """Number of nodes."""
        return self.commissioners + self.butlers + 1 + self.others

    @property
    def server(self) -> int:
        """The time server's node."""
        return self.commissioners + self.butlers

    @property
    def first_team(self) -> tuple[int, ...]:
        """Nodes of the first team, in the order of their numbers."""
        return tuple(range(self.commissioners, self.server))

    @property
    def first_candidates(self) -> tuple[int, ...]:
        """Nodes that are candidates in the genesis block: those of the first team, and others."""
        return (*self.first_team, *range(self.server + 1, self.server + 1 + self.candidates))

    def tenure(self, height: int) -> int:
        """Return the tenure of a height, from 1 on."""
        return max(0, height - 1) // (self.ordinary + 1) + 1

    def commission(self, tenure: int) -> frozenset[int]:
        """Return the commissioners of a tenure."""
        newcomer = self.server + 1 + self.candidates
        return commission.commission(self.commissioners, newcomer, self.swaps, tenure)

    def sits(self, node: int, height: int) -> bool:
        """Whether a node is a commissioner of a height."""
        return node in self.commission(self.tenure(height))

    @property
    def newcomers(self) -> dict[int, int]:
        """Nodes that become commissioners as a tenure begins, with the tenure."""
        found = dict[int, int]()
        for tenure in range(2, len(self.swaps) + 2):
            new = self.commission(tenure) - self.commission(tenure - 1)
            found |= dict.fromkeys(sorted(new), tenure)
        return found

    def begins(self, node: int) -> int:
        """Return the first height of which a node can be a commissioner, 0 if from the start."""
        tenure = self.newcomers.get(node, 1)
        return (tenure - 1) * (self.ordinary + 1) + 1 if tenure > 1 else 0

    # ---- rounds

    @property
    def most_signatures(self) -> int:
        """Most signatures that go into a block: N_c - 1 by equation 1, if that is a quorum."""
        return max(self.quorum, self.commissioners - 1)

    def special(self, height: int) -> bool:
        """Whether the block at `height` is the last of a tenure."""
        return height > 0 and height % (self.ordinary + 1) == 0

    def seat(self, random: int, cycle: int) -> int:
        """Return the number of the butler on duty: R of the block before, plus one per hand-over.

        The paper lets R start at 0 again when R + 1 > N_b. Numbers end at N_b - 1, so that is read
        as R + 1 >= N_b: modulo N_b.
        """
        return (random + cycle - 1) % self.butlers

    def cutoff(self, previous: int, cycle: int) -> int:
        """Return T_cut of packing cycle `cycle` after a block confirmed at `previous`."""
        m = (cycle - 1) % self.butlers + 1 if self.wrap == "again" else cycle
        return cutoff(previous, m, self.cycle)

    def in_time(self, timestamp: int, previous: int, cycle: int) -> bool:
        """Whether a block is confirmed in time: after the one before, and before T_cut."""
        return previous <= timestamp < self.cutoff(previous, cycle)

    def draw(self, signatures: Signed, timestamp: int) -> int:
        """Return R of a block with these signatures, confirmed at `timestamp`."""
        return random_number([one for _, one in signatures], timestamp, self.butlers)

    def number(self, signatures: Signed, timestamp: int, proof: bytes) -> int:
        """Return R of a block: drawn from its signatures, or by the time server's proof."""
        return proven_number(proof, self.butlers) if self.vrf else self.draw(signatures, timestamp)

    def enough(self, signatures: int) -> bool:
        """Whether so many distinct signatures are a quorum."""
        return signatures >= self.quorum

    def proves(self, verified: bool) -> bool:
        """Whether a proof of R is the time server's, given whether its signature is."""
        return verified

    def bound(self, signed: bool) -> bool:
        """Whether a commissioner signs no other header, given whether it has signed one."""
        return signed

    def genuine(self, verified: bool) -> bool:
        """Whether a transaction is its author's, given whether its signature is."""
        return verified

    # ---- elections

    def ties(self, nodes: Iterable[int], lot: bytes) -> list[int]:
        """Return nodes in the order in which equals are elected: by number, or as drawn."""
        return drawn_order(lot, nodes) if self.lots else sorted(nodes)

    def repeats(self, tickets: tuple[int, ...]) -> bool:
        """Whether a ballot votes twice for a candidate, be it with tickets of both kinds."""
        return len(set(tickets)) < len(tickets)
