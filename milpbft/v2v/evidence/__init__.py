"""What decides claims on the market: runs of the state machine, of replicas, and of the clock."""
