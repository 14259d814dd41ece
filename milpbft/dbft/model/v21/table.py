"""The rule table of dBFT 2.1: change views in three stages, and guards that can turn off.

Source: the TLA+ specification ``dbftCV3`` in the formal models of ``nspcc-dev/dbft``. In view v a
node is initialized ``I``, prepared ``P``, in cv1 ``A``, in cv2 ``B``, committed ``C``, committed
from cv2 ``K``, in cv3 ``E``, or leaving ``L``; done ``D`` and crashed are as in
:mod:`milpbft.dbft.model.table`, and so are classes and Byzantine nodes.

Counters, each of correct senders in view v: ``req_v``, ``prep_v``, ``com_v``, ``cv1_v`` to
``cv3_v``, and ``first_v`` of nodes that committed without a ChangeView2. Change views for a later
view do not occur in guards of a run: nobody gets there before a quorum of one stage asked to leave
this one. What is owed at the end counts them, where liars were some of that quorum
(:mod:`milpbft.dbft.model.v21.state`): ``later1_v`` to ``later3_v``, who sent one of a stage in
this view or a later one.

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
own view. A node in cv2 is in ``B``, whether it knows a proposal or not, and counts what its
messages say.

**What the table leaves to the replay**: with Byzantine nodes, a change view of theirs that a node
was shown stays with it, and may complete a quorum at the end. The table does not count it.

**What nodes say to each other**: a change view of a stage counts for its own view where a guard
asks who sent one (``cv1_v``), and for every earlier view where it asks who wants to leave
(``later1_v``). Preparations and commits count, whatever they are about, until the request is known:
a Byzantine node may therefore respond or commit to what nobody proposed. It may also want to leave
the last modelled view and a later one, without a change view of the last.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from milpbft.automaton.linear import Linear
from milpbft.dbft.model.family import COMMIT, REQUEST, RESPONSE, FamilyTable, told
from milpbft.dbft.model.v21.moves import STAGES, Moves
from milpbft.dbft.model.v21.pool import tokens
from milpbft.dbft.model.v21.state import State21
from milpbft.table import DONE, Act, Label, Message, Move, suffix

if TYPE_CHECKING:
    from collections.abc import Iterator

    from milpbft.dbft.model.state import State
    from milpbft.table import Table, Token

ASKS = {"ask1": 1, "ask2": 2, "ask2b": 2, "ask2l": 2, "ask3": 3, "ask3l": 3}
"""What an expired timer sends, by act: the change view of a stage."""


class Dbft21(FamilyTable):
    """The rules of dBFT 2.1, in the reading that the variant says.

    The variant's return rule and agreement are not read.
    """

    name = "dbft21"
    start = State21()
    sent: ClassVar[dict[str, str]] = {"propose": REQUEST, "respond": RESPONSE, "commit": COMMIT}
    timers: ClassVar[dict[str, bool]] = {"propose": False} | dict.fromkeys(ASKS, True)
    order: ClassVar[tuple[str, ...]] = ("accept", "respond", "commit", "enter1", "enter2", "enter3")

    def moves(self, state: State, primary: int | None) -> Iterator[Move[State]]:
        """Say what a correct node can do."""
        if not isinstance(state, State21) or state.phase == DONE:
            return iter(())
        return Moves(self, state, primary).all()

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

    def spoken(self) -> dict[tuple[str, frozenset[int]], Linear]:
        """Say who asked for each stage in view 0 alone, in view 1 alone, and in both."""
        found: dict[tuple[str, frozenset[int]], Linear] = {}
        for stage in STAGES:
            later, both = f"cv{stage}_1", f"cv{stage}_0_1"
            before = Linear.of(f"cv{stage}_0") - Linear.of(both)
            found |= told(f"later{stage}_0", before, later, both)
        return found

    def completed(self, table: Table) -> Table:
        """Return the table with its messages and timers, which expire again and again."""
        return replace(super().completed(table), again=True)


def _change(stage: int, view: int) -> Label:
    return Label(f"ChangeView{stage}", view)


def _later(stage: int, view: int) -> tuple[str, ...]:
    """Name what counts who sent a change view of a stage, in a view or a later one."""
    return tuple(f"later{stage}_{earlier}" for earlier in range(view + 1))
