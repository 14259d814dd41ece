"""The closed forms of Proof of Vote: equations 1 to 8 and the times of a round.

References
----------
.. [1] Li, Li, Hou, Li and Chen, "Proof of Vote: A High-Performance Consensus Protocol Based on Vote
   Mechanism & Consortium Blockchain", sections III and IV.
"""

from milpbft.pov.formulas.draw import drawn_order, proven_number, random_number, random_source
from milpbft.pov.formulas.income import block_chance, break_even, mean_reward
from milpbft.pov.formulas.times import cutoff, longest_round, round_length
from milpbft.pov.formulas.votes import (
    Reading,
    admits,
    alpha_range,
    exact_p1,
    least_votes,
    p1,
    p2,
    p3,
    smallest_k,
    votes_chance,
)

__all__ = [
    "Reading",
    "admits",
    "alpha_range",
    "block_chance",
    "break_even",
    "cutoff",
    "drawn_order",
    "exact_p1",
    "least_votes",
    "longest_round",
    "mean_reward",
    "p1",
    "p2",
    "p3",
    "proven_number",
    "random_number",
    "random_source",
    "round_length",
    "smallest_k",
    "votes_chance",
]
