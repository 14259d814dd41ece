"""Parallel proof of work as the paper describes it, as printed and as meant."""
