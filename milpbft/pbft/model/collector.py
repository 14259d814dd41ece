"""The rule tables of Linear BFT and SBFT: votes go to the primary, and come back as certificates.

Locations and counters as in :mod:`milpbft.pbft.model.table`; ``prep_v`` and ``com_v`` count shares,
``pc_v`` the collector's certificate of a proposal, ``cc_v`` that of commits, ``fc_v`` SBFT's of the
fast path, which decides at once. SBFT's collector is switched ``S`` once its timer made it take the
slow path.

A Byzantine collector shows a certificate to whom it likes, but cannot make one of too few shares:
tokens say when it can.

The timer of SBFT's collector runs from its proposal on, so many ticks in every view; one that is
due at d has expired by ``max(d, gst) + delta``, as timers of views have. Execution certificates, on
which nothing depends, are left out of the per-node encoding: schedules ask for replicas without.

References
----------
.. [1] Implementation of a blockchain-based V2V energy sharing application using Byzantine fault
   tolerant consensus algorithms. University of Edinburgh, 2023, sections 3.3.3 and 3.3.4.
.. [2] G. Golan Gueta et al. SBFT: a scalable and decentralized trust infrastructure. DSN 2019.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import TYPE_CHECKING, ClassVar

from milpbft.pbft.model.evidence import SbftViewChange
from milpbft.pbft.model.onevalue import OneValue, SbftOneValue
from milpbft.pbft.model.state import VALUES, Phase, State
from milpbft.pbft.model.table import CERTIFICATES, SKIPS, FamilyTable
from milpbft.pbft.model.variant import FAST
from milpbft.pbft.model.viewchange import ViewChange, commit, prepare
from milpbft.table import Act, Backing, Label, Message, Move, Token, from_primary, need

if TYPE_CHECKING:
    from collections.abc import Iterator

    from milpbft.table import Need, Table


class Linear(FamilyTable):
    """The rules of Linear BFT."""

    name = "linear"
    taken = "PrepareShare"
    fast: ClassVar[bool] = False
    """Whether a certificate of nearly all sign shares decides."""
    slow: ClassVar[bool] = True
    """Whether a certificate of a quorum's shares and one of a quorum's commit shares do."""

    def view_change(self) -> ViewChange:
        """Make the view change with prepare certificates, which their collector must have made."""
        return (OneValue if self.variant.prompt else ViewChange)(self.variant, certified)

    def votes(self, state: State, primary: int | None) -> Iterator[Move[State]]:
        """Vote to the collector, and be one."""
        yield from (self._collect if primary == state.view else self._vote)(state)

    def _vote(self, state: State) -> Iterator[Move[State]]:
        """A node that is no collector: commit on a certificate, decide on one of commits.

        Who decides first commits as well, but could have done so before, to the same effect: that
        is in the table only where all is calm and messages are counted, or where nodes go on.
        """
        view, value, decided = state.view, state.value, state.decided is not None
        late = self.variant.calm or self.variant.goes_on
        if self.slow and state.phase is Phase.PREPARED and (not decided or late):
            needs, grows = (certified(view, value),), (commit(view, value),)
            yield Move(Act("commit", view, value), state.certified(), needs, grows)
        if decided:
            return
        for what, kind in (("finish", "fc"), ("decide", "cc")):
            if self.fast if kind == "fc" else self.slow:
                shown = from_primary(certificate(kind, view, value), view, backed=True)
                yield Move(Act(what, view, value), replace(state, decided=value), (shown,))

    def _collect(self, state: State) -> Iterator[Move[State]]:
        """The collector: make certificates, the fast one until its timer expires.

        One that had decided before its view was opened makes them for the others; that is in the
        table only where nodes go on.
        """
        view, value, goes_on = state.view, state.value, self.variant.goes_on
        decided = replace(state, decided=value)
        if goes_on:
            decided = replace(decided, phase=Phase.FINISHED)
        acts = state.decided is None or goes_on
        if state.phase in self._answered and acts and not state.concluded:
            grows, after = (certificate("cc", view, value),), decided
            if self.variant.forgets:
                certified = state.phase is Phase.COMMITTED
                after = decided if certified else replace(state, decided=value)
                after = replace(after, concluded=True)
            yield Move(Act("conclude", view, value), after, (self.decided(view, value),), grows)
        if state.phase is Phase.PREPARED and acts and self.fast:
            grows = (certificate("fc", view, value),)
            yield Move(Act("shortcut", view, value), decided, (signed(view, value),), grows)
            if self.slow and not self.variant.fastpath:
                yield Move(Act("switch", view, value), replace(state, phase=Phase.SWITCHED))
        started = Phase.SWITCHED if self.fast else Phase.PREPARED
        if state.phase is started and self.slow:
            both = (certificate("pc", view, value), commit(view, value))
            needs = (self.prepared(view, value),)
            yield Move(Act("certify", view, value), state.certified(), needs, both)

    @property
    def _answered(self) -> frozenset[Phase]:
        """The phases in which a collector may have commit shares that answer its certificate.

        One that has started again may have forgotten its certificate of the proposal, and be given
        the shares that answer it. All that it made the certificate of comes again too, so that it
        could make it again first: that saves an act, and is in a counted table only where acts are
        counted. Per node the shares may come before.
        """
        if not self.slow:
            return frozenset()
        phases = {Phase.COMMITTED}
        if self.variant.forgets:
            phases |= {Phase.PREPARED, Phase.SWITCHED, Phase.FINISHED}
        elif self.restarting and self.counts_acts:
            phases |= {Phase.PREPARED, Phase.SWITCHED}
        return frozenset(phases)

    def tokens(self) -> Iterator[Token]:
        """Yield the certificates that Byzantine collectors can make, and of what."""
        made = {"fc": ("shortcut", signed)} if self.fast else {}
        made |= (
            {"pc": ("certify", self.prepared), "cc": ("conclude", self.decided)}
            if self.slow
            else {}
        )
        pairs = product(range(self.views), range(self.values))
        for view, value in pairs if not self.variant.prompt else ():
            for kind, (what, shares) in made.items():
                name, backed = certificate(kind, view, value), [(shares(view, value),)]
                yield Token.of_primary(Act(what, view, value), name, backed)
        yield from super().tokens()

    def voting(self, view: int, value: int) -> Iterator[Message]:
        """Yield shares and certificates.

        A collector that makes a certificate commits, and keeps its share.
        """
        signs, commits = Label(self.taken, view, value), Label(self.committed, view, value)
        yield Message(signs, (prepare(view, value),), self.backups(view))
        proofs = [("fc", signs, FAST)] if self.fast else []
        if self.slow:
            voters = self.backups(view) if self.fast else self.everybody
            yield Message(commits, (commit(view, value),), voters)
            quorum = self.variant.thresholds.quorum
            proofs += [("pc", signs, quorum), ("cc", commits, quorum)]
        for kind, shares, quorum in proofs:
            kept = (commit(view, value),) if kind == "pc" else ()
            brings, backed = (
                (certificate(kind, view, value), *kept),
                Backing((shares,), quorum),
            )
            label = Label(CERTIFICATES[kind], view, value)
            yield Message(label, brings, self.primary(view), backed=backed)


class Sbft(Linear):
    """The rules of SBFT."""

    name = "sbft"
    taken = "SignShare"
    fast = True
    timers: ClassVar[dict[str, bool]] = {"ask": True, "switch": False}
    order: ClassVar[tuple[str, ...]] = (
        *("propose", "prepare", "shortcut", "certify", "commit", "conclude", "finish", "decide"),
        *("follow", "learn", *SKIPS, "join", "prove", "open"),
    )

    def view_change(self) -> ViewChange:
        """Make the view change with certificates, sign shares and proofs of decisions."""
        if self.variant.prompt:
            return SbftOneValue(self.variant, self.prepared)
        return SbftViewChange(self.variant, slow=self.slow)

    @property
    def settings(self) -> dict[str, str]:
        """What schedules say of the variant, and of the collector's timer where it has ticks."""
        said = {"execution": "false"} if self.variant.goes_on else {}
        prompt = self.variant.prompt and self.slow
        timed = {"collector": str(self.variant.collector)} if prompt else {}
        return super().settings | said | timed

    def completed(self, table: Table) -> Table:
        """Return the table with the collector's timer, and what new views say of decisions."""
        table = super().completed(table)
        if not self.variant.prompt:
            return table
        acts = {name: act.what for name, act in table.meaning.items()}
        switches = [name for name, what in acts.items() if what == "switch"]
        # Of two views only the first can have decided anything before the other is opened.
        learns = {name: 0 for name, what in acts.items() if what in {"prove", "learn"}}
        lasts = dict.fromkeys(switches, self.variant.collector)
        return replace(table, lasts=lasts, learns=learns)


class SbftFast(Sbft):
    """The rules of SBFT without its slow path, the variant that the thesis measured."""

    name = "sbftfast"
    slow = False


def certificate(kind: str, view: int, value: int) -> str:
    """Name the counter of a certificate: ``pc``, ``cc`` or ``fc``."""
    return f"{kind}_{view}{VALUES[value]}"


def certified(view: int, value: int) -> Need:
    """Ask for the collector's prepare certificate."""
    return from_primary(certificate("pc", view, value), view, backed=True)


def signed(view: int, value: int) -> Need:
    """Ask for the sign shares of the fast path: n - c."""
    return need((prepare(view, value),), FAST)
