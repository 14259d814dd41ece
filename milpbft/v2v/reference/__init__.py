"""The market as replicas run it: integers only, the same bytes everywhere."""
