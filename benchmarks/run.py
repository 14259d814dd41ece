"""Run the benchmarks: ``python -m benchmarks.run [--smoke | --full] [--json] [--only TABLE]``."""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from typing import TYPE_CHECKING, NamedTuple

from benchmarks import certificates, generation, market, proofs, rounds

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.table import Table
    from milpbft.solvers import Kind

PRINTED = [(4, 5), (4, 10), (4, 15), (7, 5), (7, 10), (7, 15), (10, 5), (10, 15), (10, 25)]
LARGE = [(16, 5), (16, 25), (19, 25)]


class Extent(NamedTuple):
    """How much is measured: sizes to generate, limits in seconds, what to prove.

    `market`: orders, buys and sells of a matching, requests.
    """

    generated: list[tuple[int, int]]
    direct_limit: float
    proven: list[tuple[int, int]]
    objectives: tuple[str, ...]
    proof_limit: float
    strict: tuple[str, ...]
    slots: tuple[str, ...]
    market: tuple[int, int, int]
    rounds: tuple[str, ...]
    certified: tuple[tuple[str, Kind], ...]


STRICT = (
    "dbft2-strict-n4-v2-steps_lock",
    "dbft2-strict-n31-v2-steps_lock",
    "dbft2-strict-n100-v2-steps_lock",
    "dbft2-strict-n4-v3-steps_lock",
    "dbft2-strict-n7-v2-c1-steps_lock",
    "dbft2-strict-n100-v2-c1-steps_lock",
    "dbft2-strict-n7-v1-b2-e2-forks",
    "dbft2-strict-n100-v1-b33-e2-forks",
    "dbft2-strict-n4-v2-b2-e2-faults_fork",
    "dbft2-strict-n4-v2-c1-b1-faults_lock",
    "dbft2-strict-n100-v2-c1-b1-faults_lock",
)
SLOTS = (
    "dbft2-strict-n4-v3-steps_lock",
    "dbft2-strict-n4-v2-b2-e2-faults_fork",
    "dbft2-strict-n4-v2-c1-b1-faults_lock",
    "dbft2-strict-n100-v2-c1-b1-faults_lock",
)
ROUNDS = tuple(f"povround-nc{c}-nb5-tb6-t29-bb1-blocks-delta1" for c in (4, 20, 50, 100))
# Long proofs, each by the kind of search that finds it; the last five are the largest on record.
CERTIFIED: tuple[tuple[str, Kind], ...] = (
    ("linear-n4-v2-b2-e2-steps_fork", "learning"),
    ("pbft-n4-v2-e2-steps_fork-blind", "learning"),
    ("v2vworst-n2-l3-gap-prices-v7", "tree"),
    ("powmfail-g2-d1-e1-x12-ec3-m0-b2-time-solo-rates-2_1x2", "tree"),
    ("dbft2-strict-n4-v2-steps_lock-neo-go-guard=preparations", "learning"),
    ("dbft2-strict-n4-v2-steps_fork-neo-cs-amnesia2", "planes"),
    ("linear-n4-v3-b1-t4-undecided-gossip", "planes"),
    ("sbft-n4-v2-b1-t20-delay_first-gst0-delta1-timer9-collector3", "planes"),
    ("dbft2-strict-n4-v2-steps_lock-lossy1", "planes"),
    ("sbft-n4-v2-c1-losses_lock-resent-lossy2", "planes"),
    ("dbft2-strict-n7-v2-b3-e2-faults_fork", "planes"),
    ("sbft-n4-v2-b1-losses_lock-asked-resent-lossy2", "planes"),
    ("sbft-n4-v2-e2-forks-amnesia1", "planes"),
)
SMOKE = Extent([(4, 5), (7, 5)], 3, [(4, 5), (7, 5)], ("p1",), 5, STRICT[4:5], STRICT[4:5],
               (200, 20, 200), ("povround-nc4-nb2-tb6-t11-blocks-delta1",),
               (("dbft2-n4-t5-p4", "tree"),))  # fmt: skip
DEFAULT = Extent([(10, 15)], 180, PRINTED + LARGE, ("p1", "p2", "p3"), 120, STRICT, SLOTS,
                 (10_000, 200, 100_000), ROUNDS, CERTIFIED)  # fmt: skip
FULL = DEFAULT._replace(generated=[(10, 15), (19, 25)])


def tables(extent: Extent) -> dict[str, Callable[[], Table]]:
    """Return what is measured, each when it is called."""
    limit = extent.proof_limit
    return {
        "generation": lambda: generation.measure(extent.generated),
        "encodings": lambda: proofs.compare_encodings(extent.direct_limit),
        "proofs": lambda: proofs.prove(extent.proven, extent.objectives, limit),
        "strict": lambda: proofs.compare_solvers(extent.strict, limit),
        "slots": lambda: proofs.compare_slots(extent.slots, limit),
        "market": lambda: market.measure(*extent.market, limit),
        "rounds": lambda: rounds.compare_counting(extent.rounds, limit),
        "certificates": lambda: certificates.compare_times(extent.certified, limit),
    }


def main() -> None:
    """Print the tables as they come, or one JSON object at the end."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.run", description=__doc__)
    size = parser.add_mutually_exclusive_group()
    size.add_argument("--smoke", action="store_true", help="seconds, to see that it runs")
    size.add_argument("--full", action="store_true", help="generate 19/25 both ways too")
    parser.add_argument("--json", action="store_true", help="one JSON object on standard output")
    parser.add_argument("--only", choices=[*tables(SMOKE)], help="one table")
    chosen = parser.parse_args()
    extent = SMOKE if chosen.smoke else FULL if chosen.full else DEFAULT
    found = {}
    for name, measured in tables(extent).items():
        if chosen.only in (None, name):
            table = measured()
            found[name] = table.records()
            text = f"{table.text()}\n"
            print(text, file=sys.stderr if chosen.json else sys.stdout, flush=True)
    if chosen.json:
        machine = {"python": platform.python_version(), "cpus": os.cpu_count()}
        print(json.dumps({"machine": machine, **found}, indent=2))


if __name__ == "__main__":
    main()
