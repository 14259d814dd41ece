"""The MILPs of the overlay: broadcasts under an adversary, repairs, and best trees."""
