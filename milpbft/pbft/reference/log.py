"""The log of a replica: what it took about each view, sequence number and digest."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from milpbft.pbft.reference.messages import Certificate, Envelope, PrePrepare

Slot = tuple[int, int]
"""View and sequence number."""


class Entry:
    """What is known of one digest at a view and sequence number.

    Messages are kept per digest, so that one about another digest takes nobody's place: a node
    that said two things is counted for each, and quorums on two digests still share a correct node.

    Attributes
    ----------
    proposal
        The pre-prepare that the replica accepted; None while it knows votes only.
    votes
        Per kind the first vote of each node.
    repeats
        Per kind the votes that came again, where a mutant counts them.
    request
        The request that the digest is said to be of; None for the null request.
    proofs
        Certificates by phase.
    done
        What the replica did about it, by name: a rule is taken once.
    """

    def __init__(self, view: int, sequence: int, digest: bytes) -> None:
        self.view = view
        self.sequence = sequence
        self.digest = digest
        self.proposal: Envelope | None = None
        self.votes: defaultdict[str, dict[int, Envelope]] = defaultdict(dict)
        self.repeats: defaultdict[str, list[Envelope]] = defaultdict(list)
        self.request: Envelope | None = None
        self.proofs: dict[str, Certificate] = {}
        self.done: set[str] = set()


class Log:
    """Entries by view, sequence number and digest, and the proposal accepted for each slot."""

    def __init__(self) -> None:
        self._entries: dict[tuple[int, int, bytes], Entry] = {}
        self.accepted: dict[Slot, bytes] = {}

    def entry(self, view: int, sequence: int, digest: bytes) -> Entry:
        """Return the entry, a new one where nothing is known yet."""
        key = view, sequence, digest
        if key not in self._entries:
            self._entries[key] = Entry(*key)
        return self._entries[key]

    def of(self, view: int) -> Iterator[Entry]:
        """Return the entries of `view` whose proposal was accepted, in order of sequence."""
        known = (e for e in self._entries.values() if e.view == view and e.proposal is not None)
        yield from sorted(known, key=lambda entry: entry.sequence)

    def accept(self, vote: PrePrepare, envelope: Envelope) -> None:
        """Keep a proposal that was admitted, or that is the replica's own."""
        self.accepted.setdefault((vote.view, vote.sequence), vote.digest)
        entry = self.entry(vote.view, vote.sequence, vote.digest)
        entry.proposal, entry.request = envelope, vote.request

    def highest(self, view: int) -> int:
        """Return the highest sequence number with a proposal in `view`, 0 for none."""
        return max((s for v, s in self.accepted if v == view), default=0)

    def collect(self, stable: int) -> None:
        """Forget everything up to the stable checkpoint."""
        self._entries = {k: e for k, e in self._entries.items() if k[1] > stable}
        self.accepted = {slot: d for slot, d in self.accepted.items() if slot[1] > stable}

    def __len__(self) -> int:
        return len(self._entries)
