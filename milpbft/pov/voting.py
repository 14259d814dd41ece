"""Instances of Proof of Vote: elections of butlers."""

from __future__ import annotations

from typing import Any, ClassVar, Literal, Self

from pydantic import Field, model_validator

from milpbft.errors import InputError
from milpbft.question.named import NamedQuestion, Sense


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
