"""Markets at the edges of the rules: ties, nothing to match, one owner, exact budgets, extremes."""

from __future__ import annotations

from milpbft.v2v.catalogue import buy, sell, toy

EQUAL = toy("equal", (0,), sell("s1", 10), sell("s2", 10), buy("b1"), buy("b2"), buy("b3"))
"""All alike: ids decide."""
UNITS = toy("units", (0, 4), sell("s1", 10, 4, kwh=2), sell("s2", 11, 0), buy("b1", 2, kwh=2),
            buy("b2", 1))  # fmt: skip
"""b2 to s1 costs 1 + 10, to s2 1 + 11; a kilometre of two kWh costs half."""
AWAY = toy("away", (0, 3, 6), sell("s1", 3, 6), sell("s2", 9, 6), buy("b1", 0), buy("b2", 5))
"""Where b1 is, s1 would lose: it meets b1 at 3, with no profit at all."""
OWN = toy("own", (0,), sell("s1", 5, owner="k"), buy("b1", owner="k"), buy("b2"), sell("s2", 9))
"""One client on both sides."""
BUYS = toy("buys", (0,), buy("b1"), buy("b2", 1))
SELLS = toy("sells", (0,), sell("s1", 10), sell("s2", 0))
DEAR = toy("dear", (0,), sell("s1", 1), sell("s2", 2), buy("b1"), fee=2)
"""The fee takes all that s2 asks, and more than s1 does."""
FREE = toy("free", (0, 1), sell("s1", 0, use=0), sell("s2", 0, 1), buy("b1", use=0), buy("b2", 1))
"""Nothing costs anything where nobody moves."""
SPOILT = toy("spoilt", (0,), sell("s1", 10, paid=30), sell("s2", 30, paid=30), buy("b1", value=5),
             buy("b2", value=40), energy=True)  # fmt: skip
"""Purchase prices count; b1 pays more than energy is worth to it."""
WIDE = toy("wide", (0, 1000), sell("s1", 10**6, 1000, use=10**4), buy("b1", 0, value=10**6),
           sell("s2", 10, 0), buy("b2", 1000))  # fmt: skip
"""Prices and distances at their ends."""
MIXED = toy("mixed", (0, 2, 5), sell("s1", 8, 1, kwh=2), sell("s2", 9, 5), sell("s3", 8, 2),
            buy("b1", 2, kwh=2), buy("b2", 5, value=12), fee=1)  # fmt: skip
FREELY = (EQUAL, UNITS, AWAY, OWN, BUYS, SELLS, DEAR, FREE, SPOILT, WIDE, MIXED)

EXACT = toy("exact", (0,), sell("s1", 20), sell("s2", 10), buy("b1", owner="k"),
            buy("b2", owner="k"), funds={"k": 30})  # fmt: skip
SHORT = EXACT.model_copy(update={"name": "short", "funds": {"k": 29}})
BROKE = EXACT.model_copy(update={"name": "broke", "funds": {"k": 0}})
FULL = toy("full", (0, 2), sell("s1", 8), sell("s2", 8, 2), buy("b1"), buy("b2", 1),
           capacities=(0, 1))  # fmt: skip
BOUND = (EXACT, SHORT, BROKE, FULL)
"""Markets where funds or capacities decide how many pairs there are."""

TOGETHER = toy("together", (0,), *(
    order.model_copy(update={"arrives": 1}) for order in EQUAL.orders[:4]
))  # fmt: skip
"""All at once: replicas' clocks take the order of the list."""
LATE = toy("late", (0, 4), sell("s1", 10, 4, arrives=1, heard=3), sell("s2", 12, arrives=1),
           buy("b1", 1, arrives=2), buy("b2", 3, arrives=2, heard=2))  # fmt: skip
"""s1 is the primary's alone for two slots."""
BID = toy("bid", (0,), sell("s1", 10, arrives=1), sell("s2", 12, arrives=2),
          *(buy(f"t{v}", 0, value=v, kwh=k, owner="colluder", secret=True, arrives=1)
            for v, k in ((20, 1), (30, 2))),
          buy("b1", 1, arrives=2))  # fmt: skip
"""The colluder buys."""
THIRD = toy("third", (0, 6), sell("s1", 10, arrives=2), buy("b1", 1, arrives=1),
            buy("b2", 5, arrives=1),
            *(sell(f"t{p}", p, 6, owner="colluder", secret=True, arrives=1)
              for p in (9, 10)))  # fmt: skip
ARRIVING = (EQUAL, UNITS, AWAY, DEAR, FREE, SPOILT, WIDE, BUYS, TOGETHER, LATE, BID, THIRD)
"""Markets of clients with one order each, so that their order may be chosen."""
