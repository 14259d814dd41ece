"""What the rule tables of dBFT share: classes of nodes, needs, view changes, starts."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from itertools import combinations, product
from typing import TYPE_CHECKING

from milpbft.automaton.automaton import Automaton
from milpbft.automaton.condition import TRUE, Atom, Condition, all_of, any_of, at_least, equal
from milpbft.automaton.linear import Linear
from milpbft.automaton.rule import Rule
from milpbft.automaton.specification import Specification
from milpbft.automaton.table import Act, Table
from milpbft.dbft.model.memory import mark
from milpbft.dbft.returns import ReturnRule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from milpbft.dbft.model.memory import Memory
    from milpbft.dbft.model.variant import Variant


@dataclass
class Maker:
    """Collects locations and rules of one table."""

    variant: Variant
    locations: dict[str, None] = field(default_factory=dict)
    rules: list[Rule] = field(default_factory=list)
    owed: dict[str, tuple[Atom, ...]] = field(default_factory=dict)
    meaning: dict[str, Act] = field(default_factory=dict)
    done: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    def rule(
        self,
        act: Act,
        source: str,
        target: str,
        needs: tuple[Need, ...] = (),
        grows: tuple[str, ...] = (),
        *,
        owed: bool = True,
        ending: str = "",
    ) -> None:
        """Add a rule; `needs` are its guards, with Byzantine help and without.

        `ending` ends its name, where there are several for one act and source.
        """
        name = f"{act.what}_{source}{suffix(act.value)}{ending}"
        self.locations |= {source: None, target: None}
        guard = all_of(need.shown for need in needs).dnf()
        (atoms,) = guard
        increments = tuple(sorted((counter, 1) for counter in grows))
        self.rules.append(Rule(name, source, target, atoms, increments))
        self.meaning[name] = act
        if owed:
            (self.owed[name],) = all_of(need.sent for need in needs).dnf()


@dataclass(frozen=True)
class Need:
    """A guard: as the adversary can make it hold, and as correct nodes alone make it hold."""

    shown: Condition
    sent: Condition


def need(counters: tuple[str, ...], threshold: Linear, help_: Linear) -> Need:
    """Ask for so many distinct senders, of whom `help_` may be Byzantine."""
    count = Linear.combine((name, 1) for name in counters)
    return Need(at_least(count + help_ - threshold), at_least(count - threshold))


QUORUM = Linear.of("N") - Linear.of("T")
BYZANTINE = Linear.of("F")


def suffix(value: int) -> str:
    """End of the names that are about a view's first or second proposal."""
    return "s" * value


def request(view: int, value: int) -> Need:
    """Ask for the request of a view: its primary's, which may be Byzantine."""
    name = f"req_{view}{suffix(value)}"
    return need((name,), Linear.number(1), Linear.of(f"F_{view}"))


def quorum(counter: str) -> Need:
    """Ask for M senders."""
    return need((counter,), QUORUM, BYZANTINE)


def preparations(view: int, value: int) -> Need:
    """Ask a node that has prepared for M preparations: a Byzantine primary's it has already.

    A request is its primary's preparation, and who has prepared has taken the request.
    """
    prep = f"prep_{view}{suffix(value)}"
    known = Linear.of(prep) + Linear.of(f"F_{view}")
    return Need(quorum(prep).shown, at_least(known - QUORUM))


def agreement(done: dict[str, list[str]]) -> Iterator[Specification]:
    """Yield one specification per pair of blocks: not both are accepted."""
    for one, other in combinations(done, 2):
        neither = [equal(Linear.combine((place, 1) for place in done[b])) for b in (one, other)]
        name = f"agreement_{one}_{other}"
        yield Specification(name, "safety", TRUE, any_of(neither))


def histories(view: int, variant: Variant) -> Iterator[int]:
    """Yield the last views in which a node can have asked that has just entered `view`."""
    if variant.agreement or view == 0:
        yield view - 1
    else:
        yield from range(-1, view)


def place_name(klass: int | None, view: int, phase: str, asked: int) -> str:
    """Name the location of a class of nodes in a phase of a view; `asked` is their memory."""
    who = "b" if klass is None else f"p{klass}"
    memory = "" if asked == view - 1 else f"_a{asked + 1}"
    return f"{who}_{view}{phase}{memory}"


def assumptions(views: int) -> Condition:
    """``F_v <= 1``, and the Byzantine primaries are among the Byzantine nodes."""
    flags = [Linear.of(f"F_{v}") for v in range(views)]
    some = Linear.combine((f"F_{v}", 1) for v in range(views))
    single = all_of(at_least(Linear.number(1) - flag) for flag in flags)
    others = at_least(Linear.of("N") - BYZANTINE - views + some)
    return all_of([single, at_least(BYZANTINE - some), others, at_least(Linear.of("N") - views)])


def starts_at(starts: list[str], views: int) -> Condition:
    """Correct nodes are initialized in view 0: each primary, and the other backups."""
    some = Linear.combine((f"F_{v}", 1) for v in range(views))
    *primaries, backups = starts
    conditions = [
        equal(Linear.of(name) + Linear.of(f"F_{v}") - 1) for v, name in enumerate(primaries)
    ]
    rest = Linear.of("N") - views - BYZANTINE + some
    return all_of([*conditions, equal(Linear.of(backups) - rest)])


def leave(
    maker: Maker,
    klass: int | None,
    view: int,
    place: str,
    asked: int,
    *,
    memory: Memory = (),
    knows: tuple[Need, ...] = (),
) -> None:
    """Add the rule that leads to the next view, or out of the modelled views.

    Parameters
    ----------
    asked
        View in which the node asked last.
    memory
        What it remembers in the next view.
    knows
        What it was shown without doing anything, so that it remembers it.
    """
    grows: tuple[str, ...] = ()
    if maker.variant.agreement and asked < view:
        grows = tuple(f"ask_{u}" for u in range(asked + 1, view + 1))
        asked = view
    target = place_name(klass, view + 1, "I", asked) + mark(memory)
    if view + 1 == maker.variant.views:
        target = place_name(klass, view + 1, "", view)
    needs = (quorum(f"ask_{view}"), *knows)
    ending = mark(memory) if knows else ""
    maker.rule(Act("enter", view), place, target, needs, grows, ending=ending)


def assemble(maker: Maker, name: str, kinds: tuple[str, ...], lent: tuple[str, ...] = ()) -> Table:
    """Make the table of what was collected.

    Parameters
    ----------
    maker
        With the rules of every class, view and history.
    name
        Name of the protocol.
    kinds
        Counters per view and proposal, besides that of the view changes.
    lent
        Further parameters, each at most the number of Byzantine nodes.
    """
    views = maker.variant.views
    automaton = Automaton(
        name=name,
        parameters=("N", "T", "F", *(f"F_{v}" for v in range(views)), *lent),
        counters=tuple(counters(maker.variant, kinds)),
        locations=tuple(maker.locations),
        assumptions=all_of(
            [assumptions(views), *(at_least(BYZANTINE - Linear.of(lies)) for lies in lent)]
        ),
        initial=starts_at([place_name(c, 0, "I", -1) for c in (*range(views), None)], views),
        rules=tuple(maker.rules),
        specifications=tuple(agreement(maker.done)),
    )
    done = {block: tuple(places) for block, places in maker.done.items()}
    crashed = tuple(place for place in maker.locations if place.endswith("_0Z"))
    left = tuple(place for place in maker.locations if place.endswith(f"_{views}"))
    return Table(automaton, maker.owed, maker.meaning, done, crashed, left)


def counters(variant: Variant, kinds: tuple[str, ...]) -> Iterator[str]:
    """Yield the counters of every view and proposal."""
    for view in range(variant.views):
        yield f"ask_{view}"
        if variant.returns is ReturnRule.COMMITTED_OR_LOST:
            yield f"word_{view}" if variant.reading == "given" else f"mute_{view}"
        for kind, value in product(kinds, range(variant.values)):
            yield f"{kind}_{view}{suffix(value)}"


def crash(
    maker: Maker,
    klass: int | None,
    view: int,
    place: str,
    grows: tuple[str, ...] = (),
    *,
    needs: tuple[Need, ...] = (),
) -> None:
    """Add the rule by which a node crashes; what it sent stays sent."""
    target = place_name(klass, 0, "Z", -1)
    maker.rule(Act("crash", view), place, target, needs, grows, owed=False)


def accept(maker: Maker, klass: int | None, act: Act, place: str, needs: tuple[Need, ...]) -> None:
    """Add the rule by which a node accepts a proposal of its view."""
    s = suffix(act.value)
    done = place_name(klass, act.view, f"D{s}", act.view - 1)
    maker.rule(act, place, done, needs)
    block = f"{act.view}{s}"
    if done not in maker.done[block]:
        maker.done[block].append(done)
