"""Certificates: proofs of optima in the VIPR format, written and verified in exact arithmetic."""
