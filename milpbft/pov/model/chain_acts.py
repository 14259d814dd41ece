"""The variables of a chain's program; :mod:`milpbft.pov.model.chain` says what they mean."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from milpbft.milp.block import Block
    from milpbft.milp.builder import Builder
    from milpbft.pov.heights import ChainInstance


@dataclass(frozen=True)
class Others:
    """Blocks of variables about candidates from outside, see :class:`Chain`; one per height."""

    o: Block
    ol: Block
    gl: Block
    dead_o: Block
    late_o: Block
    left_o: Block
    crooks: Block
    rule: Block

    @classmethod
    def make(cls, m: Builder, i: ChainInstance) -> Others:
        """Add the variables to a builder."""
        upper = dict.fromkeys(("o", "ol", "dead_o", "late_o", "left_o"), i.outside)
        upper |= {"gl": i.butlers, "crooks": i.butlers, "rule": 1}
        t = i.heights + 1
        return cls(**{name: m.variables(name, t, upper=most, base=0)
                      for name, most in upper.items()})  # fmt: skip


@dataclass(frozen=True)
class Swaps:
    """Blocks about commissioners who are replaced, see :mod:`milpbft.pov.model.swapping`."""

    cl: Block
    new: Block
    out: Block
    joined: Block

    @classmethod
    def make(cls, m: Builder, i: ChainInstance) -> Swaps:
        """Add the variables to a builder."""
        upper = dict.fromkeys(("new", "out", "joined"), i.swaps) | {"cl": i.commissioners}
        t = i.heights + 1
        return cls(**{name: m.variables(name, t, upper=most, base=0)
                      for name, most in upper.items()})  # fmt: skip


@dataclass(frozen=True)
class Chain:
    """Blocks of variables; all but the first three have one entry per height from 0 on.

    ``b``, ``f``, ``foul``: Byzantine commissioners and butlers, and whether there is such a butler.
    ``grown``: whether any block is made above the live one of the height before. ``eager``: a
    butler is left behind.

    Where there are candidates from outside, ``o``, ``dead_o``, ``late_o`` and ``left_o`` are
    correct nodes that have no seat; ``gl`` and ``ol`` are what ``g`` and ``o`` were before an
    election at the height; ``fo`` of the candidates are Byzantine, ``crooks[t]`` are in the team
    after it, and ``rule[t]`` says whether any is. Where nodes reload their logs, ``used[t]`` do so
    at the height, ``both[t]`` says that it has two blocks of honest butlers, and ``stall[t]`` that
    a butler loses its timestamp and the lock binds all.
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
    fo: Block | None
    others: Others | None
    used: Block | None
    both: Block | None
    stall: Block | None
    swaps: Swaps | None

    @classmethod
    def make(cls, m: Builder, i: ChainInstance) -> Chain:
        """Add the variables to a builder."""
        t, most = i.heights + 1, i.commissioners + i.butlers + i.outside
        upper = {"b": i.byzantine_commissioners, "f": i.byzantine_butlers, "dead": most}
        upper |= dict.fromkeys(("c", "dead_c", "late_c", "left_c"), i.commissioners)
        upper |= dict.fromkeys(("g", "dead_g", "late_g", "left_g"), i.butlers)
        first = ("b", "f", "foul")
        rare = {"fo", "others", "used", "both", "stall", "swaps"}
        names = [n for n in cls.__dataclass_fields__ if n not in {*first, *rare}]
        single = {name: m.variables(name, upper=upper.get(name, 1), base=0) for name in first}
        rows = {name: m.variables(name, t, upper=upper.get(name, 1), base=0) for name in names}
        fo = m.variables("fo", upper=i.byzantine_outside, base=0) if i.outside else None
        others = Others.make(m, i) if i.outside else None
        used = m.variables("used", t, upper=i.reloads, base=0) if i.reloads else None
        both = m.variables("both", t, base=0) if i.reloads else None
        stall = m.variables("stall", t, base=0) if i.reloads else None
        swaps = Swaps.make(m, i) if i.swaps else None
        return cls(**single, **rows, fo=fo, others=others, used=used, both=both, stall=stall,
                   swaps=swaps)  # fmt: skip
