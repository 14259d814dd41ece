"""PBFT, Linear BFT and SBFT."""
