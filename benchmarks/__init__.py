"""Benchmarks: ratios and tables, measured within one run."""
