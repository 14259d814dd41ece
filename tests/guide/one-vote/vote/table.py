"""The rules, written once: from them come both encodings, the way back to names, and the .ta."""

from milpbft import table as t
from milpbft.automaton.linear import Linear


class VoteTable(t.ProtocolTable[t.State]):
    """Phases: I to begin, V has voted, D decided."""

    name = "vote"
    sent = {"propose": "Propose", "vote": "Vote"}
    timers = {"propose": False}
    start = t.State()

    def moves(self, state, primary):
        """What a correct node can do."""
        if state.phase == "I" and primary is not None:
            yield t.Move(t.Act("propose", 0), t.State(0, "V"), (), ("prop", "vote"))
        if state.phase == "I" and primary is None:
            for value, s in enumerate(("", "s")[: self.values]):
                yield t.Move(t.Act("vote", 0, value), t.State(0, "V", value),
                           (t.from_primary(f"prop{s}", 0),), (f"vote{s}",))  # fmt: skip
        if state.phase == "V":
            votes, quorum = (f"vote{t.suffix(state.value)}",), t.NODES - t.FAULTS
            # Who has voted has the primary's word, whether or not the primary is correct.
            enough = t.Need(
                t.need(votes, quorum).shown, t.need(votes, quorum, Linear.of("F_0")).shown
            )
            yield t.Move(t.Act("decide", 0, state.value), t.State(0, "D", state.value), (enough,))
        if not state.retired:
            yield t.Move(t.Act("crash", 0), state.crash(), owed=False)

    def messages(self):
        """What messages tell, and which Byzantine nodes can send them."""
        for value, s in enumerate(("", "s")[: self.values]):
            yield t.Message(t.Label("Propose", 0, value), (f"prop{s}", f"vote{s}"), self.primary(0))
            yield t.Message(t.Label("Vote", 0, value), (f"vote{s}",), self.backups(0))
