"""Elections over many tenures: whether the team gets more reliable, and whose votes it has.

A simulation of the rules of sections III F and J at the scale of the paper, with votes counted as
the reference does. It draws random numbers; everything is the same for the same seed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from milpbft.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

Conduct = Literal["bad", "patient"]


@dataclass(frozen=True)
class Society:
    """Who votes and who is voted for.

    Parameters
    ----------
    commissioners, butlers, candidates, votes
        N_c, N_b, N_bc and K.
    bad
        Candidates that are not reliable; who they are is drawn.
    conduct
        ``bad``: they miss every block. ``patient``: they work well for `patience` tenures, and from
        then on miss every block.
    patience
        Tenures.
    blocks
        B_w, ordinary blocks of a tenure; the butler of each is drawn.
    designated
        Tickets of a ballot that are drawn and not by score.
    Byzantine
        Commissioners who vote for those that are not reliable, if they can.
    """

    commissioners: int = 20
    butlers: int = 50
    candidates: int = 200
    votes: int = 81
    bad: int = 60
    conduct: Conduct = "bad"
    patience: int = 0
    blocks: int = 100
    designated: int = 0
    byzantine: int = 0

    def __post_init__(self) -> None:
        limits = {
            "butlers": self.candidates,
            "votes": self.candidates,
            "bad": self.candidates,
            "designated": self.votes,
            "byzantine": self.commissioners,
        }
        for field, high in limits.items():
            if not 0 <= getattr(self, field) <= high:
                raise InputError(field, getattr(self, field), f"a number from 0 to {high}")


def reliability(society: Society, tenures: int, seed: int = 0) -> NDArray[np.float64]:
    """Return the share of reliable butlers in the team, per tenure.

    The first team is drawn. Every block that a butler makes gives it a point with every honest
    commissioner; a block that it misses clears its score, and the next butler makes the block, as
    in the protocol. A ballot has the designated tickets, then the highest scores, ties by chance.

    Returns
    -------
    ndarray
        `tenures` numbers from 0 to 1: of butlers who would make their block in that tenure.
    """
    rng = np.random.default_rng(seed)
    bad = np.zeros(society.candidates, dtype=bool)
    bad[rng.choice(society.candidates, society.bad, replace=False)] = True
    team = rng.choice(society.candidates, society.butlers, replace=False)
    points = np.zeros(society.candidates, dtype=np.int64)
    shares = []
    for tenure in range(tenures):
        behaves = ~bad | (society.conduct == "patient" and tenure < society.patience)
        shares.append(behaves[team].mean())
        _serve(society, team, behaves, points, rng)
        team = _elect(society, bad, points, rng)
    return np.array(shares)


def _serve(
    society: Society,
    team: NDArray[np.int64],
    behaves: NDArray[np.bool_],
    points: NDArray[np.int64],
    rng: np.random.Generator,
) -> None:
    """Let the team make the blocks of a tenure; where nobody can, the round ends without one."""
    for start in rng.integers(len(team), size=society.blocks):
        for place in range(len(team)):
            butler = team[(start + place) % len(team)]
            if behaves[butler]:
                points[butler] += 1
                break
            points[butler] = 0


def _elect(
    society: Society, bad: NDArray[np.bool_], points: NDArray[np.int64], rng: np.random.Generator
) -> NDArray[np.int64]:
    n, tally = society.candidates, np.zeros(society.candidates, dtype=np.int64)
    for voter in range(society.commissioners):
        if voter < society.byzantine:
            order = np.lexsort((rng.random(n), ~bad))
        else:
            named = rng.permutation(n)[: society.designated]
            order = np.lexsort((rng.random(n), -points))
            order = np.concatenate([named, order[~np.isin(order, named)]])
        tally[order[: society.votes]] += 1
    # Of equals the lower number, as in the reference; who has which number was drawn.
    return np.lexsort((np.arange(n), -tally))[: society.butlers]


def random_tallies(
    commissioners: int, votes: int, candidates: int, elections: int, seed: int = 0
) -> NDArray[np.int64]:
    """Return votes per election and candidate where every commissioner votes by chance.

    This is what equation 3 is about, without its assumption that votes of one ballot are
    independent: a ballot has K different candidates.

    Returns
    -------
    ndarray
        Shape (elections, candidates).
    """
    rng = np.random.default_rng(seed)
    tallies = np.zeros((elections, candidates), dtype=np.int64)
    for election in range(elections):
        ballots = rng.random((commissioners, candidates)).argpartition(votes - 1, axis=1)
        tallies[election] = np.bincount(ballots[:, :votes].ravel(), minlength=candidates)
    return tallies


@dataclass(frozen=True)
class Mandate:
    """How many votes elected butlers have in random elections.

    Parameters
    ----------
    whole
        Share of elections in which every elected butler has votes of as many commissioners as asked
        for.
    butlers
        Share of elected butlers who have.
    """

    whole: float
    butlers: float


def mandate(
    commissioners: int,
    butlers: int,
    candidates: int,
    votes: int,
    *,
    least: int,
    elections: int = 1000,
    seed: int = 0,
) -> Mandate:
    """Measure how often elected butlers have `least` votes or more.

    Parameters
    ----------
    commissioners, butlers, candidates, votes
        N_c, N_b, N_bc and K.
    """
    tallies = random_tallies(commissioners, votes, candidates, elections, seed)
    elected = -np.sort(-tallies, axis=1)[:, :butlers]
    return Mandate(float((elected[:, -1] >= least).mean()), float((elected >= least).mean()))
