"""What the room asks, as MILPs: nonce sets, failures, a cut, and captured elections."""
