"""Exhaustive search of small instances, written apart from models and reference."""
