"""Real hashes: records, algorithms, worker processes, and a coalition that picks golden nonces."""

from __future__ import annotations

from hashlib import sha256
from itertools import pairwise
from time import process_time

import pytest

from milpbft.errors import InputError
from milpbft.powm.formulas import election
from milpbft.powm.reference import algorithms
from milpbft.powm.reference.coalition import reign
from milpbft.powm.reference.detection import Heartbeats, by_request
from milpbft.powm.reference.hashing import Farm, scan
from milpbft.powm.reference.record import Block, Difficulty, Record, genesis, merkle

EASY = Difficulty(6)
RECORD = Record(1, bytes(32), merkle([b"a", b"b", b"c"]), 7, EASY)


def test_a_record_is_what_its_bytes_say():
    """Version, height, previous hash, root, time and zeros, big-endian; the nonce behind them."""
    assert len(RECORD.encoded) == 2 + 8 + 32 + 32 + 8 + 2
    assert RECORD.encoded[:10] == b"\0\1" + bytes(7) + b"\1"
    assert RECORD.hash(5) == sha256(RECORD.encoded + (5).to_bytes(8, "big")).digest()
    double = Record(1, bytes(32), bytes(32), 0, EASY, double=True)
    once = sha256(double.encoded + bytes(8)).digest()
    assert double.hash(0) == sha256(once).digest()


def test_hexadecimal_zeros_are_four_bits():
    """Two of them are eight bits; the target is the largest valid hash."""
    assert Difficulty(2, 4).target == Difficulty(8).target == b"\0" + b"\xff" * 31
    for zeros, bits in ((65, 4), (256, 1), (-1, 1), (1, 3)):
        with pytest.raises(InputError):
            Difficulty(zeros, bits)


@pytest.mark.parametrize("double", [False, True])
def test_scanning_finds_what_single_hashes_find(double: bool):
    """The first valid nonce of a range, or none."""
    record = Record(1, bytes(32), bytes(32), 0, EASY, double)
    valid = [nonce for nonce in range(400) if record.valid(nonce)]
    assert valid
    at, found = 0, []
    while at < 400 and (nonce := scan(record.encoded, EASY.target, at, 400, double)) >= 0:
        found.append(nonce)
        at = nonce + 1
    assert found == valid


def test_workers_mine_a_chain():
    """Two processes: blocks link up, are valid, and no nonce is granted twice."""
    tip = genesis(EASY)
    with Farm(2, 500) as farm:
        mined = farm.mine(tip, Difficulty(10), 3)
    for block in mined.blocks:
        assert algorithms.validate_meant(tip, block)
        tip = block
    ends = sorted((lo, hi) for _, lo, hi in mined.granted)
    assert all(one[1] == other[0] for one, other in pairwise(ends))
    assert any(lo <= tip.nonce < hi for lo, hi in ends)
    assert mined.hashes > 0
    assert mined.messages >= 2 * len(mined.granted)
    with pytest.raises(InputError):
        Farm(0)


def test_hashing_keeps_up_with_a_bare_loop():
    """At least 80 % of what hashlib does in a loop, in processor time, the best of five each."""
    count, bare, ours = 30_000, 0.0, 0.0
    record, none = RECORD.encoded, bytes(32)
    for _ in range(5):
        begin = process_time()
        for nonce in range(count):
            sha256(record + nonce.to_bytes(8, "big")).digest()
        bare = max(bare, count / (process_time() - begin))
        begin = process_time()
        scan(record, none, 0, count)
        ours = max(ours, count / (process_time() - begin))
    assert ours >= 0.8 * bare


def test_algorithms_as_printed():
    """Algorithm 1 asks after one hash and takes a value for an index; 2 refuses every successor."""
    hard = Record(1, bytes(32), bytes(32), 0, Difficulty(60))
    assert algorithms.solve_printed(hard, range(50)).hashed == 1
    assert algorithms.solve_printed(hard, range(50, 80)).hashed == 0
    assert algorithms.solve_meant(hard, range(50, 80)) == algorithms.Search((), 30, 1)
    found = algorithms.solve_meant(RECORD, range(400)).found
    assert RECORD.valid(found[0])
    assert algorithms.solve_meant(RECORD, range(400), lambda: True).hashed == 0
    tip = genesis(EASY)
    record = Record(1, tip.hash, bytes(32), 1, EASY)
    good = Block(record, next(nonce for nonce in range(9999) if record.valid(nonce)))
    bad = Block(record, next(nonce for nonce in range(9999) if not record.valid(nonce)))
    assert [algorithms.validate_meant(tip, b) for b in (good, bad, tip)] == [True, False, False]
    assert [algorithms.validate_printed(tip, b) for b in (good, bad, tip)] == [False, False, True]


@pytest.mark.parametrize("coalition", [4, 8, 10])
def test_a_coalition_gets_what_the_formula_says(coalition: int):
    """a/(1-a+a^2) of the epochs and a(1-a)/(1-a(1-a)) drops per block, within 4 sigma."""
    epochs, alpha = 600, coalition / 20
    run = reign(20, coalition, epochs)
    assert run.share == pytest.approx(election.captured(alpha), abs=4 * 0.5 / epochs**0.5)
    assert run.dropped / epochs == pytest.approx(election.dropped(alpha), abs=0.12)
    tip = genesis(Difficulty(6))
    for block in run.blocks:
        assert algorithms.validate_meant(tip, block)
        tip = block


def test_who_decides_manages_for_ever():
    """With `finaliser` = manager a coalition keeps what it has from its first election on."""
    run = reign(20, 4, 300, final=True)
    first = run.managed.index(True)
    assert all(run.managed[first:])
    assert run.longest == 300 - first
    assert reign(20, 0, 20).share == 0
    assert reign(5, 5, 20).share == 1


def test_detection_takes_s_to_s_plus_h_minus_one():
    """The worst is what the models take; without requests nobody notices by requests."""
    for every, silent in ((1, 3), (4, 2), (3, 5)):
        delays = {Heartbeats(every, silent).delay(failure) for failure in range(24)}
        assert delays == set(range(silent, silent + every))
    assert by_request(5, [1, 4, 9]) == 10
    assert by_request(5, [1, 4]) is None
