"""Gates: zeros and ones of expressions, tied by rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from milpbft.automaton.pernode.rows import ONE, ZERO, Affine

if TYPE_CHECKING:
    from collections.abc import Iterable

    from milpbft.hgfrr.model.terms import Series, Terms


def product(terms: Terms, name: str, one: Affine, other: Affine) -> Affine:
    """Return the product of two zeros and ones; no variable where one of them is constant."""
    for this, that in ((one, other), (other, one)):
        if not this.terms:
            return that if this.constant else ZERO
    return terms.both(name, one, other)


def either(terms: Terms, name: str, several: Iterable[Affine]) -> Affine:
    """Return what is 1 where one of several is: ``x >= s`` for each, ``x <= sum s``."""
    found = [one for one in several if one.terms or one.constant]
    if any(not one.terms for one in found):
        return ONE
    if len(found) <= 1:
        return found[0] if found else ZERO
    here = terms.binary(name)
    for one in found:
        terms.rows.at_most("either", one, here)
    terms.rows.at_most("either", here, Affine.total(found))
    return here


def risen(series: Series, tick: int) -> Affine:
    """1 where a series rises at a tick."""
    return series[tick] - series[tick - 1] if tick else series[0]
