"""The variables of a chain's program; :mod:`milpbft.pov.model.chain` says what they mean."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from milpbft.milp.block import Block
    from milpbft.milp.builder import Builder
    from milpbft.pov.heights import ChainInstance


@dataclass(frozen=True)
class Chain:
    """Blocks of variables; all but the first three have one entry per height from 0 on.

    ``b``, ``f``, ``foul``: Byzantine commissioners and butlers, and whether there is such a butler.
    ``grown``: whether any block is made above the live one of the height before. ``eager``: a
    butler is left behind.
    """

    b: Block
    f: Block
    foul: Block
    mine: Block
    fair: Block
    c: Block
    g: Block
    dead: Block
    dead_c: Block
    dead_g: Block
    late: Block
    late_c: Block
    late_g: Block
    left_c: Block
    left_g: Block
    grown: Block
    eager: Block
    any: Block

    @classmethod
    def make(cls, m: Builder, i: ChainInstance) -> Chain:
        """Add the variables to a builder."""
        t, most = i.heights + 1, i.commissioners + i.butlers
        upper = {"b": i.byzantine_commissioners, "f": i.byzantine_butlers, "dead": most}
        upper |= dict.fromkeys(("c", "dead_c", "late_c", "left_c"), i.commissioners)
        upper |= dict.fromkeys(("g", "dead_g", "late_g", "left_g"), i.butlers)
        names = [name for name in cls.__dataclass_fields__ if name not in ("b", "f", "foul")]
        single = {
            name: m.variables(name, upper=upper.get(name, 1), base=0) for name in ("b", "f", "foul")
        }
        rows = {name: m.variables(name, t, upper=upper.get(name, 1), base=0) for name in names}
        return cls(**single, **rows)
