"""Claims on what is drawn, decided again with switches on: an unpredictable R, and random ties.

The other claims are about one height, at which nobody looks at R or at ties; what `lock`, `once`,
`fetch` and `forwarding` change there is in :mod:`milpbft.pov.repairs`. Here are the claims of
section III H and the one of section II on elections, whose verdicts R and ties can change.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import product
from typing import TYPE_CHECKING

from milpbft.claims import Claim, Condition, Measured, at_most
from milpbft.pov.formulas import drawn_order
from milpbft.pov.reference.blocks import Block, Content, Draft, Header, stamp, turn
from milpbft.pov.reference.genesis import genesis
from milpbft.pov.reference.ledger import Ledger
from milpbft.pov.reference.rules import Rules
from milpbft.pov.reference.validity import refuse_block
from milpbft.pov.steered import steered
from milpbft.pov.steering import signer_sets
from milpbft.sim.signatures import KeyRing

if TYPE_CHECKING:
    from collections.abc import Iterator

FRIENDS = frozenset({0, 1, 2})
_RULES = Rules(5, 10, cycle=8, rounds=10, vrf=True)
_BLOCKS = 2000
_CHI_SQUARED = 21.7
"""Exceeded by 1 % of fair draws of ten numbers, with 9 degrees of freedom."""


def draws(rules: Rules, heights: int, seed: int = 0) -> list[int]:
    """Return R of heights 1 to `heights` by the verifiable random function, for keys of a seed."""
    keys = KeyRing(rules.n, seed)
    proofs = (keys.sign(rules.server, turn(height)) for height in range(1, heights + 1))
    return [rules.number((), 0, proof) for proof in proofs]


def valid_blocks(rules: Rules, times: int, contents: int) -> Iterator[Block]:
    """Yield first blocks of one chain: all sets of signers, some timestamps and contents."""
    keys = KeyRing(rules.n)
    below, ledger = genesis(rules, keys), Ledger.first(rules)
    proof = keys.sign(rules.server, turn(1)) if rules.vrf else b""
    for number, time in product(range(contents), range(3, 3 + times)):
        # Whatever else is in it: nodes do not judge what commissioners have signed.
        content = Content(ballots=below.draft.content.ballots[:number])
        header = Header(1, below.digest, 1, rules.first_team[0], content.digest)
        for signers in signer_sets(rules, range(rules.commissioners)):
            signed = tuple((c, keys.sign(c, header.encoded)) for c in signers)
            server = keys.sign(rules.server, stamp(header, signed, time))
            r = rules.number(signed, time, proof)
            block = Block(Draft(header, content), signed, time, server, r, proof=proof)
            block = block.signed(header.producer, keys)
            if refuse_block(block, below, ledger, rules, keys) is None:
                yield block


def nobody_moves_the_draw() -> Measured:
    """Let 3 of 10 butlers choose signers for 10 rounds; look for another R than without them."""
    schedule = steered(_RULES, FRIENDS)
    alone = steered(_RULES, frozenset())
    makers = [
        [_RULES.first_team.index(event.node) for event in run.events
         if event.event == "send" and event.kind.startswith("Block")]
        for run in (schedule, alone)
    ]  # fmt: skip
    expected = [_RULES.first, *draws(_RULES, 9)]
    held = sum(maker in FRIENDS for maker in makers[0])
    words = f"butlers {sorted(FRIENDS)} of 10 made {held} of 10 blocks, as they do without choosing"
    return Measured(makers[0] == makers[1] == expected, words, schedule)


def one_number_per_height() -> Measured:
    """Make all valid blocks of a height: 15 sets of signers, 3 timestamps, 3 contents."""
    blocks = list(valid_blocks(_RULES, times=3, contents=3))
    numbers = {block.random for block in blocks}
    words = f"{len(blocks)} valid blocks of one height have {len(numbers)} R"
    return Measured(len(numbers) == 1 and len(blocks) == 135, words)


def draws_are_even() -> Measured:
    """Draw 2000 heights, and compare how often each of ten butlers is drawn, by chi-squared."""
    made = Counter(draws(_RULES, _BLOCKS))
    expected = _BLOCKS / _RULES.butlers
    statistic = sum((made[b] - expected) ** 2 / expected for b in range(_RULES.butlers))
    words = f"10 butlers are drawn {min(made.values())} to {max(made.values())} times in {_BLOCKS}"
    return Measured(statistic < _CHI_SQUARED, f"{words}; chi-squared {statistic:.1f}")


def lots_of_a_block(rules: Rules) -> Measured:
    """Make all valid blocks of a height, and count the orders of ties that are drawn from them."""
    nodes = range(rules.commissioners, rules.server)
    orders = {tuple(drawn_order(block.lot, nodes)) for block in valid_blocks(rules, 1, 1)}
    words = f"its butler chooses among {len(orders)} orders of ties"
    return Measured(len(orders) == 1, words)


def lots_without_a_random_function() -> Measured:
    """Count the orders of ties where R is drawn as printed."""
    return lots_of_a_block(replace(_RULES, vrf=False, lots=True))


def lots_with_a_random_function() -> Measured:
    """Count the orders of ties where R has a proof."""
    return lots_of_a_block(replace(_RULES, lots=True))


_UNPREDICTABLE = 'section III H: "preventing the possibility that butlers may unite"'
_NINE = 'section II: "less than 50% key nodes being attacked"'
_EIGHT = "povelection-nc20-nb50-n200-k81-a20-d81-commissioners"

CLAIMS: tuple[Claim, ...] = (
    Claim("Proof of Vote with vrf", "Section III H",
          "Butlers cannot unite to make R appear in a pattern.", measure=nobody_moves_the_draw,
          expected="holds", assumes=_UNPREDICTABLE,
          remark="As printed three of ten make all ten blocks."),
    Claim("Proof of Vote with vrf", "Section III H",
          "What a butler puts into its block changes nothing of R.", measure=one_number_per_height,
          expected="holds", assumes=_UNPREDICTABLE,
          remark="The numbers are the time server's: who has its key can foretell them."),
    Claim("Proof of Vote with vrf", "Section III H", "Butlers generate blocks in a random order.",
          measure=draws_are_even, expected="holds"),
    Claim("Proof of Vote with lots", "Section II", "Nine of 20 commissioners elect no majority.",
          instances={f"povelection-nc20-nb50-n200-k81-a9-d81-seats-drawn-lot{lot}": at_most(25)
                     for lot in range(3)},
          expected="refuted", assumes=_NINE,
          remark="Even honest ballots; by number eight are enough, by lot nine: see the next."),
    Claim("Proof of Vote with lots", "Section II", "It takes nine of 20 commissioners to elect "
          "a majority, one more than where ties go by number.",
          instances={f"{_EIGHT}-drawn-lot{lot}": Condition("==", 9) for lot in range(1, 6)}
          | {_EIGHT: Condition("==", 8)},
          expected="holds", remark="Five lots, each known before anybody votes."),
    Claim("Proof of Vote with lots", "Section III F", "Nobody chooses how ties are drawn.",
          measure=lots_without_a_random_function, expected="refuted",
          remark="The lot is drawn from the block below, whose butler chooses its signers."),
    Claim("Proof of Vote with lots and vrf", "Section III F", "Nobody chooses how ties are drawn.",
          measure=lots_with_a_random_function, expected="holds"),
)  # fmt: skip
"""Claims with switches that the paper does not have, in the order of its sections."""
