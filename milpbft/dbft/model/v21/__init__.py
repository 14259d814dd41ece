"""dBFT 2.1: staged change views."""
