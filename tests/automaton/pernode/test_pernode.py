"""The per-node encoding on automata of its own: no protocol is needed to say what it does."""

from __future__ import annotations

from dataclasses import replace

import pytest

from milpbft.automaton.automaton import Automaton
from milpbft.automaton.condition import all_of, at_least, equal
from milpbft.automaton.linear import Linear
from milpbft.automaton.pernode.encoding import PerNode
from milpbft.automaton.pernode.goals import add_goal
from milpbft.automaton.pernode.local import Need, role_of
from milpbft.automaton.pernode.network import Network
from milpbft.automaton.pernode.paths import Paths
from milpbft.automaton.pernode.reading import Reading
from milpbft.automaton.pernode.rows import ONE, Affine, Rows
from milpbft.automaton.rule import Rule
from milpbft.automaton.table import Act, Label, Message, Table
from milpbft.errors import InputError
from milpbft.milp.builder import Builder
from milpbft.question.objective import GOALS
from milpbft.schedule import Decide, Deliver
from solvers import solve

ECHO = Label("Echo", 0)


def table(threshold: int = 3, guard: Linear | None = None) -> Table:
    """Everybody echoes once its timer expires, and is done with `threshold` echoes."""
    enough = at_least(guard or Linear.of("echoes") + Linear.of("F") - threshold).dnf()[0]
    rules = (
        Rule("echo", "idle", "echoed", (), (("echoes", 1),)),
        Rule("accept", "echoed", "done", enough),
        Rule("die", "idle", "dead"),
        Rule("die_later", "echoed", "dead"),
    )
    start = equal(Linear.of("idle") + Linear.of("F") - Linear.of("N"))
    automaton = Automaton(
        "echo",
        ("N", "F"),
        ("echoes",),
        ("idle", "echoed", "done", "dead"),
        all_of([]),
        start,
        rules,
    )
    return Table(
        automaton,
        {"echo": (), "accept": enough},
        {r.name: Act(r.name.partition("_")[0], 0) for r in rules},
        {"0": ("done",)},
        ("dead",),
        (),
        messages=(Message(ECHO, ("echoes",), ("idle",)),),
        sends={"echo": (ECHO,)},
        expires={"echo": False},
    )


def optimum(
    goal: str,
    *,
    n: int = 3,
    threshold: int = 3,
    horizon: int = 6,
    network: Network | None = None,
    crashes: int = 0,
    byzantine: int = 0,
) -> tuple[int | None, list[object]]:
    """Solve a goal; give its value and the events of the point."""
    aim = GOALS[goal]
    encoded = PerNode(
        goal,
        aim.sense,
        table(threshold),
        ("idle",) * n,
        {"N": n},
        horizon=horizon,
        network=network or Network(),
        crashes=crashes,
        byzantine=byzantine,
        ends=aim.of == "lock" or aim.kind == "undecided",
    )
    ends = add_goal(encoded, aim, None)
    solution = solve(encoded.build(), "cpsat")
    if solution.values is None:
        return None, []
    reading = Reading(encoded, solution.values)
    return solution.objective, list(reading.events(quiet=bool(reading.value(ends))))


@pytest.mark.parametrize(
    ("gst", "delta", "hops", "value"),
    [(0, 1, 1, 2), (0, 2, 1, 4), (3, 1, 1, 5), (2, 2, 1, 6), (0, 1, 2, 3), (0, 1, 9, 7)],
)
def test_the_longest_delay_of_a_round_by_hand(gst: int, delta: int, hops: int, value: int):
    """Timers are due at tick 0 and expire by gst + delta, echoes arrive hops * delta later."""
    pairs = [(i, j) for i in range(3) for j in range(3) if i != j]
    far = Paths({(i, j): ((3 - i - j,) * (hops - 1),) for i, j in pairs})
    network = Network("synchronous", gst, delta, paths=far)
    assert optimum("delay_last", network=network)[0] == value


def test_asynchronous_networks_delay_for_ever():
    """Nothing ever has to arrive."""
    assert optimum("delay_first")[0] == 7


def test_reliable_networks_deliver_by_the_horizon():
    """Where nobody has to echo, nobody decides; who has echoed by tick 5 is heard at 6."""
    value, events = optimum("delay_first", network=Network("reliable"))
    echoed = [event for event in events if getattr(event, "kind", "") == "Echo"]
    assert value == 7
    assert len(echoed) < 9


@pytest.mark.parametrize(("threshold", "crashes", "undecided"), [(3, 0, 0), (3, 1, 2), (2, 1, 0)])
def test_a_lock_is_what_remains_when_all_has_arrived(threshold: int, crashes: int, undecided: int):
    """Of three, two can wait for ever for the third, unless two are enough."""
    value, _ = optimum("undecided", threshold=threshold, crashes=crashes)
    assert value == undecided


def test_a_node_counts_itself_and_hears_others_a_tick_later():
    """With a threshold of one a node decides as it echoes; with two, a tick later."""
    network = Network("synchronous", 0, 1)
    assert optimum("delay_last", threshold=1, network=network)[0] == 1
    _, events = optimum("delay_last", threshold=2, network=network)
    heard = min(e.tick for e in events if isinstance(e, Deliver))
    assert heard >= 1


def test_a_byzantine_node_speaks_to_whom_it_likes():
    """With one of three silent, nobody has to decide; with gossip all or none of them hear it."""
    network = Network("synchronous", 0, 1)
    assert optimum("delay_first", network=network, byzantine=1)[0] == 7
    for gossip, differs in [(False, True), (True, False)]:
        encoded = PerNode(
            "split",
            "max",
            table(),
            ("idle",) * 3,
            {"N": 3},
            horizon=6,
            network=Network("synchronous", 0, 1, gossip=gossip),
            byzantine=1,
        )
        encoded.nodes.fix_byzantine()
        encoded.rows.equal("done", encoded.nodes.done(1, 4), 1)
        encoded.rows.equal("waits", encoded.nodes.done(0, 6), 0)
        assert (solve(encoded.build(), "cpsat").values is not None) == differs


def test_a_faulty_relay_cuts_off_who_is_behind_it():
    """Node 2 hears the others only through node 1: it may never decide once that is faulty."""
    behind = Paths({(0, 2): ((1,),), (2, 0): ((1,),)})
    network = Network("synchronous", 0, 1, paths=behind)
    assert optimum("delay_last", network=network)[0] == 3
    cut, _ = optimum("delay_last", threshold=2, network=network, byzantine=1)
    direct, _ = optimum("delay_last", threshold=2, network=Network("synchronous"), byzantine=1)
    assert (direct, cut) == (2, 7)


def test_what_is_sent_after_a_relay_crashed_is_lost():
    """Where the relay is dead before anybody echoes, nobody behind it can ever decide."""
    behind = Paths({(0, 2): ((1,),), (2, 0): ((1,),)})
    for dead_from, feasible in [(0, False), (1, False), (2, True)]:
        encoded = PerNode(
            "relay",
            "min",
            table(2),
            ("idle",) * 3,
            {"N": 3},
            horizon=6,
            network=Network(paths=behind),
            crashes=1,
        )
        encoded.rows.equal("dead", encoded.nodes.crashed(1, dead_from), 1)
        if dead_from:
            encoded.rows.equal("alive", encoded.nodes.crashed(1, dead_from - 1), 0)
        encoded.rows.equal("silent", encoded.traffic.sent(1, ECHO, 6), 0)
        encoded.rows.equal("done", encoded.nodes.done(2, 6), 1)
        assert (solve(encoded.build(), "cpsat").values is not None) == feasible


def test_a_schedule_has_the_point_tick_by_tick():
    """Three echoes at tick 1, six deliveries at 2, three decisions: the latest run there is."""
    value, events = optimum("delay_first", network=Network("synchronous", 0, 1))
    decided = [event.tick for event in events if isinstance(event, Decide)]
    assert value == min(decided) == 2
    assert sorted(e.tick for e in events if isinstance(e, Deliver))[-1] == 2


def test_local_states_remember_own_messages():
    """A node that has echoed needs one echo less of others."""
    role = role_of(table(), "idle", {"N": 3}, crashes=False)
    (accept,) = [edge for edge in role.edges if edge.rule == "accept"]
    assert accept.needs == (Need(("echoes",), 2),)
    assert accept.quorums == (Need(("echoes",), 3),)
    assert [s.location for s in role.states] == ["idle", "echoed", "done"]


def test_a_guard_that_counts_no_senders_is_refused():
    """Twice a counter is no number of senders."""
    odd = table(guard=Linear.of("echoes") * 2 + Linear.of("F") - 3)
    with pytest.raises(InputError, match="number of senders"):
        role_of(odd, "idle", {"N": 3}, crashes=False)


def test_a_table_without_messages_is_refused():
    """Nobody could ever hear of what its rules count."""
    with pytest.raises(InputError, match="no message of rule echo says echoes"):
        role_of(replace(table(), sends={}), "idle", {"N": 3}, crashes=False)


def test_upper_guards_hold_up_to_their_bound():
    """With at most one echo known, its own included: who hears another first is too late."""
    few = at_least(Linear.number(1) - Linear.of("echoes"))
    alone = replace(table().automaton.rules[1], guard=few.dnf()[0])
    base = table()
    rules = tuple(alone if r.name == "accept" else r for r in base.automaton.rules)
    lonely = replace(
        base,
        automaton=replace(base.automaton, rules=rules),
        owed={"echo": (), "accept": alone.guard},
    )
    for heard, done in [(0, True), (1, False)]:
        encoded = PerNode(
            "few", "min", lonely, ("idle",) * 3, {"N": 3}, horizon=3, network=Network()
        )
        other = (0, 1, ECHO)
        encoded.rows.equal("heard", encoded.traffic.got(other, 1), heard)
        encoded.rows.equal("echoed", encoded.nodes.taken(0, 0, 1), 0)
        encoded.rows.equal("others", encoded.traffic.got((0, 2, ECHO), 3), 0)
        encoded.rows.equal("now", encoded.nodes.taken(0, 0, 2), 1)
        encoded.rows.equal("later", encoded.traffic.got(other, 2), heard)
        encoded.rows.equal("done", encoded.nodes.done(0, 2), int(done))
        assert solve(encoded.build(), "cpsat").values is not None


def shy() -> Table:
    """Who has echoed is done while it knows of nobody who said something, but did not echo."""
    note, base = Label("Note", 0), table()
    (few,) = at_least(-Linear.of("word")).dnf()
    rules = (
        Rule("note", "idle", "noted"),
        Rule("echo", "noted", "echoed", (), (("echoes", 1),)),
        Rule("accept", "echoed", "done", few),
    )
    automaton = replace(
        base.automaton,
        counters=("echoes", "word"),
        locations=("idle", "noted", "echoed", "done", "dead"),
        rules=rules,
    )
    return replace(
        base,
        automaton=automaton,
        owed={"accept": few},
        meaning={rule.name: Act(rule.name, 0) for rule in rules},
        crashed=(),
        messages=(
            Message(ECHO, ("echoes",), ("idle",), excuses=("word",)),
            Message(note, (), ("idle",), refused=(ECHO,), tells=("word",)),
        ),
        sends={"note": (note,), "echo": (ECHO,)},
        expires={"note": False, "echo": False},
    )


@pytest.mark.parametrize(
    ("echo_of", "done"), [(None, False), (2, False), (1, True)], ids=["no echo", "other", "excused"]
)
def test_word_counts_though_dropped_and_until_excused(echo_of: int | None, done: bool):
    """Node 0 has a note of node 1: an echo makes it drop that, one of node 1 excuses it as well."""
    for expected in (True, False):
        encoded = PerNode(
            "shy", "min", shy(), ("idle",) * 3, {"N": 3}, horizon=2, network=Network()
        )
        given = {(1, "Note"): 1, (2, "Note"): 0, (1, "Echo"): 0, (2, "Echo"): 0}
        if echo_of is not None:
            given[echo_of, "Echo"] = 1
        for (sender, kind), said in given.items():
            got = encoded.traffic.got((0, sender, Label(kind, 0)), 2)
            encoded.rows.equal("given", got, said)
        encoded.rows.equal("echoed", encoded.traffic.own(0, ECHO, 2), 1)
        encoded.rows.equal("later", encoded.traffic.own(0, ECHO, 1), 0)
        encoded.rows.equal("done", encoded.nodes.done(0, 2), int(expected))
        assert (solve(encoded.build(), "cpsat").values is not None) == (done == expected)


def test_rows_fold_constants_and_refuse_what_cannot_hold():
    """A row without variables is left out where it holds."""
    builder, rows = Builder("rows", "min"), Rows()
    x = Affine.of(int(builder.variables("x").index))
    rows.at_most("true", ONE, 1)
    rows.at_most("same", x - x, 0)
    with pytest.raises(ValueError, match="never"):
        rows.at_most("false", ONE, 0)
    rows.equal("one", x + x, 2)
    rows.hand_over(builder)
    problem = builder.build()
    assert problem.size.rows == 1
    assert solve(problem, "cpsat").values == [1]
