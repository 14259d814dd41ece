"""Questions: what is asked of a protocol, how it is named, and the files that hold it."""

from milpbft.lazy import offer

offer(
    __name__,
    {
        "Objective": "milpbft.question.objective:Objective",
        "PUBLISHED": "milpbft.question.objective:PUBLISHED",
    },
)
