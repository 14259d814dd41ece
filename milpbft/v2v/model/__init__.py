"""MILPs of the market; they share no code with the state machine."""
