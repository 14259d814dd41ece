"""What the solver sees of PBFT, Linear BFT and SBFT: rule tables."""
