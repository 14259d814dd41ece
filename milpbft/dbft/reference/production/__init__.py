"""dBFT 2.0 as production runs it: replicas of the profiles, held to recordings."""
