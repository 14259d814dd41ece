"""Instances of Proof of Vote over several heights: chains, where they stop and whose they are."""

from __future__ import annotations

from typing import Any, ClassVar, Literal, Self

from pydantic import Field, model_validator

from milpbft.errors import InputError
from milpbft.question.named import NamedQuestion, Sense


class ChainInstance(NamedQuestion):
    """Heights in sequence, from genesis on, for as long as anything can still happen.

    Messages between correct nodes take one tick, and a packing cycle, of 12 ticks and one per node,
    has room for a round with an election, and for a timestamp per node; with `swaps` for a newcomer
    that fetches the chain as well, two ticks per height. R of each block is the
    worst that can be drawn, and the first butler on duty is Byzantine if one is.

    Parameters
    ----------
    commissioners
        N_c, 1 to 20.
    butlers
        N_b, 2 to 20.
    heights
        Height of the last block that is looked at, 1 to 6; nodes rest once they have it.
    byzantine_commissioners
        Commissioners who may be Byzantine: none for odd N_c, one at most for even N_c. With more,
        two chains could grow side by side, which is not modelled.
    byzantine_butlers
        Butlers who may be Byzantine.
    special
        The last block is a special one: it has ballots and elects the next team. Then there are two
        heights or more.
    term
        Every so many heights, 2 or more, the block is a special one: B_w + 1. Without `outside`
        only incumbents run, so that all are elected again, in the order of their votes; whoever
        makes the block leaves out ballots as it likes, but for a quorum. Less than `heights`; 0 for
        no end of a term, and none with `special`, nor with Byzantine commissioners, who could have
        themselves elected.
    outside
        With `term`: so many candidates, up to 20, besides the incumbents, from the genesis block on
        (section III E). Commissioners, all of the same mind, designate the team that suits the
        adversary, at each election anew. A node that is elected makes blocks once it has the chain.
    byzantine_outside
        Candidates of these who may be Byzantine.
    swaps
        With `term`: so many commissioners are replaced as each term begins, whoever the adversary
        likes; a reading of ours, for how commissioners change is beyond the paper's scope
        (section III A). Who leaves signs no more and is gone. A newcomer has no block but genesis,
        and asks for the others, which nodes with `fetch` send it. Quorums are as before, of the new
        commissioners. Without Byzantine nodes.
    reloads
        So many nodes start again at most, each once, with a log: what is under way to them is lost.
        Without Byzantine nodes, `fetch`, `special` and `term`.
    fetch, lock
        Repairs, as of :class:`milpbft.pov.instance.RoundInstance`. There is no `once`: how many
        blocks a height has then depends on who is kept from what for how long.
    objective
        ``halt``: fewest heights at which correct nodes get a block before nobody gets another, for
        ever; `heights` where the chain cannot be stopped before. ``duties``: most blocks of
        Byzantine butlers in the chain of a correct node. ``branches``: most different blocks at the
        last height, of all that correct nodes adopt. ``faults_halt``, ``faults_branches``: fewest
        Byzantine nodes, or nodes that start again, with which nobody gets the last block, or there
        are two different ones.
    """

    commissioners: int = Field(ge=1, le=20)
    butlers: int = Field(ge=2, le=20)
    heights: int = Field(ge=1, le=6)
    byzantine_commissioners: int = Field(default=0, ge=0)
    byzantine_butlers: int = Field(default=0, ge=0)
    special: bool = False
    term: int = Field(default=0, ge=0)
    outside: int = Field(default=0, ge=0, le=20)
    byzantine_outside: int = Field(default=0, ge=0)
    swaps: int = Field(default=0, ge=0)
    reloads: int = Field(default=0, ge=0)
    fetch: bool = False
    lock: bool = False
    encoding: Literal["counted"] = "counted"

    sizes: ClassVar[dict[str, str]] = {
        "nc": "commissioners",
        "nb": "butlers",
        "h": "heights",
        "bc": "byzantine_commissioners",
        "bb": "byzantine_butlers",
        "bo": "byzantine_outside",
    }
    words: ClassVar[dict[str, tuple[str, Any]]] = {
        word: (word, True) for word in ("special", "fetch", "lock")
    }
    numbers: ClassVar[dict[str, str]] = {
        "term": "term",
        "outside": "outside",
        "swap": "swaps",
        "reload": "reloads",
    }
    objectives: ClassVar[dict[str, Sense]] = {
        "halt": "min",
        "duties": "max",
        "branches": "max",
        "faults_halt": "min",
        "faults_branches": "min",
    }
    example: ClassVar[str] = "povchain-nc4-nb3-h3-bb1-halt"

    @model_validator(mode="after")
    def _fits(self) -> Self:
        one = 1 - self.commissioners % 2
        self._at_most({"byzantine_commissioners": one, "byzantine_butlers": self.butlers,
                       "byzantine_outside": self.outside, "swaps": self.commissioners,
                       "reloads": self.commissioners + self.butlers})  # fmt: skip
        liars = self.byzantine_commissioners + self.byzantine_butlers
        if self.reloads and (liars or self.fetch or self.special or self.term):
            allowed = "0 with Byzantine nodes, fetch, special or term"
            raise InputError("reloads", self.reloads, allowed)
        if self.outside and not self.term:
            raise InputError("outside", self.outside, "0 where no term ends")
        if self.swaps and not self.term:
            raise InputError("swaps", self.swaps, "0 where no term ends")
        if self.swaps and liars + self.byzantine_outside:
            raise InputError("swaps", self.swaps, "0 with Byzantine nodes")
        if self.special and self.heights < 2:
            raise InputError("special", True, "two heights or more")
        if self.term and (self.special or not 2 <= self.term < self.heights):
            allowed = f"2 to {self.heights - 1}, fewer than the heights, without special"
            raise InputError("term", self.term, allowed)
        if self.term and self.byzantine_commissioners:
            raise InputError("term", self.term, "0 with Byzantine commissioners")
        return self

    @property
    def quorum(self) -> int:
        """Signatures of a valid block: floor(N_c/2) + 1."""
        return self.commissioners // 2 + 1

    @property
    def cycle(self) -> int:
        """T_b in ticks."""
        fetching = 2 * self.heights if self.swaps else 0
        return self.commissioners + self.butlers + self.outside + 12 + fetching

    @property
    def nodes(self) -> tuple[tuple[range, int], ...]:
        """Commissioners, butlers and other candidates, each with how many may be Byzantine."""
        first = self.commissioners
        server = first + self.butlers
        return (
            (range(first), self.byzantine_commissioners),
            (range(first, server), self.byzantine_butlers),
            (range(server + 1, server + 1 + self.outside), self.byzantine_outside),
        )

    @property
    def size(self) -> int:
        """Nodes of a schedule, the time server with them, and newcomers, the last."""
        newcomers = self.swaps * sum(map(self.ends, range(self.heights)))
        return self.commissioners + self.butlers + 1 + self.outside + newcomers

    def ends(self, height: int) -> bool:
        """Whether a term ends with a height, and another begins above it."""
        return bool(self.term) and height % self.term == 0 and 0 < height < self.heights

    def closes(self, height: int) -> bool:
        """Whether a team is elected at a height that makes blocks above it."""
        return bool(self.outside) and self.ends(height)

    @property
    def settings(self) -> dict[str, str]:
        """Settings of schedules: what nodes agree on, but for what is drawn."""
        said = {
            "commissioners": self.commissioners,
            "butlers": self.butlers,
            "cycle": self.cycle,
            "rounds": self.heights,
            "ordinary": (self.heights if self.special else self.term or 1_000_001) - 1,
        }
        if self.outside:
            seats = self.butlers
            said |= {"votes": seats, "designated": seats, "candidates": self.outside}
        said |= {"reloads": self.reloads} if self.reloads else {}
        repairs = {word: "yes" for word in ("fetch", "lock") if getattr(self, word)}
        return {name: str(value) for name, value in said.items()} | repairs
