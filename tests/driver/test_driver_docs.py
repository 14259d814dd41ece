"""The driver that docs/drivers.md works out does what the page says."""

from __future__ import annotations

import re
from pathlib import Path

from milpbft.driver.client import Driver
from milpbft.sim.bench import Lie, Setup
from tests.driver.drivers import script

PAGE = Path(__file__).parents[2] / "docs" / "drivers.md"


def test_the_worked_driver_is_short_and_drives():
    text = re.search(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert text is not None
    assert len(text[1].splitlines()) < 60
    with Driver(script(text[1]), Setup("hello", 4, 6)) as driver:
        begun = driver.start()
        assert [state["primary"] for state in begun["states"]] == [2, 2, 2, 2]
        assert driver.timeout(1)["sent"] == []
        said = driver.timeout(2)
        assert said["state"]["done"]
        driver.now(20)
        assert driver.deliver(0, said["sent"][0]["id"])["state"]["done"]
        assert not driver.restart(0)["state"]["done"]
        assert driver.forge(Lie(3, "Hello", 0))["sent"][0]["id"] == 1
        assert [state["done"] for state in driver.states()] == [False, False, True, False]
