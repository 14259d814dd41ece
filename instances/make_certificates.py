"""Make the certificates that are kept in `instances/certificates/`, of ten instances.

    python instances/make_certificates.py [--only TEXT]

Two of each of five families, small enough to keep and to verify in every run of the tests.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from milpbft.cases import Case
from milpbft.solvers import Limits
from milpbft.suite import Settings, run

HERE = Path(__file__).parent
FOLDER = HERE / "certificates"
FILES = [
    "published/dbft2-n4-t5-p1",
    "published/dbft2-n7-t5-p3",
    "strict/dbft2-strict-n7-v1-b2-e2-forks",
    "strict/dbft2-strict-n4-v2-undecided-agreement",
    "pbft/pbft-n7-v2-c2-undecided",
    "pbft/sbft-n4-v1-b1-e2-forks",
    "hgfrr/besttree-n10-p1-ticks-kary",
    "hgfrr/hgfrr-n16-r16-k16-s0-src9-ticks",
    "pov/povelection-nc10-nb5-n20-k8-a2-d10-seats",
    "pov/povround-nc4-nb3-tb6-t11-blocks",
]


def instance_file(name: str) -> Path:
    """Return the instance file of a certificate's name."""
    return next(path for path in HERE.rglob("*.toml") if path.stem == name)


def main() -> None:
    """Prove, write and verify."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", help="make those whose name holds this text")
    only = parser.parse_args().only
    FOLDER.mkdir(exist_ok=True)
    settings = Settings(limits=Limits(seconds=300), certificates=FOLDER)
    for name in (file.split("/")[1] for file in FILES):
        if only in name:
            outcome = run(Case.read(instance_file(name)), settings)
            if not outcome.verdict or not outcome.certificate:
                raise SystemExit(f"{name}: {outcome.verdict}")
            print(f"{name:56} {outcome.certificate.verdict.reason}", flush=True)


if __name__ == "__main__":
    main()
