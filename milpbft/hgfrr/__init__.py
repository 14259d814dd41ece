"""HGFRR: the broadcast overlay of recursive rings, its bounds, and how it compares."""
