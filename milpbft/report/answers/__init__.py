"""Answers: what the Python API returns, each with one sentence, figures and a picture."""
