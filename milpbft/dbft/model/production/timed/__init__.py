"""Profiles per node and tick: timers that are set anew, doubled and put off make delays right."""
