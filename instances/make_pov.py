"""Make the instance files of `instances/pov/`, with values that two solvers prove.

    python instances/make_pov.py [--only TEXT]

Questions about Proof of Vote: elections with Byzantine commissioners, rounds of consensus with late
messages, partitions and Byzantine nodes, several heights. Every optimum is proven by CP-SAT and by
HiGHS, and its ballots or its run are replayed on the reference.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from making import make

if TYPE_CHECKING:
    from collections.abc import Iterator

FOLDER = Path(__file__).parent / "pov"
PAPER = "povelection-nc20-nb50-n200"


def names() -> Iterator[str]:
    """Yield the names of the family."""
    yield from elections()
    yield from rounds()
    yield from forging()
    yield from healing()
    yield from sided()
    yield from two_faced()
    yield from withheld()
    yield from forgetful()
    yield from starting_again()
    yield from fetching()
    yield from larger_rounds()
    yield from chains()


def elections() -> Iterator[str]:
    """Yield elections: the paper's sizes, and small ones."""
    yield f"{PAPER}-k81-a7-d81-seats"
    yield f"{PAPER}-k81-a8-d81-seats"
    yield f"{PAPER}-k81-a9-d81-seats"
    yield f"{PAPER}-k81-a9-d81-seats-same"
    yield f"{PAPER}-k81-a9-d81-seats-random-seed1"
    yield f"{PAPER}-k81-a20-d81-commissioners"
    yield f"{PAPER}-k81-a9-d81-commissioners-dropped9"
    yield f"{PAPER}-k50-a20-d100-commissioners"
    yield f"{PAPER}-k50-a20-d100-commissioners-same"
    yield f"{PAPER}-k25-a20-d100-commissioners"
    yield f"{PAPER}-k25-a20-d100-commissioners-same"
    yield f"{PAPER}-k81-d150-seats-scores-trusted50"
    yield f"{PAPER}-k81-a1-d150-seats-scores-lost-trusted50"
    yield f"{PAPER}-k50-a9-d150-seats-scores-trusted50"
    for a in range(1, 6):
        yield f"povelection-nc10-nb5-n20-k8-a{a}-d10-seats"
        yield f"povelection-nc10-nb5-n20-k5-a{a}-d10-seats-same"
    yield "povelection-nc10-nb5-n20-k8-a3-d6-seats-random-seed1"
    yield "povelection-nc5-nb4-n12-k4-a1-d6-commissioners-same"
    # Ties drawn by lot.
    for lot in (1, 2):
        yield f"{PAPER}-k81-a9-d81-seats-drawn-lot{lot}"
        yield f"{PAPER}-k81-a20-d81-commissioners-drawn-lot{lot}"
        yield f"povelection-nc10-nb5-n20-k8-a3-d10-seats-drawn-lot{lot}"


def rounds() -> Iterator[str]:
    """Yield rounds, by what they are about."""
    # Cycles: Byzantine butlers one after the other, short cycles, network failures.
    for crooks in range(4):
        told = f"-bb{crooks}" if crooks else ""
        yield f"povround-nc4-nb3-tb6-t35{told}-cycles-delta1"
        yield f"povround-nc4-nb3-tb6-t35{told}-last-delta1"
    yield "povround-nc4-nb3-tb6-t35-bb1-last-forwarding-delta1"
    yield "povround-nc5-nb4-tb6-t41-bc2-bb3-cycles-delta1"
    yield "povround-nc5-nb3-tb6-t23-bc3-cycles-delta1"
    yield "povround-nc4-nb3-tb3-t14-cycles-delta1"
    yield "povround-nc4-nb3-tb4-t15-cycles-delta1"
    yield "povround-nc4-nb3-tb6-t35-cycles"
    yield "povround-nc3-nb2-tb6-t41-cycles-delta1-gst11"
    yield "povround-nc3-nb2-tb6-t41-cycles-again-delta1-gst11"
    yield from clocked_rounds()
    # Blocks: late ones, by the bound on delays; Byzantine butlers and commissioners.
    yield "povround-nc4-nb3-tb6-t11-blocks"
    yield "povround-nc4-nb3-tb6-t17-blocks-delta1"
    for cycle in (9, 10, 11, 12):
        yield f"povround-nc3-nb2-tb{cycle}-t{2 * cycle}-blocks-delta3"
    yield "povround-nc4-nb3-tb6-t11-bb1-blocks-delta1"
    yield "povround-nc4-nb3-tb6-t17-bb1-blocks-forwarding-delta1"
    yield "povround-nc5-nb2-tb6-t5-bc1-bb1-e2-blocks-delta1"
    yield "povround-nc4-nb2-tb6-t5-bc1-bb1-e2-blocks-delta1"
    yield "povround-nc4-nb2-tb6-t5-bc2-bb1-e2-blocks-delta1"
    yield "povround-nc5-nb2-tb7-t6-bb1-s2-blocks-delta1"
    yield "povround-nc3-nb2-tb4-t6-bb1-s2-blocks-delta1"
    yield "povround-nc5-nb3-tb6-t13-bc2-bb2-faults_fork-delta1"
    # Partitions.
    yield "povround-nc5-nb3-tb6-t23-blocks-delta1-side3-cut0"
    yield "povround-nc4-nb3-tb6-t23-blocks-delta1-side2-cut0"
    yield "povround-nc5-nb3-tb6-t17-blocks-delta1-side3"
    yield "povround-nc5-nb3-tb6-t17-bc1-blocks-delta1-side3-cut0"
    yield "povround-nc5-nb3-tb6-t23-cycles-delta1-side3-cut0"
    # Isolated parts: the time server is in the first alone.
    yield "povround-nc5-nb3-tb6-t23-blocks-isolated-delta1-side3-cut0"
    yield "povround-nc4-nb3-tb6-t23-blocks-isolated-delta1-side2-cut0"
    yield "povround-nc5-nb3-tb6-t17-blocks-isolated-delta1-side3"
    yield "povround-nc5-nb3-tb6-t23-cycles-isolated-delta1-side3-cut0-posted1"
    # Repairs: a lock on votes, one timestamp per header.
    for words in ("lock", "once", "lock-once"):
        yield f"povround-nc4-nb3-tb6-t11-blocks-{words}"
        yield f"povround-nc4-nb3-tb6-t17-bb1-blocks-{words}-delta1"
        yield f"povround-nc4-nb3-tb6-t23-bb1-cycles-{words}-delta1"
        yield f"povround-nc3-nb2-tb4-t6-bb1-s2-blocks-{words}-delta1"
        yield f"povround-nc5-nb2-tb6-t5-bc1-bb1-e2-blocks-{words}-delta1"
    # All switches that a round has: no lock forks, and a lock stalls.
    yield "povround-nc4-nb3-tb6-t17-bb1-blocks-forwarding-once-delta1"
    yield "povround-nc4-nb3-tb6-t23-bb1-cycles-forwarding-lock-once-delta1"


def forging() -> Iterator[str]:
    """Yield rounds with forged transactions."""
    yield "povround-nc5-nb3-tb6-t11-bc2-bb3-illegal-delta1"
    yield "povround-nc4-nb3-tb6-t11-bc1-bb3-illegal-delta1"
    yield "povround-nc4-nb3-tb6-t11-bc2-bb3-illegal-delta1"
    yield "povround-nc5-nb2-tb5-t9-bc2-bb2-illegal"
    yield "povround-nc5-nb3-tb6-t11-bc5-bb3-faults_illegal-delta1"
    yield "povround-nc4-nb3-tb6-t11-bc4-bb3-faults_illegal-delta1"


def healing() -> Iterator[str]:
    """Yield rounds whose partition heals: halves, and a side that misses a block for good."""
    for tick in (6, 8):
        yield f"povround-nc4-nb3-tb6-t23-cycles-delta1-side2-cut0-heal{tick}"
    yield "povround-nc5-nb3-tb6-t23-last-delta1-side3-cut4-heal9"
    yield "povround-nc5-nb3-tb6-t23-blocks-isolated-delta1-side3-cut3-heal9"


def sided() -> Iterator[str]:
    """Yield rounds whose partition has three sides: none, one, or all of them go on."""
    yield "povround-nc4-nb3-tb6-t23-cycles-delta1-cut0-heal8-sides2x1x1"
    yield "povround-nc5-nb3-tb6-t23-cycles-isolated-delta1-cut0-posted1-sides3x1x1"
    yield "povround-nc5-nb3-tb6-t17-bc2-blocks-delta1-cut0-sides2x2x1"


def two_faced() -> Iterator[str]:
    """Yield rounds whose time server says several times for one header: `once` mends nothing."""
    for words in ("once", "lock-once"):
        yield f"povround-nc3-nb2-tb5-t5-bb1-s4-blocks-{words}-twofaced-delta1-off1"
        yield f"povround-nc3-nb2-tb5-t5-bb1-s4-blocks-{words}-delta1"


def withheld() -> Iterator[str]:
    """Yield rounds whose time server answers when it likes: a fork of honest nodes, and a lock."""
    yield "povround-nc4-nb3-tb6-t11-blocks-withholding-delta1"
    yield "povround-nc4-nb3-tb6-t11-blocks-lock-withholding-delta1"
    yield "povround-nc4-nb3-tb6-t17-cycles-withholding-delta1"


def forgetful() -> Iterator[str]:
    """Yield rounds in which commissioners start again and forget what they signed.

    Who signs twice in a cycle, and a lock that does not bind: one of an odd number, two of an even.
    """
    for size, most in ((5, 1), (4, 1), (4, 2)):
        again = f"amnesia{most}"
        yield f"povround-nc{size}-nb2-tb6-t7-bb1-e2-blocks-{again}-delta1"
        yield f"povround-nc{size}-nb2-tb6-t7-bb1-e2-blocks-lock-once-{again}-delta1"
        yield f"povround-nc{size}-nb3-tb6-t11-blocks-lock-{again}"
        yield f"povround-nc{size}-nb3-tb6-t17-bb1-blocks-lock-{again}-delta1"
    for size in (4, 5):
        yield f"povround-nc{size}-nb3-tb6-t11-faults_fork-lock-amnesia{size}"
    yield "povround-nc5-nb3-tb6-t17-blocks-lock-amnesia5-delta1"
    yield "povround-nc5-nb3-tb6-t23-bb1-cycles-lock-amnesia5-delta1"


def starting_again() -> Iterator[str]:
    """Yield rounds in which butlers forget what they did, or nodes reload their logs.

    Each costs a cycle; four logs fork a height, and no more butlers do than forget.
    """
    for most in (1, 3):
        yield f"povround-nc4-nb3-tb6-t23-cycles-lapse{most}-delta1"
    yield "povround-nc4-nb3-tb6-t23-bb1-cycles-lapse1-delta1"
    for again in ("lapse1", "reload1"):
        yield f"povround-nc4-nb3-tb6-t23-cycles-lock-{again}-delta1"
    yield "povround-nc4-nb3-tb6-t17-faults_stop-lapse3-delta1"
    yield "povround-nc4-nb3-tb6-t17-blocks-lapse3-delta1"
    yield "povround-nc4-nb3-tb6-t23-cycles-reload1-delta1"
    yield "povround-nc4-nb3-tb6-t23-last-reload1-delta1"
    yield "povround-nc4-nb3-tb6-t17-faults_fork-reload7-delta1"
    yield "povround-nc4-nb3-tb6-t17-faults_fork-lock-reload7-delta1"


def fetching() -> Iterator[str]:
    """Yield rounds in which who is without a block asks for it.

    All have one; uniqueness is as it was, and so is what a lock does.
    """
    yield "povround-nc4-nb3-tb6-t23-bb1-last-fetch-delta1"
    yield "povround-nc1-nb2-tb5-t13-bb1-last-fetch-delta1"
    yield "povround-nc4-nb3-tb6-t11-blocks-fetch"
    yield "povround-nc4-nb3-tb6-t17-bb1-blocks-fetch-delta1"
    yield "povround-nc4-nb3-tb6-t23-bb1-cycles-fetch-lock-once-delta1"
    yield "povround-nc4-nb3-tb6-t17-bb1-blocks-forwarding-fetch-once-delta1"


def clocked_rounds() -> Iterator[str]:
    """Yield rounds in which clocks differ, or the time server is late or off."""
    # Clocks that differ: how long a cycle must be, by how far they are off.
    for cycle, skew in ((11, 1), (12, 1), (12, 2), (13, 2)):
        yield f"povround-nc3-nb2-tb{cycle}-t{2 * cycle}-blocks-delta3-skew{skew}"
    for cycle in (5, 6):
        yield f"povround-nc3-nb2-tb{cycle}-t{2 * cycle - 1}-cycles-delta1-skew3"
    yield "povround-nc4-nb3-tb6-t17-blocks-delta1-skew1"
    yield "povround-nc4-nb3-tb6-t23-bb1-cycles-delta1-skew1"
    yield "povround-nc4-nb3-tb6-t17-bb1-blocks-delta1-skew1"
    yield "povround-nc4-nb3-tb6-t17-bb1-faults_fork-delta1-skew1"
    # A time server that is late, or whose clock is off.
    for words in ("late6-off4", "late6", "off4"):
        yield f"povround-nc3-nb2-tb6-t15-blocks-delta1-{words}"
    for words in ("late2", "late3", "off2", "off3"):
        yield f"povround-nc3-nb2-tb6-t15-cycles-delta1-{words}"
    # m starts again: Byzantine commissioners and a butler sign a later cycle's block early.
    yield "povround-nc3-nb2-tb3-t6-bc2-bb1-blocks-again-delta1"


def larger_rounds() -> Iterator[str]:
    """Yield rounds of many commissioners, and rounds over an overlay."""
    # Many commissioners, counted.
    for size in (20, 50, 100):
        yield f"povround-nc{size}-nb5-tb6-t29-bb1-blocks-delta1"
        yield f"povround-nc{size}-nb5-tb6-t29-bb1-cycles-delta1"
    # Over an overlay: the shortest cycle that has room for a block, and relays that stop a round.
    for size, short in ((4, 7), (8, 8)):
        for cycle in (short, short + 1):
            last = 2 * cycle - 1
            yield f"povround-nc{size}-nb3-tb{cycle}-t{last}-cycles-delta1-overlay-r4k2s0"
    yield "povround-nc4-nb3-tb14-t41-bc4-bb3-faults_stop-delta1-overlay-r4k2s0"
    yield "povround-nc4-nb3-tb11-t32-bc4-bb3-faults_stop-delta1"
    yield "povround-nc4-nb2-tb8-t15-bb1-blocks-delta1-overlay-r4k2s0"


def chains() -> Iterator[str]:
    """Yield several heights: where the chain stops, whose blocks it has, and where it branches."""
    for told in ("", "-fetch", "-lock", "-fetch-lock"):
        for aim in ("halt", "duties", "branches"):
            yield f"povchain-nc4-nb3-h3-bb1-{aim}{told}"
    for size in (3, 5, 7):
        yield f"povchain-nc{size}-nb3-h4-bb1-halt"
        yield f"povchain-nc{size}-nb3-h4-bb1-halt-fetch"
    # Who it takes; elections; nobody, everybody, and a commissioner.
    yield "povchain-nc4-nb3-h3-halt"
    yield "povchain-nc4-nb3-h3-branches"
    yield "povchain-nc4-nb3-h3-bb3-halt"
    yield "povchain-nc4-nb3-h3-bc1-halt"
    yield "povchain-nc4-nb3-h3-bc1-bb1-halt"
    yield "povchain-nc4-nb3-h3-bc1-bb3-faults_halt"
    yield "povchain-nc4-nb3-h3-bc1-bb3-faults_branches-special"
    yield "povchain-nc4-nb3-h3-bb1-branches-special"
    yield "povchain-nc4-nb3-h3-bb1-duties-special-fetch"
    yield "povchain-nc20-nb5-h3-bb1-halt-fetch"
    # A term ends within the chain; a commissioner without whose ballot there is no election.
    for aim in ("halt", "duties", "branches"):
        yield f"povchain-nc4-nb3-h4-bb1-{aim}-term2"
    yield "povchain-nc2-nb2-h2-bc1-branches-special"
    # Candidates from outside: one is Byzantine and elected, or an incumbent is.
    for aim in ("halt", "duties", "branches"):
        yield f"povchain-nc4-nb3-h4-bo1-{aim}-term2-outside1"
        yield f"povchain-nc4-nb3-h4-bo1-{aim}-lock-term2-outside1"
    yield "povchain-nc4-nb3-h6-bo1-duties-term2-outside1"
    yield "povchain-nc4-nb3-h4-halt-term2-outside1"
    yield "povchain-nc4-nb3-h4-bb1-branches-term2-outside2"
    yield "povchain-nc4-nb3-h4-bb3-bo2-faults_halt-term2-outside2"
    # Commissioners are replaced as each term begins.
    for many in (1, 2):
        yield f"povchain-nc4-nb3-h6-halt-term2-swap{many}"
    yield "povchain-nc4-nb3-h6-halt-fetch-term2-swap4"
    yield "povchain-nc20-nb5-h6-halt-term2-swap5"
    # Nodes that reload their logs and lose a block, or a timestamp under a lock; all are honest.
    yield "povchain-nc4-nb3-h3-halt-reload2"
    for told in ("", "-lock"):
        yield f"povchain-nc4-nb3-h3-faults_halt{told}-reload7"
        yield f"povchain-nc4-nb3-h3-faults_branches{told}-reload7"
    for size in (5, 20):
        yield f"povchain-nc{size}-nb3-h3-faults_halt-reload{size + 3}"


if __name__ == "__main__":
    make(((FOLDER, name) for name in names()), __doc__)
