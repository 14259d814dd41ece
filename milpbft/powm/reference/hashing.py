"""Hashing: real SHA-256 in worker processes that a manager feeds with nonce sets.

The manager is the calling process. A worker asks, is granted nonces by a signed message, hashes
them by algorithm 1 as meant, and asks again; a shared flag stops all once the block is solved.
"""

from __future__ import annotations

import multiprocessing
from dataclasses import dataclass, field
from hashlib import sha256
from multiprocessing.connection import wait
from struct import Struct
from time import perf_counter
from typing import TYPE_CHECKING, Any, cast

from milpbft.errors import InputError
from milpbft.powm.reference.algorithms import validate_meant
from milpbft.powm.reference.messages import Envelope, Grant, Request
from milpbft.powm.reference.record import Block, Record, merkle
from milpbft.sim.signatures import KeyRing

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.connection import Connection

    from milpbft.powm.reference.record import Difficulty

CHUNK = 4096
"""Nonces between two looks at the flag."""

_PACK = Struct(">Q").pack


def scan(record: bytes, target: bytes, lo: int, hi: int, double: bool = False) -> int:
    """Return the first nonce from `lo` on, below `hi`, whose hash is at most `target`; -1 if none.

    The state after the record is copied for every nonce.
    """
    copy, pack = sha256(record).copy, _PACK
    for nonce in range(lo, hi):
        state = copy()
        state.update(pack(nonce))
        digest = state.digest()
        if (sha256(digest).digest() if double else digest) <= target:
            return nonce
    return -1


def bare_loop(count: int, record: bytes = b"x" * 84) -> float:
    """Return hashes per second of a loop over hashlib and nothing else."""
    begin = perf_counter()
    for nonce in range(count):
        sha256(record + nonce.to_bytes(8, "big")).digest()
    return count / (perf_counter() - begin)


def _work(node: int, pipe: Connection, solved: Any, counts: Any) -> None:  # noqa: ANN401
    """Ask, hash and report until the manager says to end."""
    keys = KeyRing(node + 1)
    while True:
        pipe.send(Envelope.sealed(node, Request(0), keys))
        said = pipe.recv()
        if said is None:
            return
        envelope, record = said
        grant = envelope.message
        if not envelope.genuine(keys):
            continue
        nonce, at = -1, grant.lo
        while at < grant.hi and nonce < 0 and solved.value < grant.height:
            end = min(at + CHUNK, grant.hi)
            nonce = scan(record.encoded, record.difficulty.target, at, end, record.double)
            counts[node] += (nonce + 1 if nonce >= 0 else end) - at
            at = end
        if nonce >= 0:
            pipe.send((grant.height, nonce))


@dataclass
class Mined:
    """What mining came to.

    Parameters
    ----------
    blocks
        In order.
    seconds
        Per block.
    hashes
        Of all workers, until the last block.
    messages
        Requests, grants and solutions.
    granted
        Node, from which nonce on, and up to which, of every grant of the last block.
    """

    blocks: list[Block] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    hashes: int = 0
    messages: int = 0
    granted: list[tuple[int, int, int]] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """Hashes per second."""
        return self.hashes / sum(self.seconds) if self.seconds else 0.0


class Farm:
    """Worker processes.

    Parameters
    ----------
    workers
        How many, 1 to 64.
    size
        Nonces of a set.
    """

    def __init__(self, workers: int, size: int = 1 << 15) -> None:
        if not 1 <= workers <= 64:
            raise InputError("workers", workers, "1 to 64")
        if size < 1:
            raise InputError("size", size, "1 or more")
        context = multiprocessing.get_context("spawn")
        self.size = size
        self.counts = context.Array("Q", workers + 1, lock=False)
        self._solved = context.Value("q", 0)
        self._keys = KeyRing(workers + 1)
        self._pipes = []
        self._processes = []
        for node in range(1, workers + 1):
            ours, theirs = context.Pipe()
            process = context.Process(
                target=_work, args=(node, theirs, self._solved, self.counts), daemon=True
            )
            process.start()
            self._pipes.append(ours)
            self._processes.append(process)
        self._waiting: list[Connection] = []
        while len(self._waiting) < workers:
            for pipe in self._ready():
                pipe.recv()
                self._waiting.append(pipe)

    def __enter__(self) -> Farm:
        return self

    def __exit__(self, *_: object) -> None:
        for pipe in self._pipes:
            pipe.send(None)
        for process in self._processes:
            process.join(timeout=2)
            if process.is_alive():
                process.terminate()

    def _ready(self) -> list[Connection]:
        """Return the pipes on which somebody has spoken; none after half a second of silence."""
        return cast("list[Connection]", wait(self._pipes, timeout=0.5))

    @property
    def hashes(self) -> int:
        """Nonces that were hashed so far."""
        return sum(self.counts)

    def mine(
        self,
        tip: Block,
        difficulty: Difficulty,
        blocks: int,
        *,
        double: bool = False,
        progress: Callable[[int, float], None] = lambda blocks, rate: None,
    ) -> Mined:
        """Mine so many blocks on top of `tip`.

        Parameters
        ----------
        progress
            Told now and then of blocks so far and hashes per second.
        """
        mined = Mined()
        before, begin = self.hashes, perf_counter()
        while len(mined.blocks) < blocks:
            start = perf_counter()
            record = Record(
                tip.record.height + 1, tip.hash, merkle([b"pay"]), int(start), difficulty, double
            )

            def told(done: int = len(mined.blocks)) -> None:
                progress(done, (self.hashes - before) / (perf_counter() - begin))

            tip = self._solve(record, tip, mined, told)
            mined.blocks.append(tip)
            mined.seconds.append(perf_counter() - start)
            progress(len(mined.blocks), (self.hashes - before) / (perf_counter() - begin))
        mined.hashes = self.hashes - before
        return mined

    def _grant(self, pipe: Connection, record: Record, cursor: int, mined: Mined) -> int:
        """Grant the next nonces; return the cursor behind them."""
        node, end = self._pipes.index(pipe) + 1, cursor + self.size
        grant = Grant(0, record.height, "", node, cursor, end)
        pipe.send((Envelope.sealed(0, grant, self._keys), record))
        mined.messages += 2
        mined.granted.append((node, cursor, end))
        return end

    def _solve(self, record: Record, tip: Block, mined: Mined, told: Callable[[], None]) -> Block:
        """Grant nonces until a valid solution comes back; stop the others."""
        mined.granted.clear()
        cursor, found = 0, None
        for pipe in self._waiting:
            cursor = self._grant(pipe, record, cursor, mined)
        self._waiting.clear()
        while len(self._waiting) < len(self._pipes):
            ready = self._ready()
            if not ready:
                told()
            for pipe in ready:
                said = pipe.recv()
                if isinstance(said, tuple):
                    block = Block(record, said[1])
                    mined.messages += len(self._pipes)
                    if found is None and validate_meant(tip, block):
                        found = block
                        self._solved.value = record.height
                elif found is None:
                    cursor = self._grant(pipe, record, cursor, mined)
                else:
                    self._waiting.append(pipe)
        assert found is not None, "workers wait only once the block is solved"
        return found
