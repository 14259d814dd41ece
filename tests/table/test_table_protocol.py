"""A protocol written once: a vote of one round in both encodings, back to names, as a file."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pytest

from milpbft.automaton.explicit.explore import explore
from milpbft.automaton.ta.reader import read_ta
from milpbft.automaton.ta.writer import write_ta
from milpbft.question.strict import StrictInstance
from milpbft.schedule import Decide, Deliver, Send
from milpbft.table import (
    DONE,
    FAULTS,
    NODES,
    START,
    Act,
    Label,
    Message,
    Move,
    ProtocolTable,
    State,
    from_primary,
    model_of,
    need,
    suffix,
)
from milpbft.table.ordering import honest_first
from milpbft.table.stage import Sent, Stage
from solvers import solve

if TYPE_CHECKING:
    from collections.abc import Iterator


class Vote(ProtocolTable[State]):
    """The primary proposes, everybody votes, and n - f votes decide."""

    name = "vote"
    start = State()
    sent: ClassVar[dict[str, str]] = {"propose": "Propose", "vote": "Vote"}
    timers: ClassVar[dict[str, bool]] = {"propose": False}
    order = ("decide", "vote")

    def moves(self, state: State, primary: int | None) -> Iterator[Move[State]]:
        """Say what a correct node can do."""
        if state.phase == START and primary == 0:
            yield Move(Act("propose", 0), State(0, "P"), (), ("prop_0", "vote_0"))
        elif state.phase == START:
            for value in range(self.values):
                s = suffix(value)
                needs, grows = (from_primary(f"prop_0{s}", 0),), (f"vote_0{s}",)
                yield Move(Act("vote", 0, value), State(0, "P", value), needs, grows)
        elif state.phase == "P":
            enough = need((f"vote_0{suffix(state.value)}",), NODES - FAULTS)
            yield Move(Act("decide", 0, state.value), State(0, DONE, state.value), (enough,))
        if state.phase != DONE:
            yield Move(Act("crash", 0), state.crash(), owed=False)

    def messages(self) -> Iterator[Message]:
        """Say what messages count for, and who can send them."""
        for value in range(self.values):
            s = suffix(value)
            brings = (f"prop_0{s}", f"vote_0{s}")
            yield Message(Label("Propose", 0, value), brings, self.primary(0))
            yield Message(Label("Vote", 0, value), brings[1:], self.backups(0))


def solved(n: int, objective: str, **fields: int):
    """Solve an instance of the vote, two proposals and one view; return value and schedule."""
    fields = {"byzantine": 1, **fields}
    instance = StrictInstance(
        protocol="pbft", n=n, views=1, values=2, objective=objective, **fields
    )
    model = model_of(instance, Vote(1, 2))
    solution = solve(model.problem, "highs")
    assert solution.values is not None
    return solution.objective, model.schedule(np.asarray(solution.values), "test")


@pytest.mark.parametrize("horizon", [{}, {"horizon": 5}])
def test_more_than_f_byzantine_nodes_fork_a_vote_in_both_encodings(horizon: dict[str, int]):
    """Two quorums of 3 of 4 nodes meet in 2 nodes: one liar decides once, two of them twice."""
    assert solved(4, "forks", **horizon)[0] == 1
    value, schedule = solved(4, "forks", byzantine=2, **horizon)
    assert value == 2
    proposals = {e.kind for e in schedule.events if isinstance(e, Send) and e.node == 0}
    assert {"Propose", "Propose#1"} <= proposals
    assert sum(isinstance(event, Decide) for event in schedule.events) == 2


@pytest.mark.parametrize("horizon", [{}, {"horizon": 5}])
def test_one_equivocating_primary_locks_a_vote(horizon: dict[str, int]):
    """Nobody need ever decide; everything owed is delivered at the end all the same."""
    value, schedule = solved(4, "undecided", **horizon)
    assert value == 3
    assert not any(isinstance(event, Decide) for event in schedule.events)
    votes = [e for e in schedule.events if isinstance(e, Send) and e.kind.startswith("Vote")]
    arrived = Counter(e.sender for e in schedule.events if isinstance(e, Deliver))
    correct = [vote.node for vote in votes if vote.node not in schedule.byzantine]
    assert all(arrived[node] >= 2 for node in correct)


def test_a_decision_is_shown_exactly_the_votes_that_it_needs():
    """Each node that decides has n - f votes, its own and the primary's proposal among them."""
    _, schedule = solved(4, "forks", byzantine=2)
    for decision in (e for e in schedule.events if isinstance(e, Decide)):
        shown = [e for e in schedule.events if isinstance(e, Deliver) and e.node == decision.node]
        assert len({event.sender for event in shown}) == 2


def test_the_exported_automaton_is_the_table():
    """Enumeration of the file agrees with the counted encoding."""
    automaton = Vote(1, 2).automaton
    (agreement,) = read_ta(write_ta(automaton)).specifications
    assert (agreement,) == automaton.specifications
    for faults, verdict in ((1, "holds"), (2, "violated")):
        sizes = {"N": 4, "T": 1, "F": faults, "F_0": 1}
        assert explore(automaton, agreement, sizes).verdict == verdict


def test_an_equivocating_primary_is_shown_last():
    """Of what a node is shown, correct senders come first, and what it has counts."""
    stage = Stage((0,))
    stage.tick = 2
    stage.send(1, "Vote", 0)
    stage.tick = 4
    stage.show_some(2, [Sent("Vote", 0, sender) for sender in range(3)], 1)
    assert stage.known[2] == {Sent("Vote", 0, 1)}
    stage.show_some(2, [Sent("Vote", 0, sender) for sender in range(3)], 2)
    assert stage.known[2] == {Sent("Vote", 0, 0), Sent("Vote", 0, 1)}
    assert Sent("Vote", 0, 2) not in stage.sent


def test_nobody_follows_byzantine_messages_that_can_follow_correct_ones():
    """A vote that needs no liar is taken before one that does."""
    from milpbft.automaton.counted.encoding import Step

    table = Vote(1, 1).table
    sizes = {"N": 4, "T": 1, "F": 1, "F_0": 0}
    run = [
        *(Step(0, "propose_p0_0I", 1), Step(0, "vote_b_0I", 1), Step(0, "decide_p0_0P", 1)),
        Step(0, "vote_b_0I", 1),
    ]
    ordered = honest_first(run, sizes, table, what="decide", timer="propose")
    assert [table.meaning[step.rule].what for step in ordered] == [
        *("propose", "vote", "vote", "decide")
    ]
