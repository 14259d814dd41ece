"""Threshold automata: one rule table per protocol, the single source of every encoding."""

from milpbft.lazy import offer

offer(
    __name__,
    {
        "Configuration": "milpbft.automaton.explicit.run:Configuration",
        "explore": "milpbft.automaton.explicit.explore:explore",
        "lowered": "milpbft.automaton.mutants:lowered",
        "read_ta": "milpbft.automaton.ta.reader:read_ta",
        "replay": "milpbft.automaton.explicit.run:replay",
        "write_ta": "milpbft.automaton.ta.writer:write_ta",
    },
)
