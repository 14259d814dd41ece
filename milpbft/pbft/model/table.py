"""The rule tables of the family, and that of PBFT, for one sequence number.

In view v a node is idle ``I`` (view 0 only), pre-prepared ``P``, prepared and thus committing
``C``, or waiting ``W`` for view v to be opened; names say the value, the highest certificate that
the next view change carries (``_L0A``), and the value that was decided (``_DA``).

Counters, each of correct senders: ``prop_v`` the primary's proposal, ``prep_v`` nodes that took it
(the pre-prepare is the primary's prepare), ``com_v`` commits, ``vc_v`` view changes for view v.

A new view is followed without a view change where that matters
(:attr:`milpbft.pbft.model.variant.Variant.skips`). Per node, ``last_v`` counts those whose latest
view change is for view v, since joins go to the lowest view of these.

A table for the per-node encoding has guards that a node can read by itself, and says by how many
others a Byzantine primary's new view or certificate must be backed.

References
----------
.. [1] M. Castro, B. Liskov. Practical Byzantine fault tolerance. OSDI 1999, sections 4.2 to 4.5.
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from milpbft.pbft.model.held import held
from milpbft.pbft.model.onevalue import OneValue
from milpbft.pbft.model.relay import LIE, proposing, relayed, votes
from milpbft.pbft.model.state import VALUES, Phase, State
from milpbft.pbft.model.viewchange import ViewChange, commit, new_view, prepare
from milpbft.table import (
    Act,
    Backing,
    Label,
    Message,
    Move,
    Need,
    ProtocolTable,
    from_primary,
    need,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from milpbft.pbft.model.variant import Variant
    from milpbft.table import Table, Token

CERTIFICATES = {"pc": "PrepareCertificate", "cc": "CommitCertificate", "fc": "FullCommitProof"}
"""Kinds of certificates, by the first part of their counters."""
EVIDENCE_KINDS = {"": "", "L": "Prepared", "S": "Signed", "D": "Decided"}
"""How kinds of view changes begin, by what they carry first."""
SKIPS = ("skip1", "skip2", "skip3")
"""Entering a view that was opened, from an earlier one: the earliest first."""


class FamilyTable(ProtocolTable[State]):
    """The rules of a member of the family.

    ``C`` counts pairs of redundant nodes, 0 but for SBFT.

    Parameters
    ----------
    variant
        What the table is made for.
    """

    start = State()
    timers: ClassVar[dict[str, bool]] = {"ask": True}
    order: ClassVar[tuple[str, ...]] = (
        "prepare",
        "commit",
        "certify",
        "decide",
        "conclude",
        "follow",
        *SKIPS,
        "join",
        "open",
    )
    taken: ClassVar[str]
    """Kind of what a node says that took a proposal."""
    committed: ClassVar[str] = "CommitShare"
    """Kind of a commit."""
    counts_acts: bool = False
    """Whether acts are counted, so that a shorter way to where a longer one leads matters."""
    led: ClassVar[bool] = False
    """Whether everybody counts a primary's proposal as its vote."""

    def __init__(self, variant: Variant) -> None:
        super().__init__(variant.views, variant.values, {"C": variant.redundant})
        self.variant = variant
        self.change = self.view_change()

    @abstractmethod
    def view_change(self) -> ViewChange:
        """Make its view change."""

    @abstractmethod
    def votes(self, state: State, primary: int | None) -> Iterator[Move[State]]:
        """Say what a node does that took the proposal of its view."""

    @abstractmethod
    def voting(self, view: int, value: int) -> Iterator[Message]:
        """Yield the messages about a proposal after it was taken."""

    def moves(self, state: State, primary: int | None) -> Iterator[Move[State]]:
        """Say what a correct node can do; with gossip, by what was sent by whomever."""
        moves = self._moves(state, primary)
        if self.variant.loses and self.views > 1:
            return (remembering(state, move) for move in moves)
        return map(relayed, moves) if self.variant.relay == "gossip" else moves

    def _moves(self, state: State, primary: int | None) -> Iterator[Move[State]]:
        if state.phase is Phase.OPENING:
            yield self.change.opened(state)
            return
        if state.phase is Phase.IDLE:
            yield from self._propose(state, primary)
        if state.proposed:
            yield from self.votes(state, primary)
        yield from self.change.enter(state, primary)
        yield from self.change.leave(state, primary)
        correct = self.variant.calm and primary == 0
        undone = state.decided is None or self.variant.alone
        if self.variant.crashes and undone and not (correct or state.full):
            yield Move(Act("crash", state.view), state.crash(), owed=False)

    def late(self, move: Move[State]) -> bool:
        """Say that the primary of view 0 proposes the second value once it has started again."""
        return move.act == Act("propose", 0, 1)

    def prepared(self, view: int, value: int) -> Need:
        """Ask for a quorum that took the proposal: n - f - c nodes, or as the instance says."""
        return need((prepare(view, value),), self.variant.thresholds.quorum)

    def decided(self, view: int, value: int) -> Need:
        """Ask for a quorum that committed."""
        return need((commit(view, value),), self.variant.thresholds.quorum)

    def _propose(self, state: State, primary: int | None) -> Iterator[Move[State]]:
        """View 0: its primary proposes; others take what it proposed.

        Which value a correct primary proposes is a matter of names: it is the first. One that has
        started again may be asked for another.
        """
        if primary == 0:
            for value in range(self.values if self.variant.restarts else 1):
                grows = (new_view(0, value), prepare(0, value))
                yield Move(Act("propose", 0, value), state.taking(value), (), grows)
            return
        for value in range(self.values):
            needs = (from_primary(new_view(0, value), 0),)
            yield Move(Act("prepare", 0, value), state.taking(value), needs, (prepare(0, value),))

    def tokens(self) -> Iterator[Token]:
        """Yield what Byzantine primaries can open their views with; with gossip, all they send."""
        if self.variant.prompt:
            return
        gossip, slow = self.variant.relay == "gossip", self.committed in self._voted
        for token in self.change.tokens():
            yield proposing(token, led=gossip and self.led)
        if gossip:
            yield from votes(self.variant, led=self.led, commits=slow)

    @property
    def _voted(self) -> set[str]:
        return {message.label.kind for message in self.voting(0, 0)}

    # ---- messages

    def messages(self) -> Iterator[Message]:
        """Yield the messages of the modelled views, and the view changes that leave them.

        Where guards are about what one node was given, a Byzantine node carries no certificate, and
        as a primary shows no proof of a decision: with one value, its plain view change and its
        plain new view do as much.
        """
        for view in range(self.views + 1):
            for content in self.change.contents(view) if view else ():
                counter = self.change.counter(content)
                plain = counter == f"vc_{view}"
                ahead = tuple(f"ahead_{v}" for v in range(1, view + 1) if self.variant.loses)
                senders = self.everybody if plain else ()
                brings = (counter, *ahead, *self.change.latest(content))
                earlier = (
                    before for v in range(1, view) for before in self.change.latest(State(v))
                )
                said = self.label(counter)
                yield Message(said, brings, senders, excuses=tuple(earlier), kin="ViewChange")
            for value in range(self.values if view < self.views else 0):
                yield from self._openings(view, value)
                yield from self.voting(view, value)

    def _openings(self, view: int, value: int) -> Iterator[Message]:
        kinds = self.change.kinds(view, value) if view else [("open", new_view(view, value))]
        for what, name in kinds:
            shown = what == "open" or not self.variant.prompt
            changes = [self.label(self.change.counter(c)) for c in self.change.contents(view)]
            plain = tuple(label for label in changes if not label.kind.startswith("Decided"))
            backed = Backing(plain, self.variant.thresholds.view) if view and shown else None
            senders = self.primary(view) if shown else ()
            brings = (name, prepare(view, value))
            kin = "NewView" if view else ""
            yield Message(self.label(name), brings, senders, backed=backed, kin=kin)

    def said(self, act: Act, grows: tuple[str, ...]) -> tuple[Label, ...]:
        """Return what a node sends: read from what it counts for.

        A proposal is its primary's prepare, and a collector keeps its own shares: what is counted
        beside a proposal or a certificate is not sent.
        """
        if act.what == LIE:
            return ()
        said = (name for name in sorted(grows) if not name.startswith(("ahead_", "last_")))
        names = [name.removeprefix("z") for name in said]
        leads = [name for name in names if name.startswith(("prop_", "proof_", *CERTIFICATES))]
        return tuple(map(self.label, leads or names))

    def label(self, counter: str) -> Label:
        """Name the message that a counter counts."""
        kind, _, rest = counter.removeprefix("proof_").partition("_")
        where, _, carried = rest.partition("_")
        if kind == "vc":
            first = carried.partition("_")[0]
            value = VALUES.index(first[-1]) if first else 0
            return Label(f"{EVIDENCE_KINDS[first[:1]]}ViewChange", int(where), value)
        view, value = int(where[:-1]), VALUES.index(where[-1])
        proof = "Decided" if counter.startswith("proof_") else ""
        kinds = {"prop": f"{proof}NewView" if view else "PrePrepare", "prep": self.taken}
        return Label((kinds | {"com": self.committed} | CERTIFICATES)[kind], view, value)

    @property
    def settings(self) -> dict[str, str]:
        """What schedules say of the variant."""
        redundant = {"redundant": str(self.variant.redundant)} if self.variant.redundant else {}
        redundant |= self.variant.thresholds.said
        usual = {"follows": "freely", "counts": "exact", "joins": "lowest"}
        chosen = {field: getattr(self.variant, field) for field in usual}
        read = {field: value for field, value in chosen.items() if value != usual[field]}
        return redundant | read | ({"blind": "true"} if self.variant.blind else {})

    def completed(self, table: Table) -> Table:
        """Return the table with its messages, where timers run, and who says what again."""
        table = super().completed(table)
        asks = {r.source for r in table.automaton.rules if table.meaning[r.name].what == "ask"}
        running = frozenset(asks if self.variant.timed else ())
        states, named = self._maker.states, self.variant.prompt
        again = held(table, states, named=named) if self.variant.resent else {}
        return replace(table, running=running, held=again)


def remembering(state: State, move: Move[State]) -> Move[State]:
    """Let a node remember for which views it sent a view change, by which it counts for others."""
    asked = [name.split("_")[1] for name in move.grows if name.startswith("vc_")]
    return replace(move, target=replace(move.target, said=state.said.union(map(int, asked))))


class Pbft(FamilyTable):
    """The rules of PBFT."""

    name = "pbft"
    taken, committed, led = "Prepare", "Commit", True

    def view_change(self) -> ViewChange:
        """Make the view change with prepared certificates."""
        return (OneValue if self.variant.prompt else ViewChange)(self.variant, self.prepared)

    def votes(self, state: State, primary: int | None) -> Iterator[Move[State]]:
        """Commit when prepared; decide at n - f commits."""
        view, value = state.view, state.value
        if state.phase is Phase.PREPARED:
            needs = (self.prepared(view, value),)
            yield Move(Act("commit", view, value), state.certified(), needs, (commit(view, value),))
        if state.phase is Phase.COMMITTED and state.decided is None:
            enough = (self.decided(view, value),)
            yield Move(Act("decide", view, value), replace(state, decided=value), enough)

    def voting(self, view: int, value: int) -> Iterator[Message]:
        """Yield prepares and commits."""
        prepares, commits = Label(self.taken, view, value), Label(self.committed, view, value)
        yield Message(prepares, (prepare(view, value),), self.backups(view))
        yield Message(commits, (commit(view, value),), self.everybody)
