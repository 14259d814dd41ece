"""The executable world: signatures, network, adversary, faults, and the run loop."""
