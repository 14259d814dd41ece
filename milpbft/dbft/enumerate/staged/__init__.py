"""All runs of few replicas of dBFT 2.1, whose senders have names."""
