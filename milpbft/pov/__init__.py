"""Proof of Vote, the protocol of K. Li, H. Li, Hou, Li and Chen (HPCC 2017)."""

from milpbft.lazy import offer

offer(
    __name__,
    {
        "chance": "milpbft.pov.steering:chance",
        "choices": "milpbft.pov.steering:choices",
        "figure6": "milpbft.pov.figures:figure6",
        "figure7": "milpbft.pov.figures:figure7",
        "figure8": "milpbft.pov.figures:figure8",
        "kept": "milpbft.pov.steering:kept",
        "mean_reliability": "milpbft.pov.claims:mean_reliability",
        "most_seats": "milpbft.pov.model.seats:most_seats",
        "random_tallies": "milpbft.pov.tenures:random_tallies",
        "Reading": "milpbft.pov.formulas:Reading",
        "Replay": "milpbft.pov.reference.replay:Replay",
        "rounds": "milpbft.pov.steering:rounds",
        "Rules": "milpbft.pov.reference.rules:Rules",
        "smallest_k": "milpbft.pov.formulas:smallest_k",
        "Society": "milpbft.pov.tenures:Society",
        "steered": "milpbft.pov.steered:steered",
    },
)
