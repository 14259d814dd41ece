"""The rule table of dBFT 2.1: change views in three stages, and guards that can turn off.

Source: the TLA+ specification ``dbftCV3`` in the formal models of ``nspcc-dev/dbft``. In view v a
node is initialized ``I``, prepared ``P``, in cv1 ``A``, in cv2 ``B``, committed ``C``, committed
from cv2 ``K``, in cv3 ``E``, or leaving ``L``; done ``D`` and crashed are as in
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
own view: ``later1_v`` to ``later3_v`` count who sent one of a stage in this view or a later one. A
node in cv2 is in ``B``, whether it knows a proposal or not, and counts what its messages say.

**What the table leaves to the replay**: with Byzantine nodes, a change view of theirs that a node
was shown stays with it, and may complete a quorum at the end; so may the change view of a later
view where they helped to complete the quorum before. The table counts neither.

**What nodes say to each other**: a change view of a stage counts for its own view where a guard
asks who sent one (``cv1_v``), and for every earlier view where it asks who wants to leave
(``later1_v``). Preparations and commits count, whatever they are about, until the request is known:
a Byzantine node may therefore respond or commit to what nobody proposed. It may also want to leave
the last modelled view and a later one, without a change view of the last.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from milpbft.automaton.condition import TRUE, all_of, at_least
from milpbft.automaton.linear import Linear
from milpbft.dbft.model.family import COMMIT, REQUEST, RESPONSE, FamilyTable
from milpbft.dbft.model.returning import ENOUGH
from milpbft.dbft.model.state import State
from milpbft.dbft.model.v21.pool import tokens
from milpbft.table import (
    BYZANTINE,
    DONE,
    FAULTS,
    NODES,
    NONE,
    ONE,
    START,
    Act,
    Label,
    Message,
    Move,
    Need,
    need,
    suffix,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from milpbft.automaton.condition import Condition
    from milpbft.table import Table, Token

STAGES = (1, 2, 3)
ASKS = {"ask1": 1, "ask2": 2, "ask2b": 2, "ask2l": 2, "ask3": 3, "ask3l": 3}
"""What an expired timer sends, by act: the change view of a stage."""
NEVER = at_least(-NODES)
"""A condition that no network meets."""


class Dbft21(FamilyTable):
    """The rules of dBFT 2.1, in the reading that the variant says.

    The variant's return rule and agreement are not read.
    """

    name = "dbft21"
    sent: ClassVar[dict[str, str]] = {"propose": REQUEST, "respond": RESPONSE, "commit": COMMIT}
    timers: ClassVar[dict[str, bool]] = {"propose": False} | dict.fromkeys(ASKS, True)
    order: ClassVar[tuple[str, ...]] = ("accept", "respond", "commit", "enter1", "enter2", "enter3")

    def moves(self, state: State, primary: int | None) -> Iterator[Move[State]]:
        """Say what a correct node can do."""
        return _Moves(self, state, primary).all() if state.phase != DONE else iter(())

    def tokens(self) -> Iterator[Token]:
        """Yield what Byzantine nodes can put into the pool."""
        if self.variant.reading == "pool" and self.variant.liars:
            yield from tokens(self.views)

    def said(self, act: Act, grows: tuple[str, ...]) -> tuple[Label, ...]:
        """Say what a node sends: change views of a stage, besides what all of the family send."""
        if act.what in ASKS:
            return (_change(ASKS[act.what], act.view),)
        return super().said(act, grows)

    def messages(self) -> Iterator[Message]:
        """Yield what nodes say to each other."""
        for view in range(self.views):
            requests = tuple(Label(REQUEST, view, value) for value in range(self.values))
            asked, late = f"asked_{view}", f"late_{view}"
            for value, proposal in enumerate(requests):
                s, others = suffix(value), tuple(k for k in requests if k != proposal)
                brings = (f"req_{view}{s}", f"prep_{view}{s}", asked)
                yield Message(proposal, brings, self.primary(view), lapses=True)
                response, commit = Label(RESPONSE, view, value), Label(COMMIT, view, value)
                yield Message(response, brings[1:], self.backups(view), proposal, others)
                yield Message(commit, (f"com_{view}{s}", late), self.everybody, proposal, others)
            response, commit = (Label(kind, view, self.values) for kind in (RESPONSE, COMMIT))
            yield Message(response, (asked,), self.backups(view), None, requests)
            yield Message(commit, (f"com_{view}", late), self.everybody, None, requests)
            for stage, union in zip(STAGES, ((asked,), (late,), ()), strict=True):
                counts = (f"cv{stage}_{view}", *_later(stage, view), *union)
                yield Message(_change(stage, view), counts, self.everybody)
        for stage in STAGES:
            later = _later(stage, self.views - 1)
            yield Message(_change(stage, self.views), later, self.everybody)

    def completed(self, table: Table) -> Table:
        """Return the table with its messages and timers, which expire again and again."""
        return replace(super().completed(table), again=True)


def _change(stage: int, view: int) -> Label:
    return Label(f"ChangeView{stage}", view)


def _later(stage: int, view: int) -> tuple[str, ...]:
    """Name what counts who sent a change view of a stage, in a view or a later one."""
    return tuple(f"later{stage}_{earlier}" for earlier in range(view + 1))


class _Moves:
    """What a node of one class can do in a state.

    Parameters
    ----------
    rules
        Of the protocol.
    state
        Where the node is.
    primary
        The view whose primary it is, None for a node that is none.
    """

    def __init__(self, rules: Dbft21, state: State, primary: int | None) -> None:
        self.rules = rules
        self.state = state
        self.view, self.phase, self.value = state.view, state.phase, state.value
        self.given = rules.variant.reading == "given"
        self.pool = self.given or rules.variant.reading == "pool"
        self.enough = rules.variant.thresholds.quorum
        """M."""
        self.proposes = primary == state.view
        self.known = range(1 if self.proposes else rules.values)
        """The proposals that the node can know."""

    def all(self) -> Iterator[Move[State]]:
        """Yield all of them."""
        match self.phase:
            case phase if phase == START:
                yield from self.begin()
                yield from self.end()
            case "A":
                for value in self.known:
                    yield self.commit(value)
                    if not self.given or value == 0:
                        yield from self.ask2(value)
                yield from self.end()
            case "P":
                yield self.commit(self.value)
                if not self.pool:
                    yield self.owe_commit()
                yield from self.ask2(self.value)
                yield from self.end((self.value,))
            case "B":
                for value in self.known if self.given else (self.value,):
                    yield self.commit(value)
                yield from self.ask3()
                yield from self.end(() if self.given else (self.value,))
            case "C":
                yield from self.ask3()
                yield from self.end((self.value,))
            case "K":
                yield from self.end((self.value,))
            case "E":
                yield from self.end()
            case "L":
                yield Move(Act("enter", self.view), self.onward)
                yield self.rules.crash(self.state)

    def begin(self) -> Iterator[Move[State]]:
        """Propose as the primary; others ask for a view change, or respond."""
        asked = self.union("asked")
        if self.proposes:
            grows = (self.counter("prep"), self.counter("req"), *asked)
            yield Move(Act("propose", self.view), self.to("P"), (), grows)
            return
        yield Move(Act("ask1", self.view), self.to("A"), (), (*self.change(1), *asked))
        for value in self.known:
            act, grows = Act("respond", self.view, value), (self.counter("prep", value), *asked)
            yield Move(act, self.to("P", value), (self.request(value),), grows)

    def commit(self, value: int) -> Move[State]:
        """Commit: the request, M preparations, no ChangeView3; from cv2 more than f commits."""
        com, again = self.counter("com", value), self.phase == "B"
        needs = [*self.preparations(value), self.no_cv3(lies=self.phase != "A")]
        if again:
            needs.append(self.least((com,), ENOUGH))
        first = self.union("late") if self.pool else [self.counter("first", value)]
        grows = (com, *([] if again else first))
        target = self.to("K" if again else "C", value)
        return Move(Act("commit", self.view, value), target, tuple(needs), grows)

    def owe_commit(self) -> Move[State]:
        """Owe the commit of a prepared node whom no lie about a ChangeView3 would keep still."""
        warned = self.least((self.counter("cv1"),), ONE)
        sent = (*self.preparations(self.value), warned, self.no_cv3(lies=False))
        needs = tuple(Need(NEVER, each.sent) for each in sent)
        return Move(Act("commitb", self.view, self.value), self.to("C", self.value), needs)

    def ask2(self, value: int) -> Iterator[Move[State]]:
        """ChangeView2: M nodes that asked or prepared; at most f commits, or a ChangeView3.

        A node in cv1 may not know the request: then responses to any proposal count for it. What
        it owes at the end is said for whatever request it knows by then.
        """
        first, prepared = self.counter("cv1"), self.phase == "P"
        values = [value] if prepared and not self.given else self.values
        preps = tuple(self.counter("prep", k) for k in values)
        enough = self.quorum(*(self.union("asked") or (first, *preps)))
        grows = (*self.change(2), *self.union("late"))
        if self.pool:
            needs = [enough, *([self.least((first,), ONE)] if prepared else [])]
        elif prepared:
            known = (
                Linear.combine([(first, 1), *((prep, 1) for prep in preps)]) + self.from_byzantine
            )
            needs = [Need(enough.shown, at_least(known - self.enough)), self.least((first,), ONE)]
        else:
            request = self.from_byzantine
            each = all_of(at_least(Linear.combine([(first, 1), (prep, 1)]) + request - self.enough)
                          for prep in preps)  # fmt: skip
            needs = [Need(enough.shown, enough.sent & each)]
            needs.append(Need(self.least(preps, ONE).shown, TRUE))
            if value == 0:
                yield self.leap("ask2", self.quorum(first), grows)
                yield from self.owe_ask2(enough.sent)
            else:
                lies = at_least(request - ONE)
                needs.append(Need(lies, lies))
        few = self.most(tuple(self.counter("com", k) for k in values), FAULTS)
        target = self.to("B", 0 if self.given else value)
        yield Move(Act("ask2", self.view, value), target, (*needs, few), grows)
        third = self.least((self.counter("cv3"),), ONE)
        # Whoever is not shown that there are many commits needs no ChangeView3 either.
        other = third if self.pool else Need(NEVER, third.sent)
        yield Move(Act("ask2b", self.view, value), target, (*needs, other), grows)

    def owe_ask2(self, enough: Condition) -> Iterator[Move[State]]:
        """Owe the ChangeView2 of a node in cv1 to all responses, where the primary is correct.

        A Byzantine one can show the node its request, so that responses to another are dropped.
        """
        if len(self.values) > 1:
            few = self.most(tuple(self.counter("com", k) for k in self.values), FAULTS)
            correct = at_least(NONE - self.from_byzantine)
            needs = (Need(NEVER, correct & enough), few)
            yield Move(Act("ask2", self.view), self.to("B"), needs)

    def ask3(self) -> Iterator[Move[State]]:
        """ChangeView3: M nodes that committed or sent a ChangeView2, at most f of the former."""
        second, values = self.counter("cv2"), self.values if self.given else [self.value]
        few = self.most(tuple(self.counter("com", k) for k in values), FAULTS)
        grows, some = self.change(3), self.least((second,), ONE)
        if self.pool:
            needs = [some, self.quorum(*self.union("late")), few]
        else:
            direct = self.counter("first", self.value)
            enough = self.least((second,), self.enough - FAULTS)
            needs = [Need(enough.shown, some.sent), self.quorum(second, direct), few]
            if self.phase == "B":
                needs.append(Need(self.least((direct,), ONE).shown, TRUE))
                yield self.leap("ask3", self.quorum(second), grows)
        yield Move(Act("ask3", self.view, self.value), self.to("E"), tuple(needs), grows)

    def leap(self, what: str, enough: Need, grows: tuple[str, ...]) -> Move[State]:
        """Ask, and be about to enter the next view, since M change views of a stage are known."""
        return Move(Act(f"{what}l", self.view), self.to("L"), (enough,), grows, owed=False)

    def end(self, values: Iterable[int] = ()) -> Iterator[Move[State]]:
        """What a node does in any phase: enter the next view, accept what it can know, crash."""
        stays: tuple[Need, ...] = ()
        if self.phase == "K" and not self.pool:
            slow = at_least(self.enough - FAULTS - 3)  # else it has accepted
            stays = (Need(slow, slow),)
        for stage in STAGES:
            needs = (self.quorum(self.change(stage)[-1]), *stays)
            yield Move(Act(f"enter{stage}", self.view), self.onward, needs)
        for value in values or self.values:
            enough = self.quorum(self.counter("com", value))
            yield self.rules.accept(self.view, value, enough, self.request(value))
        yield self.rules.crash(self.state)

    # ---- names and needs

    @property
    def values(self) -> range:
        """The proposals that there may be."""
        return range(self.rules.values)

    @property
    def onward(self) -> State:
        """The state in the next view, or out of the modelled ones."""
        last = self.view + 1 == self.rules.views
        return self.state.leave() if last else State(self.view + 1)

    def to(self, phase: str, value: int = 0) -> State:
        """Return a state of this view."""
        return State(self.view, phase, value)

    def counter(self, kind: str, value: int = 0) -> str:
        """Name a counter of this view."""
        return f"{kind}_{self.view}{suffix(value)}"

    def least(
        self, counters: tuple[str, ...], threshold: Linear, help_: Linear = BYZANTINE
    ) -> Need:
        """Ask for so many senders."""
        return need(counters, threshold, NONE if self.pool else help_)

    def quorum(self, *counters: str) -> Need:
        """Ask for M senders."""
        return self.least(counters, self.enough)

    def change(self, stage: int) -> tuple[str, ...]:
        """Name what counts the change views of a stage, those that lead onward last."""
        later = (self.counter(f"later{stage}"),) if self.given else ()
        return (self.counter(f"cv{stage}"), *later)

    def union(self, kind: str) -> list[str]:
        """Name a counter that the pool has of nodes that sent one of two kinds of message."""
        return [self.counter(kind)] if self.pool else []

    @property
    def from_byzantine(self) -> Linear:
        """How many preparations who has the request knows that no correct node sent: itself."""
        return NONE if self.pool else Linear.of(f"F_{self.view}")

    def preparations(self, value: int) -> tuple[Need, Need]:
        """Ask for the request and M preparations; who has prepared has the request."""
        prep = self.counter("prep", value)
        request, enough = self.request(value), self.quorum(prep)
        if self.phase != "P":
            return request, enough
        known = at_least(Linear.of(prep) + self.from_byzantine - self.enough)
        return Need(request.shown, TRUE), Need(enough.shown, known)

    def request(self, value: int) -> Need:
        """Ask for the request of the view's primary, which may be Byzantine."""
        return self.least((self.counter("req", value),), ONE, Linear.of(f"F_{self.view}"))

    def most(self, counters: tuple[str, ...], threshold: Linear, *, lies: bool = True) -> Need:
        """Ask for so many senders at most; at the end, lies may be known too."""
        few = threshold - Linear.combine((name, 1) for name in counters)
        if self.pool:
            return Need(at_least(few), at_least(few))
        return Need(TRUE, at_least(few - BYZANTINE if lies else few))

    def no_cv3(self, *, lies: bool) -> Need:
        """Ask for no ChangeView3 of this view."""
        return self.most((self.counter("cv3"),), NONE, lies=lies)
