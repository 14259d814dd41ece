"""Exploring: values of dBFT and the PBFT family by all executions of their replicas.

No model and no solver is asked. An instance with an option that its search does not know is left
out: the answer would be that of another question.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import TYPE_CHECKING, Any

from milpbft.check.latest import Adversary, Runs
from milpbft.dbft.enumerate.delays import Clock, all_delays
from milpbft.dbft.enumerate.explore import explore
from milpbft.dbft.enumerate.pool21.spec import Spec
from milpbft.dbft.enumerate.pool21.views import TooManyError, Views
from milpbft.dbft.enumerate.profiles.explore import explore_profile
from milpbft.dbft.enumerate.rules import rules_of
from milpbft.dbft.enumerate.staged.explore import explore_staged
from milpbft.dbft.enumerate.staged.search import Faults, Found
from milpbft.dbft.instance import DbftInstance
from milpbft.dbft.reference.production.profile import PROFILES
from milpbft.dbft.reference.reference import DbftReference
from milpbft.dbft.reference.v1.reference import Dbft1Reference
from milpbft.dbft.reference.v21.reference import Dbft21Reference
from milpbft.pbft.enumerate.asked import ask
from milpbft.pbft.enumerate.rules import rules_of as rules_of_pbft
from milpbft.pbft.instance import PbftInstance
from milpbft.pbft.reference.family import REFERENCES
from milpbft.question.objective import parse_aim
from milpbft.sim.seals import Seals

if TYPE_CHECKING:
    from milpbft.dbft.enumerate.exploration import Exploration
    from milpbft.question.part import Question
    from milpbft.sim.replica import Reference

_STATES = 200_000
_SIZES = {"protocol", "semantics", "encoding", "n", "views", "crashes", "amnesia", "reloads",
          "objective"}  # fmt: skip
_COUNTED = _SIZES | {"byzantine", "values", "fetch", "slots", "tolerated", "quorum",
                     "view_quorum", "losses"}  # fmt: skip
_DBFT = _COUNTED | {"returns", "agreement"}
_PROFILE = _SIZES | {"byzantine", "values", "slots", "profile", "options"}
_PBFT = _COUNTED | {"gossip", "redundant", "follows", "counts", "joins", "status", "blind",
                    "resent"}  # fmt: skip
_POOL = {"protocol", "semantics", "encoding", "n", "views", "crashes", "byzantine", "slots",
         "objective", "reading"}  # fmt: skip
_TICKS = _SIZES | {"horizon", "network", "gst", "delta", "timeout"}
_REPLICAS = _TICKS | {"overlay", "fetch", "tolerated", "quorum", "view_quorum", "returns",
                      "agreement", "redundant", "calm", "collector", "follows", "counts",
                      "joins"}  # fmt: skip
_ALIKE = {"dbft1", "dbft2", "dbft21", "pbft"}
"""Protocols in which who is never primary differs from others like it by its name alone."""
_FAMILIES = {"dbft1": Dbft1Reference, "dbft2": DbftReference, "dbft21": Dbft21Reference}


class NotEnumeratedError(Exception):
    """There is no search for an instance, or it did not see everything within its limit."""


def explored(instance: DbftInstance | PbftInstance) -> int | None:
    """Return the value of an instance; None where nothing is feasible.

    Raises
    ------
    InputError
        Where a search does not have a size.
    NotEnumeratedError
        Where it is not known.
    """
    if instance.encoding == "compact":
        return _ticks(instance)
    faults = [instance.crashes, instance.byzantine, instance.amnesia, instance.reloads]
    if not instance.objective.name.startswith("faults"):
        return _worth(instance, *faults)
    # By their sum: the first that suffice are the fewest, since all with fewer were seen.
    for ways in sorted(product(*(range(most + 1) for most in faults)), key=sum):
        if _worth(instance, *ways) is not None:
            return sum(ways)
    return None


def _worth(instance: DbftInstance | PbftInstance, *faults: int) -> int | None:
    """Return what the best run with at most these faults is worth, of the fewest whatever it is."""
    match instance:
        case PbftInstance():
            return _pbft(instance, *faults)
        case DbftInstance(reading="pool"):
            return _pool(instance, *faults[:2])
        case DbftInstance(profile="paper"):
            return _dbft(instance, *faults)
        case _:
            return _profile(instance, *faults)


def _dbft(
    instance: DbftInstance, crashes: int, byzantine: int, restarts: int, reloads: int
) -> int | None:
    _plain(instance, _DBFT, "forks", "undecided", "losses_lock", "lock", "fork")
    seen: Exploration | Found
    if instance.protocol == "dbft21":
        faults = Faults(crashes, restarts, reloads, instance.losses, byzantine)
        seen = explore_staged(
            rules_of(instance),
            views=instance.views,
            faults=faults,
            values=instance.values,
            fetch=instance.fetch,
            limit=_STATES,
        )
    else:
        seen = explore(
            rules_of(instance),
            views=instance.views,
            crashes=crashes,
            byzantine=byzantine,
            restarts=restarts,
            reloads=reloads,
            losses=instance.losses,
            fetch=instance.fetch,
            limit=_STATES,
            family=_FAMILIES[instance.protocol],
        )
    if seen.capped:
        raise NotEnumeratedError("too many states")
    return seen.worth(instance.objective.name)


def _pool(instance: DbftInstance, crashes: int, byzantine: int) -> int | None:
    """Count the acts up to a lock or a fork over all states of the specification."""
    _plain(instance, _POOL, "lock", "fork")
    try:
        ends = Views(Spec(instance.n), instance.views, byzantine, _STATES).explore()
    except TooManyError:
        raise NotEnumeratedError("too many states") from None
    return ends.lock(crashes) if instance.objective.name.endswith("lock") else ends.fork()


def _profile(
    instance: DbftInstance, crashes: int, byzantine: int, restarts: int, reloads: int
) -> int | None:
    _plain(instance, _PROFILE, "lock", "fork")
    parts = (instance.options or "").split("+")
    row = PROFILES[instance.profile].varied(dict(part.split("=") for part in parts if part))
    seen = explore_profile(
        row,
        instance.n,
        views=instance.views,
        crashes=crashes,
        byzantine=byzantine,
        restarts=restarts,
        reloads=reloads,
        until="lock" if instance.objective.name.endswith("lock") else "fork",
        limit=_STATES,
    )
    if seen.lock is None and not seen.whole:
        raise NotEnumeratedError("too many states")
    return seen.lock


def _pbft(
    instance: PbftInstance, crashes: int, byzantine: int, restarts: int, reloads: int
) -> int | None:
    _plain(instance, _PBFT, "forks", "undecided", "losses_lock", "lock", "fork")
    aim = parse_aim(instance.objective.name.replace("faults", "steps"))
    fields = {"crashes": crashes, "byzantine": byzantine, "amnesia": restarts, "reloads": reloads}
    found = ask(instance.model_copy(update=fields | {"objective": aim}), _STATES)
    if found.enumeration.capped:
        raise NotEnumeratedError("too many states")
    return found.value


def _ticks(instance: DbftInstance | PbftInstance) -> int | None:
    """Return what the best of all runs is worth, node by node and tick by tick."""
    if (instance.network, instance.gst, instance.delta) != ("synchronous", 0, 1):
        raise NotEnumeratedError("the search is of delays of one tick")
    assert instance.horizon is not None, "ticks have an end"
    if isinstance(instance, DbftInstance) and instance.profile != "paper":
        return _clocked(instance, instance.horizon)
    _plain(instance, _REPLICAS, "delay_first", "delay_last", "lock", "forks")
    goal, calm = instance.objective.name, getattr(instance, "calm", False)
    if goal == "steps_lock" or not instance.fetch or not (instance.timeout or calm):
        raise NotEnumeratedError("acts, locks without fetched blocks and free timers are not seen")
    runs = runs_of(instance)
    if goal == "faults_lock":
        return runs.fewest()
    found = runs.forks() if goal == "forks" else runs.latest("first" if "first" in goal else "last")
    if runs.left:
        raise NotEnumeratedError("a run leaves the views")
    return found


def runs_of(instance: DbftInstance | PbftInstance) -> Runs[Any, Any]:
    """Return all runs of an instance whose network takes a tick per hop."""
    meshed = instance.overlay is None and not (instance.amnesia or instance.reloads)
    same = meshed and instance.protocol in _ALIKE
    alike = range(instance.views, instance.n) if same else ()
    return Runs(_reference(instance), Adversary.of(instance), alike=alike)


def _clocked(instance: DbftInstance, horizon: int) -> int:
    """Return the latest decision of replicas that keep the time of their timers."""
    _plain(instance, _TICKS | {"profile", "losses"}, "delay_first", "delay_last")
    clock = Clock(instance.profile, instance.n, instance.crashes, instance.timeout, 0, 1, horizon,
                  instance.amnesia, instance.reloads, instance.losses)  # fmt: skip
    return max(all_delays(clock, "first" if "first" in instance.objective.name else "last").first)


def _reference(instance: DbftInstance | PbftInstance) -> Reference[Any, Any]:
    if isinstance(instance, DbftInstance):
        return _FAMILIES[instance.protocol](rules_of(instance), keys=Seals())
    rules = replace(rules_of_pbft(instance), execution=False)
    return REFERENCES[instance.protocol](rules, keys=Seals())


def _plain(instance: Question, known: set[str], *goals: str) -> None:
    """Refuse an instance with a goal or an option that the search does not know.

    Parameters
    ----------
    goals
        Names of objectives, or the last words of those that ask for acts or faults.
    """
    name = instance.objective.name
    if name not in goals and not (
        name.startswith(("steps_", "faults_")) and name.partition("_")[2] in goals
    ):
        raise NotEnumeratedError(f"{name} is not counted")
    fields: dict[str, Any] = type(instance).model_fields
    for field, info in fields.items():
        if field not in known and getattr(instance, field) != info.default:
            raise NotEnumeratedError(f"{field} is not known to the search")
