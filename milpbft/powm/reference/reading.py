"""Reading: the rules and the script that the settings and events of a schedule say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from milpbft.errors import InputError
from milpbft.powm.rates import read_rates
from milpbft.powm.reference.links import Cut, Script
from milpbft.powm.reference.rules import Collapse, Rules, Sync
from milpbft.schedule import Fault

if TYPE_CHECKING:
    from milpbft.schedule import Schedule


def number(schedule: Schedule, name: str) -> int:
    """Read a setting that is a number.

    Raises
    ------
    InputError
        Where it is missing or no number.
    """
    text = schedule.settings.get(name, "")
    if not text.isdecimal():
        raise InputError(f"settings.{name}", text, "a number")
    return int(text)


def numbers(schedule: Schedule, name: str) -> list[int]:
    """Read a setting that is a list of numbers, which may be empty."""
    parts = [part for part in schedule.settings.get(name, "").split(",") if part]
    if not all(part.isdecimal() for part in parts):
        raise InputError(f"settings.{name}", schedule.settings[name], "numbers, with commas")
    return [int(part) for part in parts]


def word(schedule: Schedule, name: str, allowed: tuple[str, ...]) -> str:
    """Read a setting that is one of a few words."""
    text = schedule.settings.get(name, "")
    if text not in allowed:
        raise InputError(f"settings.{name}", text, f"one of {', '.join(allowed)}")
    return text


def rules_of(schedule: Schedule) -> Rules:
    """Read the rules of a schedule of failures or of a cut."""
    fails = schedule.protocol == "powmfail"
    names = ("set_ticks", "latency", "ahead", "detect", "elect")
    said: dict[str, Any] = {name: number(schedule, name) for name in names}
    if fails:
        said |= {name: number(schedule, name) for name in ("supports", "collective", "every")}
        if word(schedule, "role", ("idle", "hashing")) == "hashing":
            said["support_rate"] = number(schedule, "support_rate")
    collapse = word(schedule, "collapse", ("collective", "entry", "solo")) if fails else "entry"
    rules = Rules(
        read_rates(schedule.settings.get("rates", ""), "settings.rates"),
        sync=cast("Sync", word(schedule, "sync", ("after", "before", "stride"))),
        collapse=cast("Collapse", collapse),
        **said,
    )
    if rules.n != schedule.n:
        raise InputError("n", schedule.n, f"{rules.n}, as the settings say")
    return rules


def script_of(schedule: Schedule) -> Script:
    """Read what the adversary does: crashes and promotions, or a cut."""
    if schedule.protocol == "powmcut":
        begin = schedule.settings.get("begin", "")
        if not begin:
            return Script()
        eclipse = word(schedule, "shape", ("cut", "eclipse")) == "eclipse"
        side = frozenset(numbers(schedule, "side"))
        return Script(cut=Cut(number(schedule, "begin"), number(schedule, "width"), side, eclipse))
    by: dict[str, dict[int, list[int]]] = {kind: {} for kind in ("crash", "restart", "reload")}
    for event in schedule.events:
        if isinstance(event, Fault):
            if event.fault not in by:
                raise InputError("fault", event.fault, f"one of {', '.join(by)}")
            by[event.fault].setdefault(event.tick, []).append(event.node)
    late = word(schedule, "crash", ("early", "late")) == "late"
    promoted = numbers(schedule, "promoted")
    return Script(by["crash"], promoted, late, restarts=by["restart"], reloads=by["reload"])
