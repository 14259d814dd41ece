"""What a protocol with rule tables is written with."""
