"""The guards of dBFT 2.1's specification: what a node may do, given what the pool of a view has.

Written from ``dbftCV3.tla`` of ``nspcc-dev/dbft``, apart from rule table and replicas. Senders are
counted, where the specification counts messages: of nodes that do not lie this is the same, since a
node whose ChangeView2 and Commit would count twice has sent the latter once more than f had, and
what counts both asks for at most f. A change view of a later view completes no quorum: nobody gets
there before one has asked to leave this view.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

PREPARED, CV1, CV2, CV3, COMMIT = KINDS = tuple(1 << bit for bit in range(5))
ENTER, ACCEPT = "enter", "B"
"""Phases of a node that enters the next view, and of one that has accepted a block."""


class Act(NamedTuple):
    """What a node may do: the phase that it is in then, and the message that it sends, 0 if none.

    Phases are ``I`` (initialized), ``P`` (prepared), ``1``, ``2``, ``3`` (the stages of a view
    change), ``C`` (committed), :data:`ENTER` and :data:`ACCEPT`.
    """

    phase: str
    sends: int


class Heard(NamedTuple):
    """How many nodes have sent each message in a view, or either of two; and whether it has one.

    Parameters
    ----------
    prepared, first, second, third, commits
        Senders of a request or response, of a ChangeView1 to ChangeView3, and of a Commit.
    asked, late
        Senders of a request, a response or a ChangeView1; of a ChangeView2 or a Commit.
    requested
        Whether the primary has sent its request.
    """

    prepared: int = 0
    first: int = 0
    second: int = 0
    third: int = 0
    commits: int = 0
    asked: int = 0
    late: int = 0
    requested: bool = False

    @classmethod
    def of(cls, sent: Iterable[int], *, requested: bool) -> Heard:
        """Count what each of some nodes has sent."""
        found = cls(requested=requested)
        for kinds in sent:
            for kind in KINDS:
                if kinds & kind:
                    found = found.plus(kind, kinds & (kind - 1), requests=False)
        return found

    def plus(self, kind: int, before: int, *, requests: bool) -> Heard:
        """Count a message of a node that has sent `before`, and not this."""
        asks, leaves = kind & (PREPARED | CV1), kind & (CV2 | COMMIT)
        return Heard(
            self.prepared + (kind == PREPARED),
            self.first + (kind == CV1),
            self.second + (kind == CV2),
            self.third + (kind == CV3),
            self.commits + (kind == COMMIT),
            self.asked + bool(asks and not before & (PREPARED | CV1)),
            self.late + bool(leaves and not before & (CV2 | COMMIT)),
            self.requested or requests,
        )


@dataclass(frozen=True)
class Spec:
    """The specification, of `n` nodes; with other parameters than `n`, one with a known fault.

    Parameters
    ----------
    quorum
        So many messages are a quorum; 0 for M = n - f.
    bears
        ChangeView2 and ChangeView3 are sent where there are at most so many commits; -1 for f.
    mute
        Kinds of messages that nobody sends, though it goes on as if it had.
    eager
        Whether a node in the second stage commits with any number of commits.
    deaf
        Whether a node commits though a ChangeView3 is there.
    """

    n: int
    quorum: int = 0
    bears: int = -1
    mute: int = 0
    eager: bool = False
    deaf: bool = False

    @property
    def f(self) -> int:
        """How many nodes may fail."""
        return (self.n - 1) // 3

    @property
    def m(self) -> int:
        """How many make a quorum."""
        return self.quorum or self.n - self.f

    def acts(self, phase: str, heard: Heard, *, proposes: bool) -> Iterator[Act]:
        """Yield what a node may do; whoever has accepted a block does nothing."""
        if phase == ACCEPT:
            return
        if phase == "I":
            if not proposes:
                yield self._sending("1", CV1)
            if proposes or heard.requested:
                yield self._sending("P", PREPARED)
        if self._commits(phase, heard):
            yield self._sending("C", COMMIT)
        few = heard.commits <= (self.f if self.bears < 0 else self.bears)
        may_ask = phase == "1" or (phase == "P" and heard.first > 0)
        if may_ask and heard.asked >= self.m and (few or heard.third > 0):
            yield self._sending("2", CV2)
        if phase in {"2", "C"} and heard.second > 0 and heard.late >= self.m and few:
            yield self._sending("3", CV3)
        if self.decides(heard):
            yield Act(ACCEPT, 0)
        if max(heard.first, heard.second, heard.third) >= self.m:
            yield Act(ENTER, 0)

    def decides(self, heard: Heard) -> bool:
        """Whether a node of the view may accept its block."""
        return heard.requested and heard.commits >= self.m

    def _commits(self, phase: str, heard: Heard) -> bool:
        """Whether a node may commit; after its ChangeView2, once more than f have."""
        again = phase == "2" and (self.eager or heard.commits > self.f)
        if not (again or phase in {"P", "1"}):
            return False
        calm = self.deaf or heard.third == 0
        return calm and heard.requested and heard.prepared >= self.m

    def _sending(self, phase: str, kind: int) -> Act:
        return Act(phase, kind & ~self.mute)
