"""What nodes of the family say when they take a rule, and to how many others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from milpbft.automaton.table import Label
from milpbft.pbft.model.state import VALUES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from milpbft.automaton.rule import Rule

TAKEN = {"pbft": "Prepare", "linear": "PrepareShare", "sbft": "SignShare", "sbftfast": "SignShare"}
"""Kind of what a node says that took a proposal."""
KINDS = {"pc": "PrepareCertificate", "cc": "CommitCertificate", "fc": "FullCommitProof"}
"""Kinds of certificates, by the first part of their counters."""
SHARES = frozenset({"PrepareShare", "SignShare", "CommitShare"})
"""Kinds that go to the collector and to nobody else."""


def said(protocol: str, rule: Rule) -> tuple[Label, ...]:
    """Return the messages of a rule: read from what it counts.

    A proposal is its primary's prepare, and a collector keeps its own shares: what is counted
    beside a proposal or a certificate is not sent.
    """
    names = [name for name, _ in rule.increments]
    leads = [name for name in names if name.startswith(("prop_", "proof_", *KINDS))]
    return tuple(_labels(protocol, leads or names))


def _labels(protocol: str, names: list[str]) -> Iterator[Label]:
    for name in names:
        kind, _, rest = name.removeprefix("proof_").partition("_")
        view, _, memory = rest.partition("_")
        if kind == "vc":
            yield _wish(int(view), memory)
            continue
        place, value = int(view[:-1]), VALUES.index(view[-1])
        if kind == "prop":
            proof = "Decided" if name.startswith("proof_") else ""
            yield Label(f"{proof}NewView" if place else "PrePrepare", place, value)
        elif kind == "prep":
            yield Label(TAKEN[protocol], place, value)
        elif kind == "com":
            yield Label("Commit" if protocol == "pbft" else "CommitShare", place, value)
        else:
            yield Label(KINDS[kind], place, value)


def _wish(view: int, memory: str) -> Label:
    """Name a view change by what it carries first, such as ``L0A_S0A``."""
    if not memory:
        return Label("ViewChange", view)
    first = memory.partition("_")[0]
    kind = {"L": "Prepared", "S": "Signed", "D": "Decided"}[first[0]]
    return Label(f"{kind}ViewChange", view, VALUES.index(first[-1]))


def copies(label: Label, n: int) -> int:
    """Return how many messages from point to point a message is."""
    return 1 if label.kind in SHARES else n - 1
