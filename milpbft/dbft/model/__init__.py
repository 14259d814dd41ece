"""What the solver sees of dBFT: rule tables, and the published MILP."""
