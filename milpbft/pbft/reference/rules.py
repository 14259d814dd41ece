"""The parameters of the three protocols: sizes, quorums, primaries, and what a mutant drops."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from milpbft.errors import InputError
from milpbft.sim.turns import turns

ENDLESS = 2**62
"""No last sequence number."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What the replicas of one network agree on; :meth:`of` and :meth:`sbft` fill in the usual.

    Parameters
    ----------
    validators
        The nodes in the order in which they become primaries: that of view v is
        ``validators[v % n]``.
    faults
        f, the number of faulty nodes that the quorums are made for.
    redundant
        c of SBFT; 0 elsewhere.
    prepare_quorum
        Nodes that took a proposal, its primary included, for a commit: n - f; SBFT's slow path
        n - f - c.
    commit_quorum
        Nodes that committed, for a decision: the same.
    fast_quorum
        SBFT: sign shares for a decision on the fast path: n - c.
    view_quorum
        View changes for a new view: n - f.
    evidence_quorum
        SBFT: sign shares in view changes that speak for a request: f + c + 1.
    join_quorum
        View changes of others after which a node leaves its view as well: f + 1. 0 for never.
    checkpoint_quorum
        Checkpoints that make one stable: n - f; SBFT n - f - c, so that the f + c silent nodes that
        its slow path bears do not stop the watermarks.
    reply_quorum
        Equal replies that convince a client, and shares of an execution certificate: f + 1.
    window
        L: sequence numbers up to the stable checkpoint plus L are taken.
    interval
        K: a checkpoint is taken at every K-th sequence number; 0 for none.
    kept
        Executed requests below its stable checkpoint that a replica keeps, `window` or more: who
        needs older ones gets a snapshot. 0 for all.
    last
        The last sequence number that is agreed on; 1 for questions about a single one.
    fast, slow
        SBFT: which paths there are. The thesis' variant has no slow one.
    execution
        SBFT: whether execution certificates are made.
    learns
        SBFT: whether a node decides on the commit proofs in the view changes of a new view.
    primary_timer
        Whether the primary of a view leaves it on its own account too. In the paper, backups do.
    patient
        Whether a node that left its view waits for a quorum of view changes before its timer runs
        again, as in the paper; otherwise it may leave for ever later views at once.
    counts
        Which view changes the timer between two views waits for a quorum of: ``exact``, those for
        the view that is waited for, as section 4.5.2 of the paper may be read, or ``later``, those
        for it or a later one, as the library counts that came with Castro's thesis.
    follows
        Whether a node enters a view that was opened ``freely``, or only once it has ``asked`` for
        that view. The paper leaves this open.
    joins
        Where a node goes after f + 1 others that are in later views than it: to the ``lowest`` view
        that they asked for, as in the paper, or to the ``next`` one.
    starts
        Which checkpoint a new view starts from: the latest that a view change proves (``proven``,
        OSDI 1999), or the latest that f + 1 view changes hold and that is not below the low
        watermarks of a quorum: of the view changes (``vouched``, as without signatures), or of
        those of them that hold it (``matching``), which is broken.
    keeps_claims
        Whether a new view proposes again what may be committed. Without, the view change is broken.
    prefers_fast
        SBFT: whether fast evidence wins over a certificate of the same view, which is broken.
    digests, watermarks, single, distinct
        Whether a proposal's digest is compared with its request, sequence numbers with the
        watermarks, a second proposal for one sequence number is refused, and shares of one node
        count once. Each is a mutant where False.

    Raises
    ------
    InputError
        Where the nodes are not numbered from 0, or a quorum is not from 1 to n.
    """

    validators: tuple[int, ...]
    faults: int
    prepare_quorum: int
    commit_quorum: int
    view_quorum: int
    join_quorum: int
    checkpoint_quorum: int
    reply_quorum: int
    redundant: int = 0
    fast_quorum: int = 1
    evidence_quorum: int = 1
    window: int = 256
    interval: int = 128
    kept: int = 0
    last: int = ENDLESS
    fast: bool = True
    slow: bool = True
    execution: bool = True
    learns: bool = True
    primary_timer: bool = False
    patient: bool = True
    counts: Literal["exact", "later"] = "exact"
    follows: Literal["freely", "asked"] = "freely"
    joins: Literal["lowest", "next"] = "lowest"
    starts: Literal["proven", "vouched", "matching"] = "proven"
    keeps_claims: bool = True
    prefers_fast: bool = False
    digests: bool = True
    watermarks: bool = True
    single: bool = True
    distinct: bool = True

    def __post_init__(self) -> None:
        if sorted(self.validators) != list(range(self.n)):
            raise InputError("validators", self.validators, f"each of 0 to {self.n - 1} once")
        quorums = ("prepare", "commit", "view", "checkpoint", "reply", "fast", "evidence")
        for name in quorums:
            value = getattr(self, f"{name}_quorum")
            if not 1 <= value <= self.n:
                raise InputError(f"{name}_quorum", value, f"a number from 1 to {self.n}")
        if not 0 <= self.join_quorum <= self.n:
            raise InputError("join_quorum", self.join_quorum, f"a number from 0 to {self.n}")
        if not self.fast and not self.slow:
            raise InputError("slow", self.slow, "true where there is no fast path")
        for name, least in (("window", 1), ("interval", 0), ("last", 1), ("redundant", 0)):
            if getattr(self, name) < least:
                raise InputError(name, getattr(self, name), f"{least} or more")
        if self.kept and self.kept < self.window:
            raise InputError("kept", self.kept, f"{self.window} or more, or 0 for all")

    @classmethod
    def of(
        cls,
        n: int,
        *,
        faults: int | None = None,
        primaries: tuple[int, ...] = (),
        window: int = 256,
        interval: int = 128,
        last: int = ENDLESS,
    ) -> Rules:
        """Rules of PBFT and Linear BFT with `n` nodes.

        Parameters
        ----------
        n
            Number of nodes.
        faults
            f, by default ``(n - 1) // 3``; quorums are n - f, which is 2f + 1 where n = 3f + 1.
        primaries
            The primaries of the first views, distinct up to view n; the other nodes follow in
            their order.
        window, interval, last
            As for the class.

        Raises
        ------
        InputError
            Where there are no nodes, or a node is primary twice.
        """
        _positive(n)
        f = (n - 1) // 3 if faults is None else faults
        quorum = n - f
        order = turns(n, primaries)
        return cls(
            order,
            f,
            quorum,
            quorum,
            view_quorum=quorum,
            join_quorum=f + 1,
            checkpoint_quorum=quorum,
            reply_quorum=f + 1,
            window=window,
            interval=interval,
            last=last,
        )

    @classmethod
    def sbft(
        cls,
        n: int,
        c: int = 0,
        *,
        faults: int | None = None,
        primaries: tuple[int, ...] = (),
        window: int = 256,
        interval: int = 128,
        last: int = ENDLESS,
        slow: bool = True,
        execution: bool = True,
    ) -> Rules:
        """Rules of SBFT with `n` nodes, `c` pairs of them redundant.

        Parameters
        ----------
        n
            Number of nodes, 3f + 2c + 1 for the largest f that fits.
        c
            Silent nodes that the fast path bears.
        faults
            f, by default ``(n - 2c - 1) // 3``. Quorums: fast path n - c = 3f + c + 1, slow path
            n - f - c = 2f + c + 1, as for a checkpoint, new view n - f = 2f + 2c + 1, execution
            f + 1.
        primaries, window, interval, last, slow, execution
            As for the class and :meth:`of`.

        Raises
        ------
        InputError
            Where there are too few nodes for `c`, or a node is primary twice.
        """
        _positive(n)
        if not 0 <= 2 * c < n:
            raise InputError("c", c, f"a number from 0 to {(n - 1) // 2}")
        f = (n - 2 * c - 1) // 3 if faults is None else faults
        quorum = n - f - c
        return cls(
            turns(n, primaries),
            f,
            quorum,
            quorum,
            view_quorum=n - f,
            join_quorum=f + 1,
            checkpoint_quorum=quorum,
            reply_quorum=f + 1,
            redundant=c,
            fast_quorum=n - c,
            evidence_quorum=f + c + 1,
            window=window,
            interval=interval,
            last=last,
            slow=slow,
            execution=execution,
        )

    @property
    def n(self) -> int:
        """Number of nodes."""
        return len(self.validators)

    @property
    def usual_quorum(self) -> int:
        """Nodes that the protocol counts on for a certificate: n - f - c."""
        return self.n - self.faults - self.redundant

    def own_sizes(self) -> dict[str, str]:
        """Return f and quorums where they are not the usual, as schedules say them."""
        most = (self.n - 2 * self.redundant - 1) // 3
        sizes = {
            "faults": (self.faults, most),
            "quorum": (self.prepare_quorum, self.usual_quorum),
            "view_quorum": (self.view_quorum, self.n - self.faults),
        }
        return {name: str(own) for name, (own, usual) in sizes.items() if own != usual}

    def top(self, stable: int) -> int:
        """Return the high watermark above a stable checkpoint."""
        return min(stable + self.window, self.last)

    def primary(self, view: int) -> int:
        """Return the primary of `view`, which is also its collector."""
        return self.validators[view % self.n]


def _positive(n: int) -> None:
    if n < 1:
        raise InputError("n", n, "1 or more")
