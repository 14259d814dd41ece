"""Runs of the reference behind claims: algorithms as printed, early miners, teams, real hashes."""

from __future__ import annotations

from time import process_time

from milpbft.claims import Measured
from milpbft.powm.formulas.work import early_credit
from milpbft.powm.reference.adversaries import EarlyMiner
from milpbft.powm.reference.algorithms import (
    solve_meant,
    solve_printed,
    validate_meant,
    validate_printed,
)
from milpbft.powm.reference.hashing import scan
from milpbft.powm.reference.links import Cut, Script
from milpbft.powm.reference.manager import Manager
from milpbft.powm.reference.messages import Envelope, Expel, PayVote
from milpbft.powm.reference.pay import issued
from milpbft.powm.reference.record import Block, Difficulty, Record, genesis, merkle
from milpbft.powm.reference.replay import twice
from milpbft.powm.reference.rules import Rules
from milpbft.powm.reference.team import DIFFERS, expelled, paid, suspects
from milpbft.powm.reference.tickets import Tickets
from milpbft.powm.reference.world import World
from milpbft.sim.signatures import KeyRing

EASY = Difficulty(6)


def _successor(tip: Block) -> Block:
    record = Record(tip.record.height + 1, tip.hash, merkle([b"a"]), 1, tip.record.difficulty)
    return Block(record, next(nonce for nonce in range(10**6) if record.valid(nonce)))


def zeros_slow_hashing() -> Measured:
    """Hash as many nonces at 1 and at 20 zeros, in turn; the best processor time of seven each."""
    count, record = 20_000, Record(1, bytes(32), bytes(32), 0, EASY).encoded
    best = {1: 0.0, 20: 0.0}
    for _ in range(7):
        for zeros, before in best.items():
            begin, at = process_time(), 0
            while 0 <= at < count:
                at = scan(record, Difficulty(zeros).target, at, count) + 1 or count
            best[zeros] = max(before, count / (process_time() - begin))
    ratio = best[20] / best[1]
    return Measured(ratio < 0.75, f"hashes per second at 20 zeros by those at 1: {ratio:.1f}")


def _validation(printed: bool) -> tuple[bool, bool]:
    tip = genesis(EASY)
    validate = validate_printed if printed else validate_meant
    return validate(tip, _successor(tip)), validate(tip, tip)


def printed_validation() -> Measured:
    """Show algorithm 2 as printed a successor, and a replay of the tip."""
    accepted, replayed = _validation(printed=True)
    words = f"successor accepted: {accepted}, replay of the tip accepted: {replayed}"
    return Measured(accepted and not replayed, words)


def meant_validation() -> Measured:
    """Likewise, as meant."""
    accepted, replayed = _validation(printed=False)
    words = f"successor accepted: {accepted}, replay of the tip accepted: {replayed}"
    return Measured(accepted and not replayed, words)


def _list(printed: bool) -> Measured:
    record = Record(1, bytes(32), bytes(32), 0, Difficulty(60))
    found = (solve_printed if printed else solve_meant)(record, range(100))
    words = f"{found.hashed} of 100 nonces hashed before {found.requests} request"
    return Measured(found.hashed == 100, words)


def printed_list() -> Measured:
    """Give algorithm 1 as printed a hundred nonces, none of which solves."""
    return _list(printed=True)


def meant_list() -> Measured:
    """Likewise, as meant."""
    return _list(printed=False)


def asking_early() -> Measured:
    """Run an honest and an early miner of one rate for 120 ticks, G = 5, c = 1."""
    rules = Rules((2, 2), set_ticks=5, latency=1)
    world = World(rules, Script(), kinds={3: EarlyMiner})
    hashed = {2: 0, 3: 0}
    for tick in range(120):
        before = {i: miner.outstanding for i, miner in world.miners.items()}
        world.step(tick)
        hashed = {i: hashed[i] + int(bool(before[i])) for i in hashed}
    credit = issued(world.granted)
    gain, wanted = credit[3] / credit[2], early_credit(5, 1)
    words = (
        f"credit by nonces handed out is {gain:.3f} times the honest one, (G+c)/(1+c) = {wanted}"
    )
    return Measured(gain <= 1, f"{words}; the chance of a hash is p, whoever asks for it and when")


def pay_by_sets() -> Measured:
    """Cut the network of C1, and compare credit with distinct nonces."""
    side = Cut(0, 6, frozenset({2}))
    world = World(Rules((1, 1), set_ticks=2, collapse="entry"), Script(cut=side))
    world.run(12)
    credit, again = sum(hi - lo for _, lo, hi in world.granted), twice(world.granted)
    words = f"credit for {credit} nonces, {credit - again} distinct"
    return Measured(again == 0, words)


def _votes(keys: KeyRing, against: int, voters: tuple[int, ...]) -> list[Envelope]:
    return [Envelope.sealed(i, Expel(against, DIFFERS), keys) for i in voters]


def only_the_corrupt_are_expelled() -> Measured:
    """Teams of two and of four; and a support whose Sync is late."""
    keys = KeyRing(5)
    alone = expelled(_votes(keys, 0, (1,)), (0, 1), keys)
    liars = expelled(_votes(keys, 0, (2, 3)), (0, 1, 2, 3), keys)
    rules = Rules((1,), supports=3)
    team = [Manager(i, rules, keys, cursor=8) for i in range(4)]
    team[2].cursor = 6
    late = suspects(team)
    words = (
        f"with one support either expels the other: {alone}; two liars of four expel {liars}; "
        f"a support whose Sync is late is taken for corrupt: {late}"
    )
    return Measured(not (alone or liars or late), words)


def pay_comes() -> Measured:
    """Four managers of whom one is silent."""
    keys, digest = KeyRing(4), "ab"
    votes = [Envelope.sealed(i, PayVote(1, digest), keys) for i in (0, 1, 2)]
    found = paid(votes, range(4), digest, 1, keys)
    return Measured(found, f"3 of 4 managers agree, pay comes: {found}")


def somebody_to_elect() -> Measured:
    """One support, which finds the solution while no manager is active."""
    work = {1: 3}
    elected = Tickets.of(work, barred={1}).draw(7)
    free = Tickets.of(work).draw(7)
    words = f"elected without the rule: {free}, with it: {elected}"
    return Measured(elected is not None, f"{words}; the block waits D + E_c for the collective")


def peers_finalise() -> Measured:
    """The same, where all nodes validate a solution: the block is final, and nobody is barred."""
    tip = genesis(EASY)
    final = validate_meant(tip, _successor(tip))
    elected = Tickets.of({1: 3}).draw(7) if final else None
    return Measured(elected is not None, f"the block is final at once, then elected: {elected}")
