"""The rooms of dBFT 2.0 and of its relatives."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from milpbft.check.room import StrictRoom
from milpbft.dbft.bench import ProductionBench
from milpbft.dbft.instance import DbftInstance, PublishedInstance
from milpbft.dbft.meaning import RULES, published_meaning
from milpbft.dbft.model.published.model import PublishedModel
from milpbft.dbft.model.published.postpone import postpone
from milpbft.dbft.model.published.sizes import Sizes
from milpbft.dbft.model.sized import sized_tables
from milpbft.dbft.model.strict import model_of
from milpbft.dbft.reference.messages import ChangeView
from milpbft.dbft.reference.production.profile import options_in
from milpbft.dbft.reference.production.reference import ProductionReference
from milpbft.dbft.reference.production.timed import TimedReference
from milpbft.dbft.reference.reference import DbftReference
from milpbft.dbft.reference.rules import Rules
from milpbft.dbft.reference.v1.reference import Dbft1Reference
from milpbft.dbft.reference.v21.reference import Dbft21Reference
from milpbft.dbft.returns import ReturnRule
from milpbft.dbft.script import runs
from milpbft.errors import InputError
from milpbft.schedule import Send, Timeout
from milpbft.schedule.reading import number_in, word_in
from milpbft.table.carried import carried_by

if TYPE_CHECKING:
    from collections.abc import Iterator

    from milpbft.automaton.allsizes.everywhere import Sized
    from milpbft.check.tally import Tally
    from milpbft.question.part import Question
    from milpbft.question.strict import StrictInstance
    from milpbft.room import Model
    from milpbft.schedule import Event, Schedule
    from milpbft.sim.bench import Bench, Setup
    from milpbft.verdict import Verdict


class DbftRoom(StrictRoom):
    """A member of the family: strict models where it has a rule table, and its replicas.

    Parameters
    ----------
    reference
        Its reference implementation.
    """

    rules = RULES

    def __init__(self, reference: type[DbftReference]) -> None:
        self._reference = reference

    def model(self, instance: Question, *, executable: bool = False) -> Model:
        """Return the strict model: whatever it finds, replicas are to do.

        Raises
        ------
        InputError
            Where the instance is of a semantics that the protocol has no model of.
        """
        if executable or not isinstance(instance, DbftInstance):
            raise InputError("semantics", instance.semantics, "strict")
        return model_of(instance, carried_by(instance))

    def notes(self, instance: Question) -> tuple[str, ...]:
        """Say what few slots mean, and where the replay says whether a value is reached."""
        if not isinstance(instance, DbftInstance):
            return ()
        pool = "replicas count what they have seen and act at once: they may refute such a run"
        notes = model_of(instance, carried_by(instance)).notes
        lost = "who has heard of whom is left to the replay: it says whether the bound is reached"
        produced = (
            "in which order inputs come is left to the replay: it says whether the bound is reached"
        )
        said = {
            pool: instance.reading == "pool",
            lost: _counts_lost(instance),
            produced: instance.profile != "paper",
        }
        return (*notes, *(note for note, applies in said.items() if applies))

    def bounding(self, instance: Question) -> bool:
        """Whether it is left to the replay who heard of whom, in which order, and acts when.

        Of dBFT 2.1 also which change views of Byzantine nodes were shown to whom.
        """
        if not isinstance(instance, DbftInstance):
            return False
        told = instance.protocol == "dbft21" and instance.byzantine > 0
        pool = told or instance.reading == "pool"
        return pool or _counts_lost(instance) or instance.profile != "paper"

    def sized(self, instance: Question) -> Iterator[Sized]:
        """Yield the rule table, where the instance is strict and counted."""
        if not isinstance(instance, DbftInstance) or instance.encoding != "counted":
            return super().sized(instance)
        return sized_tables(instance)

    def acts(self, instance: StrictInstance, schedule: Schedule, found: Tally) -> int | None:
        """Count messages, blocks, views entered, crashes and restarts: one rule each.

        A ChangeView without an expired timer is part of entering the view that it announces. In a
        pool lies are acts too, and the events do not tell which.
        """
        if isinstance(instance, DbftInstance) and instance.reading == "pool" and schedule.byzantine:
            return None
        failed = found.crashes + found.restarts
        said = found.messages - _announced(schedule)
        return said + found.decisions + found.entered + failed

    def reference(self, schedule: Schedule) -> DbftReference | ProductionReference:
        """Return replicas with the schedule's primaries and variant.

        Of `settings`: ``profile`` and, with it, ``options`` and ``height``; without, ``returns``,
        ``agreement``, and ``faults``, ``quorum`` and ``view_quorum`` where f and M are not usual.
        """
        if (name := schedule.settings.get("profile", "paper")) != "paper":
            height = number_in(schedule.settings, "height", schedule.n)
            own = options_in(schedule.settings.get("options", ""))
            if timeout := number_in(schedule.settings, "timeout", 0):
                return TimedReference(schedule.n, name, own, height=height, timeout=timeout)
            return ProductionReference(schedule.n, name, own, height=height)
        settings = {"agreement": "true"} | schedule.settings
        known = tuple(rule.value for rule in ReturnRule)
        returns = word_in(settings, "returns", "any-view", known)
        rules = Rules.of(
            schedule.n,
            faults=number_in(settings, "faults"),
            quorum=number_in(settings, "quorum") or self._quorum(schedule),
            primaries=schedule.primaries,
            returns=ReturnRule(returns),
            agreement=word_in(settings, "agreement", "true", ("true", "false")) == "true",
        )
        changing = number_in(settings, "view_quorum", rules.view_quorum)
        return self._reference(replace(rules, view_quorum=changing))

    def _quorum(self, schedule: Schedule) -> int | None:
        """Return M; None for the protocol's own n - f."""
        return None


def _announced(schedule: Schedule) -> int:
    """Count the change views with which correct nodes announce that they enter a view."""
    if schedule.settings.get("agreement") != "true":
        return 0
    expired = {(e.node, e.tick) for e in schedule.events if isinstance(e, Timeout)}
    sent = (e for e in schedule.events if isinstance(e, Send) and e.kind == ChangeView.kind)
    correct = (e for e in sent if e.node not in schedule.byzantine)
    return len({(e.node, e.view) for e in correct if (e.node, e.tick) not in expired})


def _counts_lost(instance: DbftInstance) -> bool:
    return (instance.returns, instance.encoding) == ("committed-or-lost", "counted")


def _label(event: Event) -> tuple[object, ...]:
    """Return what an event of a published schedule is, wherever it is in its view."""
    said = {name: getattr(event, name, None) for name in ("sender", "kind", "view", "fault")}
    return event.event, event.node, *said.values()


class Dbft2Room(DbftRoom):
    """dBFT 2.0, with its published model."""

    def model(self, instance: Question, *, executable: bool = False) -> Model:
        """Return the model; executable published schedules come from the compact encoding."""
        if isinstance(instance, DbftInstance):
            return model_of(instance, carried_by(instance))
        assert isinstance(instance, PublishedInstance), "the registry names no other"
        if executable:
            instance = instance.model_copy(update={"encoding": "compact"})
        return PublishedModel(instance, executable)

    def notes(self, instance: Question) -> tuple[str, ...]:
        """Say what N other than 3f+1 means in the published model, and what few slots mean."""
        if not isinstance(instance, PublishedInstance):
            return super().notes(instance)
        size = Sizes(instance.n, instance.horizon)
        if size.byzantine == size.f:
            return ()
        return (
            f"N = {size.n} is not 3f+1: the published model takes f = {size.f} and a quorum of "
            f"2f+1 = {size.quorum}, so {size.byzantine} nodes are Byzantine, more than f",
        )

    def meaning(self, instance: Question, value: int | None) -> str:
        """Say what the optimum of a published instance means, or of a strict one."""
        if isinstance(instance, PublishedInstance):
            return published_meaning(instance, value)
        return super().meaning(instance, value)

    def bench(self, setup: Setup) -> Bench:
        """Return nodes of a profile; ``paper`` without options is the reference of the models."""
        if setup.profile == "paper" and not setup.options:
            # The profile that a schedule has is not that of these nodes.
            own = {name: v for name, v in setup.settings.items() if name not in ("profile",)}
            return super().bench(replace(setup, profile="", settings=own))
        return ProductionBench(setup)

    def runs(self, instance: Question) -> Iterator[Schedule]:
        """Run the scripted adversaries of the published model; strict questions have none."""
        return runs(instance) if isinstance(instance, PublishedInstance) else super().runs(instance)

    def solver(self, instance: Question) -> str | None:
        """Return CBC for published instances."""
        return "cbc" if isinstance(instance, PublishedInstance) else super().solver(instance)

    def replay(self, schedule: Schedule) -> Verdict:
        """Postpone deliveries where views have clocks of their own, and replay."""
        return super().replay(postpone(schedule) if schedule.view_ticks else schedule)

    def detail(self, schedule: Schedule) -> Schedule:
        """Tell of a published schedule what its replay tells, which postpones deliveries."""
        told = self.drivable(schedule)
        if not schedule.view_ticks:
            return told
        known = {_label(event): event for event in told.events}
        events = tuple(replace(known[_label(e)], tick=e.tick) for e in schedule.events)
        assert told.detail is not None, "replicas of the family tell"
        # Views have clocks of their own: its last tick is none at which all is delivered.
        return replace(schedule, events=events, detail=replace(told.detail, settling=None))

    def drivable(self, schedule: Schedule) -> Schedule:
        """Postpone deliveries where views have clocks of their own, and tell all."""
        return super().detail(postpone(schedule) if schedule.view_ticks else schedule)

    def _quorum(self, schedule: Schedule) -> int | None:
        """Return 2f+1 where the schedule is published, which is n - f where n = 3f+1."""
        return 2 * ((schedule.n - 1) // 3) + 1 if schedule.view_ticks else None


DBFT1 = DbftRoom(Dbft1Reference)
DBFT2 = Dbft2Room(DbftReference)
DBFT21 = DbftRoom(Dbft21Reference)
