"""Elections: the MILP against closed forms, enumeration of ballots, and the reference's count."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations, product

import pytest

from milpbft.errors import InputError
from milpbft.pov.model.ballots import deal, honest_ballots, tally
from milpbft.pov.model.election import ElectionModel
from milpbft.pov.model.seats import least_byzantine, most_seats
from milpbft.pov.reference.election import Ballot, Election
from milpbft.pov.reference.elections import elect, replay_election
from milpbft.pov.reference.rules import Rules
from milpbft.pov.voting import ElectionInstance
from milpbft.question.files import parse_instance
from milpbft.sim.signatures import KeyRing
from milpbft.solve import solve
from solvers import solve as solve_problem


def optimum(name: str, **fields: object) -> int | None:
    """Solve an election; the value is proven, and the reference counts the same team."""
    result = solve(parse_instance(name, **fields))
    if result.solution.status == "infeasible":
        return None
    assert result.solution.status == "optimal"
    assert result.verdict("replay"), result.verdict("replay")
    return result.solution.objective


def enumerated(instance: ElectionInstance) -> int:
    """Try all ballots of Byzantine commissioners, and all that scores allow; count by reference."""
    model = ElectionModel(instance)
    rules = Rules(
        instance.commissioners,
        instance.butlers,
        others=instance.candidates - instance.butlers,
        votes=instance.votes,
        lots=instance.ties == "drawn",
    )
    candidates = [model.node(one) for one in range(instance.candidates)]
    friends = {model.node(one) for one in instance.friendly}
    trusted = {model.node(one) for one in instance.rivals[: instance.trusted]}
    election = Election(rules, KeyRing(1), 0, frozenset(candidates), str(instance.lot).encode())
    every = list(combinations(candidates, instance.votes))
    honest = [every] * instance.voters(instance.byzantine_commissioners)
    if instance.honest == "scores":
        least = min(instance.trusted, instance.votes - instance.designated)
        honest = [[b for b in every if len(trusted.intersection(b)) >= least] for _ in honest]
    else:
        fixed = honest_ballots(instance, len(honest))
        honest = [[tuple(model.node(one) for one in ballot)] for ballot in fixed]
    best = 0
    for ballots in product(*honest, *[every] * instance.byzantine_commissioners):
        cast = [Ballot(c, 0, (), ballot, b"") for c, ballot in enumerate(ballots)]
        best = max(best, len(friends.intersection(election.result(cast))))
    return best


SMALL = [
    f"povelection-nc3-nb2-n4-k{k}{a}-d{d}-seats{words}"
    for k in (1, 2, 3)
    for a in ("", "-a1", "-a2")
    for d in (1, 2)
    for words in ("", "-same", "-lost", "-random-seed1", "-scores", "-scores-trusted2",
                  "-scores-trusted1-designated1", "-scores-lost-trusted1", "-drawn-lot1",
                  "-scores-drawn-trusted1-lot2", "-same-drawn")
]  # fmt: skip


@pytest.mark.parametrize("name", SMALL[::11])
def test_enumeration_of_ballots_finds_the_same(name: str):
    """No ballots elect more friends than the MILP says, and some elect as many."""
    instance = parse_instance(name)
    assert isinstance(instance, ElectionInstance)
    assert optimum(name) == enumerated(instance)


CLOSED = [
    "povelection-nc20-nb50-n200-k81-a7-d81-seats",
    "povelection-nc20-nb50-n200-k81-a8-d81-seats-lost",
    "povelection-nc10-nb5-n20-k8-a4-d5-seats",
    "povelection-nc10-nb5-n20-k8-a4-d6-seats-lost",
    "povelection-nc21-nb9-n40-k12-a11-d20-seats-same",
    "povelection-nc21-nb9-n40-k12-a5-d20-seats-dropped10",
    "povelection-nc20-nb50-n200-k81-a8-d81-seats-scores-trusted119",
    "povelection-nc11-nb5-n30-k4-a3-d15-seats-scores-lost-trusted15",
]


@pytest.mark.parametrize("name", CLOSED)
def test_the_closed_form_agrees(name: str):
    """Where no honest ballot names a friend, the seats follow from a formula."""
    instance = parse_instance(name)
    assert isinstance(instance, ElectionInstance)
    assert optimum(name) == most_seats(instance)


@pytest.mark.parametrize("friends", [81, 119])
def test_fewest_byzantine_commissioners_of_the_paper_s_example(friends: int):
    """N_c = 20, N_b = 50, N_bc = 200, K = 81: the closed form, the MILP, and one fewer fails."""
    name = f"povelection-nc20-nb50-n200-k81-a20-d{friends}-commissioners"
    instance = parse_instance(name)
    assert isinstance(instance, ElectionInstance)
    least = optimum(name)
    assert least == least_byzantine(instance)
    assert least is not None
    assert most_seats(instance, least) > 25 >= most_seats(instance, least - 1)


def test_less_than_half_of_the_commissioners_win_the_majority():
    """8 of 20 elect 30 of 50 butlers; where honest ballots agree, it takes half of them."""
    assert optimum("povelection-nc20-nb50-n200-k81-a8-d81-seats") == 30
    assert optimum("povelection-nc20-nb50-n200-k81-a20-d81-commissioners") == 8
    assert optimum("povelection-nc20-nb50-n200-k50-a20-d100-commissioners-same") == 10
    assert optimum("povelection-nc20-nb50-n200-k50-a20-d100-commissioners-same-lost") == 11


def test_too_few_tickets_never_win():
    """One Byzantine commissioner of five against unanimous ballots: no number up to 1 suffices."""
    assert optimum("povelection-nc5-nb4-n12-k4-a1-d6-commissioners-same") is None


def test_the_closed_form_says_where_it_does_not_apply():
    """Random ballots may name friends."""
    instance = parse_instance("povelection-nc3-nb2-n4-k2-a1-d2-seats-random")
    assert isinstance(instance, ElectionInstance)
    with pytest.raises(InputError, match="no friend"):
        most_seats(instance)


@pytest.mark.parametrize("solver", ["cbc", "highs"])
def test_other_solvers_agree(solver: str):
    """MILP solvers find the optimum of CP-SAT."""
    model = ElectionModel(parse_instance("povelection-nc7-nb4-n12-k5-a3-d6-seats"))
    assert solve_problem(model.problem, solver).objective == most_seats(model.instance)


def test_dealt_ballots_add_up():
    """Every ballot has K different candidates, and trusted ones are spread evenly."""
    votes = [3, 1, 2, 0, 3]
    ballots = deal(votes, 3, first=[0, 2])
    assert [len(set(ballot)) for ballot in ballots] == [3, 3, 3]
    assert tally(ballots, 5).tolist() == votes
    assert {len({0, 2} & set(ballot)) for ballot in ballots} == {1, 2}


def test_a_wrong_team_is_refuted():
    """The replay counts for itself."""
    schedule = solve(parse_instance("povelection-nc5-nb2-n6-k2-a2-d3-seats")).schedule
    assert schedule is not None
    wrong = replace(schedule, settings=schedule.settings | {"elected": "5,10"})
    verdict = replay_election(wrong)
    assert verdict.status == "refuted"
    assert "is elected" in verdict.reason


class Twice(Rules):
    """Rules by which nobody sees that a ticket is used twice."""

    def repeats(self, tickets: tuple[int, ...]) -> bool:
        """Answer without looking."""
        return False


def test_a_ticket_that_counts_twice_beats_the_bound():
    """Mutant: with repeated tickets one commissioner elects a friend whom the MILP rules out."""
    name = "povelection-nc3-nb1-n4-k3-a1-d1-seats-same"
    assert optimum(name) == 0
    rules, mutants = Rules(3, 1, others=3, votes=3), Twice(3, 1, others=3, votes=3)
    keys, eligible = KeyRing(rules.n), frozenset({3, 5, 6, 7})
    cast = [Ballot.signed(0, 0, (), (3, 3, 3), keys)]
    cast += [Ballot.signed(c, 0, (), (5, 6, 7), keys) for c in (1, 2)]
    assert Election(rules, keys, 0, eligible).refuse_all(cast) == "ticket used twice"
    mutant = Election(mutants, keys, 0, eligible)
    assert mutant.refuse_all(cast) is None
    assert mutant.result(cast) == (3,)


def test_ballots_of_a_schedule_are_signed_and_refused_where_they_are_no_election():
    """Too few ballots elect nobody, and the verdict says so."""
    schedule = solve(parse_instance("povelection-nc5-nb2-n6-k2-a2-d3-seats")).schedule
    assert schedule is not None
    assert isinstance(elect(schedule), tuple)
    few = replace(schedule, events=schedule.events[-2:])
    assert elect(few) == "too few ballots"
    assert not replay_election(few)
