"""The resilience frontier of the family: fewest faulty nodes that break it, by (n, f, c)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from milpbft.pbft.instance import REDUNDANT
from milpbft.question.files import parse_instance
from milpbft.question.meaning import counted
from milpbft.registry import find
from milpbft.solve import solve

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


@dataclass(frozen=True)
class Row:
    """What it takes to break one protocol in one size; each number is a proven minimum.

    Parameters
    ----------
    protocol
        Its name in the registry.
    n, f, c
        n = 3f + 2c + 1; c is 0 where there are no redundant nodes.
    fork
        Byzantine nodes with which two correct nodes decide differently, within two views.
    lock
        Byzantine nodes with which nobody decides for good, whatever timers do, within two views.
        Nobody passes on what others sent: there is no gossip.
    silent
        The same of silent nodes.
    stall
        Faulty nodes with which one view does not decide although its primary is correct and
        everything arrives.
    slow
        Silent nodes that push SBFT off its fast path, its collector being correct; None for
        protocols with one path.
    confirmed
        Whether all runs were confirmed by replay.
    """

    protocol: str
    n: int
    f: int
    c: int
    fork: int
    lock: int
    silent: int
    stall: int
    slow: int | None
    confirmed: bool

    @property
    def answer(self) -> str:
        """What the row says, in a sentence."""
        redundant = f", c = {self.c}" if self.c else ""
        said = [
            f"{counted(self.fork, 'Byzantine node')} for a fork",
            f"{counted(self.lock, 'Byzantine node')} for a lock without gossip",
            f"{counted(self.silent, 'silent node')} for a lock",
            f"{counted(self.stall, 'faulty node')} to stall a view with a correct primary",
        ]
        if self.slow is not None:
            said.append(f"{counted(self.slow, 'silent node')} to leave the fast path")
        replayed = "replayed" if self.confirmed else "but not every replay is confirmed"
        return (
            f"{find(self.protocol).title} with n = {self.n}, f = {self.f}{redundant} takes "
            f"{', '.join(said)}, and fewer do not do; proven within two views, {replayed}."
        )


def frontier(sizes: Iterable[tuple[str, int, int]], solver: str | None = None) -> Iterator[Row]:
    """Prove the minima of some protocols and sizes.

    Parameters
    ----------
    sizes
        Protocol, f and c of each row; c is 0 but for SBFT.
    solver
        Name of a solver; None for the room's choice.

    Raises
    ------
    InputError
        Where a protocol has no redundant nodes and c is not 0, or a size is out of range.
    """
    for protocol, f, c in sizes:
        n = 3 * f + 2 * c + 1
        name = f"{protocol}-n{n}" + (f"-r{c}" if c else "")
        # One fault more than is known to be enough: the minimum is the solver's to find.
        most, stalled = f + 2, min(f + c + 2, n - 1)
        questions = {
            "fork": f"{name}-v2-b{most}-e2-faults_fork",
            "lock": f"{name}-v2-b{most}-faults_lock",
            "silent": f"{name}-v2-c{most}-faults_lock",
            "stall": f"{name}-v1-c{stalled}-b1-faults_lock-calm",
        }
        if protocol in REDUNDANT:
            words = "calm-fastpath" if protocol == "sbft" else "calm"
            questions["slow"] = f"{name}-v1-c{c + 2}-b1-faults_lock-{words}"
        results = {key: solve(parse_instance(text), solver) for key, text in questions.items()}
        values = {key: result.solution.objective for key, result in results.items()}
        replayed = all(bool(result.verdict("replay")) for result in results.values())
        optimal = all(result.solution.status == "optimal" for result in results.values())
        fork, lock, silent, stall = (values[key] for key in ("fork", "lock", "silent", "stall"))
        assert fork is not None, "f + 1 Byzantine nodes are enough"
        assert lock is not None, "a Byzantine primary of view 1 is enough"
        assert silent is not None, "f + 1 silent nodes are enough"
        assert stall is not None, "f + c + 1 silent nodes are enough"
        sure = replayed and optimal
        yield Row(protocol, n, f, c, fork, lock, silent, stall, values.get("slow"), sure)
