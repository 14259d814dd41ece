"""The overlay that runs: membership, elections, and broadcast message by message or by array."""
