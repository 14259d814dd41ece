"""The rule table of dBFT 2.1: change views in three stages, and guards that can turn off.

Source: the TLA+ specification ``dbftCV3`` in the formal models of ``nspcc-dev/dbft``. In view v a
node is initialized ``I``, prepared ``P``, in cv1 ``A``, in cv2 ``B``, committed ``C``, committed
from cv2 ``K``, in cv3 ``E``, or leaving ``L``; done ``D`` and crashed ``Z`` are as in
:mod:`milpbft.dbft.model.table`, and so are classes and Byzantine nodes.

Counters, each of correct senders in view v: ``req_v``, ``prep_v``, ``com_v``, ``cv1_v`` to
``cv3_v``, and ``first_v`` of nodes that committed without a ChangeView2. Change views for a later
view do not occur in guards: nobody gets there before a quorum of one stage asked to leave this one.

**Readings.** "At most f commits" and "no ChangeView3" are upper guards. With ``seen`` they read
what the node was shown. Who withholds a message meets them, so in the run they ask for nothing,
apart from what lower guards made the adversary show before:

- a node that committed from cv2 was shown more than f commits and sends no ChangeView3: ``K``;
- M ChangeView2 and Commits with at most f commits among them are at least M - f ChangeView2;
- a node that was shown M ChangeView1 and nothing else to send its ChangeView2 enters the next view
  at once, and so with M ChangeView2 and a ChangeView3: ``L``;
- with ``M <= f + 2``, which is n = 4, a node that commits from cv2 accepts at once.

At the end everything owed is delivered, and the guards count all that correct nodes sent. What
Byzantine nodes sent is owed to nobody, but may have been shown to turn an upper guard off: f+1
commits, or a ChangeView3. The latter lets a node that knows of a ChangeView1 send a ChangeView2, so
that it keeps only a prepared node still that knows of none.

With ``pool`` every guard reads one pool of all messages, Byzantine ones included, as the TLA+
specification does. Distinct senders are counted here too, where that specification counts
messages, so that it counts a Byzantine node twice that sent a ChangeView2 and a Commit. Further
counters are ``asked_v``, who prepared or sent a ChangeView1, and ``late_v``, who committed or sent
a ChangeView2. A Byzantine node is a token for each pair of kinds, which moves when it sends one.

With ``given`` guards are the same, over what one node was given and what it sent: what replicas
check. Change views for a later view occur then, since a node may be given one and not that of its
own view: ``wish1_v`` to ``wish3_v`` count who sent one of a stage in this view or a later one. A
node in cv2 is in ``B``, whether it knows a proposal or not, and counts what its messages say.

**What the table leaves to the replay**: with Byzantine nodes, a change view of theirs that a node
was shown stays with it, and may complete a quorum at the end; so may the change view of a later
view where they helped to complete the quorum before. The table counts neither.
"""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

from milpbft.automaton.automaton import Automaton
from milpbft.automaton.condition import TRUE, Condition, all_of, at_least, equal
from milpbft.automaton.linear import Linear
from milpbft.automaton.table import Act, Table
from milpbft.dbft.model.tabling import (
    BYZANTINE,
    QUORUM,
    Maker,
    Need,
    accept,
    agreement,
    assumptions,
    crash,
    need,
    place_name,
    starts_at,
    suffix,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from milpbft.dbft.model.variant import Variant

STAGES = (1, 2, 3)
FAULTS = Linear.of("T")
NEVER = at_least(-Linear.of("N"))
"""A condition that no network meets."""


def dbft21(variant: Variant) -> Table:
    """Return the rule table of dBFT 2.1, in the reading that the variant says.

    Parameters of the automaton are those of :func:`milpbft.dbft.model.table.dbft2`; the variant's
    return rule and agreement are not read.
    """
    maker = Maker(variant)
    for klass, view in product((*range(variant.views), None), range(variant.views)):
        _View(maker, klass, view).add()
    tokens = _add_tokens(maker) if variant.reading == "pool" and variant.liars else {}
    return _assemble(maker, tokens)


class _View:
    """The rules of a node of one class in one view."""

    def __init__(self, maker: Maker, klass: int | None, view: int) -> None:
        self.maker = maker
        self.klass = klass
        self.view = view
        self.given = maker.variant.reading == "given"
        self.pool = self.given or maker.variant.reading == "pool"
        self.values = range(maker.variant.values)

    def add(self) -> None:
        """Add all of them."""
        start, primary = self.place("I"), self.klass == self.view
        if primary:
            said = (self.counter("prep"), self.counter("req"), *self.union("asked"))
            self.rule("propose", start, self.place("P"), (), said)
        else:
            said = (*self.wish(1), *self.union("asked"))
            self.rule("ask1", start, self.place("A"), (), said)
            self.end(self.place("A"))
        for value in range(1) if primary else self.values:
            if not primary:
                grows = (self.counter("prep", value), *self.union("asked"))
                target = self.place("P", value)
                self.rule("respond", start, target, (self.request(value),), grows, value=value)
                self.commit(self.place("A"), value)
            self.about(value, primary=primary)
        self.end(start)
        self.end(self.place("E"))
        if not self.pool:
            self.rule("enter", self.place("L"), self.onward)
            crash(self.maker, self.klass, self.view, self.place("L"))

    def about(self, value: int, *, primary: bool) -> None:
        """What a node does that knows of one proposal."""
        prepared, second = self.place("P", value), self.second(value)
        committed, returned = self.place("C", value), self.place("K", value)
        self.commit(prepared, value)
        if not self.pool:
            self.owe_commit(prepared, value)
        self.ask2(prepared, value)
        again = second != self.place("B", value)  # of the other proposal, and complete
        if not primary and not again:
            self.ask2(self.place("A"), value)
        self.commit(second, value)
        if not again:
            self.ask3(second, value)
            self.end(second, () if self.given else (value,))
        self.ask3(committed, value)
        for place in (prepared, committed, returned):
            self.end(place, (value,), returned=place == returned)

    # ---- rules

    def commit(self, place: str, value: int) -> None:
        """Commit: the request, M preparations, no ChangeView3; from cv2 more than f commits."""
        com, again = self.counter("com", value), place == self.second(value)
        lies = place != self.place("A")
        needs = [*self.preparations(place, value), self.no_cv3(lies=lies)]
        if again:
            needs.append(self.least((com,), FAULTS + 1))
        target = self.place("K" if again else "C", value)
        first = self.union("late") if self.pool else [self.counter("first", value)]
        grows = (com, *([] if again else first))
        self.rule("commit", place, target, tuple(needs), grows, value=value)

    def owe_commit(self, place: str, value: int) -> None:
        """Owe the commit of a prepared node whom no lie about a ChangeView3 would keep still."""
        warned = self.least((self.counter("cv1"),), Linear.number(1))
        sent = (*self.preparations(place, value), warned, self.no_cv3(lies=False))
        needs = tuple(Need(NEVER, each.sent) for each in sent)
        self.rule("commitb", place, self.place("C", value), needs, (), value=value)

    def ask2(self, place: str, value: int) -> None:
        """ChangeView2: M nodes that asked or prepared; at most f commits, or a ChangeView3.

        A node in cv1 may not know the request: then responses to any proposal count for it. What
        it owes at the end is said for whatever request it knows by then.
        """
        one, first = Linear.number(1), self.counter("cv1")
        prepared = place != self.place("A")
        values = [value] if prepared and not self.given else self.values
        preps = tuple(self.counter("prep", k) for k in values)
        enough = self.quorum(*(self.union("asked") or (first, *preps)))
        grows = (*self.wish(2), *self.union("late"))
        if self.pool:
            needs = [enough, *([self.least((first,), one)] if prepared else [])]
        elif prepared:
            known = Linear.combine([(first, 1), *((prep, 1) for prep in preps)]) + self.lent
            needs = [Need(enough.shown, at_least(known - QUORUM)), self.least((first,), one)]
        else:
            each = all_of(self.quorum(first, prep).sent for prep in preps)
            needs = [Need(enough.shown, each), Need(self.least(preps, one).shown, TRUE)]
            if value == 0:
                self.leap("ask2", place, self.quorum(first), grows)
        few = self.most(tuple(self.counter("com", k) for k in values), FAULTS)
        target = self.second(value)
        self.rule("ask2", place, target, (*needs, few), grows, value=value)
        third = self.least((self.counter("cv3"),), one)
        # Whoever is not shown that there are many commits needs no ChangeView3 either.
        other = third if self.pool else Need(NEVER, third.sent)
        self.rule("ask2b", place, target, (*needs, other), grows, value=value)

    def ask3(self, place: str, value: int) -> None:
        """ChangeView3: M nodes that committed or sent a ChangeView2, at most f of the former."""
        second, values = self.counter("cv2"), self.values if self.given else [value]
        few = self.most(tuple(self.counter("com", k) for k in values), FAULTS)
        one, grows = Linear.number(1), self.wish(3)
        some = self.least((second,), one)
        if self.pool:
            needs = [some, self.quorum(*self.union("late")), few]
        else:
            direct = self.counter("first", value)
            enough = self.least((second,), QUORUM - FAULTS)
            needs = [Need(enough.shown, some.sent), self.quorum(second, direct), few]
            if place == self.place("B", value):
                needs.append(Need(self.least((direct,), one).shown, TRUE))
                self.leap("ask3", place, self.quorum(second), grows)
        self.rule("ask3", place, self.place("E"), tuple(needs), grows)

    def leap(self, what: str, place: str, enough: Need, grows: tuple[str, ...]) -> None:
        """Ask, and be about to enter the next view, since M change views of a stage are known."""
        act, target = Act(f"{what}l", self.view), self.place("L")
        self.maker.rule(act, place, target, (enough,), grows, owed=False)

    def end(self, place: str, values: tuple[int, ...] = (), *, returned: bool = False) -> None:
        """What a node does in any phase: enter the next view, accept what it can know, crash."""
        stays: tuple[Need, ...] = ()
        if returned and not self.pool:
            slow = at_least(QUORUM - FAULTS - 3)  # else it has accepted
            stays = (Need(slow, slow),)
        for stage in STAGES:
            needs = (self.quorum(self.wish(stage)[-1]), *stays)
            self.rule(f"enter{stage}", place, self.onward, needs)
        for value in values or self.values:
            needs = (self.quorum(self.counter("com", value)), self.request(value))
            accept(self.maker, self.klass, Act("accept", self.view, value), place, needs)
        crash(self.maker, self.klass, self.view, place)

    # ---- names and needs

    @property
    def onward(self) -> str:
        """The location in the next view, or out of the modelled ones."""
        last = self.view + 1 == self.maker.variant.views
        return place_name(self.klass, self.view + 1, "" if last else "I", self.view)

    def place(self, phase: str, value: int = 0) -> str:
        """Name a location of this view."""
        return place_name(self.klass, self.view, phase + suffix(value), self.view - 1)

    def second(self, value: int) -> str:
        """Name the location of cv2: one for all proposals where guards are over what was given."""
        return self.place("B", 0 if self.given else value)

    def counter(self, kind: str, value: int = 0) -> str:
        """Name a counter of this view."""
        return f"{kind}_{self.view}{suffix(value)}"

    def rule(
        self,
        what: str,
        source: str,
        target: str,
        needs: tuple[Need, ...] = (),
        grows: tuple[str, ...] = (),
        *,
        value: int = 0,
    ) -> None:
        """Add a rule."""
        self.maker.rule(Act(what, self.view, value), source, target, needs, grows)

    def least(
        self, counters: tuple[str, ...], threshold: Linear, help_: Linear = BYZANTINE
    ) -> Need:
        """Ask for so many senders."""
        return need(counters, threshold, Linear.number(0) if self.pool else help_)

    def quorum(self, *counters: str) -> Need:
        """Ask for M senders."""
        return self.least(counters, QUORUM)

    def wish(self, stage: int) -> tuple[str, ...]:
        """Name what counts the change views of a stage, those that lead onward last."""
        later = (self.counter(f"wish{stage}"),) if self.given else ()
        return (self.counter(f"cv{stage}"), *later)

    def union(self, kind: str) -> list[str]:
        """Name a counter that the pool has of nodes that sent one of two kinds of message."""
        return [self.counter(kind)] if self.pool else []

    @property
    def lent(self) -> Linear:
        """How many preparations a prepared node knows that no correct node sent: the request."""
        return Linear.number(0) if self.pool else Linear.of(f"F_{self.view}")

    def preparations(self, place: str, value: int) -> tuple[Need, Need]:
        """Ask for the request and M preparations; who has prepared has the request."""
        prep = self.counter("prep", value)
        request, enough = self.request(value), self.quorum(prep)
        if place != self.place("P", value):
            return request, enough
        known = at_least(Linear.of(prep) + self.lent - QUORUM)
        return Need(request.shown, TRUE), Need(enough.shown, known)

    def request(self, value: int) -> Need:
        """Ask for the request of the view's primary, which may be Byzantine."""
        primary = Linear.of(f"F_{self.view}")
        return self.least((self.counter("req", value),), Linear.number(1), primary)

    def most(self, counters: tuple[str, ...], threshold: Linear, *, lies: bool = True) -> Need:
        """Ask for so many senders at most; at the end, lies may be known too."""
        few = threshold - Linear.combine((name, 1) for name in counters)
        if self.pool:
            return Need(at_least(few), at_least(few))
        return Need(TRUE, at_least(few - BYZANTINE if lies else few))

    def no_cv3(self, *, lies: bool) -> Need:
        """Ask for no ChangeView3 of this view."""
        return self.most((self.counter("cv3"),), Linear.number(0), lies=lies)


def _add_tokens(maker: Maker) -> dict[str, Linear]:
    """Add what Byzantine nodes can put into the pool, and return how many nodes there are to do it.

    Each sends at most one message of a kind in a view; a Byzantine primary's request is its
    preparation.
    """
    tokens: dict[str, Linear] = {}
    for view in range(maker.variant.views):
        primary = Linear.of(f"F_{view}")
        speaks = _Tokens(maker, view)
        tokens |= speaks.add("backup", BYZANTINE - primary, (("cv1",), ("prep",)), "asked")
        tokens |= speaks.add("primary", primary, (("cv1",), ("prep", "req")), "asked")
        tokens |= speaks.add("second", BYZANTINE, (("cv2",), ("com",)), "late")
        tokens |= speaks.add("third", BYZANTINE, (("cv3",),))
    return tokens


class _Tokens:
    """What Byzantine nodes say in one view."""

    def __init__(self, maker: Maker, view: int) -> None:
        self.maker = maker
        self.view = view

    def add(
        self, who: str, number: Linear, says: tuple[tuple[str, ...], ...], union: str = ""
    ) -> dict[str, Linear]:
        """Add tokens that send one or both of two things; whoever sent any counts in `union`."""
        start = self.place(who)
        for said in says:
            once = self.place(who, said)
            self.send(start, once, (*said, *([union] if union else [])))
            for more in says:
                if more != said:
                    self.send(once, self.place(who, *says), more)
        return {start: number}

    def place(self, who: str, *said: tuple[str, ...]) -> str:
        """Name a location of tokens."""
        return "_".join(["byz", who, *(kinds[0] for kinds in said), str(self.view)])

    def send(self, source: str, target: str, kinds: tuple[str, ...]) -> None:
        """Add the rule by which messages come into the pool."""
        act = Act(f"lie{kinds[0]}", self.view)
        grows = tuple(f"{kind}_{self.view}" for kind in kinds)
        self.maker.rule(act, source, target, (), grows, owed=False)


def _counters(variant: Variant) -> Iterator[str]:
    pool = variant.reading != "seen"
    for view in range(variant.views):
        yield from (f"cv{stage}_{view}" for stage in STAGES)
        if variant.reading == "given":
            yield from (f"wish{stage}_{view}" for stage in STAGES)
        yield from (f"{kind}_{view}" for kind in (("asked", "late") if pool else ()))
        kinds = ("req", "prep", "com", *(() if pool else ("first",)))
        for kind, value in product(kinds, range(variant.values)):
            yield f"{kind}_{view}{suffix(value)}"


def _assemble(maker: Maker, tokens: dict[str, Linear]) -> Table:
    views = maker.variant.views
    starts = [place_name(c, 0, "I", -1) for c in (*range(views), None)]
    begin: list[Condition] = [starts_at(starts, views)]
    begin += [equal(Linear.of(name) - number) for name, number in tokens.items()]
    automaton = Automaton(
        name="dbft21",
        parameters=("N", "T", "F", *(f"F_{v}" for v in range(views))),
        counters=tuple(_counters(maker.variant)),
        locations=tuple(maker.locations),
        assumptions=assumptions(views),
        initial=all_of(begin),
        rules=tuple(maker.rules),
        specifications=tuple(agreement(maker.done)),
    )
    done = {block: tuple(places) for block, places in maker.done.items()}
    crashed = tuple(place for place in maker.locations if place.endswith("_0Z"))
    left = tuple(place for place in maker.locations if place.endswith(f"_{views}"))
    everything = tuple(name for name in maker.locations if name.startswith("byz_"))
    return Table(automaton, maker.owed, maker.meaning, done, crashed, left, tokens=everything)
