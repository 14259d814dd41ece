"""The V2V energy market: a state machine that the PBFT family replicates, and its worst cases."""

from milpbft.lazy import offer

offer(
    __name__,
    {
        "draw_lines": "milpbft.v2v.pictures:draw_lines",
        "draw_matches": "milpbft.v2v.pictures:draw_matches",
        "latencies": "milpbft.v2v.evidence.performance:latencies",
        "market_of": "milpbft.v2v.catalogue:market_of",
        "NODES": "milpbft.v2v.evidence.performance:NODES",
        "PROTOCOLS": "milpbft.v2v.evidence.performance:PROTOCOLS",
        "Staged": "milpbft.v2v.reference.staged:Staged",
    },
)
