"""python-mip takes any attribute without a word; ours does not."""

from __future__ import annotations

import pytest
from mip import Model

from solvers.cbc import set_attribute


def test_misspelt_attribute():
    """A known attribute is set and an unknown one is refused."""
    model = Model(solver_name="CBC")
    set_attribute(model, "max_mip_gap_abs", 0.5)
    assert model.max_mip_gap_abs == 0.5
    with pytest.raises(AttributeError, match="max_mip_gap_absolute"):
        set_attribute(model, "max_mip_gap_absolute", 0.5)
