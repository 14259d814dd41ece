"""dBFT, delegated Byzantine fault tolerance, as Neo runs it."""
