"""What a person looks at: space-time diagrams of schedules, as a page, as TikZ and as text."""

from milpbft.lazy import offer

offer(
    __name__,
    {
        "draw_frontier": "milpbft.report.frontier:draw_frontier",
        "lay_out": "milpbft.report.spacetime:lay_out",
        "timeline": "milpbft.report.timeline:timeline",
    },
)
