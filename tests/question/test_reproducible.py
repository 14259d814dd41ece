"""A name has one problem: the same rows in the same order, whatever the hash seed."""

from __future__ import annotations

import os
import subprocess
import sys

NAMES = [
    "dbft2-n4-t5-p1",
    "dbft1-strict-n4-v1-steps_lock-lossy4",
    "dbft2-strict-n4-v2-b1-steps_lock-lossy2",
    "dbft2-strict-n4-v1-faults_lock-neo-go-reload4",
    "dbft2-strict-n4-v2-c1-t10-delay_first-neo-go-gst0-delta1-timer4-amnesia1",
    "dbft21-strict-n4-v1-b1-e2-steps_fork-amnesia1",
    "dbft21-strict-n4-v2-steps_lock-lossy2",
    "pbft-n4-v2-b1-t4-ticks_lock-overlay-g2s60",
    "linear-n4-v2-losses_lock-resent-lossy8",
    "sbft-n4-v2-b1-e2-forks",
    "sbftfast-n4-v2-undecided-amnesia2",
    "povround-nc4-nb2-tb6-t9-bb1-blocks-delta1-overlay-r9k2s0",
    "povchain-nc4-nb3-h4-bo1-duties-term2-outside1",
    "povelection-nc4-nb1-n5-k1-d0-commissioners",
    "hgfrr-n12-r4-k2-s0-coverage-reload1",
    "churn-n10-r4-k2-s0-b1-t9-coverage",
    "besttree-n10-p1-ticks-kary",
    "dissemination-n12-f2-s0-b1-coverage",
    "powmfail-g2-d1-e1-x6-m1-b1-time-managers-rates-1x2",
    "v2vorder-p3-victim-c1",
]
CODE = """
import sys
from milpbft.question.files import parse_instance
from milpbft.suite import digest
for name in sys.argv[1:]:
    print(name, digest(parse_instance(name)))
"""


def digests(seed: int) -> list[str]:
    """Return the digest of each problem, in a process with a hash seed."""
    told = [sys.executable, "-c", CODE, *NAMES]
    environment = {**os.environ, "PYTHONHASHSEED": str(seed)}
    run = subprocess.run(told, env=environment, capture_output=True, text=True, check=True)
    return run.stdout.splitlines()


def test_a_problem_does_not_depend_on_the_hash_seed():
    """Evidence and certificates are of one problem; rows that followed a set once were of two."""
    one, other = digests(1), digests(2)
    assert len(one) == len(NAMES)
    assert one == other
