"""What the paper of the dBFT MILP claims, and what is known of it.

V. N. Coelho, R. P. Araújo, H. G. Santos, W. Y. Qiang, I. M. Coelho. A MILP Model for a Byzantine
Fault Tolerant Blockchain Consensus. Future Internet 12 (2020) 185. Its optima are of its own model,
with horizons of five instants and more; where it says what they mean for the protocol, that is a
reading of its own. What the model leaves out of dBFT 2.0 is no claim, and so no refutation.
"""

from __future__ import annotations

from functools import partial

from milpbft.claims import Claim, Condition, Measured, Reading
from milpbft.question.files import parse_instance
from milpbft.solve import solve

PAPER = "dBFT MILP"
FOUR = "dbft2-n4-t5-p3-d1234"
P7 = "dbft2-n4-t5-p7-d1234"
DELIVERY = (
    "Section 4.5: properties (1) to (4), that what an honest node sends of a kind of message is "
    'received, are "enabled" one by one'
)


def is_printed(name: str, value: int) -> Measured:
    """Solve the model as it is printed, whether replicas can do what it does or not."""
    found = solve(parse_instance(name)).solution
    exact = found.status == "optimal" and found.bound == found.objective == value
    return Measured(exact, f"{name}: {found.objective}, {found.status}")


def is_reached(name: str, value: int) -> Measured:
    """Solve the model among runs that replicas of dBFT 2.0 do."""
    result = solve(parse_instance(name))
    reached = result.solution.objective if result.executable is None else result.executable
    return Measured(reached == value, f"{name}: replicas of dBFT 2.0 reach {reached} at best")


CLAIMS: tuple[Claim, ...] = (
    Claim(
        PAPER,
        "Table 2, P1",
        'Most blocks, and most views: "the consensus will find a single block and finish in the '
        'last available view": 1400 for N = 4, and 1700 for N = 7.',
        instances={
            "dbft2-n4-t10-p1": Condition("==", 1400),
            "dbft2-n7-t5-p1": Condition("==", 1700),
        },
        expected="holds",
        assumes="Section 3.1: N = 3f + 1, M = N - f, one view per node",
        remark='The table prints "1700 for N = 4": seven views take seven nodes.',
    ),
    Claim(
        PAPER,
        "Table 2, P2",
        '"900 for any problem instance, the consensus will find no double blocks and finish in the '
        'first view."',
        instances={
            "dbft2-n4-t5-p2": Condition("==", 900),
            "dbft2-n4-t10-p2": Condition("==", 900),
            "dbft2-n7-t5-p2": Condition("==", 900),
        },
        expected="holds",
        assumes="Section 3.1: N = 3f + 1, M = N - f",
        remark="Of the sizes that were solved.",
    ),
    Claim(
        PAPER,
        "Table 2, P3",
        'Fewest blocks: "As default, optimal will be 100, since messages are not ensured to be '
        'delivered (no block is generated)."',
        instances={"dbft2-n4-t10-p3": Condition("==", 100), "dbft2-n7-t5-p3": Condition("==", 100)},
        expected="holds",
    ),
    Claim(
        PAPER,
        "section 4.5",
        '"by considering only Property (4), the optimal solution of Case P3 is kept as 100, while '
        'enabling Property (3) moves this optimal to 200".',
        instances={
            "dbft2-n4-t10-p3-d4": Condition("==", 100),
            "dbft2-n4-t10-p3-d34": Condition("==", 200),
        },
        expected="holds",
        assumes=DELIVERY,
    ),
    Claim(
        PAPER,
        "section 4.5",
        'P3 with "Properties (1)-(4), the optimal value becomes 1100. This happens as it becomes '
        "impossible to avoid the generation of a block due to the guarantee of message delivery "
        'between honest nodes."',
        expected="open",
        assumes=DELIVERY,
        remark="The example before it has four nodes, the reason that it gives names no number. "
        "What the model forbids and dBFT 2.0 does not is no matter of this claim: see P7.",
        readings=(
            Reading(
                "of four nodes, as in the example before it",
                {FOUR: Condition("==", 1100), "dbft2-n4-t10-p3-d1234": Condition("==", 1100)},
                expected="holds",
            ),
            Reading(
                "whatever N, since honest nodes get each other's messages",
                {"dbft2-n7-t5-p3-d1234": Condition("==", 1100)},
                expected="refuted",
            ),
        ),
    ),
    Claim(
        PAPER,
        "Figure 4, P7",
        '"Optimal value is 707, a block is generated and byzantine was only able to delay the '
        'liveness for a single round."',
        expected="open",
        assumes='Figure 4: "N = 4 and message reception with all Properties (1)-(4)"; section '
        '3.4.3: "PrepareResponse message is only send if PrepareRequest was received in an '
        'instant before"',
        remark="The model lets a node receive the primary's response without the request that "
        "carries it. Whether 707 is said of the model or of the protocol the text leaves open.",
        readings=(
            Reading("of the model", measure=partial(is_printed, P7, 707), expected="holds"),
            Reading(
                "of what nodes of dBFT 2.0 can do, the messages of the model being theirs",
                measure=partial(is_reached, P7, 707),
                expected="refuted",
            ),
        ),
    ),
)
"""All claims, in the order of the paper."""
