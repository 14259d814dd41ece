"""The executable world: signatures, network, adversary, faults, and the run loop."""

from milpbft.lazy import offer

offer(
    __name__,
    {
        "Faults": "milpbft.sim.faults:Faults",
        "RandomAdversary": "milpbft.sim.adversary:RandomAdversary",
        "Timers": "milpbft.sim.clock:Timers",
        "World": "milpbft.sim.world:World",
    },
)
