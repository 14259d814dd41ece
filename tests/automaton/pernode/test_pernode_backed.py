"""Messages of Byzantine nodes that carry what others signed: when the first of them can come."""

from __future__ import annotations

import pytest

from milpbft.automaton.automaton import Automaton
from milpbft.automaton.condition import all_of, at_least, equal
from milpbft.automaton.linear import Linear
from milpbft.automaton.pernode.encoding import PerNode
from milpbft.automaton.pernode.network import Network
from milpbft.automaton.pernode.reading import Reading
from milpbft.automaton.pernode.rows import Affine
from milpbft.automaton.rule import Rule
from milpbft.automaton.table import Act, Backing, Label, Message, Table
from milpbft.schedule import Deliver, Send
from solvers import solve

ECHO, NOD, PROOF = Label("Echo", 0), Label("Nod", 0), Label("Proof", 0)


def table(backing: Backing) -> Table:
    """Everybody echoes or nods at the first tick, and is done once it is shown a proof of that."""
    shown = at_least(Linear.of("proofs") + Linear.of("F") - 1).dnf()[0]
    rules = (
        Rule("echo", "idle", "said", (), (("echoes", 1),)),
        Rule("nod", "idle", "said", (), (("nods", 1),)),
        Rule("accept", "said", "done", shown),
    )
    automaton = Automaton(
        "proof",
        ("N", "F"),
        ("echoes", "nods", "proofs"),
        ("idle", "said", "done"),
        all_of([]),
        equal(Linear.of("idle") + Linear.of("F") - Linear.of("N")),
        rules,
    )
    return Table(
        automaton,
        {"echo": (), "accept": shown},
        {rule.name: Act(rule.name, 0) for rule in rules},
        {"0": ("done",)},
        (),
        (),
        messages=(
            Message(ECHO, ("echoes",), ("idle",)),
            Message(NOD, ("nods",), ()),
            Message(PROOF, ("proofs",), ("idle",), backed=backing),
        ),
        sends={"echo": (ECHO,), "nod": (NOD,)},
    )


def shown(backing: Backing, liars: int, horizon: int) -> tuple[int, list[Send], list[Deliver]]:
    """Show a proof to as many as possible of four nodes; give their number, sends and proofs."""
    network = Network("asynchronous")
    encoded = PerNode(
        "proof",
        "max",
        table(backing),
        ("idle",) * 4,
        {"N": 4},
        horizon=horizon,
        network=network,
        byzantine=liars,
    )
    encoded.nodes.fix_byzantine()
    encoded.optimise(Affine.total(encoded.nodes.done(i, horizon) for i in range(4)))
    solution = solve(encoded.build(), "cpsat")
    assert solution.values is not None
    assert solution.objective is not None
    events = list(Reading(encoded, solution.values).events(quiet=False))
    sends = [event for event in events if isinstance(event, Send)]
    proofs = [e for e in events if isinstance(e, Deliver) and e.kind == PROOF.kind]
    return solution.objective, sends, proofs


@pytest.mark.parametrize(
    ("quorum", "liars", "horizon", "done"),
    [
        # Said at tick 0, known to the liar at 1, shown by it at 2.
        (2, 1, 1, 0),
        (2, 1, 2, 3),
        (4, 1, 2, 3),
        (5, 1, 4, 0),
        # Liars sign for each other at once, so that a proof of two is there a tick earlier.
        (2, 2, 1, 2),
        (3, 2, 1, 0),
        (3, 2, 2, 2),
    ],
)
def test_a_liar_shows_what_enough_nodes_have_signed(
    quorum: int, liars: int, horizon: int, done: int
):
    """Distinct nodes, whichever of the two things they said, the liars among them."""
    assert shown(Backing((ECHO, NOD), quorum), liars, horizon)[0] == done


def test_the_other_liars_signatures_are_in_the_schedule():
    """A proof of three by one of two liars: the other echoes by the tick of the proof."""
    value, sends, proofs = shown(Backing((ECHO, NOD), 3), 2, 2)
    assert value == 2
    assert {proof.tick for proof in proofs} == {2}
    said = {(event.node, event.kind): event.tick for event in sends}
    for proof in proofs:
        backing = {n for (n, kind), tick in said.items() if kind != PROOF.kind and tick <= 1}
        assert len(backing | {proof.sender}) >= 3


def test_only_what_the_proof_may_carry_counts():
    """Nods do not back a proof of echoes: nobody is done unless all echo."""
    value, sends, _ = shown(Backing((ECHO,), 4), 1, 3)
    assert value == 3
    assert [event.kind for event in sends].count(ECHO.kind) == 3
