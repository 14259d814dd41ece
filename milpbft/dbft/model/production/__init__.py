"""dBFT 2.0 as production runs it, as rule tables: the profiles `neo-go` and `neo-cs`."""
