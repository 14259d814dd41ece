"""Parallel proof of work with elected managers (DeNio and Ludwig)."""

from milpbft.lazy import offer

offer(
    __name__,
    {
        "election": "milpbft.powm.formulas.election",
        "failures": "milpbft.powm.formulas.failures",
        "Figure5": "milpbft.powm.study:Figure5",
        "figures": "milpbft.powm.figures",
        "reign": "milpbft.powm.reference.coalition:reign",
        "table3": "milpbft.powm.formulas.table3",
        "time_by_stock": "milpbft.powm.study:time_by_stock",
    },
)
