"""PBFT, Linear BFT and SBFT."""

from milpbft.lazy import offer

offer(
    __name__,
    {
        "calm_latency": "milpbft.pbft.formulas_sbft:calm_latency",
        "count_messages": "milpbft.pbft.counting:count_messages",
        "early": "milpbft.pbft.formulas:early",
        "first_decision": "milpbft.pbft.formulas:first_decision",
        "frontier": "milpbft.pbft.frontier:frontier",
        "latency": "milpbft.pbft.formulas:latency",
        "LinearReference": "milpbft.pbft.reference.linear_reference:LinearReference",
        "PbftReference": "milpbft.pbft.reference.pbft_reference:PbftReference",
        "Rules": "milpbft.pbft.reference.rules:Rules",
        "SbftFastReference": "milpbft.pbft.reference.sbft_reference:SbftFastReference",
        "SbftReference": "milpbft.pbft.reference.sbft_reference:SbftReference",
        "Setting": "milpbft.pbft.formulas_sbft:Setting",
        "switch_cost": "milpbft.pbft.formulas_sbft:switch_cost",
    },
)
