"""Counted and per node, strict dBFT has one optimum, with its run replayed."""

from __future__ import annotations

import pytest

from tests.dbft.model.strict_runs import outcome

LOST = "committed-or-lost"
STATE = "4c0.3v1"
QUICK = [
    ("dbft2-strict-n4-v2-c1{t}-steps_lock", 6),
    ("dbft2-strict-n4-v2{t}-steps_lock", 6),
    ("dbft2-strict-n4-v2-b1{t}-undecided", 4),
    ("dbft2-strict-n4-v1-b1-e2{t}-forks", 4),
    ("dbft2-strict-n4-v1-b3-e2{t}-faults_fork", 4),
    ("dbft2-strict-n4-v2-c1-b1{t}-faults_lock", 4),
    ("dbft2-strict-n4-v2{t}-p3", 6),
    ("dbft21-strict-n4-v2{t}-max_0_100_0", 6),
    ("dbft1-strict-n4-v2{t}-steps_fork", 8),
    (f"dbft2-strict-n4-v2{{t}}-steps_lock-{LOST}", 6),
    (f"dbft2-strict-n4-v1-c2{{t}}-steps_lock-{LOST}", 5),
    (f"dbft2-strict-n4-v1-b1{{t}}-undecided-{LOST}", 5),
    ("dbft21-strict-n4-v1{t}-steps_lock", 5),
    ("dbft21-strict-n4-v1-b1{t}-steps_lock", 4),
]
"""Names, and the last tick that the encoding per node looks at."""
SLOW = [
    ("dbft2-strict-n4-v1-b2-e2{t}-forks", 4),
    ("dbft2-strict-n10-v1-b3-e2{t}-forks", 4),
    ("dbft2-strict-n7-v1-b2-e2{t}-forks", 4),
    ("dbft2-strict-n4-v2-c1{t}-p7", 6),
    ("dbft2-strict-n4-v2{t}-steps_lock-agreement", 6),
    ("dbft2-strict-n4-v2{t}-steps_lock", 12),
    ("dbft2-strict-n4-v2{t}-undecided", 10),
    ("dbft2-strict-n4-v2{t}-steps_lock-own-view", 12),
    ("dbft2-strict-n4-v2{t}-undecided-never", 10),
    ("dbft2-strict-n4-v2-c1{t}-undecided-nofetch", 8),
    ("dbft2-strict-n4-v2-b1-e2{t}-forks", 6),
    ("dbft2-strict-n7-v2-c1{t}-steps_lock", 6),
    ("dbft2-strict-n7-v2{t}-steps_lock", 6),
    ("dbft2-strict-n7-v2-c1-b1{t}-faults_lock", 4),
    ("dbft2-strict-n7-v1-b3-e2{t}-faults_fork", 4),
    ("dbft2-strict-n10-v2-c1{t}-steps_lock", 5),
    ("dbft2-strict-n10-v1-b4-e2{t}-faults_fork", 4),
    (f"dbft2-strict-n4-v2-c1{{t}}-faults_lock-{LOST}", 6),
    (f"dbft2-strict-n4-v2-b1{{t}}-steps_lock-{LOST}", 6),
    ("dbft21-strict-n4-v2-b1{t}-steps_lock", 4),
    (f"dbft2-strict-n4-v2-c1{{t}}-steps_lock-{LOST}", 6),
    (f"dbft2-strict-n4-v2-b1{{t}}-undecided-{LOST}", 6),
    (f"dbft2-strict-n4-v2-b1-e2{{t}}-forks-{LOST}", 6),
    (f"dbft2-strict-n4-v2-c1-b1{{t}}-faults_lock-{LOST}", 6),
    (f"dbft2-strict-n7-v2{{t}}-steps_lock-{LOST}", 6),
    (f"dbft2-strict-n7-v2{{t}}-steps_state-{LOST}-{STATE}", 5),
    ("dbft2-strict-n7-v2{t}-steps_state-4c0.3v1", 5),
    (f"dbft2-strict-n7-v2-c1{{t}}-faults_state-{LOST}-{STATE}", 5),
    ("dbft21-strict-n4-v2{t}-steps_lock", 6),
    ("dbft21-strict-n4-v2-c1{t}-faults_lock", 6),
    ("dbft21-strict-n4-v2-b1{t}-faults_lock", 6),
    ("dbft21-strict-n4-v2{t}-undecided", 6),
    ("dbft21-strict-n4-v2{t}-steps_fork", 10),
    ("dbft21-strict-n4-v2-b1{t}-steps_fork", 8),
    ("dbft21-strict-n4-v1-b1-e2{t}-forks", 6),
    ("dbft21-strict-n4-v1-b2-e2{t}-forks", 6),
    ("dbft21-strict-n7-v2{t}-steps_lock", 6),
    ("dbft21-strict-n7-v2-b1{t}-steps_lock", 4),
]


@pytest.mark.parametrize(
    ("name", "horizon"),
    [*QUICK, *(pytest.param(*case, marks=pytest.mark.slow) for case in SLOW)],
)
def test_both_encodings_have_one_optimum(name: str, horizon: int):
    """In as many ticks as it takes, and in counts, which know no horizon; their guards differ."""
    assert outcome(name.format(t=f"-t{horizon}")) == outcome(name.format(t=""))
