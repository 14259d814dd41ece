"""dBFT 2.1 replayed: a fork and a lock of four correct nodes, mutants, and random runs."""

from __future__ import annotations

import pytest

from milpbft.check.replay import Replay, replay
from milpbft.dbft.reference.rules import Rules
from milpbft.dbft.reference.v21.context import STAGES, Context21, Phase
from milpbft.dbft.reference.v21.reference import Dbft21Reference
from milpbft.dbft.reference.v21.replica import Replica21
from milpbft.errors import InputError
from milpbft.schedule import Decide, Deliver, Event, Schedule, Send, Timeout
from milpbft.sim.adversary import RandomAdversary
from milpbft.sim.faults import Faults
from milpbft.sim.network import Log
from milpbft.sim.world import World

ALL = (0, 1, 2, 3)
REQUEST, RESPONSE, COMMIT = "PrepareRequest", "PrepareResponse", "Commit"
CV1, CV2, CV3 = (stage.kind for stage in STAGES)


def reference(n: int = 4, replica: type[Replica21] = Replica21, **rules: int) -> Dbft21Reference:
    return Dbft21Reference(Rules.of(n, **rules), replica=replica)


def schedule(*parts: list[Event], byzantine: tuple[int, ...] = ()) -> Schedule:
    events = tuple(event for part in parts for event in part)
    return Schedule("dbft21", 4, byzantine, (0, 1), events, horizon=12)


def sent(tick: int, kind: str, view: int, *nodes: int) -> list[Event]:
    return [Send(tick, node, kind, view) for node in nodes]


def heard(tick: int, kind: str, view: int, senders: tuple[int, ...], *nodes: int) -> list[Event]:
    return [Deliver(tick, i, j, kind, view) for i in nodes for j in senders if i != j]


def asked(tick: int, kind: str, view: int, *nodes: int) -> list[Event]:
    """Timers of nodes expire, and each of the nodes sends a message."""
    return [*(Timeout(tick, node, view) for node in nodes), *sent(tick, kind, view, *nodes)]


def split() -> list[Event]:
    """Nodes 0 and 1 commit in view 0; 2 prepares and 3 does not, and both come to cv2."""
    return [
        *asked(0, REQUEST, 0, 0),
        *asked(0, CV1, 0, 3),
        *heard(1, REQUEST, 0, (0,), 1, 2),
        *sent(1, RESPONSE, 0, 1, 2),
        *heard(2, RESPONSE, 0, (1, 2), 0),
        *heard(2, RESPONSE, 0, (2,), 1),
        *sent(2, COMMIT, 0, 0, 1),
        *heard(2, CV1, 0, (3,), 2),
        *heard(2, REQUEST, 0, (0,), 3),
        *heard(2, RESPONSE, 0, (1,), 3),
        *asked(2, CV2, 0, 2, 3),
    ]


def fork() -> list[Event]:
    """Node 2 hears two commits and accepts; the others heard one at most and leave the view."""
    others = (0, 1, 3)
    return [
        *split(),
        *heard(3, RESPONSE, 0, (1,), 2),
        *heard(3, COMMIT, 0, (0, 1), 2),
        *sent(3, COMMIT, 0, 2),
        Decide(3, 2, 0),
        *heard(3, CV2, 0, (2, 3), 0, 1),
        *heard(3, CV2, 0, (2,), 3),
        *heard(3, COMMIT, 0, (0,), 3),
        *asked(3, CV3, 0, *others),
        *heard(4, CV3, 0, others, *others),
        *asked(5, REQUEST, 1, 1),
        *heard(6, REQUEST, 1, (1,), 0, 3),
        *sent(6, RESPONSE, 1, 0, 3),
        *heard(7, RESPONSE, 1, (0, 3), *others),
        *sent(7, COMMIT, 1, *others),
        *heard(8, COMMIT, 1, others, *others),
        *(Decide(8, node, 1) for node in others),
    ]


def rest(tick: int, events: list[Event]) -> list[Event]:
    """Deliver at `tick` all that was sent in `events` and has not arrived."""
    sends = [e for e in events if isinstance(e, Send)]
    came = {(e.node, e.sender, e.kind, e.view) for e in events if isinstance(e, Deliver)}
    return [
        Deliver(tick, node, e.node, e.kind, e.view)
        for e in sends
        for node in ALL
        if node != e.node and (node, e.node, e.kind, e.view) not in came
    ]


def test_four_correct_nodes_fork():
    """Counts of what a node has seen let three nodes leave a view that a fourth has a block of.

    No node is faulty and every message arrives. In the TLA+ specification two commits in the one
    pool of messages would keep everybody from sending a ChangeView3.
    """
    run = Replay(schedule(fork(), rest(9, fork())), reference())
    assert run.run()
    blocks = {node: replica.decision.block for node, replica in run.replicas.items()}
    assert len({blocks[node] for node in (0, 1, 3)}) == 1
    assert blocks[2] != blocks[0]
    assert [run.replicas[node].committed_view for node in ALL] == [1, 1, 0, 1]


def lock() -> list[Event]:
    """Node 2 commits as node 1 sends its ChangeView3, and each is bound by what it sent."""
    return [
        *asked(0, REQUEST, 0, 0),
        *asked(0, CV1, 0, 3),
        *heard(1, REQUEST, 0, (0,), 1, 2),
        *sent(1, RESPONSE, 0, 1, 2),
        *heard(2, RESPONSE, 0, (1, 2), 0),
        *sent(2, COMMIT, 0, 0),
        *heard(2, CV1, 0, (3,), 1),
        *heard(2, REQUEST, 0, (0,), 3),
        *heard(2, RESPONSE, 0, (1,), 3),
        *asked(2, CV2, 0, 1, 3),
        *heard(3, RESPONSE, 0, (1,), 2),
        *sent(3, COMMIT, 0, 2),
        *heard(3, CV2, 0, (3,), 1),
        *heard(3, COMMIT, 0, (0,), 1),
        *asked(3, CV3, 0, 1),
    ]


def test_four_correct_nodes_lock():
    """Every message arrives and timers expire, but two commits and a ChangeView3 keep all still.

    Two commits are more than f, so nobody sends a ChangeView3 any more, and the one that was sent
    keeps node 3 from the third commit. In the TLA+ specification node 2 would know of it at once.
    """
    silent = [Timeout(tick, node, 0) for tick in (5, 6) for node in ALL]
    run = Replay(schedule(lock(), rest(4, lock()), silent), reference())
    assert run.run()
    phases = [run.replicas[node].context.phase for node in ALL]
    assert phases == [Phase.COMMITTED, Phase.CV3, Phase.COMMITTED, Phase.CV2]
    for _ in range(3):
        heard_again = []
        for node in run.replicas.values():
            node.on_timer()
            node.act()
            heard_again += node.outbox
            node.outbox.clear()
        for node in run.replicas.values():
            for envelope in heard_again:
                node.on_message(envelope)
    assert [run.replicas[node].context.phase for node in ALL] == phases
    assert not any(node.done or node.next_change_view for node in run.replicas.values())


def test_prompt_commits_prevent_that_fork():
    """Had nodes 0, 1 and 3 heard both commits, no expiry would bring a ChangeView3."""
    prompt = [
        *split(),
        *heard(3, COMMIT, 0, (0, 1), *ALL),
        *heard(3, CV2, 0, (2, 3), *ALL),
        *(Timeout(3, node, 0) for node in (0, 1, 3)),
    ]
    assert replay(schedule(prompt), reference())


def test_all_commits_make_one_block():
    """From the same split a prompt network ends in one block, with no view left."""
    happy = [
        *split(),
        *heard(3, RESPONSE, 0, (1, 2), 2, 3),
        *heard(3, COMMIT, 0, (0, 1), *ALL),
        *sent(3, COMMIT, 0, 2, 3),
        *(Decide(3, node, 0) for node in (2, 3)),
        *heard(4, COMMIT, 0, (2, 3), 0, 1),
        *(Decide(4, node, 0) for node in (0, 1)),
    ]
    run = Replay(schedule(happy), reference())
    assert run.run()
    assert len({node.decision.block for node in run.replicas.values()}) == 1


@pytest.mark.parametrize(
    "missing", [Send(2, 2, CV2, 0), Send(3, 0, CV3, 0), Send(3, 2, COMMIT, 0), Decide(3, 2, 0)]
)
def test_a_schedule_that_leaves_something_out_is_refuted(missing: Event):
    """Silence is compared too."""
    assert replay(schedule([e for e in fork() if e != missing]), reference()).status == "refuted"


# ---- mutants


def missing_cv1() -> list[Event]:
    """Three prepared, none of them heard of a ChangeView1; their expiries bring nothing."""
    return [
        *asked(0, REQUEST, 0, 0),
        *heard(1, REQUEST, 0, (0,), 1, 2),
        *sent(1, RESPONSE, 0, 1, 2),
        *(Timeout(2, node, 0) for node in (0, 1, 2)),
    ]


def warned() -> list[Event]:
    """Node 3 is shown a ChangeView3 before its preparations, and does not commit."""
    return [
        *split(),
        *heard(3, CV2, 0, (2, 3), 0),
        *asked(3, CV3, 0, 0),
        *heard(4, CV3, 0, (0,), 2),
        *heard(5, RESPONSE, 0, (1,), 2),
        *heard(5, COMMIT, 0, (0, 1), 2),
    ]


def lonely() -> list[Event]:
    """Node 2 in cv2 has M preparations and a single commit, and does not commit."""
    return [*split(), *heard(3, RESPONSE, 0, (1,), 2), *heard(3, COMMIT, 0, (0,), 2)]


def crowded() -> list[Event]:
    """Node 2 saw two commits before it expires, and keeps its place; as does committed node 0."""
    return [
        *[e for e in split() if e not in (Timeout(2, 2, 0), Send(2, 2, CV2, 0))],
        *heard(3, COMMIT, 0, (0, 1), 2),
        *heard(3, COMMIT, 0, (1,), 0),
        *heard(3, CV2, 0, (3,), 0),
        *(Timeout(3, node, 0) for node in (0, 2)),
    ]


def mixed() -> list[Event]:
    """Node 1 hears of three nodes in stages 1 to 3, and stays."""
    return [
        *warned(),
        *heard(5, CV1, 0, (3,), 1),
        *heard(5, CV2, 0, (2,), 1),
        *heard(5, CV3, 0, (0,), 1),
        Timeout(6, 1, 0),
    ]


PROBES = (fork, missing_cv1, warned, lonely, crowded, mixed)


class Eager(Replica21):
    """Commits in spite of a ChangeView3."""

    def may_commit(self):
        """Look for no ChangeView3."""
        asks = self.context.asks
        hidden = {key: asks.pop(key) for key in list(asks) if key[0] is STAGES[2]}
        may = super().may_commit()
        asks.update(hidden)
        return may


class Rash(Replica21):
    """Commits from cv2 at M preparations, however few committed."""

    def may_commit(self):
        """Count no commits."""
        enough = len(self.context.prepared()) >= self.context.rules.prepare_quorum
        return super().may_commit() or (enough and self.context.phase is Phase.CV2)


class Stubborn(Replica21):
    """Never commits from cv2."""

    def may_commit(self):
        """Stay in cv2."""
        return super().may_commit() and self.context.phase is not Phase.CV2


class Impatient(Replica21):
    """Sends a ChangeView2 without having seen a ChangeView1."""

    def may_change_view_2(self):
        """Ask when prepared."""
        return super().may_change_view_2() or self.context.phase is Phase.PREPARED


class Careless(Replica21):
    """Sends a ChangeView3 whatever the number of commits."""

    def may_change_view_3(self):
        """Count no commits."""
        second, committed = self.context.asked(STAGES[1]), self.context.committed()
        phase = self.context.phase in {Phase.CV2, Phase.COMMITTED}
        return phase and bool(second) and len(second | committed) >= 3


class Locked(Replica21):
    """Never leaves a view in which it committed, as in dBFT 2.0."""

    def may_change_view_3(self):
        """From cv2 only."""
        return super().may_change_view_3() and self.context.phase is Phase.CV2


class Adder(Replica21):
    """Adds change views of all stages up for a new view."""

    def may_enter_next_view(self):
        """Count nodes of any stage."""
        asked = set().union(*(self.context.asked(stage) for stage in STAGES))
        return len(asked) >= self.context.rules.view_quorum


class Forgetful(Replica21):
    """Does not tell phases apart once it has asked: it is prepared again."""

    class knowledge(Context21):  # noqa: N801  (the attribute's name)
        """A context without change views of its own."""

        @property
        def phase(self):
            """Prepared, where it is in cv1 or cv2."""
            phase = super().phase
            return Phase.PREPARED if phase in {Phase.CV1, Phase.CV2} else phase


def test_the_probes_are_confirmed():
    """What catches mutants happens with correct replicas."""
    for probe in PROBES:
        assert replay(schedule(probe()), reference()), probe.__name__


@pytest.mark.parametrize(
    "mutant",
    [
        *(reference(replica=kind) for kind in (Eager, Rash, Stubborn, Impatient)),
        *(reference(replica=kind) for kind in (Careless, Locked, Adder, Forgetful)),
        reference(quorum=2),
        reference(quorum=4),
        reference(faults=0, quorum=3),
        reference(faults=2, quorum=3),
    ],
)
def test_mutants_are_caught(mutant: Dbft21Reference):
    """Each of them differs from at least one probe."""
    verdicts = [replay(schedule(probe()), mutant).status for probe in PROBES]
    assert "refuted" in verdicts


# ---- the reference


def test_a_refutation_tells_the_phase():
    """The state of the replica is told in words."""
    verdict = replay(schedule(lonely(), sent(4, COMMIT, 0, 2)), reference())
    assert (
        "in view 0, asked in stage 2, has the request, 3 of 3 preparations, 1 of 3"
        in verdict.reason
    )


@pytest.mark.parametrize("kind", [CV1, CV2, CV3])
def test_byzantine_nodes_sign_change_views_of_each_stage(kind: str):
    """They are labelled as what they are, and taken by correct nodes."""
    ours = reference()
    envelope = ours.forge(3, kind, 0, Log())
    assert ours.label(envelope) == (kind, 0)
    node = ours.replicas()[1]
    node.on_message(envelope)
    assert not node.dropped


def test_the_plain_change_view_is_unknown():
    """It is a message of dBFT 1.0 and 2.0."""
    with pytest.raises(InputError, match="ChangeView1"):
        reference().forge(3, "ChangeView", 0, Log())


@pytest.mark.parametrize("recovery", [True, False])
@pytest.mark.parametrize("n", [4, 7])
@pytest.mark.parametrize("seed", range(5))
def test_a_recorded_run_replays(seed: int, n: int, recovery: bool):
    """Random runs with a Byzantine and a crashing node are confirmed by the replay."""
    faults = Faults(frozenset({1}), {2: 12})
    adversary = RandomAdversary(seed, expire=0.25, values=2)
    run = World(reference(n), adversary, 40, faults=faults, recovery=recovery).run()
    assert Schedule.from_json(run.schedule.to_json()) == run.schedule
    assert replay(run.schedule, reference(n))


def test_random_runs_reach_every_stage():
    """Late messages and frequent expiries bring all messages of the protocol about."""
    kinds = set()
    for seed in range(12):
        adversary = RandomAdversary(seed, expire=0.3, deliver=0.25, propose=0.2)
        run = World(reference(), adversary, 40, recovery=False).run()
        assert replay(run.schedule, reference())
        kinds |= {event.kind for event in run.schedule.events if isinstance(event, Send)}
    assert kinds == set(Dbft21Reference.kinds) - {"RecoveryRequest"}
