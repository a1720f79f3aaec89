"""Ballots on disk: open and sealed vote files, keys, seats, and the workshop record."""
