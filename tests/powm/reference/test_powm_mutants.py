"""Faults of the reference that a check must see: each mutant is caught by a named one."""

from __future__ import annotations

from itertools import product
from random import Random
from typing import TYPE_CHECKING

import pytest

from milpbft.powm.enumerate.cut import Network, overlap
from milpbft.powm.formulas import work
from milpbft.powm.reference import algorithms, pay, replay, team
from milpbft.powm.reference.certificates import Electorate
from milpbft.powm.reference.links import Cut, Script
from milpbft.powm.reference.manager import Manager
from milpbft.powm.reference.messages import Envelope, Expel
from milpbft.powm.reference.miner import Miner
from milpbft.powm.reference.policy import Play
from milpbft.powm.reference.record import Block, Difficulty, Record, genesis, merkle
from milpbft.powm.reference.rules import Rules
from milpbft.powm.reference.tickets import Tickets
from milpbft.powm.reference.world import World
from milpbft.sim.signatures import KeyRing
from tests.powm.mutating import mutate
from tests.powm.optima import optimum

if TYPE_CHECKING:
    from collections.abc import Callable


B1 = "powmfail-g2-d1-e1-x8-ec3-m1-b1-time-managers-rates-1x2"
B7 = "powmfail-g2-d1-e1-t8-m1-b1-twice-rates-1x2"
B8 = "powmfail-g5-d1-e1-x20-ec3-m1-b1-time-managers-hashing-rates-1"
B9 = "powmfail-g3-d1-e1-x12-ec3-m0-b1-time-managers-solo-rates-1x4"
UNEVEN = "powmfail-g2-d1-e1-x12-ec3-m1-b1-f1-time-managers-rates-2_1"
LOST = "powmfail-g3-d1-e1-t8-m1-b1-lost-rates-2_1"
FORGOT = "powmfail-g2-d1-e1-t8-m1-b1-twice-amnesia1-rates-1x2"
GONE = "powmfail-g3-d1-e1-t8-m1-lost-amnesia1-rates-2_1"
MISSED = "powmfail-g3-c1-d1-e1-t8-m1-lost-reload1-rates-2_1"
D1 = "powmelect-w2-a1-k1-v1-managed"


def replays(name: str) -> bool:
    """The check ``replay``: the optimum happens on the reference, and is worth its value."""
    return bool(replay.replay(optimum(name)))


# Check, instance, where the fault is, what stands there, and what the mutant has.
REPLAYED = [
    ("cursor by G and not G r_i", UNEVEN, Manager, "on_request",
     "self.cursor += size", "self.cursor += self.rules.set_ticks"),
    ("successor starts at 0", UNEVEN, Manager, "take_over",
     "self.unheard.clear()", "self.cursor = 0"),
    ("successor starts one too low", UNEVEN, Manager, "take_over",
     "self.unheard.clear()", "self.cursor -= 1"),
    ("Sync before Grant", B7, World, "grant",
     'if self.rules.sync == "before":', "if True:"),
    ("takeover a tick early", B1, World, "appoint",
     "Takeover(begin + gap,", "Takeover(begin + gap - 1,"),
    ("asks below a", B1, Miner, "ask", "self.outstanding > ", "self.outstanding >= "),
    ("a crashed miner hashes its tick", LOST, World, "crash",
     "self.lost += ", "self.miners[node].hash(tick); self.lost += "),
    ("a promoted support hashes on", B8, World, "complete",
     "self.miners[node].leave()", "pass"),
    ("alone at the sum of rates", B9, Miner, "hash",
     "begin = FRESH + self.scanned", "begin = (FRESH << 8) * self.node + self.scanned"),
    ("a support remembers its cursor", FORGOT, Manager, "forget", "self.cursor = 0", "pass"),
    ("a miner remembers its sets", GONE, Miner, "forget",
     "self.work, self.doing = [], Doing.WAITING", "pass"),
    ("what a miner forgets is not counted", GONE, Miner, "forget",
     "if one.arrival < tick)\n", "if False)\n"),
    ("a log has what is under way", MISSED, Miner, "reload",
     "self.work = [one for one in self.work if one.arrival < tick]", "pass"),
    ("what is lost arrives", MISSED, World, "start_again",
     "self.mail = [one for one in self.mail if one[2].to != node]", "pass"),
    ("redraws are not spent", D1, Play, "_go", "self._go(k, ours, v - 1)", "self._go(k, ours, v)"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "owner", "function", "old", "new"),
    [pytest.param(*rest, id=what) for what, *rest in REPLAYED],
)
def test_replay_catches(  # noqa: PLR0917
    monkeypatch: pytest.MonkeyPatch, name: str, owner: type, function: str, old: str, new: str
):
    """The optimum passes on the reference, and not on the mutant."""
    assert replays(name)
    mutate(monkeypatch, owner, function, old, new)
    assert not replays(name)


def cuts_agree() -> bool:
    """The check ``cuts``: the reference counts what a search counts, for every begin and side."""
    random = Random(5)
    for _ in range(6):
        rates = tuple(random.randint(1, 3) for _ in range(random.randint(1, 3)))
        n = Network(rates, random.randint(1, 3), random.randint(0, 1), random.randint(0, 1),
                    random.randint(0, 2), random.randint(1, 5), 10)  # fmt: skip
        for begin, side in product((0, 2), product((False, True), repeat=len(rates))):
            if found(n, begin, side) != overlap(n, begin, side):
                return False
    return True


def found(n: Network, begin: int, side: tuple[bool, ...]) -> int:
    """Return the nonces that the reference grants again."""
    rules = Rules(n.rates, 1, 0, n.set_ticks, n.latency, n.ahead, 0, n.gap, collapse="entry")
    cut = Cut(begin, n.width, frozenset(2 + i for i, there in enumerate(side) if there))
    world = World(rules, Script(cut=cut))
    world.run(n.horizon)
    return replay.twice(world.granted)


def zeros_are_bits() -> bool:
    """The check ``zeros``: so many hashes of 8000 are valid as leading zero bits say, 5 sigma."""
    record = Record(1, bytes(32), bytes(32), 0, Difficulty(3))
    mean = 8000 * work.chance(3)
    return abs(sum(map(record.valid, range(8000))) - mean) < 5 * mean**0.5


def only_successors() -> bool:
    """The check ``index``: a block of a wrong height is refused, whatever it names before it."""
    tip = genesis(Difficulty(3))
    record = Record(5, tip.hash, merkle([]), 0, Difficulty(3))
    nonce = next(nonce for nonce in range(1000) if record.valid(nonce))
    return not algorithms.validate_meant(tip, Block(record, nonce))


def terms_rise() -> bool:
    """The check ``terms``: a certificate of a lower term moves no miner."""
    keys, electorate = KeyRing(4), Electorate(frozenset({1}))
    miner = Miner(3, 1, Rules((1,), 2), keys, term=2, manager=1)
    old = Envelope.sealed(0, electorate.elect(1, 0, (1,), keys), keys)
    return not miner.on_elected(old, electorate)


def half_is_not_enough() -> bool:
    """The check ``expulsion``: two of the four others expel nobody, three do."""
    keys = KeyRing(5)
    votes = [Envelope.sealed(i, Expel(0, team.DIFFERS), keys) for i in (1, 2, 3)]
    two, three = (team.expelled(votes[:k], range(5), keys) for k in (2, 3))
    return two == [] and three == [0]


def barred() -> bool:
    """The check ``candidates``: who found a solution without a manager has no ticket (III-K.5)."""
    tickets = Tickets.of({1: 3, 2: 2}, barred={1})
    return {tickets.draw(beacon) for beacon in range(9)} == {2}


def paid_once() -> bool:
    """The check ``credit``: a range that is in the ledger twice counts once."""
    return pay.issued([(1, 0, 4), (1, 0, 4), (2, 4, 6)]) == {1: 4, 2: 2}


def no_coin_is_lost() -> bool:
    """The check ``pay``: parts add up to the whole."""
    return sum(pay.split(100, {1: 1, 2: 1, 3: 1}).values()) == 100


def every_ticket_wins() -> bool:
    """The check ``tickets``: each of W beacons in a row draws another ticket."""
    tickets = Tickets(((0, 1), (1, 2), (2, 1)))
    return [tickets.draw(beacon) for beacon in range(4)] == [0, 1, 1, 2]


CHECKED = [
    ("heal takes the smaller cursor", cuts_agree, World, "heal",
     "high.cursor = max(", "high.cursor = min("),
    ("zeros are hexadecimal", zeros_are_bits, Difficulty, "bits",
     "self.zeros * self.digit_bits", "self.zeros * 4"),
    ("no index check", only_successors, algorithms, "validate_meant",
     "if record.height != previous.record.height + 1:", "if False:"),
    ("lower terms are followed", terms_rise, Miner, "on_elected",
     "message.term <= self.term", "message.term < 0"),
    ("half expels", half_is_not_enough, team, "expelled", " > len(others)", " >= len(others)"),
    ("finders may be elected", barred, Tickets, "of", "0 if i in barred else ", ""),
    ("a range is paid twice", paid_once, pay, "issued", "set(granted)", "granted"),
    ("a coin is lost", no_coin_is_lost, pay, "split", "[:left]", "[:left - 1]"),
    ("the last ticket never wins", every_ticket_wins, Tickets, "draw",
     "beacon % self.count)", "beacon % (self.count - 1))"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("check", "owner", "function", "old", "new"),
    [pytest.param(*rest, id=what) for what, *rest in CHECKED],
)
def test_a_check_catches(  # noqa: PLR0917
    monkeypatch: pytest.MonkeyPatch, check: Callable[[], bool], owner: object, function: str,
    old: str, new: str,
):  # fmt: skip
    """Each named check passes on the reference, and not on the mutant."""
    assert check()
    mutate(monkeypatch, owner, function, old, new)
    assert not check()
