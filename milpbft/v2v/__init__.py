"""The V2V energy market: a state machine that the PBFT family replicates, and its worst cases."""
