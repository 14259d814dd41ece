"""Exhaustive search over broadcasts on the overlay."""
